"""Scrubbed text that people can read again: what is put back, and that no letter is touched."""

from __future__ import annotations

import re

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import newskit as nk
from newskit.training.corpora import read_news
from tests.conftest import make_articles

NO_MENTIONS = pd.DataFrame({"article_id": [], "start": [], "end": [], "text": [], "label": []}).astype({"start": int, "end": int})


def mark(*texts: str) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Articles, sentences and mentions from texts where `|` begins a sentence and `[LABEL name]` is a mention."""
    plain, sentences, mentions = [], [], []
    for i, text in enumerate(texts):
        out, starts = "", []
        for part in re.split(r"(\||\[[A-Z]+ [^]]+\])", text):
            if part == "|":
                starts.append(len(out))
            elif part.startswith("["):
                label, name = part[1:-1].split(" ", 1)
                mentions.append((f"a{i}", len(out), len(out) + len(name), name, label))
                out += name
            else:
                out += part
        plain.append(out)
        ends = [*starts[1:], len(out)]
        sentences += [(f"a{i}", n, a, b) for n, (a, b) in enumerate(zip(starts, ends, strict=True))]
    tables = (
        pd.DataFrame(sentences, columns=["article_id", "sentence", "start", "end"]),
        pd.DataFrame(mentions, columns=list(NO_MENTIONS.columns)),
    )
    return make_articles(*plain), *tables


def words_of(texts: pd.Series) -> list[list[str]]:
    return nk.scrub(texts).str.split().tolist()


@pytest.mark.parametrize(
    ("scrubbed", "readable"),
    [
        ("|the [LOC u s]  envoy said no |he left ", "The U.S. envoy said no. He left."),
        ("|he left the [LOC u s] |he said so", "He left the U.S. He said so."),
        ("|the [LOC u s]  s role  and  she [PER lee] s", "The U.S.'s role, and she Lee's."),
        ("|[PER lee s] plan  like [PER ann lee] s  won t work", "Lee's plan, like Ann Lee's won't work."),
        ("|i m sure we re right  but i don t know", "I'm sure we're right, but I don't know."),
        ("|why did he go |what he did was wrong |is it true ", "Why did he go? What he did was wrong. Is it true?"),
        ("|mr  [PER lee] met prime minister [PER roe]  the mayor", "Mr. Lee met Prime Minister Roe, the mayor."),
        ("|mr  |[PER lee] and the president met", "Mr. Lee and the president met."),
        ("|on tuesday  in march or in may  it may fall", "On Tuesday, in March or in May it may fall."),
        ("|it fell  percent to  million  he said", "It fell percent to million, he said."),
        ("|it was a ruse   he said   and [PER lee] agreed", "It was a ruse, he said and Lee agreed."),
        ("|[MISC iphone] sales rose at  p m  on friday", "iPhone sales rose at p.m. on Friday."),
        ("|o brien came |[LOC berlin]", "O'Brien came. Berlin."),
        ("|[ORG university of california] and [ORG at t]", "University of California and AT&T."),
    ],
)
def test_what_is_put_back(scrubbed, readable):
    articles, sentences, mentions = mark(scrubbed)
    assert nk.make_readable(articles, sentences=sentences, mentions=mentions).tolist() == [readable]
    assert words_of(pd.Series([readable])) == words_of(articles["text"])


ODD = [
    "",
    "    ",
    "a",
    " ß",
    "ßa bc",
    "ısmail kemal",
    "ﬁne ﬂow",
    "ŉ ǰan",
    "ς σς",
    "привет мир",
    "東京 大学",
    "ǆ ǳ",
    "ª µ ſ",
    "a\u0345b",
    "one\n\ntwo",
]


def test_odd_letters_stay_as_they_are():
    articles = make_articles(*nk.scrub(ODD).tolist())
    names = [(f"a{i}", 0, len(t), t, "PER") for i, t in enumerate(articles["text"]) if t]
    mentions = pd.DataFrame(names, columns=NO_MENTIONS.columns)
    for table in (mentions, NO_MENTIONS, None):
        assert words_of(nk.make_readable(articles, mentions=table)) == words_of(articles["text"])
    readable = nk.make_readable(articles, mentions=mentions).tolist()
    assert [readable[i] for i in (0, 1, 3, 5)] == ["", "    ", " ß".strip() + ".", "ısmail Kemal."]


@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"])) | st.text("usadnitmoe ßıﬁ.' \n\u0301Éİ", max_size=60),
        min_size=1,
        max_size=20,
    )
)
@settings(max_examples=40, deadline=None)
def test_scrubbed_again_the_words_are_the_same(texts):
    articles = make_articles(*nk.scrub(texts).tolist())
    assert words_of(nk.make_readable(articles)) == words_of(articles["text"])


@given(
    st.lists(
        st.sampled_from("u s d m i o don t ll re the lee mr president he said st what is ısa ßb at mc   ".split(" ")), min_size=1
    ),
    st.lists(st.tuples(st.integers(0, 60), st.integers(1, 20), st.sampled_from(["PER", "ORG"])), max_size=8),
    st.lists(st.integers(0, 60), max_size=8),
)
@settings(max_examples=40, deadline=None)
def test_any_sentences_and_mentions_leave_the_words_alone(words, spans, starts):
    """Spans that overlap, begin inside a word or hold only spaces, and sentences that begin anywhere."""
    text = " ".join(words)
    inside = [(a, min(a + n, len(text)), label) for a, n, label in spans if a < len(text)]
    mentions = pd.DataFrame([("a0", a, b, text[a:b], label) for a, b, label in inside], columns=NO_MENTIONS.columns)
    begins = [a for a in starts if a < len(text)]
    sentences = pd.DataFrame({"article_id": ["a0"] * len(begins), "start": begins, "end": len(text)}).astype({"start": int})
    readable = nk.make_readable(make_articles(text), sentences=sentences, mentions=mentions)
    assert words_of(readable) == words_of(pd.Series([text]))
    assert not re.search(r"  |[.?!,]{2}(?!\s|$)|\.\.", readable[0]) or not text.strip()


def test_written_articles_stay_and_mixed_ones_are_told_apart(written):
    assert nk.make_readable(written).tolist() == written["text"].tolist()
    mixed = written.set_index(pd.Index([7, 3, 5])).assign(text=[written["text"][0], nk.scrub(written)[1], "a \x00 b"])
    before = mixed.copy()
    readable = nk.make_readable(mixed)
    assert readable.index.tolist() == [7, 3, 5]
    assert readable[7] == mixed["text"][7]
    assert readable[3].startswith("The mayor of Lima met farmers on Tuesday")
    assert readable[5] == mixed["text"][5]
    pd.testing.assert_frame_equal(mixed, before)
    pd.testing.assert_series_equal(nk.make_readable(nk.tokenize(mixed)), readable)


def test_tables_at_hand_are_taken(written):
    articles = written.assign(text=nk.scrub(written))
    sentences, mentions = nk.split_sentences(articles), nk.find_entities(articles)
    readable = nk.make_readable(articles)
    assert readable.equals(nk.make_readable(articles, sentences=sentences, mentions=mentions.iloc[::-1]))
    assert "General Ann Lee" in readable[0]
    assert "general Ann Lee" in nk.make_readable(articles, mentions=NO_MENTIONS)[0]
    assert nk.make_readable(articles, sentences=sentences.head(0))[1].count(".") == 1


def test_tables_of_other_texts_are_refused():
    articles, sentences, mentions = mark("|[PER ann lee] met [PER roe]")
    with pytest.raises(ValueError, match=r"mentions has a place that article 'a0' does not have \(characters 0 to 7\)"):
        nk.make_readable(articles.assign(text="the ann lee met roe"), sentences=sentences, mentions=mentions)
    with pytest.raises(ValueError, match="sentences has a place"):
        nk.make_readable(articles.assign(text="ann"), sentences=sentences, mentions=NO_MENTIONS)
    with pytest.raises(ValueError, match=r"no column 'label'; pass what nk.find_entities"):
        nk.make_readable(articles, mentions=mentions.drop(columns="label"))


def test_real_articles_get_their_case_and_commas_back(data):
    """Articles that nothing was learned from, with sentences as their writers ended them."""
    written = make_articles(*read_news(data).tail(60))
    written = nk.clean(written, datelines=False)
    scrubbed = written.assign(text=nk.scrub(written))
    starts = []
    for i, text in enumerate(written["text"]):
        at = [0, *nk.scrub(list(text)).str.len().cumsum()]
        begins = [at[m.end()] for m in re.finditer(r"^|[.!?][\"'”’)\]]*\s+(?=[\"'“‘(\[]?[A-Z])", text)]
        starts += [(f"a{i}", begin, at[-1]) for begin in begins if begin < at[-1]]
    readable = nk.make_readable(scrubbed, sentences=pd.DataFrame(starts, columns=["article_id", "start", "end"]))
    assert words_of(readable) == words_of(scrubbed["text"])
    one, two = (texts.str.findall(r"([^\W\d_]+)([^a-zA-Z]*)") for texts in (written["text"], readable))
    pairs = [pair for a, b in zip(one, two, strict=True) if len(a) == len(b) for pair in zip(a, b, strict=True)]
    assert len(pairs) > 10_000
    assert sum(a[0] == b[0] for a, b in pairs) > 0.95 * len(pairs)
    commas = ["," in a[1] for a, b in pairs if "," in b[1]]
    assert sum(commas) > 0.7 * len(commas) > 300
