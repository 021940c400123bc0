"""Wrong and odd use: the right result or an error that explains itself, and inputs that stay as they are."""

from __future__ import annotations

import inspect
from collections import Counter

import numpy as np
import pandas as pd
import pytest

import newskit as nk
from tests.trust.rules import OTHER, SAME
from tests.trust.uses import outcome, tries, uses

EVERY = 101
SLOW = {"TopicModel.fit", "TopicModel.update", "topics.carry_on", "topics.try_newest", "export_figure", "plots.topic_timeline"}


@pytest.fixture(scope="module")
def all_uses():
    return {use.name: use for use in uses()}


def test_every_public_function_has_a_use(all_uses):
    modules = {
        "cleaning": ["repair_text", "split_dateline"],
        "labels": ["read_labels", "save_labels", "apply_labels", "labels_report"],
    }
    modules |= {"scale": ["map_articles", "write_parts", "read_parts"], "plots": nk.plots.__all__}
    modules |= {"stances": nk.stances.__all__, "topics": nk.topics.__all__}
    wanted = {
        f"{module}.{name}"
        for module, names in modules.items()
        for name in names
        if inspect.isfunction(getattr(getattr(nk, module), name))
    }
    wanted |= {name for name in nk.__all__ if inspect.isfunction(getattr(nk, name))}
    wanted |= {
        f"TopicModel.{m}"
        for m, f in inspect.getmembers(nk.TopicModel, callable)
        if m[0] != "_" and m not in ("fit_predict", "get_params")
    }
    assert wanted - set(all_uses) == set()


def test_a_part_of_all_wrong_and_odd_uses_ends_well(all_uses):
    faults, tried, met = [], 0, Counter()
    for use in all_uses.values():
        right, every = use.run(), EVERY * (5 if use.name in SLOW else 1)
        for rule, arguments, asked in tries(use):
            kind = rule.split(": ")[-1] if ": " in rule else "an option"
            met[kind] += 1
            if met[kind] % every == 1:  # the first of each kind, and some of the others
                tried += 1
                fault = outcome(use, rule, arguments, asked, right)
                faults += [f"{use.name} | {rule} | {fault}"] if fault else []
    assert not faults, "\n".join(faults)
    assert tried > 200
    assert met.keys() >= {*SAME, *OTHER}


@pytest.mark.parametrize(
    ("name", "argument", "wrong", "right"),
    [
        ("entity_frequency", "by", "sorce", "source"),
        ("entity_frequency", "by", "mnth", "month"),
        ("entity_timeline", "period", "Wek", "week"),
        ("find_entities", "model", "acurate", "accurate"),
        ("entity_pairs", "duplicates", "onec", "once"),
        ("sample_for_labelling", "how", "mixd", "mixed"),
        ("plots.stance_bars", "values", "count", "counts"),
        ("topics.by_source", "by", "SOURCE", "source"),
        ("read_articles", "on_error", "rase", "raise"),
        ("entity_contexts", "width", "sentense", "sentence"),
    ],
)
def test_a_misspelt_value_is_told_the_nearest_right_one(all_uses, name, argument, wrong, right):
    with pytest.raises(ValueError, match=f"Did you mean '{right}'"):
        all_uses[name].run(**{argument: wrong})


@pytest.mark.parametrize(
    ("name", "argument", "column", "wrong"),
    [
        ("find_entities", "articles", "text", "txt"),
        ("tokenize", "articles", "text", "Text"),
        ("clean", "articles", "article_id", "artcle_id"),
        ("entity_pairs", "linked", "entity", "entitiy"),
        ("stances.summary", "stances", "target", "TARGET "),
        ("evaluate_stance", "labels", "coder", "codr"),
        ("topics.by_period", "placed", "topic", "topc"),
        ("plots.top_entities", "frequency", "mentions", "mentons"),
        ("corpus_card", "described", "tokens", "token"),
        ("entity_timeline", "articles", "date", "daet"),
    ],
)
def test_a_misspelt_column_is_found_by_its_nearest_name(all_uses, name, argument, column, wrong):
    use = all_uses[name]
    with pytest.raises(ValueError, match=f"Did you mean '{wrong}'"):
        use.run(**{argument: use.arguments[argument].rename(columns={column: wrong})})


@pytest.mark.parametrize("flag", ["no", None, 2, "True"])
def test_a_word_is_no_yes_or_no(all_uses, flag):
    """`collapse="no"` would count as yes."""
    for name, argument in (
        ("scrub", "collapse"),
        ("clean", "repair"),
        ("describe_articles", "near"),
        ("word_frequency", "stop_words"),
    ):
        with pytest.raises(ValueError, match=f"{argument} must be True or False"):
            all_uses[name].run(**{argument: flag})


def test_two_million_mentions_in_one_article_are_counted():
    n = 2_000_000
    articles = pd.DataFrame({"article_id": ["a", "b"], "text": ["lee " * 1000, "no one"]})
    start = 4 * (np.arange(n, dtype=np.int64) % 1000)
    linked = pd.DataFrame(
        {"article_id": "a", "start": start, "end": start + 3, "text": "lee", "label": "PER", "entity": "Ann Lee"}
    )
    (row,) = nk.entity_frequency(linked, articles, duplicates="each").to_dict("records")
    assert (row["mentions"], row["articles"], row["of_articles"], row["surface_forms"]) == (n, 1, 2, "lee 2,000,000")


def test_an_article_of_a_million_words_is_read_as_short_ones_are():
    """Its neighbours are read as they are without it, and its own end as its beginning."""
    words = "senator ann lee of oslo condemned the tax bill  "
    alone = pd.DataFrame({"article_id": ["a", "b"], "text": [words * 3, "the mayor of lima praised the tax bill "]})
    long = alone.assign(text=[words * 111_112, alone["text"][1]])
    tokens = nk.tokenize(long)
    assert tokens[0].n_tokens == 9 * 111_112
    few, many = nk.find_entities(alone), nk.find_entities(tokens)
    b = few["article_id"] == "b"
    pd.testing.assert_frame_equal(many[many["article_id"] == "b"].reset_index(drop=True), few[b].reset_index(drop=True))
    own = many[many["article_id"] == "a"]
    assert own["text"].iloc[-2:].tolist() == own["text"].iloc[:2].tolist() == few["text"].iloc[:2].tolist()
    assert nk.word_frequency(tokens).set_index("word")["count"]["senator"] == 111_112
