"""Cleaning what a copy or a download broke, and scrubbing: what was done to the user's corpus before it came."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING

import pandas as pd

from newskit.corpus.articles import check_articles
from newskit.corpus.characters import as_strings, mended_strings
from newskit.corpus.datelines import split_dateline
from newskit.corpus.options import check_flag
from newskit.corpus.progress import progress

if TYPE_CHECKING:
    from ftfy import TextFixerConfig

# Texts without any of these are left as they are: plain ASCII with no entity, control character or damaged quotation mark.
_SUSPECT = re.compile(r"[^\n\t\x20-\x7e]|&[#\w]+;|#\d+;|\bquot;|\"\?\w|[a-z]\"[a-z]")
_ODD_SPACES = re.compile(r"[\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_INVISIBLE = re.compile(r"[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]")
_CLITIC = r"(?:s|t|re|ve|ll|d|m)\b"
_NESTED = re.compile(r"&(?:(?:amp|AMP|#0*38|#[xX]0*26);){2,}")  # &amp;amp;amp; would be mended a level at a time
# HTML entities that lost their ampersand.
_LOST_ENTITIES = ((re.compile(r" ?#(?:39|8217);"), "'"), (re.compile(r"\bquot;"), '"'), (re.compile(r"(?<= )amp;"), "&"))
# Curly quotes, apostrophes and dashes whose last byte was lost or replaced on the way (’ as "? or "�), by where they stand.
_LOST_QUOTES = (
    (re.compile(rf"(?<=[^\W\d_])\"[?\ufffd]?(?={_CLITIC})|(?<=\bO)\"\ufffd(?=[A-Z])"), "'"),
    (re.compile(r"(?<![^\s(\[])\"\ufffd{1,3}(?!\ufffd)"), '"'),  # of more, most were other characters
    (re.compile(r"(?<=[ ])\"\?(?=[^\W\d_])"), "— "),
    (re.compile(r"\"[?\ufffd](?=\w)"), '" '),
)


def clean(articles: pd.DataFrame, *, repair: bool = True, datelines: bool = True) -> pd.DataFrame:
    """Repair the texts of articles, and move agency datelines into a column of their own.

    Mojibake, HTML entities, control and invisible characters, ligatures and decomposed accents are mended with ftfy
    (Speer 2019); curly quotes that lost a byte become quotes again. Runs of spaces are kept as they are: in scrubbed text
    their width is evidence. The character offsets of every later table refer to the text returned here.

    Parameters
    ----------
    articles : DataFrame with `article_id` and `text`
    repair : bool
        Mend characters.
    datelines : bool
        Move datelines such as `WASHINGTON (Reuters) - ` out of the text; scrubbed ones (` reuters    `) too.

    Returns
    -------
    DataFrame
        The articles in the same order with the same index, `text` cleaned, and `dateline` (str, missing where there is
        none; where one is known already it is kept, and the text left as it is).

    Raises
    ------
    ArticlesError
        If the frame is no frame of articles.

    Examples
    --------
    >>> import newskit as nk, pandas as pd
    >>> articles = pd.DataFrame({"article_id": ["a"], "text": ["LIMA (Reuters) - CafÃ© owners don&#39;t agree."]})
    >>> nk.clean(articles)[["text", "dateline"]].iloc[0].tolist()
    ["Café owners don't agree.", 'LIMA (Reuters)']
    """
    check_flag("repair", repair)
    check_flag("datelines", datelines)
    cleaned = check_articles(articles).copy()
    texts = articles["text"].astype("object").tolist()
    if repair:
        texts = [repair_text(t) for t in progress(texts, total=len(texts), label="cleaning")]
    found = [""] * len(texts)
    if datelines:
        heads = _prepended_titles(articles, texts)
        known = articles["dateline"].notna().tolist() if "dateline" in articles.columns else [False] * len(texts)
        parts = [("", t[len(h) :]) if k else split_dateline(t[len(h) :]) for t, h, k in zip(texts, heads, known, strict=True)]
        found, texts = [p[0] for p in parts], [h + p[1] for p, h in zip(parts, heads, strict=True)]
    column = mended_strings([d or None for d in found], articles.index)
    if "dateline" in articles.columns:
        column = articles["dateline"].astype("str").fillna(column)
    cleaned["text"] = as_strings(texts, articles.index)
    cleaned["dateline"] = column
    return cleaned


def _prepended_titles(articles: pd.DataFrame, texts: list[str]) -> list[str]:
    """The title and the empty line in front of each text, where `read_articles(title="prepend")` put them there."""
    if "title" not in articles.columns:
        return [""] * len(texts)
    heads = [f"{repair_text(t)}\n\n" if isinstance(t, str) else "" for t in articles["title"]]
    return [h if text.startswith(h) else "" for h, text in zip(heads, texts, strict=True)]


def repair_text(text: str) -> str:
    """Mend the characters of one text; a text of plain ASCII without damage is returned as it is.

    Examples
    --------
    >>> repair_text("Trump"+chr(8217)+"s caf\\u00c3\\u00a9 &amp; bar")
    'Trump’s café & bar'
    """
    if not isinstance(text, str):
        raise TypeError(f"repair_text takes one text, not {text!r}; nk.clean takes a table of articles.")
    if _is_plain(text) or not _SUSPECT.search(text):
        return text
    from ftfy import fix_text

    before = None
    while text != before:  # one repair can uncover the next, and cleaning twice must change nothing
        before = text
        text = _NESTED.sub("&amp;", text) if ";" in text else text
        text = _ODD_SPACES.sub(" ", _INVISIBLE.sub("", fix_text(text, _fixer())))
        if ";" in text:
            for pattern, mark in _LOST_ENTITIES:
                text = pattern.sub(mark, text)
        if '"' in text:
            for pattern, mark in _LOST_QUOTES:
                text = pattern.sub(mark, text)
    return text


def _is_plain(text: str) -> bool:
    """Whether a text has nothing that could be suspect: looked up faster than searched for, and true of all scrubbed text."""
    return text.isascii() and '"' not in text and ";" not in text and text.replace("\n", " ").isprintable()


@cache
def _fixer() -> TextFixerConfig:
    from ftfy import TextFixerConfig

    return TextFixerConfig(unescape_html=True, uncurl_quotes=False, explain=False)


class _ScrubTable(dict[int, str]):
    """What scrubbing makes of each character, filled in as characters are met."""

    def __missing__(self, point: int) -> str:
        character = chr(point)
        lowered = character.lower() if character.isalpha() else " "
        scrubbed = "" if character.isdigit() else "".join(c if c.isalpha() else " " for c in lowered)
        self[point] = scrubbed
        return scrubbed


_SCRUBBED = _ScrubTable()


def scrub(texts: pd.Series | pd.DataFrame | Sequence[str], collapse: bool = False) -> pd.Series:
    """Do to texts what was done to the scrubbed corpora this kit reads.

    Letters are lower-cased, digits deleted, every other character becomes one space: `U.S. Attorney` turns into
    `u s  attorney`, `48 hours' notice` into ` hours  notice`.

    Parameters
    ----------
    texts : Series of str, sequence of str, or articles
    collapse : bool
        Also make each run of spaces one space, as some scrubbers do; the evidence of the gaps is then lost.

    Returns
    -------
    Series of str
        The same index.

    Examples
    --------
    >>> scrub(["A criminal's \\"best friend\\" in 2017."]).tolist()
    ['a criminal s  best friend  in  ']
    >>> scrub(["A criminal's \\"best friend\\" in 2017."], collapse=True).tolist()
    ['a criminal s best friend in ']
    """
    check_flag("collapse", collapse)
    if isinstance(texts, str):
        raise TypeError("scrub takes several texts: put a single one into a list, nk.scrub([text]).")
    if isinstance(texts, pd.DataFrame) or hasattr(texts, "articles"):
        texts = check_articles(texts)["text"]
    elif not isinstance(texts, Iterable):
        raise TypeError(f"scrub takes several texts or articles, not {texts!r}.")
    elif not isinstance(texts, pd.Series):
        texts = pd.Series(list(texts), dtype="object")
    bad = [t for t in texts if not isinstance(t, str)]
    if bad:
        raise TypeError(f"scrub takes strings, and {len(bad):,} of these are none (the first: {bad[0]!r}). Drop them first.")
    scrubbed = [t.translate(_SCRUBBED) for t in texts]
    if collapse:
        scrubbed = [re.sub(" {2,}", " ", t) for t in scrubbed]
    return pd.Series(scrubbed, index=texts.index, name=texts.name, dtype="str")
