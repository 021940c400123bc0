"""How well topics agree with people: sections and stories of articles coded by hand, and likeness as readers judged it.

    python -m newskit.training.topics --data ../shared/data

Normalised mutual information (NMI) and adjusted Rand index (ARI), in percent, on scrubbed text. *Draws* are of four to seven
sections, 35 to 100 articles each, of which the coder was sure.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from newskit.analysis.topic_model import TopicModel
from newskit.analysis.topic_space import fit_space
from newskit.analysis.topic_words import count_words
from newskit.corpus.cleaning import scrub
from newskit.corpus.tokens import tokenize
from newskit.training.corpora import ANNOTATED, read_topics

_DRAWS, _LEAST, _MOST = 40, 35, 100
_SECTIONS = ("politics", "conflict", "business", "culture", "sport", "crime", "environment", "health", "diplomacy")


def draws(coded: pd.DataFrame, n: int = _DRAWS) -> list[pd.DataFrame]:
    """Samples of articles of some sections."""
    sure, found = coded[coded["sure"] & coded["topic"].isin(_SECTIONS)], []
    for k in range(n):
        rng = np.random.default_rng(k)
        sections = rng.choice(_SECTIONS, rng.integers(4, 8), replace=False)
        of = [sure[sure["topic"] == section] for section in sections]
        sizes = [min(int(rng.integers(_LEAST, _MOST)), len(part)) for part in of]
        found.append(pd.concat([part.sample(size, random_state=k) for part, size in zip(of, sizes, strict=True)]))
    return found


def agreement(articles: pd.DataFrame, gold: str, n_topics: int | None = None) -> tuple[float, float, float, int]:
    """NMI and ARI of a model with a column of the articles, NMI with their sources, and the number of topics."""
    from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

    labels = TopicModel(n_topics or "auto").fit(articles).labels_
    scores = [score(articles[gold], labels) for score in (normalized_mutual_info_score, adjusted_rand_score)]
    source = normalized_mutual_info_score(articles["source"], labels)
    return 100 * scores[0], 100 * scores[1], 100 * source, len(np.unique(labels))


def report(coded: pd.DataFrame) -> pd.DataFrame:
    """Agreement on draws of sections, on all sections, and on stories, at their number and at the number that is chosen."""
    stories = coded[coded.groupby("story")["story"].transform("size") >= 5]
    rows = []
    for name, sets, gold in (
        (f"sections, {_DRAWS} draws", draws(coded), "topic"),
        ("sections, all", [coded[coded["sure"]]], "topic"),
        ("stories of five or more", [stories], "story"),
    ):
        for number in ("gold", "auto"):
            scores = [agreement(s, gold, s[gold].nunique() if number == "gold" else None) for s in sets]
            sizes = [(len(s), s[gold].nunique()) for s in sets]
            rows.append((name, number, *np.mean(sizes, axis=0), *np.mean(scores, axis=0)))
    columns = ["set", "number", "articles", "gold topics", "NMI", "ARI", "NMI with source", "topics"]
    return pd.DataFrame(rows, columns=columns).round(1)


def lee_correlation() -> float:
    """How likeness in the space of topics correlates with likeness judged by readers (Lee, Pincombe and Welsh 2005)."""
    from importlib.util import find_spec

    spec = find_spec("gensim")
    if spec is None or spec.origin is None:
        raise SystemExit("The articles of Lee et al. are missing: pip install gensim")
    folder = Path(spec.origin).parent / "test/test_data"
    texts = [(folder / name).read_text(encoding="latin-1").splitlines() for name in ("lee.cor", "lee_background.cor")]
    judged, n = np.loadtxt(folder / "similarities0-1.txt"), len(texts[0])
    counted, place = count_words(tokenize(_frame(pd.Series(texts[0] + texts[1]))))
    points = fit_space(counted, random_state=0).place(counted).points[np.argsort(place)][:n]
    pairs = np.triu_indices(n, 1)
    return float(np.corrcoef((points @ points.T)[pairs], judged[pairs])[0, 1])


def _frame(texts: pd.Series) -> pd.DataFrame:
    return pd.DataFrame({"article_id": [str(i) for i in range(len(texts))], "text": scrub(texts).array})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    args = parser.parse_args()
    coded = read_topics(ANNOTATED / "topics.json", args.data)
    coded = coded.assign(text=scrub(coded["title"] + " " + coded["text"]))
    sys.stdout.write(f"{report(coded).to_string(index=False)}\n")
    sys.stdout.write(f"Likeness beside readers' (Lee): r = {lee_correlation():.3f}\n")


if __name__ == "__main__":
    main()
