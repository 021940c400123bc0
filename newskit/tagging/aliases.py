"""People's own table of names: read, checked, and searched for in the articles."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from newskit.corpus.articles import listed, nearest
from newskit.corpus.formats import read_table
from newskit.corpus.paths import existing
from newskit.corpus.tables import check_table
from newskit.corpus.tokens import Tokens, tokenize
from newskit.tagging.keys import name_key

LABELS = ("PER", "ORG", "LOC", "MISC")
OWN_LABEL = "[A-Z][A-Z0-9_]*"
"""What people's own types of names are called."""
_COLUMNS = ("surface", "entity", "label")
_COMMON = ("us", "it", "who", "may", "will", "aids", "ice", "art", "arms", "now", "pm")  # as words no names, in small letters


def read_aliases(aliases: str | Path | pd.DataFrame, *, own: Iterable[str] = ()) -> pd.DataFrame:
    """Read and check a table of names.

    Parameters
    ----------
    aliases : str, Path or DataFrame
        `surface`, `entity` (empty: no name), `label` (may be empty where the entity is).
    own : iterable of str
        Labels beside those of the kit that may stand there.

    Returns
    -------
    DataFrame
        `surface`, `entity`, `label`, `key`; a row per key.

    Raises
    ------
    ValueError
        If a column is missing, a surface is empty or stands there with different entities, or a label is unknown; the
        message names file and row.
    FileNotFoundError
        If there is no such file.
    """
    where, table = ("aliases", aliases) if isinstance(aliases, pd.DataFrame) else read_table(existing(aliases), _COLUMNS)
    made = f"a table of names has surface, entity and label, and this one {listed(table.columns)}"
    table = (
        check_table(table.fillna(""), f"{where}: the rows have", made, *_COLUMNS)
        .astype("str")
        .apply(lambda column: column.str.strip())
    )
    table = table.reset_index(drop=True)
    table["label"] = table["label"].str.upper()
    labels = tuple(dict.fromkeys([*LABELS, *own]))
    for row, (surface, entity, label) in enumerate(table.itertuples(index=False), 1):
        if not any(c.isalnum() for c in surface):
            raise ValueError(
                f"{where}, row {row}: the surface {surface!r} has no letter; write there how the name stands in the text."
            )
        if label not in labels and (entity or label):
            raise ValueError(f"{where}, row {row}: the label {label!r} is none of {', '.join(labels)}.{nearest(label, labels)}")
    table["key"] = [name_key(surface, "").key for surface in table["surface"]]
    first = table.groupby("key")[["entity", "label"]].transform("first")
    clash = (table[["entity", "label"]] != first).any(axis=1)
    if clash.any():
        row = int(clash.to_numpy().argmax())
        again = int((table["key"] == table["key"].iloc[row]).to_numpy().argmax())
        raise ValueError(
            f"{where}, row {row + 1}: {table['surface'].iloc[row]!r} is {_said(table.iloc[row])} here and "
            f"{_said(table.iloc[again])} in row {again + 1}; keep one of them."
        )
    return table.drop_duplicates("key", ignore_index=True)


def _said(row: pd.Series) -> str:
    return f"{row['entity']!r} ({row['label']})" if row["entity"] else "no name"


def add_aliases(mentions: pd.DataFrame, articles: pd.DataFrame | Tokens, aliases: pd.DataFrame) -> pd.DataFrame:
    """Search the names of the table in the articles, and add them as mentions where none stands.

    A name counts as found whatever its case and whatever stands between its words. It takes the place of mentions inside it
    and gives way to those that reach beyond it. A surface that is also a common word (`us`) is only found with capitals.
    """
    found = _search(tokenize(articles), aliases[aliases["entity"] != ""])
    if found.empty:
        return mentions
    longest = found.sort_values(["article_id", "start", "end"], ascending=[True, True, False], kind="stable")
    reach = longest.groupby("article_id")["end"].cummax().groupby(longest["article_id"]).shift(fill_value=-1)
    found = longest[longest["start"] >= reach]
    old = mentions[["article_id", "start", "end"]].reset_index(drop=True)
    old = old.assign(article_id=old["article_id"].astype("str"), row=np.arange(len(old)))
    both = found.assign(found=np.arange(len(found))).merge(old, on="article_id", suffixes=("", "_old"))
    both = both[(both["start_old"] < both["end"]) & (both["end_old"] > both["start"])]
    beyond = (both["start_old"] < both["start"]) | (both["end_old"] > both["end"])
    same = (both["start_old"] == both["start"]) & (both["end_old"] == both["end"])
    barred = both["found"][beyond | same].unique()
    replaced = both["row"][~both["found"].isin(barred)].unique()
    new = found[~np.isin(np.arange(len(found)), barred)]
    if new.empty:
        return mentions
    kept = mentions[~np.isin(np.arange(len(mentions)), replaced)]
    new = new.assign(score=1.0).reindex(columns=mentions.columns)
    plain = {c: t for c, t in mentions.dtypes.items() if c in new and not isinstance(t, pd.CategoricalDtype)}
    kept, new = (part.astype("object") for part in (kept, new))  # other columns are missing where a name was found
    together = pd.concat([kept, new], ignore_index=True)
    return together.astype({c: plain[c] for c in ("article_id", "start", "end", "text", "label", "score") if c in plain})


def _search(tokens: Tokens, aliases: pd.DataFrame) -> pd.DataFrame:
    """Every place of the names: `article_id, start, end, text, label`."""
    lower, texts, ids = tokens.lower(), tokens.articles["text"].to_numpy(object), tokens.articles["article_id"].astype("str")
    article, rows = tokens.article, []
    for surface, label in zip(aliases["surface"], aliases["label"], strict=True):
        wanted = tokenize(pd.DataFrame({"article_id": ["surface"], "text": [surface]})).lower()
        codes = lower.vocabulary.get_indexer(wanted.vocabulary[wanted.code])
        at = np.flatnonzero(lower.code == codes[0]) if (codes >= 0).all() else np.empty(0, np.int64)
        at = at[at + len(codes) <= tokens.n_tokens]
        for k, code in enumerate(codes[1:], 1):
            at = at[lower.code[at + k] == code]
        last = at + len(codes) - 1
        inside = article[at] == article[last]
        for i, start, end in zip(article[at[inside]], tokens.start[at[inside]], tokens.end[last[inside]], strict=True):
            text = texts[i][start:end]
            if surface.lower() not in _COMMON or text != text.lower():
                rows.append((ids.iloc[i], int(start), int(end), text, label))
    return pd.DataFrame(rows, columns=["article_id", "start", "end", "text", "label"])
