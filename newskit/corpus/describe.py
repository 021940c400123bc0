"""What each article is made of: how long, how damaged, in English or not, and whether it says what another says."""

from __future__ import annotations

import unicodedata
from functools import cache
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from newskit.corpus.characters import TextBytes, decode_wide, text_bytes
from newskit.corpus.duplicates import exact_duplicates, near_duplicates
from newskit.corpus.language import LANGUAGES, languages
from newskit.corpus.options import check_flag
from newskit.corpus.tokens import Tokens, tokenize

FORMS = ("written", "scrubbed", "collapsed", "partly", "empty")
_FEW_TOKENS = 20  # below this, missing punctuation says nothing
_COLLAPSED = 0.02  # scrubbed news has 8 to 13 wide gaps in 100 tokens; fewer than 2 are strays
_DEBRIS = r"[a-z] (?:s|t|re|ve|ll) |\b(?:don|isn|didn|can|won|wasn) t\b"
_ASCII_KINDS = ("upper", "lower", "digit", "odd", "space", "mark")
_ODD = {"Cc", "Cn", "Co", "Cs"}  # controls, unassigned, private, surrogates


def describe_articles(articles: pd.DataFrame | Tokens, *, near: bool = True) -> pd.DataFrame:
    """Say of each article how long it is, in which form its text came, whether it is English, and which articles it repeats.

    Parameters
    ----------
    articles : DataFrame with `article_id` and `text`, or Tokens
    near : bool
        Look for near duplicates too (the dearest part: about 1 ms per article).

    Returns
    -------
    DataFrame
        A row per article, with the articles' index:

        - `article_id`
        - `characters`, `tokens` (int64)
        - `form` (category): `written`; `scrubbed` (small letters and spaces only, with runs of spaces); `collapsed`
          (scrubbed, without runs of spaces: no evidence of punctuation is left); `partly` (lower-cased, without
          punctuation, all capitals, or with apostrophes gone); `empty` (no letter)
        - `language` (category): `English`; `other` (the kit's models and word lists are for English: what they say of these
          articles is not to be trusted); `unclear` (too short to tell, or of both)
        - `wide_gaps` (float, 0 to 1): share of the gaps between tokens that are wider than one character
        - `duplicate_of` (str, missing if none): id of the first article with the same words in the same order
        - `near_duplicate_of` (str, missing if none): id of the first article of a group that shares most of its
          five-word shingles (Jaccard similarity of 0.7 or more; exact copies included)
        - `odd_characters` (float, 0 to 1): share of characters that are control or replacement characters, unassigned
          or private

    Examples
    --------
    >>> import newskit as nk, pandas as pd
    >>> texts = ["It rose 3.5%, he said.", " reuters    u s  attorney general", "u s attorney general"]
    >>> nk.describe_articles(pd.DataFrame({"article_id": list("abc"), "text": texts}))["form"].tolist()
    ['written', 'scrubbed', 'collapsed']
    """
    check_flag("near", near)
    tokens = tokenize(articles)
    text = text_bytes(tokens.articles["text"])
    ids = tokens.articles["article_id"].astype("str").reset_index(drop=True)
    n_tokens = np.diff(tokens.bounds)
    inner = tokens.gap >= 2
    inner[tokens.first_of_article] = False
    wide = tokens.count_per_article(inner)
    characters = tokens.articles["text"].str.len().to_numpy(np.int64)
    kinds = _count_kinds(text)
    columns = {
        "article_id": ids,
        "characters": characters,
        "tokens": n_tokens,
        "form": pd.Categorical.from_codes(_forms(kinds, n_tokens, wide, tokens.articles["text"]), categories=list(FORMS)),
        "language": pd.Categorical.from_codes(_languages(tokens, kinds), categories=list(LANGUAGES)),
        "wide_gaps": wide / np.maximum(n_tokens - 1, 1),
        "duplicate_of": _names(ids, exact_duplicates(tokens)),
        "near_duplicate_of": _names(ids, near_duplicates(tokens)) if near else pd.Series(pd.NA, ids.index, dtype="str"),
        "odd_characters": kinds["odd"] / np.maximum(characters, 1),
    }
    return pd.DataFrame(columns).set_axis(tokens.articles.index)


def _count_kinds(text: TextBytes) -> dict[str, NDArray[np.int64]]:
    """Per text: how many upper- and lower-case letters, other letters, digits, marks of punctuation and odd characters.

    `latin` are the letters a to z of either case.
    """
    kind, texts = _ascii_kinds()[text.data], pairwise(text.bounds.tolist())
    found = np.array([np.bincount(kind[a:b], minlength=len(_ASCII_KINDS) + 1) for a, b in texts]).reshape(
        -1, len(_ASCII_KINDS) + 1
    )
    counts = {name: found[:, k] for k, name in enumerate(_ASCII_KINDS)} | {"other": np.zeros(len(found), np.int64)}
    counts["latin"] = counts["upper"] + counts["lower"]
    at, points, _ = decode_wide(text.data)
    distinct, which = np.unique(points, return_inverse=True)
    kind_of = np.array([_kind(chr(p)) for p in distinct], dtype=object)
    for name in set(kind_of):
        counts[name] = counts[name] + _per_text(at[(kind_of == name)[which]], text.bounds)
    return counts


@cache
def _ascii_kinds() -> NDArray[np.uint8]:
    """The kind of each byte: a position in `_ASCII_KINDS`, or one more for a part of a wide character."""
    kinds = np.full(256, len(_ASCII_KINDS), np.uint8)
    kinds[:128] = [_ASCII_KINDS.index("space" if chr(p) in "\t\n\r" else _kind(chr(p))) for p in range(128)]
    return kinds


def _per_text(at: NDArray[np.int64], bounds: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many of the sorted byte positions fall into each text."""
    return np.diff(np.searchsorted(at, bounds))


def _kind(character: str) -> str:
    if character == "\ufffd" or unicodedata.category(character) in _ODD:
        return "odd"
    if character.isalpha():
        return "upper" if character.isupper() else "lower" if character.islower() else "other"
    return "digit" if character.isdigit() else "space" if character.isspace() else "mark"


def _forms(
    kinds: dict[str, NDArray[np.int64]], n_tokens: NDArray[np.int64], wide: NDArray[np.int64], texts: pd.Series
) -> NDArray[np.int64]:
    """Positions in FORMS, from case, digits, punctuation and gaps."""
    letters = kinds["upper"] + kinds["lower"] + kinds["other"]
    cased = np.maximum(kinds["upper"] + kinds["lower"], 1)
    bare = (kinds["upper"] == 0) & (kinds["digit"] == 0) & (kinds["mark"] == 0)
    enough = n_tokens >= _FEW_TOKENS
    no_case = (kinds["upper"] < 0.005 * cased) & (kinds["lower"] > 0) & enough
    shouted = (kinds["upper"] > 0.6 * cased) & (kinds["upper"] > kinds["other"]) & enough
    no_marks = (kinds["mark"] < 0.02 * n_tokens) & enough
    debris = np.zeros(len(texts), np.int64)
    debris[~bare] = texts[~bare].str.count(_DEBRIS)  # a search through the text, and bare articles have nothing else
    broken = (debris >= 2) & (debris > 0.002 * n_tokens)
    partly = no_case | shouted | no_marks | broken
    return np.select([letters == 0, bare & (wide > _COLLAPSED * n_tokens), bare, partly], [4, 1, 2, 3], 0)


def _languages(tokens: Tokens, kinds: dict[str, NDArray[np.int64]]) -> NDArray[np.int64]:
    return languages(tokens, kinds["upper"] + kinds["lower"] + kinds["other"], kinds["latin"])


def _names(ids: pd.Series, of: NDArray[np.int64]) -> pd.Series:
    names = ids.take(of).set_axis(ids.index)
    return names.where(of != np.arange(len(of)))
