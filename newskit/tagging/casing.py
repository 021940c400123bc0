"""How a name that lost its capitals is written: Jeff Sessions, U.S., CNN, Mitch McConnell, University of California.

What is not plainly capitalised was learned from written news (`newskit.training.casing`): words with capitals of their own,
small words inside names, abbreviations with a point, and pairs of words that a hyphen, an apostrophe or an & ties together.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, fields
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

from newskit.tagging.keys import has_marks
from newskit.tagging.weights import MODELS, packed, read_npz, shipped, unpacked, write_npz

MODEL = MODELS / "casing.npz"
_FORMAT = 2
_TOKENS = re.compile(r"[^\W\d_]+|\d+")
_CONSONANTS = re.compile(r"[bcdfghjklmnpqrstvwxz]{2,5}")
_ENDINGS = frozenset(("st", "nd", "rd", "th", "s"))  # of numbers: 9th, 90s
_SCOTTISH = re.compile(r"mc[a-z]{3,}")


@dataclass(frozen=True, eq=False)
class Casing:
    """What was learned of the writing of names; keys are in small letters.

    Attributes
    ----------
    words : dict of str to str
        Words that are not plainly capitalised: `mcconnell`, `nato`.
    pairs : dict of str to str
        Two neighbouring words that no space parts: `coca cola`, `at t`.
    ties : dict of str to str
        Words with what ties them to the next: `o` to an apostrophe.
    small : frozenset of str
        Words that stay small inside a name.
    pointed : frozenset of str
        Abbreviations that a point follows: `st`, `jr`.
    capital : frozenset of str
        Words that have a capital nearly wherever they stand.
    """

    words: dict[str, str]
    pairs: dict[str, str]
    ties: dict[str, str]
    small: frozenset[str]
    pointed: frozenset[str]
    capital: frozenset[str]

    def write(self, name: str) -> str:
        """A name in small letters as it is usually written; in a script without capitals, as it stands."""
        lower = unicodedata.normalize("NFC", name.lower())
        found = list(_TOKENS.finditer(lower))
        tokens = [m.group() for m in found]
        last = len(tokens) - 1
        if last < 0 or lower == lower.upper() or has_marks(lower):
            return name
        between = [lower[a.end() : b.start()] for a, b in pairwise(found)]
        gaps = [gap if gap in ("", "-") else " & " if len(gap) == 3 else " " for gap in between]
        forms = [self._word(token, 0 < k < last) for k, token in enumerate(tokens)]
        k = 0
        while k <= last:  # letters in a row are an acronym, and one inside a name an initial
            run = next((n for n, t in enumerate(tokens[k:]) if len(t) > 1 or not t.isalpha()), last + 1 - k)
            if run > 1 or (run == 1 and 0 < k < last):
                forms[k : k + run] = [t.upper() + "." for t in tokens[k : k + run]]
                gaps[k : k + run] = [""] * (run - 1) + [" "] * (k + run <= last)
            k += max(run, 1)
        for k, (one, two) in enumerate(pairwise(tokens)):
            if one in self.ties:
                forms[k], gaps[k] = one.capitalize(), self.ties[one]
            if not between[k] and one.isdigit() and two in _ENDINGS:
                forms[k + 1] = two
            elif two == "s" and len(one) > 1:
                forms[k + 1], gaps[k] = "s", "'"
            if pair := self.pairs.get(f"{one} {two}"):
                forms[k] = forms[k] if k and f"{tokens[k - 1]} {one}" in self.pairs else pair[: len(one)]
                gaps[k], forms[k + 1] = pair[len(one) : -len(two)], pair[-len(two) :]
        return "".join(form + gap for form, gap in zip(forms, [*gaps, ""], strict=True))

    def _word(self, word: str, inside: bool) -> str:
        if inside and word in self.small:
            return word
        return self.words.get(word, by_rule(word)) + "." * (word in self.pointed)

    def save(self, path: Path) -> None:
        """Write the tables as .npz, no pickles."""
        arrays = {}
        for field in fields(self):
            table = getattr(self, field.name)
            lines = [f"{k}\t{v}" for k, v in sorted(table.items())] if isinstance(table, dict) else sorted(table)
            arrays[field.name] = packed(lines)
        write_npz(path, {"format": _FORMAT}, arrays)

    @classmethod
    def load(cls, path: Path) -> Casing:
        """Read what `save` wrote."""
        _, arrays = read_npz(path, version=_FORMAT)
        lines = {name: unpacked(values) for name, values in arrays.items()}
        words, pairs, ties = (dict(line.split("\t") for line in lines[name] if line) for name in ("words", "pairs", "ties"))
        small, pointed, capital = (frozenset(lines[name]) for name in ("small", "pointed", "capital"))
        return cls(words, pairs, ties, small, pointed, capital)


def by_rule(word: str) -> str:
    """A word of a name that no table knows: in capitals without a vowel (CNN), Mc with two capitals, else with one."""
    if _CONSONANTS.fullmatch(word):
        return word.upper()
    return "Mc" + word[2:].capitalize() if _SCOTTISH.fullmatch(word) else word[:1].upper() + word[1:]


@cache
def load_casing() -> Casing:
    """The tables that come with the library, read once."""
    return Casing.load(shipped(MODEL.name))


def write_names(names: pd.Series) -> pd.Series:
    """Write names that lost their capitals as they are usually written.

    Parameters
    ----------
    names : Series of str
        Names that have a capital are kept as they stand.

    Returns
    -------
    Series of str
        Same index and order.

    Examples
    --------
    >>> import pandas as pd
    >>> write_names(pd.Series(["jeff sessions", "u s", "cnn", "university of california", "iPhone"])).tolist()
    ['Jeff Sessions', 'U.S.', 'CNN', 'University of California', 'iPhone']
    """
    casing = load_casing()
    code, distinct = pd.factorize(names.astype("str"))
    written = [name if name != name.lower() else casing.write(name) for name in distinct]
    return pd.Series(np.array([*written, None], object)[code], index=names.index, name=names.name, dtype="str")
