"""Training a conditional random field with python-crfsuite, and turning it into the tables of `Tagger` (extra `train`)."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from newskit.corpus.tokens import Tokens
from newskit.tagging.features import EDGE_GAP, GAP_OFFSETS, N_GAPS, OFFSETS, SHAPES, gap_kinds, token_shapes, word_features
from newskit.tagging.tagger import Tagger


def attributes(tokens: Tokens) -> list[list[list[str]]]:
    """The features of each token of each article as crfsuite's attributes: `kind|distance|value`."""
    features = word_features(tokens.vocabulary)
    of_word = [
        [f"{kind}|%d|{value}" for kind, value in zip(features, row, strict=True)] for row in zip(*features.values(), strict=True)
    ]
    shape, gap = token_shapes(tokens), gap_kinds(tokens)
    articles = []
    for begin, end in zip(tokens.bounds[:-1], tokens.bounds[1:], strict=True):
        rows = []
        for i in range(begin, end):
            row = []
            for offset in OFFSETS:
                at = i + offset
                if begin <= at < end:
                    row += [a % offset for a in of_word[tokens.code[at]]]
                    row.append(f"shape|{offset}|{shape[at]}")
                else:
                    row += [f"edge|{offset}|", f"shape|{offset}|0"]
            for offset in GAP_OFFSETS:
                at = i + offset
                row.append(f"gap|{offset}|{gap[at] if begin <= at < end else EDGE_GAP}")
            rows.append(row)
        articles.append(rows)
    return articles


def train_tagger(tokens: Tokens, labels: Sequence[Sequence[str]], **options: Any) -> tuple[Tagger, Any]:
    """Train on the tokens' labels, an article a sequence.

    Parameters
    ----------
    tokens : Tokens
    labels : sequence of sequences of str
        A label per token, article by article.
    **options
        Of crfsuite's L-BFGS: `c1`, `c2` (regularisation), `max_iterations`, `feature.minfreq`.

    Returns
    -------
    tagger : Tagger
    crf : pycrfsuite.Tagger
        The same model as crfsuite has it.
    """
    import pycrfsuite

    trainer = pycrfsuite.Trainer(algorithm="lbfgs", verbose=False)
    trainer.set_params({"feature.possible_transitions": True, **options})
    for rows, gold in zip(attributes(tokens), labels, strict=True):
        trainer.append(rows, list(gold))
    crf = pycrfsuite.Tagger()
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "model.crfsuite")
        trainer.train(path)
        crf.open(path)
    return as_tables(crf), crf


def as_tables(crf: Any) -> Tagger:
    """The weights of a crfsuite model as tables."""
    info = crf.info()
    labels = tuple(sorted(info.labels))
    number = {label: i for i, label in enumerate(labels)}
    transitions = np.zeros((len(labels), len(labels)), np.float32)
    for (before, after), weight in info.transitions.items():
        transitions[number[before], number[after]] = weight
    edge = np.zeros((len(OFFSETS), len(labels)), np.float32)
    shapes = np.zeros((len(SHAPES), len(OFFSETS), len(labels)), np.float32)
    gaps = np.zeros((N_GAPS, len(GAP_OFFSETS), len(labels)), np.float32)
    rows: dict[str, list[tuple[str, int, int, float]]] = {}
    for (attribute, label), weight in info.state_features.items():
        kind, distance, value = attribute.split("|", 2)
        offset = int(distance)
        if kind == "gap":
            gaps[int(value), GAP_OFFSETS.index(offset), number[label]] = weight
        elif kind == "shape":
            shapes[int(value), OFFSETS.index(offset), number[label]] = weight
        elif kind == "edge":
            edge[OFFSETS.index(offset), number[label]] = weight
        else:
            rows.setdefault(kind, []).append((value, OFFSETS.index(offset), number[label], weight))
    words = {}
    for kind, found in sorted(rows.items()):
        values = pd.Index(sorted({r[0] for r in found}), dtype="str")
        scores = np.zeros((len(values), len(OFFSETS), len(labels)), np.float32)
        at = values.get_indexer([r[0] for r in found])
        scores[at, [r[1] for r in found], [r[2] for r in found]] = [r[3] for r in found]
        words[kind] = (values, scores)
    return Tagger(labels, transitions, words, edge, shapes, gaps)
