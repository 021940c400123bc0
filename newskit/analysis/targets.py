"""Targets: what a stance is taken on. Read from people's own lists, and found in the articles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from reprlib import repr as shorten
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from newskit.corpus.formats import read_table
from newskit.corpus.paths import existing, name_of
from newskit.corpus.tables import check_table
from newskit.corpus.tokens import Tokens, tokenize
from newskit.corpus.visible import visible
from newskit.tagging.holders import mentions_of

Targets: TypeAlias = Mapping[str, str | Iterable[str]] | Iterable[str] | pd.DataFrame | str | Path
_INSIDE = 3  # characters between two words of a phrase, at most: `u s  attorney`, not the end of a sentence


def read_targets(targets: Targets) -> dict[str, list[str]]:
    """Targets and the phrases that name them.

    Parameters
    ----------
    targets : mapping, sequence, DataFrame or path
        Names (`["Jeff Sessions", "sanctuary cities"]`); phrases by name (`{"sanctuary cities": ["sanctuary city", ...]}`); a
        table with the columns `target` and `phrase`, a row per phrase; or a file with one of these: .yaml (names, or phrases by
        name) or .csv (the table). A target's name is always one of its phrases.

    Returns
    -------
    dict of str to list of str
        In the order given, each phrase once.

    Raises
    ------
    ValueError
        If there is no target, or a name or phrase has no letter (the message names file and row).
    FileNotFoundError
        If there is no such file.
    """
    where = "targets"
    if isinstance(targets, str | Path):
        try:
            path = existing(targets)
        except FileNotFoundError as error:
            hint = "" if Path(targets).suffix else f" Text names a file; a target by itself is a list: [{str(targets)!r}]."
            raise FileNotFoundError(f"{error}{hint}") from error
        where, targets = name_of(path), _read(path)
    if isinstance(targets, pd.DataFrame):
        targets = _from_table(where, targets)
    if not isinstance(targets, Iterable):
        raise ValueError(f"{where}: pass names, phrases by name, a table or a file, not {targets!r}.")
    named = targets.items() if isinstance(targets, Mapping) else ((name, None) for name in targets)
    pairs = [(_checked(where, name), _phrases(where, name, phrases)) for name, phrases in named]
    found: dict[str, list[str]] = {}
    for name, phrases in pairs:
        kept = found.setdefault(name.strip(), [])
        kept += [p for p in dict.fromkeys(" ".join(p.split()) for p in (name, *phrases)) if p not in kept]
    if not found:
        raise ValueError(f"{where}: there is no target; name at least one, or pass none to have some proposed.")
    return found


def _checked(where: str, phrase: object) -> str:
    """A name or phrase that can be looked for, or an error."""
    if not isinstance(phrase, str) or not any(c.isalpha() or c.isdigit() for c in phrase):
        raise ValueError(f"{where}: {shorten(phrase)} cannot be a target or its phrase: it must be text with a letter in it.")
    return phrase


def _phrases(where: str, name: str, phrases: object) -> list[str]:
    """The phrases of one target as a list."""
    if isinstance(phrases, Mapping) or not isinstance(phrases, str | Iterable | None):
        raise ValueError(f"{where}: the phrases of {name!r} must be a list, not {shorten(phrases)}.")
    return [_checked(where, phrase) for phrase in ([phrases] if isinstance(phrases, str) else phrases or [])]


def _read(path: Path) -> Mapping[str, Iterable[str]] | list[str] | pd.DataFrame:
    """What a file of targets says."""
    if path.suffix.lower() in (".yaml", ".yml"):
        import yaml

        try:
            text = path.read_text(encoding="utf-8")
            said, written = yaml.safe_load(text), yaml.compose(text, Loader=yaml.SafeLoader)
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            raise ValueError(f"{name_of(path)} is no YAML that can be read: {visible(str(error), lines=True)}") from error
        if not isinstance(said, Mapping | list):
            raise ValueError(f"{name_of(path)} must be a list of targets, or phrases by target (`name: [phrase, phrase]`).")
        if isinstance(said, Mapping) and len(said) < len(written.value):  # the last would count, without a word
            names = [key.value for key, _ in written.value]
            again = next(name for name in names if names.count(name) > 1)
            raise ValueError(f"{name_of(path)}: the target {again!r} stands there twice; put all its phrases in one place.")
        return said
    return read_table(path, ("target", "phrase"))[1]


def _from_table(where: str, table: pd.DataFrame) -> dict[str, list[str]]:
    table = check_table(
        table.astype("object").fillna(""),
        f"{where}: the rows have",
        "a table of targets has target and phrase",
        "target",
        "phrase",
    )
    found: dict[str, list[str]] = {}
    cells = table[["target", "phrase"]].astype("object").where(table[["target", "phrase"]].notna(), "")
    for row, (name, phrase) in enumerate(cells.itertuples(index=False), 1):
        if not str(name).strip():
            raise ValueError(f"{where}, row {row}: the target is missing.")
        phrases = found.setdefault(_checked(f"{where}, row {row}", name).strip(), [])
        if str(phrase).strip():
            phrases.append(_checked(f"{where}, row {row}", phrase))
    return found


def find_targets(tokens: Tokens, targets: Mapping[str, Sequence[str]], linked: pd.DataFrame | None = None) -> pd.DataFrame:
    """Find where targets are named.

    Case, punctuation and the width of gaps do not matter, so that written and scrubbed text give the same mentions. A
    target that is the name of a linked entity is also found under that entity's other names. Where mentions overlap the
    longest counts, of equally long ones the last (two targets may share it).

    Parameters
    ----------
    tokens : Tokens
    targets : mapping of str to sequence of str
        From `read_targets`.
    linked : DataFrame, optional
        From `link_entities`.

    Returns
    -------
    DataFrame
        A row per mention, in the order of the text: `target` (int64, position in `targets`), `first`, `last` (int64, tokens).
    """
    owner = [k for k, phrases in enumerate(targets.values()) for _ in phrases]
    places = _places(tokens.lower(), [phrase for phrases in targets.values() for phrase in phrases])
    found = [(np.full(len(first), k), first, last) for k, (first, last) in zip(owner, places, strict=True)]
    if linked is not None:
        named = mentions_of(tokens, linked)
        first, last = named["first"].to_numpy(np.int64), named["last"].to_numpy(np.int64)
        number, names = pd.factorize(named["entity"].astype("str").str.casefold())
        for k, same in enumerate(pd.Index(names).get_indexer([name.casefold() for name in targets])):
            if same >= 0:
                found.append((np.full(np.count_nonzero(number == same), k), first[number == same], last[number == same]))
    columns = {
        c: np.concatenate([np.zeros(0, np.int64), *(f[i] for f in found)]) for i, c in enumerate(("target", "first", "last"))
    }
    table = pd.DataFrame(columns).drop_duplicates().sort_values(["first", "last", "target"], ignore_index=True)
    return table[_longest(table["first"].to_numpy(), table["last"].to_numpy())].reset_index(drop=True)


def _places(lower: Tokens, phrases: Sequence[str]) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Where the words of each phrase stand one behind the other: first and last tokens."""
    if not phrases:
        return []
    words = tokenize(pd.DataFrame({"article_id": np.arange(len(phrases)), "text": pd.Series(phrases, dtype="object")})).lower()
    code = lower.vocabulary.get_indexer(words.vocabulary)[words.code]
    gap, begins = lower.gap, lower.first_of_article
    gap[begins] = _INSIDE + 1  # no phrase goes on in the next article
    found = []
    for codes in np.split(code, words.bounds[1:-1]):
        at = np.flatnonzero(lower.code == codes[0]) if len(codes) and (codes >= 0).all() else np.zeros(0, np.int64)
        at = at[at + len(codes) <= lower.n_tokens]
        for k, code in enumerate(codes[1:], 1):
            at = at[(lower.code[at + k] == code) & (gap[at + k] <= _INSIDE)]
        found.append((at, at + len(codes) - 1))
    return found


def _longest(first: NDArray[np.int64], last: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which mentions (in the order of the text) are kept where some overlap: the longest, then the last; the same ones all."""
    new = np.append(True, (np.diff(first) > 0) | (np.diff(last) > 0))[: len(first)]
    number, first, last = np.cumsum(new) - 1, first[new], last[new]
    apart = np.append(True, first[1:] > np.maximum.accumulate(last)[:-1])[: len(first)]
    kept = apart & np.append(apart[1:], True)[: len(first)]
    some = np.flatnonzero(~kept)[::-1]
    taken = np.zeros(last.max(initial=-1) + 1, bool)
    for k in some[np.argsort(first[some] - last[some], kind="stable")].tolist():
        kept[k] = not taken[first[k] : last[k] + 1].any()
        taken[first[k] : last[k] + 1] |= kept[k]
    return kept[number]
