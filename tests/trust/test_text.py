"""Bad text: every script and direction, what no keyboard writes, words without end, and languages the kit was not made for.

What is asked everywhere: no function of text fails on it or takes forever, offsets still point at their words, and what the
kit cannot read it says.
"""

from __future__ import annotations

import re
import time
import unicodedata
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import newskit as nk
from newskit.corpus.cleaning import repair_text
from newskit.corpus.datelines import split_dateline
from tests import fuzz, fuzzing
from tests.conftest import WRITTEN, make_articles

HOSTILE = {
    "surrogates": "Ann Le\ud800e of Lima\udfff said. The U.\ud800S. Mayor\ud83d of Lima said: www.a.example/\ud800b",
    "surrogates, scrubbed": "the mayor of lima said  ann \ud800lee won t go   the u s \ud800 senate  s \ud800",
    "bidi": "\u202eAnn Lee\u202c said \u2067in Lima\u2069 the U.S. won't. \u200fمرحبا\u200f she said.",
    "marks": "Ann Le" + "\u0301" * 10_000 + "e of Lima said she won't. e" + "\u0334" * 10_000,
    "invisible": "A\u200bnn\u200d L\u200ce\ufeffe of Lima\u2060 said so.",
    "controls": "Ann\0Lee\x07 said\x1b[0m in Lima.\x7f\x85 The U.S. won't.",
    "line ends": "Ann Lee said so.\r\n\r\rThe mayor of Lima left.\u2028She\u2029\v\fwon't.",
    "emoji": "Ann 👩‍👩‍👧‍👦 Lee ❤️ of Lima said 🇵🇪 so 1️⃣.",
    "markup": '<script>alert(1)</script> Ann Lee & "Bob" of Lima said </td>. ![x](y) `$x$`',
    "capitals": "PRESIDENT ANN LEE OF PERU SAID IN LIMA ON TUESDAY THAT SHE WON'T GO. " * 4,
    "nothing": "",
    "spaces": " " * 300,
    "digits": "1 22 333 4444 " * 20,
    "one letter": "a",
    "one mark": "\u0301",
}
LANGUAGES = {
    "de": "Der Bürgermeister von Lima sagte am Dienstag, die Straße sei nach dem Regen gesperrt worden, und die Bauern hätten "
    "mehr Wasser gefordert. Im Rat war die Frage umstritten: Viele wollten warten, bis die neue Brücke fertig ist, andere "
    "nannten das einen Fehler, der die Stadt noch lange beschäftigen werde.",
    "nl": "De burgemeester van Lima zei dinsdag dat de weg na de regen was afgesloten en dat de boeren meer water hadden "
    "gevraagd. In de raad was de vraag omstreden: velen wilden wachten tot de nieuwe brug klaar is, anderen noemden dat een "
    "fout die de stad nog lang zal bezighouden, of zelfs veel geld kost.",
    "da": "Borgmesteren i Lima sagde tirsdag, at vejen var spærret efter regnen, og at bønderne havde bedt om mere vand. I rådet "
    "var spørgsmålet omstridt: mange ville vente, til den nye bro er færdig, andre kaldte det en fejl, som byen vil have "
    "med at gøre i lang tid, for det koster mange penge.",
    "fr": "Le maire de Lima a dit mardi que la route était fermée après la pluie et que les paysans avaient demandé plus d'eau. "
    "Au conseil, la question était disputée : beaucoup voulaient attendre que le nouveau pont soit fini, d'autres y voyaient "
    "une faute dont la ville parlera encore longtemps.",
    "es": "El alcalde de Lima dijo el martes que la carretera estaba cerrada por la lluvia y que los campesinos pidieron más "
    "agua. En el concejo la cuestión fue discutida: muchos querían esperar a que el nuevo puente esté listo, otros lo "
    "llamaron un error del que la ciudad hablará mucho tiempo.",
    "ru": "Мэр Лимы сказал во вторник, что дорога закрыта после дождя и что крестьяне попросили больше воды.",
    "el": "Ο δήμαρχος της Λίμα είπε την Τρίτη ότι ο δρόμος έκλεισε μετά τη βροχή.",
    "ar": "قال رئيس بلدية ليما يوم الثلاثاء إن الطريق مغلق بعد المطر وإن الفلاحين طلبوا مزيدا من الماء",
    "he": "ראש העיר לימה אמר ביום שלישי שהכביש נסגר אחרי הגשם",
    "hi": "लीमा के महापौर ने मंगलवार को कहा कि बारिश के बाद सड़क बंद है",
    "th": "นายกเทศมนตรีกล่าวเมื่อวันอังคารว่าถนนปิดหลังฝนตก",
    "ja": "市長は火曜日、雨の後で道路が閉鎖されたと述べた。農民はより多くの水を求めた。",
    "zh": "市长星期二表示，雨后道路已经关闭，农民要求更多的水。",
    "ko": "시장은 화요일에 비가 온 뒤 도로가 폐쇄되었다고 말했다.",
}
any_text = st.text(st.characters(exclude_categories=()), max_size=60)  # surrogates and unassigned characters too
newslike = st.lists(st.sampled_from([*HOSTILE.values(), *LANGUAGES.values(), *WRITTEN]) | any_text, max_size=3).map(" ".join)


def read_all(texts: list[str], folder: str | None = None) -> dict[str, pd.DataFrame]:
    """Every public function that reads articles, each on what the one before it gave."""
    articles = make_articles(*texts, source=[t[:5] for t in texts], date=["2017-02-07"] * len(texts))
    tokens = nk.tokenize(articles)
    linked = nk.link_entities(nk.find_entities(tokens), tokens)
    stances = nk.tag_stance(tokens, {"Lima": ["Lima", "Ann Lee"]})
    frequency = nk.entity_frequency(linked, tokens)
    named = frequency["entity"].tolist()
    tables = {
        "clean": nk.clean(articles),
        "scrub": nk.scrub(articles).to_frame(),
        "describe": nk.describe_articles(tokens),
        "card": nk.corpus_card(tokens),
        "compare": nk.compare_scrubbed(tokens),
        "tokens": tokens.to_frame(),
        "words": tokens.words().to_frame(),
        "sentences": nk.split_sentences(tokens),
        "entities": nk.find_entities(tokens),
        "linked": linked,
        "report": nk.linking_report(linked),
        "frequency": frequency,
        "by source": nk.entity_frequency(linked, tokens, by="source"),
        "pairs": nk.entity_pairs(linked, tokens),
        "timeline": nk.entity_timeline(linked, tokens),
        "contexts": nk.entity_contexts(linked, tokens, named[0]) if named else frequency,
        "attributions": nk.find_attributions(tokens),
        "stances": stances,
        "sample": nk.sample_for_labelling(stances, 5),
        "readable": nk.make_readable(tokens).to_frame(),
        "keyword": nk.keyword_in_context(tokens, "lima"),
        "collocations": nk.find_collocations(tokens, min_count=1),
        "words counted": nk.word_frequency(tokens, stop_words=True),
    }
    for name, table in tables.items():
        nk.show(table)._repr_html_()
        if folder:
            assert nk.export_table(table, "table", folder=folder).stat().st_size or table.empty, name
    nk.highlight_stances(stances, tokens)._repr_html_()
    assert len(nk.fingerprint(tokens)) > 5
    return tables


def check_places(texts: list[str], tables: dict[str, pd.DataFrame]) -> None:
    """Each row of a table has an article, and its offsets are those of the words it shows."""
    by_id = {f"a{i}": text for i, text in enumerate(texts)}
    for name, shown in {"entities": "text", "linked": "text", "stances": "mention", "keyword": "keyword"}.items():
        places = zip(*(tables[name][column] for column in ("article_id", "start", "end")), strict=True)
        assert [by_id[i][a:b] for i, a, b in places] == tables[name][shown].tolist()
    for name in ("sentences", "attributions"):
        rows = tables[name].dropna(subset=["start", "end"])
        assert all(0 <= a < b <= len(by_id[i]) for i, a, b in zip(rows["article_id"], rows["start"], rows["end"], strict=True))
    for name in ("clean", "scrub", "describe", "readable"):
        assert tables[name].index.tolist() == list(range(len(texts)))


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_hostile_text_goes_through_every_function(kind, tmp_path):
    texts = [HOSTILE[kind], WRITTEN[0]]
    check_places(texts, read_all(texts, str(tmp_path)))


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("ending", ["jsonl", "csv", "parquet"])
def test_hostile_text_is_read_as_it_was_written(ending, tmp_path):
    """But for lone surrogates, which no file can hold, and blank texts, which are reported."""
    texts = [re.sub("[\ud800-\udfff]", "\ufffd", t) for t in (*HOSTILE.values(), *LANGUAGES.values())]
    table, file = pd.DataFrame({"text": texts}), tmp_path / f"a.{ending}"
    if ending == "jsonl":
        table.to_json(file, orient="records", lines=True)
    else:
        getattr(table, f"to_{ending}")(file, **({"lineterminator": "\r\n"} if ending == "csv" else {}), index=False)
    read = nk.read_articles(file)
    assert read["text"].tolist() == [t for t in texts if t.strip()]
    assert nk.reading_report(read)["reason"].tolist() == ["no text"] * 2


@given(st.lists(newslike, min_size=1, max_size=4))
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_any_articles_go_through_every_function(texts):
    check_places(texts, read_all(texts))


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_hostile_articles_do_not_change_what_is_read_of_another():
    alone = nk.find_entities(make_articles(WRITTEN[0]))
    among = nk.find_entities(make_articles(WRITTEN[0], *HOSTILE.values(), *LANGUAGES.values()))
    pd.testing.assert_frame_equal(among[among["article_id"] == "a0"].reset_index(drop=True), alone, check_dtype=False)


def blocks() -> list[str]:
    """Words of sixteen characters from every block of 256 code points in which something is assigned."""
    points = (range(low, low + 256) for low in range(0, 0x110000, 256) if not 0xD800 <= low < 0xE000)
    assigned = ([chr(p) for p in block if unicodedata.category(chr(p)) not in ("Cn", "Co")] for block in points)
    return [" ".join("".join(block[k : k + 16]) for k in range(0, len(block), 64)) for block in assigned if block]


def test_tokens_of_every_script_are_those_of_the_definition():
    """Of each block of Unicode a word; letters of every script make tokens, and both directions count characters alike."""
    texts = blocks()
    tokens = nk.tokenize(make_articles(*texts))
    for i, text in enumerate(texts):
        part = slice(*tokens.bounds[i : i + 2])
        assert list(zip(tokens.start[part].tolist(), tokens.end[part].tolist(), strict=True)) == fuzzing.defined_tokens(text)
    assert len(texts) > 300


def test_every_script_is_described_cleaned_and_scrubbed():
    articles = make_articles(*blocks())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cleaned = nk.clean(articles)
    assert nk.clean(cleaned, datelines=False)["text"].tolist() == cleaned["text"].tolist()
    scrubbed = nk.scrub(articles)
    assert nk.scrub(scrubbed).equals(scrubbed)
    assert len(nk.describe_articles(articles)) == len(articles)


@pytest.mark.parametrize("character", ["a", "é", "字", "7", " ", "\u0301", "\u200b", "\U0001f600", "a.", "\u202e", "a "])
def test_a_word_without_end_takes_no_longer_for_each_letter(character):
    """A word (or as many short ones) takes a second or two; what grows with the square of the length would take hours."""
    size = 1_000_000 if len(character) == 1 else 200_000
    articles = make_articles("the mayor said " + character * (size // len(character)))
    begun = time.process_time()
    tokens = nk.tokenize(articles)
    nk.describe_articles(tokens)
    nk.split_sentences(tokens)
    found = nk.find_entities(tokens)
    nk.clean(articles)
    nk.scrub(articles)
    assert time.process_time() - begun < 20
    assert tokens.end[-1] <= size + 15
    assert found["end"].le(size + 15).all()


def test_ten_million_characters_are_one_word():
    articles = make_articles("a" * 10_000_000)
    tokens = nk.tokenize(articles)
    assert (tokens.start.tolist(), tokens.end.tolist()) == ([0], [10_000_000])
    assert nk.describe_articles(tokens)["characters"].tolist() == [10_000_000]
    assert nk.split_sentences(tokens)[["start", "end"]].values.tolist() == [[0, 10_000_000]]
    assert nk.find_entities(tokens)["end"].isin([10_000_000]).all()
    assert nk.clean(articles)["text"].str.len().tolist() == [10_000_000]


@pytest.mark.parametrize(
    "text",
    [
        "P" * 76 + "\udce2",  # once a day and more: every word could be read in as many ways as it has letters
        "AB " * 53,
        "AP " + "-" * 150 + "x",
        '"' + "\ufffd" * 20_000,
        "&" + "amp;" * 50_000,
    ],
    ids=lambda text: ascii(text[:5]),
)
def test_repairs_and_datelines_end(text):
    begun = time.process_time()
    assert split_dateline(text) == ("", text)
    mended = repair_text(text)
    assert repair_text(mended) == mended
    assert time.process_time() - begun < 5


@pytest.mark.parametrize("language", LANGUAGES)
def test_other_languages_are_said_not_guessed(language):
    """Written, scrubbed or in capitals: no other language is taken for English."""
    text = LANGUAGES[language]
    described = nk.describe_articles(make_articles(text, *nk.scrub([text]), text.upper()))
    assert described["language"].tolist() == ["other"] * 3


def test_english_is_told_in_every_form(data):
    news = pd.read_csv(data / "news_articles/news_articles.csv.gz", usecols=["text"], keep_default_na=False)["text"][:400]
    for texts in (news, nk.scrub(news), nk.scrub(news, collapse=True), news.str.upper()):
        table = nk.describe_articles(make_articles(*texts), near=False)
        assert set(table["language"][table["tokens"] >= 25]) == {"English"}


def test_the_language_of_few_words_is_unclear():
    table = nk.describe_articles(make_articles("", "The mayor of Lima", "1 2 3 " * 50, "Der Rat kam", " ".join(WRITTEN)))
    assert table["language"].tolist() == ["unclear"] * 4 + ["English"]
    assert table["language"].cat.categories.tolist() == ["English", "other", "unclear"]


def test_the_corpus_card_says_how_many_articles_are_not_english():
    english = [f"{text} Number {i}." for i, text in enumerate([" ".join(WRITTEN)] * 3)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert nk.corpus_card(make_articles(*english)).loc["language", "value"] == "English 3"
    with pytest.warns(UserWarning, match="2 of 5 articles are not English.*not to be trusted"):
        card = nk.corpus_card(make_articles(*english, LANGUAGES["de"], LANGUAGES["zh"]))
    assert card.loc["language", "value"] == "English 3, other 2"


@pytest.mark.parametrize("target", ["readers", "html", "parquet", "cleaning", "tokens"])
def test_what_the_fuzzer_asks_holds_of_its_seeds(target):
    """`python -m tests.fuzz` begins with these; millions more are for a long run."""
    for seed in fuzz.SEEDS[target]:
        getattr(fuzzing, f"check_{target}")(seed)


@pytest.mark.parametrize("target", ["readers", "cleaning", "tokens"])
def test_what_the_fuzzer_asks_holds_of_any_bytes(target):
    check = getattr(fuzzing, f"check_{target}")

    @given(st.binary(max_size=120))
    @example(b"")
    @settings(max_examples=60, deadline=None)
    def holds(data):
        check(data)

    holds()


def test_surrogates_are_kept_in_text_and_replaced_where_words_are_counted():
    articles = make_articles("Ann Le\ud800e of Lima. www.a.example/\ud800b")
    tokens = nk.tokenize(articles)
    assert nk.clean(articles, repair=False, datelines=False)["text"].tolist() == articles["text"].tolist()
    assert "www.a.example/\ufffdb" in tokens.words().vocabulary
    assert np.array_equal(tokens.start[:3], [0, 4, 7])
