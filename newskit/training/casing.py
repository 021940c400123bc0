"""How names are written, learned from written news: `python -m newskit.training.casing --data ../shared/data`.

Forms are counted in the middle of sentences, where a capital means a name. The last articles are held out for the score.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter, defaultdict
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from newskit.corpus.cleaning import scrub
from newskit.corpus.reading import read_articles
from newskit.corpus.tokens import tokenize
from newskit.tagging.casing import MODEL, Casing, by_rule

HELD_OUT = 400
_TIED = {"-", "'", "&", " & ", "."}
_ENDS = re.compile(r"[.!?:;…\"“”()|•*—–/@#_=\n\r]")


class _Line(NamedTuple):
    """The tokens of a corpus in line: their forms, the gap before each, whether it has a capital; and the texts."""

    form: NDArray[np.object_]
    gap: NDArray[np.object_]
    capital: NDArray[np.bool_]
    article: NDArray[np.int64]
    start: NDArray[np.int32]
    end: NDArray[np.int32]
    texts: list[str]


def _line(articles: pd.DataFrame) -> _Line:
    tokens = tokenize(articles)
    texts = [t.replace("’", "'").replace("`", "'") for t in articles["text"]]
    article = tokens.article
    form = tokens.vocabulary.to_numpy(object)[tokens.code]
    before = zip(article[1:], tokens.end[:-1], tokens.start[1:], strict=True)
    gap = np.array(["\n", *(texts[i][a:b] for i, a, b in before)], object)
    gap[tokens.first_of_article] = "\n"
    capital = np.asarray(tokens.vocabulary != tokens.vocabulary.str.lower(), bool)[tokens.code]
    return _Line(form, gap, capital, article, tokens.start, tokens.end, texts)


def learn(articles: pd.DataFrame) -> Casing:
    """Learn the tables from written articles."""
    line = _line(articles)
    singly = Casing(_words(line), {}, _ties(line), _small_words(line), _pointed(line), _capital_words(line))
    return replace(singly, pairs=_pairs(line, singly))


def _words(line: _Line, least: int = 1, share: float = 0.6) -> dict[str, str]:
    """Words whose usual form with capitals, in the middle of sentences, is not what `Casing` writes by rule."""
    loud = np.array([len(f) > 1 and f.isupper() for f in line.form])
    heading = np.roll(loud, 1) & np.roll(loud, -1)
    inside = np.array([not _ENDS.search(g) for g in line.gap])
    forms: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for form in line.form[line.capital & inside & ~heading]:
        forms[form.lower()][form] += 1
    table = {}
    for word, counts in forms.items():
        form, n = max(counts.items(), key=lambda item: (item[1], item[0]))
        if len(word) > 1 and form != by_rule(word) and n >= least and n >= share * counts.total():
            table[word] = form
    return table


def _capital_words(line: _Line, least: int = 3, share: float = 0.9) -> frozenset[str]:
    """Words that have a capital nearly wherever they stand in the middle of a sentence."""
    inside = np.array([not _ENDS.search(g) for g in line.gap])
    total = Counter(f.lower() for f in line.form[inside])
    capital = Counter(f.lower() for f in line.form[inside & line.capital])
    return frozenset(w for w, n in capital.items() if len(w) > 1 and n >= least and n >= share * total[w])


def _pairs(line: _Line, singly: Casing, least: int = 3, share: float = 0.5) -> dict[str, str]:
    """Pairs of words whose usual form is not what the tables of single words give: Coca-Cola, AT&T, al-Assad, Jong Un."""
    forms: defaultdict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
    gaps: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    both = line.capital & np.roll(line.capital, 1)
    for k in range(1, len(line.form)):
        gap, one, two = line.gap[k], line.form[k - 1], line.form[k]
        tied = gap in _TIED and not (gap == "." and len(one) == len(two) == 1)  # U.S. is written by rule
        if two != "s" and (tied or (both[k] and gap == " ")):
            forms[f"{one} {two}".lower()][one, two] += 1
            gaps[one, two][gap] += 1
    table = {}
    for pair, counts in forms.items():
        (one, two), n = max(counts.items(), key=lambda item: (item[1], item[0]))
        gap, often = max(gaps[one, two].items(), key=lambda item: (item[1], item[0]))
        form = one + (gap if often >= share * n else " ") + two
        if form != form.lower() and n >= least and n >= share * counts.total() and form != singly.write(pair).rstrip("."):
            table[pair] = form
    return table


def _ties(line: _Line, least: int = 4, share: float = 0.8) -> dict[str, str]:
    """Words of at most two letters that an apostrophe ties to whatever capital follows: O'Reilly, D'Angelo."""
    gaps: defaultdict[str, Counter[str]] = defaultdict(Counter)
    following: defaultdict[str, set[str]] = defaultdict(set)
    for k in np.flatnonzero(line.capital):
        word = line.form[k - 1].lower()
        if len(word) <= 2 and word.isalpha() and (line.gap[k] in _TIED or line.gap[k] == " "):
            gaps[word][line.gap[k]] += 1
            following[word].add(line.form[k])
    table = {}
    for word, counts in gaps.items():
        gap, n = max(counts.items(), key=lambda item: (item[1], item[0]))
        if gap == "'" and n >= share * counts.total() and len(following[word]) >= least:
            table[word] = gap
    return table


def _small_words(line: _Line) -> frozenset[str]:
    """Words that are small between two capitals: function words, and what is hardly ever found elsewhere (de, von)."""
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    spaced = line.gap == " "
    between = np.roll(line.capital, 1) & np.roll(line.capital, -1) & spaced & np.roll(spaced, -1)
    small = Counter(f for f in line.form[between & ~line.capital])
    capital = Counter(f.lower() for f in line.form[between & line.capital])
    anywhere = Counter(line.form[~line.capital])
    function = {w for w, n in small.items() if n >= 20 and len(w) <= 4 and w in ENGLISH_STOP_WORDS}
    particle = {w for w, n in small.items() if n >= 4 and len(w) <= 3 and n >= 0.4 * anywhere[w]}
    return frozenset(w for w in function | particle if small[w] >= 4 * capital[w])


def _pointed(line: _Line, least: int = 8, share: float = 0.8) -> frozenset[str]:
    """Short words with a capital that a point nearly always follows, more than sentences end: St., Jr., Sen."""
    after = np.roll(line.gap, -1)
    total = Counter(f.lower() for f in line.form[line.capital])
    pointed = Counter(f.lower() for f, g in zip(line.form[line.capital], after[line.capital], strict=True) if g[:1] == ".")
    return frozenset(w for w, n in pointed.items() if 2 <= len(w) <= 4 and n >= least and n >= share * total[w])


def find_names(articles: pd.DataFrame, small: frozenset[str]) -> pd.Series:
    """Runs of capitals in the middle of sentences, with the small words between: names to score on."""
    line = _line(articles)
    names, k = [], 1
    while k < len(line.form):
        if not line.capital[k] or line.capital[k - 1] or _ENDS.search(line.gap[k]) or line.gap[k] not in (" ", ", "):
            k += 1
            continue
        last = k
        for j in range(k + 1, len(line.form)):
            tied = line.gap[j] in _TIED or line.gap[j] == " " or (line.gap[j] == ". " and len(line.form[j - 1]) <= 2)
            if not tied or not (line.capital[j] or (line.form[j] in small and line.gap[j] == " ")):
                break
            last = j if line.capital[j] else last
        names.append(line.texts[line.article[k]][line.start[k] : line.end[last]])
        k = last + 1
    return pd.Series(names, dtype="str")


def score(casing: Casing, names: pd.Series) -> dict[str, float]:
    """Shares of names written as they stood, of all and of the distinct ones, beside plain capitals."""
    distinct = names.value_counts(sort=False)
    scrubbed = scrub(pd.Series(distinct.index, dtype="str")).str.rstrip()
    kept = (scrubbed.str.strip() != "").to_numpy()
    weight, true = distinct.to_numpy()[kept], distinct.index.to_numpy(object)[kept]
    plain = scrubbed[kept].str.replace(r"\s+", " ", regex=True).str.title().to_numpy(object)
    written = np.array([casing.write(s).rstrip(".") for s in scrubbed[kept]], object)
    right, base = written == true, plain == true
    return {
        "names": float(weight.sum()),
        "distinct": float(len(weight)),
        "written right": float(np.average(right, weights=weight)),
        "distinct written right": float(right.mean()),
        "plain capitals right": float(np.average(base, weights=weight)),
        "distinct plain capitals right": float(base.mean()),
    }


def main(arguments: list[str] | None = None) -> dict[str, float]:
    """Learn from all articles but the last, score on those, write the tables beside the library's code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True, help="the folder with news_articles/")
    parser.add_argument("--out", type=Path, default=MODEL, help="where the tables go")
    options = parser.parse_args(arguments)
    articles = read_articles(Path(options.data) / "news_articles")
    casing = learn(articles.iloc[:-HELD_OUT])
    casing.save(options.out)
    return score(casing, find_names(articles.iloc[-HELD_OUT:], casing.small))


if __name__ == "__main__":
    import sys

    sys.stdout.write("".join(f"{name}: {value:.4g}\n" for name, value in main().items()))
