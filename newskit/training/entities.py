"""Training the tagger of names: on CoNLL-2003, on hand-annotated news of 2016-17, and on silver labels of a larger reader.

Each article is shown in one of three forms, drawn anew each epoch: as written, scrubbed, and scrubbed with collapsed gaps.

    python -m newskit.training.entities --data ../shared/data --vectors vectors.npz --silver silver.parquet
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from newskit.corpus.tokens import Tokens
from newskit.tagging.entities import LABELS
from newskit.tagging.models import MODELS
from newskit.tagging.tagger import Tagger
from newskit.training.corpora import ANNOTATED, FORMS, Annotated, in_forms, read_annotated, read_conll, to_tokens, token_labels
from newskit.training.network import Example, Trainee, Vocabulary, examples, train
from newskit.training.scores import span_f1
from newskit.training.vectors import load_vectors

_CONLL_TIMES, _GOLD_TIMES = 2, 3
_CAUTION = 0.2  # added to the score of no name; chosen on the development sets


def numbered(tokens: Tokens, articles: list[Annotated]) -> list[NDArray[np.int64]]:
    """The label of each token, as its position in LABELS, article by article."""
    number = {name: i for i, name in enumerate(LABELS)}
    return [np.array([number[x] for x in row], np.int64) for row in token_labels(tokens, articles)]


def read_silver(path: Path) -> tuple[list[Annotated], list[float]]:
    """Articles with the teacher's spans, and how sure it was of each article's."""
    frame = pd.read_parquet(path)
    articles = [
        Annotated(
            row.article_id, row.text, [(int(a), int(b), label) for a, b, label in zip(row.start, row.end, row.label, strict=True)]
        )
        for row in frame.itertuples()
    ]
    return articles, frame["weight"].tolist()


def quiet_words(tokens: Tokens, labels: list[NDArray[np.int64]], *, at_least: int = 60) -> pd.Index:
    """Words, in small letters, that stand so often in the training text, and in a name once in 2,000 places at most."""
    lower, named = tokens.lower(), np.concatenate(labels) > 0
    seen = np.bincount(lower.code, minlength=len(lower.vocabulary))
    inside = np.bincount(lower.code[named], minlength=len(lower.vocabulary))
    return lower.vocabulary[(seen >= at_least) & (inside <= seen / 2000)].sort_values()


def evaluate(tagger: Tagger, data: Path) -> pd.DataFrame:
    """F1 on the development sets, a row per set and a column per form."""
    annotated = read_annotated(ANNOTATED / "dev_a.json", data)
    sets = {
        "CoNLL-2003 dev": read_conll(data / "conll2003/dev.txt"),
        "Reuters 2017": [a for a in annotated if a.article_id.startswith("isot_true")],
        "mixed 2017": [a for a in annotated if not a.article_id.startswith("isot_true")],
    }
    rows = {}
    for name, articles in sets.items():
        for form, texts in zip(FORMS, in_forms(articles), strict=True):
            tokens = to_tokens(texts)
            found = [LABELS[k] for k in tagger.tag(tokens)[0]]
            rows[name, form] = span_f1(found, [x for row in token_labels(tokens, texts) for x in row])
    return pd.Series(rows).unstack()[list(FORMS)].round(2)  # noqa: PD010


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--vectors", type=Path, required=True)
    parser.add_argument("--silver", type=Path)
    parser.add_argument("--out", type=Path, default=MODELS / "entities.npz")
    parser.add_argument("--epochs", type=int, default=16)
    args = parser.parse_args()
    known, vectors = load_vectors(args.vectors)
    conll, gold = read_conll(args.data / "conll2003/train.txt"), read_annotated(ANNOTATED / "train.json", args.data)
    silver, sure = read_silver(args.silver) if args.silver else ([], [])
    articles = [a for a in conll * _CONLL_TIMES + gold * _GOLD_TIMES + silver if a.text.strip()]
    weights = [1.0] * (len(articles) - len(sure)) + sure
    forms = in_forms(articles)
    tokens = [to_tokens(f) for f in forms]
    labels = [numbered(t, f) for t, f in zip(tokens, forms, strict=True)]
    vocabulary = Vocabulary(known, tokens[0])
    shares = [[np.full(len(row), w, np.float32) for row, w in zip(rows, weights, strict=True)] for rows in labels]
    found = [examples(t, rows, vocabulary, share) for t, rows, share in zip(tokens, labels, shares, strict=True)]
    quiet = quiet_words(tokens[1], labels[1])
    net = Trainee(vocabulary, vectors, len(LABELS))

    def draw(rng: np.random.Generator) -> list[Example]:
        form = rng.choice(len(FORMS), size=len(articles), p=list(FORMS.values()))
        return [found[f][i] for i, f in enumerate(form)]

    def report(epoch: int) -> None:
        if epoch % 4 == 3 or epoch == args.epochs - 1:
            sys.stdout.write(f"{epoch + 1}\n{evaluate(net.to_tagger(LABELS, quiet), args.data)}\n")

    train(net, draw, epochs=args.epochs, after=report)
    with torch.no_grad():
        net.out.bias[0] += _CAUTION
    net.to_tagger(LABELS, quiet).save(args.out)


if __name__ == "__main__":
    main()
