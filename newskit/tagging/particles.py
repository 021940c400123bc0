"""Particles within names of persons (Osama bin Laden, Ludwig van Beethoven): small words that taggers leave out."""

from __future__ import annotations

import numpy as np

from newskit.corpus.tokens import Tokens
from newskit.tagging.spans import Spans

_PATRONYMIC = ("bin", "bint", "ibn")
_PARTICLES = (*_PATRONYMIC, "al", "ben", "da", "de", "del", "della", "den", "der", "di", "du", "el", "la", "le", "van", "von")


def join_particles(tokens: Tokens, spans: Spans, person: int) -> Spans:
    """Join two persons with a particle between them into one, and give a patronymic one ("bin") to the person behind it.

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
    words, gap = tokens.vocabulary.str.lower(), tokens.gap
    before = np.maximum(spans.first - 1, 0)
    code = tokens.code[before]
    begins = np.isin(spans.first, tokens.first_of_article) | (gap[spans.first] != 1)
    there = (spans.kind == person) & ~begins
    taken = np.append(-1, spans.last[:-1]) == before  # by the name before it
    particle, patronymic = (there & ~taken & np.asarray(words.isin(names))[code] for names in (_PARTICLES, _PATRONYMIC))
    beside = (np.append(-2, spans.last[:-1]) == before - 1) & (gap[before] == 1) & ~np.isin(before, tokens.first_of_article)
    joined = particle & beside & (np.append(-1, spans.kind[:-1]) == person)
    begin = np.flatnonzero(~joined)
    first = np.where(patronymic, before, spans.first)[begin]
    last = spans.last[np.append(begin[1:], len(joined)) - 1]
    return Spans(first, last, spans.kind[begin], np.minimum.reduceat(spans.probability, begin))
