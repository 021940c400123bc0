"""Training the tagger of sentence starts: on news whose punctuation is known, and on hand-annotated news of 2016-17.

The tagger also says which mark stood in each gap (comma, quotation mark, bracket, ...): labels that are there for nothing in
written text, and that make it see which gaps do not end a sentence.

    python -m newskit.training.sentences --data ../shared/data --vectors vectors.npz
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from newskit.tagging.models import MODELS
from newskit.tagging.sentences import GAPS
from newskit.tagging.tagger import Tagger
from newskit.training.corpora import ANNOTATED, FORMS, Annotated, in_forms, read_annotated, read_news, read_polnear, to_tokens
from newskit.training.network import Example, Trainee, Vocabulary, examples, train
from newskit.training.punctuation import gap_labels, sentence_starts
from newskit.training.vectors import load_vectors

_GOLD_TIMES = 8


def evaluate(tagger: Tagger, sets: dict[str, list[Annotated]]) -> pd.DataFrame:
    """F1 of sentence starts (the first of an article apart): a row per set, form and threshold."""
    rows = {}
    for name, articles in sets.items():
        for form, texts in zip(FORMS, in_forms(articles), strict=True):
            tokens = to_tokens(texts)
            chance = tagger.chance(tokens, GAPS[0])
            gold = np.concatenate(gap_labels(tokens, texts, articles)) == 0
            inside = np.ones(len(gold), bool)
            inside[tokens.first_of_article] = False
            for threshold in (0.3, 0.35, 0.4, 0.45, 0.5):
                found = chance >= threshold
                rows[name, form, threshold] = 200 * (found & gold)[inside].sum() / (found[inside].sum() + gold[inside].sum())
    return pd.Series(rows).unstack().round(2)  # noqa: PD010


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--vectors", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=MODELS / "sentences.npz")
    parser.add_argument("--epochs", type=int, default=9)
    args = parser.parse_args()
    known, vectors = load_vectors(args.vectors)
    news = [Annotated(f"news-{i}", text, [], sentence_starts(text)) for i, text in read_news(args.data).items() if text.strip()]
    gold = read_annotated(ANNOTATED / "train.json", args.data)
    polnear = [
        Annotated(a.article_id, a.text, [], sentence_starts(a.text)) for a in read_polnear(args.data / "polnear/train.jsonl.gz")
    ]
    articles = news[:-400] + polnear + gold * _GOLD_TIMES
    forms = in_forms(articles)
    tokens = [to_tokens(f) for f in forms]
    used = known.isin(tokens[0].lower().vocabulary)  # names that are in no article say nothing of sentences
    known, vectors = known[used], vectors[used]
    vocabulary = Vocabulary(known, tokens[0])
    found = [examples(t, gap_labels(t, f, articles), vocabulary, segments=True) for t, f in zip(tokens, forms, strict=True)]
    net = Trainee(vocabulary, vectors, len(GAPS), size=64, context="segment")
    annotated = read_annotated(ANNOTATED / "dev_a.json", args.data)
    sets = {
        "news, by rule": news[-400:],
        "Reuters 2017": [a for a in annotated if a.article_id.startswith("isot_true")],
        "mixed 2017": [a for a in annotated if not a.article_id.startswith("isot_true")],
    }

    def draw(rng: np.random.Generator) -> list[Example]:
        form = rng.choice(len(FORMS), size=len(articles), p=(0.1, 0.7, 0.2))
        return [found[f][i] for i, f in enumerate(form)]

    def report(epoch: int) -> None:
        if epoch % 3 == 2 or epoch == args.epochs - 1:
            sys.stdout.write(f"{epoch + 1}\n{evaluate(net.to_tagger(GAPS, pd.Index([])), sets)}\n")

    train(net, draw, epochs=args.epochs, after=report)
    net.to_tagger(GAPS, pd.Index([])).save(args.out)


if __name__ == "__main__":
    main()
