"""Targets: what a stance is taken on. Read from people's own lists, and found in the articles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from newskit.corpus.articles import nearest
from newskit.corpus.formats import read_table
from newskit.corpus.paths import existing
from newskit.corpus.tokens import Tokens, tokenize
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
        path = existing(targets)
        where, targets = path.name, _read(path)
    if isinstance(targets, pd.DataFrame):
        targets = _from_table(where, targets)
    if isinstance(targets, Mapping):
        pairs = [(name, [phrases] if isinstance(phrases, str) else list(phrases or [])) for name, phrases in targets.items()]
    else:
        pairs = [(name, []) for name in targets]
    found: dict[str, list[str]] = {}
    for name, phrases in pairs:
        for phrase in (name, *phrases):
            if not isinstance(phrase, str) or not any(c.isalnum() for c in phrase):
                raise ValueError(f"{where}: {phrase!r} cannot be a target or its phrase: it must be text with a letter in it.")
        kept = found.setdefault(name.strip(), [])
        kept += [p for p in dict.fromkeys(" ".join(p.split()) for p in (name, *phrases)) if p not in kept]
    if not found:
        raise ValueError(f"{where}: there is no target; name at least one, or pass none to have some proposed.")
    return found


def _read(path: Path) -> Mapping[str, Iterable[str]] | list[str] | pd.DataFrame:
    """What a file of targets says."""
    if path.suffix.lower() in (".yaml", ".yml"):
        import yaml

        try:
            said = yaml.safe_load(path.read_text(encoding="utf-8"))
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise ValueError(f"{path.name} is no YAML that can be read: {error}") from error
        if not isinstance(said, Mapping | list):
            raise ValueError(f"{path.name} must be a list of targets, or phrases by target (`name: [phrase, phrase]`).")
        return said
    return read_table(path, ("target", "phrase"))[1]


def _from_table(where: str, table: pd.DataFrame) -> dict[str, list[str]]:
    for column in ("target", "phrase"):
        if column not in table.columns:
            raise ValueError(f"{where}: there is no column {column!r}.{nearest(column, table.columns)}")
    found: dict[str, list[str]] = {}
    for row, (name, phrase) in enumerate(table[["target", "phrase"]].itertuples(index=False), 1):
        if not isinstance(name, str) or not name.strip():
            raise ValueError(f"{where}, row {row}: the target is missing.")
        phrases = found.setdefault(name.strip(), [])
        phrases += [phrase] if isinstance(phrase, str) and phrase.strip() else []
    return found


def find_targets(tokens: Tokens, targets: Mapping[str, Sequence[str]], linked: pd.DataFrame | None = None) -> pd.DataFrame:
    """Find where targets are named.

    Case, punctuation and the width of gaps do not matter, so that written and scrubbed text give the same mentions. A
    target that is the name of a linked entity is also found under that entity's other names. Where mentions overlap the
    longest counts (two targets may share it).

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
    lower = tokens.lower()
    found = [
        (np.full(len(at), k), at, at + n - 1)
        for k, phrases in enumerate(targets.values())
        for at, n in (_places(lower, phrase) for phrase in phrases)
    ]
    if linked is not None:
        named = mentions_of(tokens, linked)
        folded = named["entity"].astype("str").str.casefold()
        for k, name in enumerate(targets):
            same = named[folded == name.casefold()]
            found.append((np.full(len(same), k), same["first"].to_numpy(np.int64), same["last"].to_numpy(np.int64)))
    target, first, last = (np.concatenate([f[i] for f in found]).astype(np.int64) for i in range(3))
    table = pd.DataFrame({"target": target, "first": first, "last": last}).drop_duplicates(ignore_index=True)
    table = table.sort_values(["first", "last", "target"], ignore_index=True)
    return table[_longest(table, tokens.n_tokens)].reset_index(drop=True)


def _places(lower: Tokens, phrase: str) -> tuple[NDArray[np.int64], int]:
    """Where the words of a phrase stand one behind the other, and how many they are."""
    words = tokenize(pd.DataFrame({"article_id": ["phrase"], "text": [phrase]})).lower()
    codes = lower.vocabulary.get_indexer(words.vocabulary)[words.code]
    at = np.flatnonzero(lower.code == codes[0]) if (codes >= 0).all() else np.zeros(0, np.int64)
    at = at[at + len(codes) <= lower.n_tokens]
    for k, code in enumerate(codes[1:], 1):
        at = at[(lower.code[at + k] == code) & (lower.gap[at + k] <= _INSIDE)]
    return at[lower.article[at] == lower.article[at + len(codes) - 1]], len(codes)


def _longest(table: pd.DataFrame, n_tokens: int) -> NDArray[np.bool_]:
    """Which mentions lie in no longer one: those that own their first and their last token."""
    owner = np.full(n_tokens, -1)
    size = (table["last"] - table["first"]).to_numpy()
    for k in np.argsort(size, kind="stable"):
        owner[table["first"][k] : table["last"][k] + 1] = k
    first, last = table["first"].to_numpy(), table["last"].to_numpy()
    mine = (owner[first], owner[last])
    return (size[mine[0]] == size) & (first[mine[0]] == first) & (last[mine[1]] == last)
