"""Words as the field counts them, joined from tokens: U.S., don't, administration's, 3.5%, well-known, URLs.

In written text the characters between two tokens say whether they are one word (the rules follow UAX #29 and the
Penn Treebank's habits, without splitting contractions). In scrubbed text the width of the gap and the tokens
themselves say it: a lone `s` behind one space is a possessive, single letters one space apart an acronym. What
scrubbing deleted (digits) or made equal to a space (hyphens) stays unknown.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from newskit.corpus.beside import characters_beside, chunks
from newskit.corpus.characters import LETTER, class_table, mended_strings

if TYPE_CHECKING:
    from newskit.corpus.tokens import Tokens

Mask = NDArray[np.bool_]

_APOSTROPHES, _HYPHENS, _CLOSING = "'’‘ʼ＇´`", "-‐‑", '"<>“”'
_NEGATED = "ain aren can couldn didn doesn don hadn hasn haven isn mightn mustn needn shan shouldn wasn weren won wouldn".split()
_SUBJECTS = "i you he she it we they who that there this what how where".split()
_CLITICS = {
    "t": _NEGATED,
    "m": ["i"],
    "d": _SUBJECTS,
    "ll": _SUBJECTS,
    "re": _SUBJECTS,
    "ve": [*_SUBJECTS, "could", "should", "would"],
}
# Words that no possessive s belongs to: `the s p  index`, `in the early  s` (1990s).
_NO_HOSTS = (
    "the a an of in on for and or to by at with from as is was "
    "his her its my our your their these those early late mid over during"
).split()
_DEBRIS_HOSTS = "it he she that there what let".split()  # before a lone s they show that apostrophes were lost
_FAMILIAR = (("u", "s"), ("u", "k"), ("u", "n"), ("d", "c"))  # acronyms known even where no wide gap closes them


def join_words(tokens: Tokens) -> Tokens:
    """Join tokens into words, in written and scrubbed text alike.

    Parameters
    ----------
    tokens : Tokens

    Returns
    -------
    Tokens
        A token per word. `start` and `end` bound the word in the text (with the final point of an acronym, the percent
        sign of a number, the @ or # of a handle). The vocabulary has the word in its usual form: as written, and in
        scrubbed text `administration's` for `administration s`, `u.s.` for `u s`, `don't` for `don t`.

    Examples
    --------
    >>> import newskit as nk, pandas as pd
    >>> texts = ["U.S. growth of 3.5% isn't well-known.", "the u s  administration s plan isn t known"]
    >>> words = nk.tokenize(pd.DataFrame({"article_id": ["a", "b"], "text": texts})).words()
    >>> [list(part.vocabulary[part.code]) for part in words]
    [['U.S.', 'growth', 'of', '3.5%', "isn't", 'well-known'], ['the', 'u.s.', "administration's", 'plan', "isn't", 'known']]
    """
    if not tokens.n_tokens:
        return replace(tokens, unit="word")
    line = _Line(tokens)
    acronym = line.scrubbed_acronyms()
    clitic = line.scrubbed_clitics(acronym)
    written = line.written_acronyms()
    join = acronym | clitic | written | line.written_joins(written) | line.urls()
    head = np.flatnonzero(~join)
    tail = np.append(head[1:], tokens.n_tokens) - 1
    dotted = (line.after[tail] == ord(".")) & written[tail]
    percent = (line.after[tail] == ord("%")) & line.digits[tail]
    handle = np.isin(line.before[head], [ord("@"), ord("#")]) & ~line.digits[head]
    start, end = tokens.start[head] - handle.astype(np.int32), tokens.end[tail] + (dotted | percent).astype(np.int32)
    bounds = np.searchsorted(head, tokens.bounds)
    words = replace(tokens, code=tokens.code[head], start=start, end=end, bounds=bounds)
    changed = np.flatnonzero((head != tail) | handle | dotted | percent)
    return _with_spelling(words, changed, _spellings(tokens, words, changed, head, tail, acronym, clitic))


class _Around(NamedTuple):
    """What stands around each token, and what its article shows of scrubbing."""

    after: NDArray[np.uint32]  # the character behind it
    before: NDArray[np.uint32]  # the character before it
    parted: Mask  # whether the gap before it has white space or closes a URL
    unmarked: Mask  # whether its article has no punctuation at all
    no_apostrophe: Mask  # whether its article has no apostrophe


class _Line:
    """The tokens of a corpus in line, with what stands between them; each method says which tokens join the one before."""

    def __init__(self, tokens: Tokens) -> None:
        self.width = tokens.gap
        self.first = np.zeros(tokens.n_tokens, bool)
        self.first[tokens.first_of_article] = True
        around = characters_around(tokens)
        self.after, self.before, self.parted = around.after, around.before, around.parted
        self.opening = np.where(self.first, 0, np.roll(self.after, 1))  # the first character of the gap before each token
        self.length = tokens.end - tokens.start
        self._code, self._lower = tokens.code, tokens.vocabulary.str.lower()
        initial = tokens.vocabulary.str[:1]
        self.digits = np.asarray(initial.str.isdigit(), bool)[self._code]
        self.small = np.asarray(initial.str.islower(), bool)[self._code]
        self.letter = (self.length == 1) & ~self.digits
        self.scrubbed = around.unmarked
        self.no_apostrophes = self.scrubbed | around.no_apostrophe & self._in_articles_with(self._debris(), tokens)

    def _debris(self) -> Mask:
        """`it s`, `don t` in text that has punctuation: its apostrophes were lost."""
        lone = self.apart(" ") & self.small
        lost_s = self.among(["s"]) & self.previous(self.among(_DEBRIS_HOSTS))
        return lone & (lost_s | self.among(["t"]) & self.previous(self.among(_NEGATED)))

    def _in_articles_with(self, found: Mask, tokens: Tokens) -> Mask:
        return np.repeat(tokens.count_per_article(found) > 0, np.diff(tokens.bounds))

    def among(self, words: Iterable[str]) -> Mask:
        """Tokens that are one of these words, whatever their case."""
        return np.asarray(self._lower.isin(list(words)), bool)[self._code]

    def previous(self, mask: Mask) -> Mask:
        """Whether the token before, in the same article, has a property."""
        shifted = np.roll(mask, 1)
        shifted[self.first] = False
        return shifted

    def apart(self, characters: str) -> Mask:
        """Tokens one character behind the token before, that character being one of these."""
        return (self.width == 1) & np.isin(self.opening, [ord(c) for c in characters])

    def hosts(self) -> Mask:
        """Words that a possessive s can belong to."""
        return (self.length > 1) & ~self.digits & ~self.among(_NO_HOSTS)

    def written_acronyms(self) -> Mask:
        return self.apart(".") & self.letter & self.previous(self.letter)

    def written_joins(self, acronym: Mask) -> Mask:
        """Don't, well-known, R&D, 3.5, 1,000, 10:30, 19th, example.com, U.S.-led."""
        numbers = self.digits & self.previous(self.digits)
        glued = self.previous(self.digits) & ~self.small & (self.length > 1)  # `2017Trump`: a space was lost
        touching = (self.width == 0) & ~self.first & ~glued
        marks = self.apart(_APOSTROPHES + _HYPHENS + "&@_")
        domain = self.apart(".") & self.small & ~self.previous(self.letter & ~self.small)
        thousands = self.apart(",") & numbers & (self.length == 3)
        after_acronym = (self.width == 2) & (self.opening == ord(".")) & self.previous(acronym)
        tied = np.isin(self.before, [ord(c) for c in _APOSTROPHES + _HYPHENS])
        return touching | marks | domain | thousands | self.apart(".:/") & numbers | after_acronym & tied

    def urls(self) -> Mask:
        """All that follows http:// or www. up to white space or a quotation mark."""
        scheme = (self.width == 3) & (self.opening == ord(":")) & (self.before == ord("/"))
        begins = scheme & self.previous(self.among(["http", "https", "ftp"])) | self.apart(".") & self.previous(
            self.among(["www"])
        )
        run = np.cumsum(self.parted | self.first)
        found = np.cumsum(begins)
        heads = np.flatnonzero(np.diff(run, prepend=-1))
        before_run = found[heads] - begins[heads]
        return (found > before_run[run - run[0]]) & ~(self.parted | self.first)

    def scrubbed_acronyms(self) -> Mask:
        """Single letters one space apart (`u s`), where a wide gap closes them as a point and a space did."""
        small = self.letter & self.small & self.scrubbed
        link = self.apart(" ") & small & self.previous(small)
        closes = np.append((self.width[1:] >= 2) | self.first[1:], True)
        after_letter = self.among(["s"]) & (self.width == 2) & self.previous(self.letter)  # `u n  s u s  envoy`
        link &= ~self.previous(self._clitics() | after_letter) & ~self._clitics()
        inside = np.append(link[1:], False)
        link &= ~(self.among(["s"]) & ~closes & ~inside & ~self.previous(self.among(["u"])))  # `plan b s`: a possessive
        size, place, closed = self._runs(link, closes)
        article = self.previous(self.among(["a"])) & ((size > 2) | ~closed) | self.previous(self.among(["i"])) & ~closed
        link &= ~((place == 1) & article)  # the words a and I, not the letters
        size, place, closed = self._runs(link, closes)
        familiar = np.zeros(len(link), bool)
        for one, two in _FAMILIAR:
            familiar |= self.among([two]) & self.previous(self.among([one])) & (size == 2)
        return link & (closed | familiar)

    def scrubbed_clitics(self, acronym: Mask) -> Mask:
        """`administration s`, `don t`, `we re`, `o brien`: what an apostrophe tied together."""
        clitic = self._clitics()
        word = self.apart(" ") & self.small & self.no_apostrophes & ~acronym
        lettered = word & self.among(["s"]) & self.previous(self.letter & ~self.among(_NO_HOSTS))  # `plan b s`
        pointed = self.among(["s"]) & (self.width == 2) & self.previous(acronym) & self.scrubbed
        irish = word & self.scrubbed & (self.length > 2) & self.previous(self.among(["o"]) & ~acronym)
        return clitic | (lettered | pointed) & ~self.previous(clitic | pointed) | irish

    def _clitics(self) -> Mask:
        """Clitics behind a host of several letters (or behind I), whatever stands next."""
        behind = self.apart(" ") & self.small & self.no_apostrophes
        clitic = behind & self.among(["s"]) & self.previous(self.hosts())
        for word, hosts in _CLITICS.items():
            clitic |= behind & self.among([word]) & self.previous(self.among(hosts))
        return clitic

    def _runs(self, link: Mask, closes: Mask) -> tuple[NDArray[np.int64], NDArray[np.int64], Mask]:
        """For each token: how many tokens its run of links has, its place in it, and whether a wide gap closes the run."""
        head = np.flatnonzero(~link)
        size = np.diff(head, append=len(link))
        last = head + size - 1
        return np.repeat(size, size), np.arange(len(link)) - np.repeat(head, size), np.repeat(closes[last], size)


def characters_around(tokens: Tokens) -> _Around:
    """Read the gaps' characters."""
    around = _Around(*characters_beside(tokens), *(np.zeros(tokens.n_tokens, bool) for _ in range(3)))
    for chunk in chunks(tokens):
        points, here = chunk.points, chunk.tokens
        blank = (points <= 32) | (points == 0xA0)
        breaks = np.concatenate([[0], np.cumsum(blank | _one_of(points, _CLOSING))])
        parted = breaks[chunk.start] > np.concatenate([[0], breaks[chunk.end[:-1]]]) if len(chunk.start) else False
        marked = np.add.reduceat((class_table()[points] != LETTER) & ~blank, chunk.begins) > 0
        quoted = np.add.reduceat(_one_of(points, _APOSTROPHES), chunk.begins) > 0
        counts = np.diff(tokens.bounds[chunk.articles.start : chunk.articles.stop + 1])
        around.parted[here] = parted
        around.unmarked[here], around.no_apostrophe[here] = np.repeat(~marked, counts), np.repeat(~quoted, counts)
    return around


def _one_of(points: NDArray[np.unsignedinteger], characters: str) -> Mask:
    wanted = np.zeros(0x10000, bool)
    wanted[[ord(c) for c in characters]] = True
    return wanted[points if points.itemsize == 1 else np.minimum(points, 0xFFFF)]


def _spellings(
    tokens: Tokens,
    words: Tokens,
    changed: NDArray[np.int64],
    head: NDArray[np.int64],
    tail: NDArray[np.int64],
    acronym: Mask,
    clitic: Mask,
) -> list[str]:
    """The usual form of each changed word: as written, with the apostrophes and points that scrubbing took."""
    texts = tokens.articles["text"].tolist()
    article, restored = words.article, np.logical_or.reduceat(acronym | clitic, head)
    out = []
    for i in changed:  # one word in twenty
        text = texts[article[i]]
        if not restored[i]:
            out.append(text[words.start[i] : words.end[i]])
            continue
        form = text[words.start[i] : tokens.end[head[i]]]
        for k in range(head[i] + 1, tail[i] + 1):
            between = "." if acronym[k] else text[tokens.end[k - 1] : tokens.start[k]]
            if clitic[k]:
                between = ".'" if acronym[k - 1] else "'"
            form += between + text[tokens.start[k] : tokens.end[k]]
        out.append(form + ("." if acronym[tail[i]] else text[tokens.end[tail[i]] : words.end[i]]))
    return out


def _with_spelling(words: Tokens, changed: NDArray[np.int64], spelled: list[str]) -> Tokens:
    """Give the changed words codes of their own (or those of the tokens they now equal)."""
    known = words.vocabulary
    forms, distinct = pd.factorize(mended_strings(spelled))
    at = known.get_indexer(distinct)
    new = at < 0
    at[new] = len(known) + np.arange(new.sum())
    code = words.code.copy()
    code[changed] = at[forms]
    return replace(words, unit="word", code=code, vocabulary=known.append(pd.Index(distinct[new], dtype="str")))
