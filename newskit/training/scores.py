"""Scores of taggers on labelled tokens."""

from __future__ import annotations


def span_f1(found: list[str], gold: list[str]) -> float:
    """F1 of spans, both in B-, I-, O over the same tokens."""

    def spans(labels: list[str]) -> set[tuple[int, int, str]]:
        got, begin = set(), None
        for i, label in enumerate([*labels, "O"]):
            if begin is not None and not label.startswith("I-"):
                got.add((begin, i, labels[begin][2:]))
                begin = None
            if label.startswith("B-"):
                begin = i
        return got

    a, b = spans(found), spans(gold)
    return 200 * len(a & b) / max(1, len(a) + len(b))
