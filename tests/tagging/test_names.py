"""Canonical names: what is merged within an article and over the corpus, what stays apart, and people's own table."""

from __future__ import annotations

import re

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import newskit as nk
from tests.conftest import make_articles


def mark(*texts: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Articles and mentions from texts with `[name|LABEL]`."""
    plain, rows = [], []
    for number, text in enumerate(texts):
        out = ""
        for piece in re.split(r"(\[[^]]*\])", text):
            if piece.startswith("["):
                name, label = piece[1:-1].split("|")
                rows.append((f"a{number}", len(out), len(out) + len(name), name, label, 0.9))
                piece = name
            out += piece
        plain.append(out)
    columns = ["article_id", "start", "end", "text", "label", "score"]
    return pd.DataFrame(rows, columns=columns), make_articles(*plain)


def entities(*texts: str, **options: object) -> list[tuple[str, str]]:
    linked = nk.link_entities(*mark(*texts), **options)
    return list(zip(linked["entity"], linked["label"], strict=True))


def names(*texts: str) -> list[str]:
    return [entity for entity, _ in entities(*texts)]


def test_one_person_in_several_forms():
    text = "[donald trump|PER] and [president trump|PER]  [trump|PER] s  [donald|PER]  [donald j  trump|PER]"
    assert set(names(text)) == {"Donald Trump"}


def test_one_country_in_several_forms():
    assert set(names("[u s|LOC] [united states|LOC] [america|LOC]", "[us|LOC]", "[U.S.|LOC]")) == {"United States"}
    assert set(names("[u s|LOC] [america|LOC]")) == {"United States"}
    assert names("[russian|MISC] [russia|LOC] [russians|MISC]") == ["Russian", "Russia", "Russian"]


def test_spelling_articles_and_possessives():
    assert set(names("[f b i|ORG] [fbi|ORG] [fbi|ORG]", "[the fbi|ORG] [FBI's|ORG]")) == {"FBI"}
    assert len(set(names("[the new york times|ORG]  [new york times|ORG] [The New York Times'|ORG]"))) == 1
    assert len(set(names("[São Paulo|LOC] [sao paulo|LOC]"))) == 1


def test_offices_and_initials_of_the_same_article():
    text = "[department of justice|ORG] [justice department|ORG] [doj|ORG] [the justice department|ORG]"
    assert set(names(text)) == {"Justice Department"}
    assert names("[federal bureau of investigation|ORG]", "[fbi|ORG]") == ["Federal Bureau of Investigation", "FBI"]


def test_initials_over_the_corpus_where_articles_agree():
    told = ["[federal bureau of investigation|ORG]  [fbi|ORG]"] * 3
    assert len(set(names(*told, "[f b i|ORG]"))) == 1
    other = ["[farm bureau of idaho|ORG]  [fbi|ORG]"] * 3
    assert names(*told, *other, "[fbi|ORG]")[-1] == "FBI"


def test_families_stay_apart():
    text = "[bill clinton|PER] [clinton|PER] [hillary clinton|PER] [clinton|PER] [bill|PER]"
    assert names(text) == ["Bill Clinton", "Bill Clinton", "Hillary Clinton", "Hillary Clinton", "Bill Clinton"]
    assert names("[bush|PER] [george w  bush|PER] [george h  w  bush|PER] [bush|PER]") == [
        "George W. Bush", "George W. Bush", "George H.W. Bush", "George H.W. Bush",
    ]  # fmt: skip
    assert names("[donald trump|PER] [donald trump jr|PER] [trump|PER]") == ["Donald Trump", "Donald Trump Jr.", "Donald Trump"]


def test_a_lone_surname_needs_a_usual_bearer():
    full = "[jeff sessions|PER]  [sessions|PER]"
    assert names(full, full, "[sessions|PER]")[-1] == "Sessions"
    assert names(full, full, full, "[sessions|PER]")[-1] == "Jeff Sessions"
    other = "[pete sessions|PER]  [sessions|PER]"
    assert names(full, full, full, other, "[sessions|PER]")[-2:] == ["Pete Sessions", "Sessions"]


def test_the_usual_bearer_beside_a_relative():
    usual = ["[donald trump|PER]  [trump|PER]"] * 20
    assert names(*usual, "[trump|PER] and [ivanka trump|PER]  [trump|PER]")[-3:] == [
        "Donald Trump",
        "Ivanka Trump",
        "Donald Trump",
    ]
    assert names(*usual, "[ivanka trump|PER]  [trump|PER]")[-1] == "Ivanka Trump"


def test_initials_go_to_their_usual_bearer():
    states = ["[United States|LOC]"] * 4
    assert names("[Union Square|LOC] [US|LOC]", *states)[:2] == ["Union Square", "United States"]
    union = ["[european union|ORG] [eu|ORG]"] * 4
    assert names(*union, "[energy union|ORG] [eu|ORG]")[-2:] == ["Energy Union", "EU"]
    assert names("[US Navy|ORG] [UN|ORG]")[-1] == "UN"


def test_a_known_surname_is_no_first_name():
    usual = ["[donald trump|PER] [trump|PER]"] * 4
    assert names(*usual, "[trump|PER] [trump ryan|PER]")[-2:] == ["Donald Trump", "Trump Ryan"]
    assert names(*["[john kelly|PER] [kelly|PER]"] * 4, "[kelly clarkson|PER] [kelly|PER]")[-1] == "Kelly Clarkson"


def test_middle_names_need_evidence():
    full = ["[michael edison hayden|PER]", "[michael hayden|PER]"]
    linked = nk.link_entities(*mark(*full))
    assert linked["entity"].nunique() == 2
    assert nk.linking_report(linked)["reason"].tolist() == ["proposed: middle name"]
    assert len(set(names(*full, " ".join(full)))) == 1
    assert len(set(names("[michael o'sullivan|PER] [michael sullivan|PER]"))) == 2
    assert len(set(names("[donald j  trump|PER]", "[donald trump|PER]"))) == 1


def test_titles_that_belong_to_the_name():
    text = "[Miss America|PER] [Attorney General|PER] [Lady Gaga|PER] [First Lady Melania Trump|PER] [Mr. Holland|PER]"
    assert names(text) == ["Miss America", "Attorney General", "Lady Gaga", "Melania Trump", "Holland"]
    assert set(names("[Shana Grice|PER] [Miss Grice|PER] [Grice|PER]")) == {"Shana Grice"}
    assert set(names("[Dame Anita Roddick|PER] [Dame Anita|PER] [Roddick|PER]")) == {"Anita Roddick"}


def test_places_are_written_as_most_articles_have_them():
    assert names("[kyiv|LOC] [swaziland|LOC] [la|LOC]") == ["Kyiv", "Swaziland", "La"]
    texts = ["[kyiv|LOC]", "[kyiv|LOC]", "[kiev|LOC]"]
    assert set(names(*texts)) == {"Kyiv"}
    assert nk.linking_report(nk.link_entities(*mark(*texts)))["reason"].tolist() == ["other name of the place"]


def test_the_senate_of_the_country():
    us = ["[U.S.|LOC] [U.S. Senate|ORG] [Senate|ORG]"] * 3
    linked = nk.link_entities(*mark(*us, "[Senate|ORG]"))
    assert set(linked["entity"][linked["label"] == "ORG"]) == {"Senate"}
    assert "rest of a longer name" in nk.linking_report(linked)["reason"].tolist()


def test_names_with_two_labels_are_proposed():
    report = nk.linking_report(nk.link_entities(*mark(*["[raqqa|PER]"] * 7, *["[raqqa|LOC]"] * 5)))
    assert report[["entity", "label", "reason"]].values.tolist() == [["Raqqa", "PER", "proposed: also LOC in 5 of 12"]]
    assert nk.linking_report(nk.link_entities(*mark(*["[raqqa|PER]"] * 5, *["[raqqa|LOC]"] * 4))).empty


def test_names_in_other_scripts_and_accents_stay_whole():
    assert names("[नरेन्द्र मोदी|PER]") == ["नरेन्द्र मोदी"]
    assert names("[jose\u0301 garcia|PER] [Andre\u0301s's|PER]") == ["José Garcia", "Andrés"]


def test_other_labels_never_become_a_person():
    person = ["[george bush|PER]  [bush|PER]"] * 3
    assert entities(*person, "[bush|MISC] fires", "[bush|LOC]")[-2:] == [("Bush", "MISC"), ("Bush", "LOC")]


def test_few_articles_with_another_label_follow_the_many():
    texts = ["[brexit|MISC]"] * 9
    assert entities(*texts, "[brexit|ORG]")[-1] == ("Brexit", "MISC")
    assert entities(*texts[:4], "[brexit|ORG]")[-1] == ("Brexit", "ORG")
    report = nk.linking_report(nk.link_entities(*mark(*texts, "[brexit|ORG]")))
    assert report["reason"].tolist() == ["labelled otherwise in few articles"]


def test_the_rest_of_a_longer_name_needs_a_name_before_it():
    text = "[house|ORG] [house intelligence committee|ORG]  [intelligence committee|ORG]"
    assert names(text)[1:] == ["House Intelligence Committee"] * 2
    assert names("[my white house|ORG]  [white house|ORG]") == ["My White House", "White House"]


def test_written_text_is_linked_the_same():
    text = "[Donald J. Trump|PER] of the [U.S.|LOC] met [McConnell|PER] and [Mitch McConnell|PER]. [Trump's|PER] [The FBI|ORG]"
    scrubbed = (
        "[donald j  trump|PER] of the [u s|LOC]  met [mcconnell|PER] and [mitch mcconnell|PER]  [trump s|PER] [the fbi|ORG]"
    )
    assert names(text) == names(scrubbed)


def test_the_report_tells_every_merge():
    linked = nk.link_entities(*mark("[jeff sessions|PER] [sessions|PER] [sessions|PER]", "[u s|LOC]", "[united states|LOC]"))
    report = nk.linking_report(linked)
    assert report[["entity", "surface", "mentions", "articles", "reason"]].values.tolist() == [
        ["Jeff Sessions", "sessions", 2, 1, "surname"],
        ["United States", "u s", 1, 1, "other name of the place"],
    ]
    assert nk.linking_report(linked.copy()).equals(report)
    with pytest.raises(ValueError, match="no report with these mentions"):
        nk.linking_report(pd.DataFrame(linked.to_dict()))


def test_likeness_is_proposed_and_never_merged():
    texts = ["[sergei lavrov|PER]", "[sergei lavrov|PER]", "[sergey lavrov|PER]", "[sergey lavrov|PER]"]
    linked = nk.link_entities(*mark(*texts))
    assert linked["entity"].nunique() == 2
    assert nk.linking_report(linked)["reason"].tolist() == ["proposed: 92 of 100 alike"]
    assert nk.linking_report(nk.link_entities(*mark(*texts), propose=None)).empty


def test_no_mentions_give_none():
    mentions, articles = mark("[rome|LOC]")
    linked = nk.link_entities(mentions.head(0), articles)
    assert linked.columns.tolist() == [*mentions.columns, "entity"]
    assert linked.empty
    assert nk.linking_report(linked).empty


TABLE = pd.DataFrame({"surface": ["The GOP", "reuters"], "entity": ["Republican Party", ""], "label": ["ORG", ""]})


def test_people_s_own_table_overrides():
    linked = nk.link_entities(*mark("[gop|MISC] [reuters|ORG] [Gop's|ORG] [rome|LOC]"), TABLE)
    assert linked["entity"].tolist() == ["Republican Party", "Republican Party", "Rome"]
    assert linked["label"].tolist() == ["ORG", "ORG", "LOC"]
    assert linked.index.tolist() == [0, 2, 3]
    assert "own table" in nk.linking_report(linked)["reason"].tolist()
    renamed = pd.DataFrame({"surface": ["donald trump"], "entity": ["Trump, Donald"], "label": ["PER"]})
    assert set(entities("[donald trump|PER] [trump|PER]", aliases=renamed)) == {("Trump, Donald", "PER")}


def test_names_of_the_table_are_searched_in_the_text():
    table = pd.DataFrame(
        {
            "surface": ["Affordable Care Act", "rome", "us"],
            "entity": ["ACA", "Rome", "United States"],
            "label": ["MISC", "LOC", "LOC"],
        }
    )
    mentions, articles = mark("the affordable   [care|ORG] act in [rome|LOC]  rome told us  [ancient rome|LOC]", "none")
    linked = nk.link_entities(mentions, articles, table)
    assert linked["text"].tolist() == ["rome", "ancient rome", "affordable   care act", "rome"]
    assert linked["entity"].tolist() == ["Rome", "Ancient Rome", "ACA", "Rome"]
    assert linked["score"].tolist() == [0.9, 0.9, 1.0, 1.0]
    text = articles["text"][0]
    assert all(text[s:e] == t for s, e, t in zip(linked["start"], linked["end"], linked["text"], strict=True))


def test_mentions_of_other_types_are_linked_too():
    mentions, articles = mark("[gop|ORG] and labour", "[gop|ORG]")
    other = mentions.drop(columns="score").assign(note=1).astype({"article_id": "category", "label": "category"})
    table = pd.DataFrame({"surface": ["labour"], "entity": ["Labour"], "label": ["ORG"]})
    linked = nk.link_entities(other, articles, table)
    assert linked.columns.tolist() == ["article_id", "start", "end", "text", "label", "note", "entity"]
    assert linked["entity"].tolist() == ["GOP", "GOP", "Labour"]
    numbered = {"a0": 0, "a1": 1}
    linked = nk.link_entities(
        mentions.assign(article_id=mentions["article_id"].map(numbered)), articles.assign(article_id=[0, 1]), table
    )
    assert linked["article_id"].tolist() == [0, 1, 0]


def test_an_empty_table_is_none():
    assert names("[gop|ORG]") == [entity for entity, _ in entities("[gop|ORG]", aliases=TABLE.head(0))]


def test_a_table_is_read_from_a_file(tmp_path):
    path = tmp_path / "names.csv"
    TABLE.to_csv(path, index=False)
    assert set(entities("[gop|ORG]", aliases=path)) == {("Republican Party", "ORG")}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("surface,entity\ngop,x\n", r"names\.csv: the rows have no column 'label'"),
        (
            "surface,entity,label\ngop,A,ORG\nthe gop,B,ORG\n",
            r"names\.csv, row 2: 'the gop' is 'B' \(ORG\) here and 'A' \(ORG\) in row 1",
        ),
        ("surface,entity,label\ngop,A,PARTY\n", r"names\.csv, row 1: the label 'PARTY' is none of PER, ORG, LOC, MISC"),
        ("surface,entity,label\n,A,ORG\n", r"names\.csv, row 1: the surface '' has no letter"),
        ("surface,entity,label\na,A\n", r"names\.csv, row 1: line 2: 2 fields"),
    ],
)
def test_tables_that_cannot_be_used(tmp_path, content, message):
    (tmp_path / "names.csv").write_text(content)
    with pytest.raises(ValueError, match=message):
        nk.link_entities(*mark("[gop|ORG]"), tmp_path / "names.csv")


def test_mentions_that_cannot_be_linked():
    mentions, articles = mark("[gop|ORG]")
    with pytest.raises(ValueError, match="no column 'label'"):
        nk.link_entities(mentions.drop(columns="label"), articles)
    with pytest.raises(ValueError, match="'party' is none of"):
        nk.link_entities(mentions.assign(label="party"), articles)
    with pytest.raises(ValueError, match="articles that are not there"):
        nk.link_entities(mentions.assign(article_id="b"), articles)
    with pytest.raises(ValueError, match="nothing in column 'text' .row 0, counted from 0., where text should stand"):
        nk.link_entities(mentions.assign(text=None), articles)
    with pytest.raises(ValueError, match="this is list"):
        nk.link_entities([], articles)
    with pytest.raises(FileNotFoundError):
        nk.link_entities(mentions, articles, "nowhere.csv")


NAMES = ["donald trump", "trump", "melania trump", "mrs trump", "u s", "united states", "us", "fbi", "f b i", "the",
         "s", "federal bureau of investigation", "donald j  trump", "George W. Bush", "bush",
         "Bush's", "republicans", "republican"]  # fmt: skip
MARKED = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(["PER", "ORG", "LOC", "MISC"])), max_size=6)


@given(st.lists(MARKED, min_size=1, max_size=6), st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None)
def test_rows_stay_and_their_order_does_not_matter(marked, random):
    mentions, articles = mark(*["  ".join(f"[{name}|{label}]" for name, label in text) for text in marked])
    before = mentions.copy(deep=True), articles.copy(deep=True)
    linked = nk.link_entities(mentions, articles)
    pd.testing.assert_frame_equal(mentions, before[0])
    pd.testing.assert_frame_equal(articles, before[1])
    pd.testing.assert_frame_equal(linked[mentions.columns.drop("label")], mentions.drop(columns="label"))
    assert linked["entity"].str.len().gt(0).all()
    order = list(range(len(mentions)))
    random.shuffle(order)
    shuffled = nk.link_entities(mentions.iloc[order], articles.sample(frac=1, random_state=random.randint(0, 99)))
    pd.testing.assert_frame_equal(shuffled.sort_index(), linked)
    pd.testing.assert_frame_equal(nk.linking_report(shuffled), nk.linking_report(linked))


def test_a_dateline_does_not_write_the_name():
    text = "WASHINGTON (Reuters) - NATO spoke. WASHINGTON, WASHINGTON and Washington heard of it."
    spans = [(m.start(), m.end(), "LOC") for m in re.finditer("washington", text.lower())] + [(23, 27, "ORG")]
    rows = [("a0", a, b, text[a:b], label, 1.0) for a, b, label in sorted(spans)]
    mentions = pd.DataFrame(rows, columns=["article_id", "start", "end", "text", "label", "score"])
    assert set(nk.link_entities(mentions, make_articles(text))["entity"]) == {"Washington", "NATO"}
