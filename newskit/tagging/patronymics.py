"""Patronymics within names of persons (Osama bin Laden): taggers leave out a small word that no training name has."""

from __future__ import annotations

import numpy as np

from newskit.corpus.tokens import Tokens
from newskit.tagging.spans import Spans

PATRONYMIC = ("bin", "bint", "ibn")


def join_patronymics(tokens: Tokens, spans: Spans, person: int) -> Spans:
    """Give "bin" and its like to the person behind it, and join both with the person right before it.

    Parameters
    ----------
    tokens : Tokens
    spans : Spans
        In order, none within another.
    person : int
        The kind that persons have.

    Returns
    -------
    Spans
        As many or fewer; a joined one is as probable as the less probable of its parts.
    """
    if not len(spans.first):
        return spans
    close = tokens.gap == 1
    close[tokens.first_of_article] = False
    before, end_before = spans.first - 1, np.append(-2, spans.last[:-1])
    known = tokens.vocabulary.str.lower().isin(PATRONYMIC)[tokens.code[before]]
    led = known & close[spans.first] & (spans.kind == person) & (end_before < before)
    joined = led & close[before] & (end_before == before - 1) & (np.append(-1, spans.kind[:-1]) == person)
    begin = np.flatnonzero(~joined)
    last = spans.last[np.append(begin[1:], len(joined)) - 1]
    return Spans((spans.first - led)[begin], last, spans.kind[begin], np.minimum.reduceat(spans.probability, begin))
