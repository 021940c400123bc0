"""Uses of every public function: one that is right, and many that are not quite, made of it by rules.

`python -m tests.trust.uses` tries them all and counts them; the tests try a part that covers every function and every rule.
"""

from __future__ import annotations

import copy
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pandas as pd

import newskit as nk
from tests.trust.rules import OTHER, SAME, fault_of, of_columns, plain

mpl.use("Agg")


@dataclass(frozen=True)
class Use:
    """A call that works: the function, its arguments, and what else could stand in the place of some of them."""

    name: str
    function: Callable[..., Any]
    arguments: dict[str, Any]
    wrong: dict[str, list[Any]] = field(default_factory=dict)
    shown: str = ""  # a frame that is written as it is, so that another look of it is another result

    def run(self, **others: Any) -> object:
        """What the call gives, as plain values that can be compared."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return plain(self.function(**{**self.arguments, **others}))


# --- a small corpus, and everything that the kit makes of it


def _articles() -> pd.DataFrame:
    texts = [
        f"{who} of {place} condemned the {what} as cruel and illegal, officials said on Monday. "
        f"Critics in {place} asked for water and money. The {what} was praised by {other}, a senator. "
        f'"It is good," {other} said. '
        f"The {sport} {'ended' if k % 2 else 'began'} in {place}, and {who} left with the {sport} players {'k' * (k + 2)}."
        for k in range(4)
        for who, other, place, what, sport in (
            ("Ann Lee", "Bob Roe", "Oslo", "travel ban", "chess match"),
            ("Jeff Sessions", "Ann Lee", "Portland", "tax bill", "football cup"),
            ("Bob Roe", "Jeff Sessions", "Lima", "water law", "bank profit"),
        )
    ]
    n = len(texts)
    return pd.DataFrame(
        {
            "article_id": pd.Series([str(100 + k) for k in range(n)], dtype="str"),
            "text": pd.Series(texts, dtype="str"),
            "title": pd.Series([f"Title {k}" for k in range(n)], dtype="str"),
            "date": pd.to_datetime([f"2017-0{1 + k // 4}-{10 + k}" for k in range(n)]).astype("datetime64[us]"),
            "source": pd.Series(["north", "south"] * (n // 2), dtype="str"),
            "url": pd.Series([f"https://example.org/{k}" for k in range(n)], dtype="str"),
        }
    )


@cache
def made() -> dict[str, Any]:
    """The tables of the kit for the small corpus, made once."""
    articles = _articles()
    targets = {"travel ban": ["travel ban"], "tax bill": ["tax bill"], "water law": ["water law"]}
    m: dict[str, Any] = {"articles": articles, "targets": targets, "tokens": nk.tokenize(articles)}
    m["described"] = nk.describe_articles(articles)
    m["mentions"] = nk.find_entities(articles)
    m["linked"] = nk.link_entities(m["mentions"], articles)
    m["sentences"] = nk.split_sentences(articles)
    m["stances"] = nk.tag_stance(articles, targets, linked=m["linked"])
    m["frequency"] = nk.entity_frequency(m["linked"], articles)
    m["timeline"] = nk.entity_timeline(m["linked"], articles)
    m["pairs"] = nk.entity_pairs(m["linked"], articles)
    m["changes"] = nk.entity_changes(m["linked"], articles)
    m["words"] = nk.word_frequency(articles)
    m["compared"] = nk.compare_scrubbed(articles)
    rows = m["stances"][["article_id", "start", "end", "target", "mention", "stance"]]
    said = [(coder, (k % 5 == 0) != (coder == "bo" and k % 4 == 0)) for coder in ("ann", "bo") for k in range(len(rows))]
    both = pd.concat([rows, rows], ignore_index=True).drop(columns="stance")
    labels = both.assign(coder=[c for c, _ in said], label=["favor" if f else "against" for _, f in said], holder="", note="")
    m["labels"] = labels.astype({"coder": "str", "label": "str", "holder": "str", "note": "str"})
    m["applied"] = nk.labels.apply_labels(m["stances"], m["labels"])
    m["refitted"] = nk.stances.refit_stance(m["stances"], m["labels"])
    m["learnt"] = nk.stances.learning_curve(m["stances"], m["labels"], steps=2, repeats=2)
    m["evaluated"] = nk.evaluate_stance(m["stances"], m["labels"])
    m["summary"] = nk.stances.summary(m["stances"])
    m["holders"] = nk.stances.summary(m["stances"], by=["holder", "target"])
    m["months"] = nk.stances.summary(m["stances"], articles, by=["target", "month"])
    m["model"] = nk.TopicModel(n_topics=3).fit(articles)
    m["curve"] = nk.choose_n_topics(articles)
    m["placed"] = m["model"].articles_
    m["by_period"] = nk.topics.by_period(m["placed"], articles)
    m["by_source"] = nk.topics.by_source(m["placed"], articles)
    m["moves"] = nk.topics.movement(m["placed"], m["placed"])
    m["map"] = m["model"].map()
    folder = Path(tempfile.mkdtemp())
    m["folder"] = folder
    m["model_file"] = m["model"].save(folder / "model.npz")
    m["labels_file"] = nk.labels.save_labels(m["labels"], folder / "labels.csv")
    m["articles_file"] = folder / "articles.csv"
    articles.to_csv(m["articles_file"], index=False)
    return m


COUNT = ["3", 2.5, float("nan"), -1, None, [3], 10**30, 0]
OPTIONAL = [value for value in COUNT if value is not None]
SHARE = ["0.5", float("nan"), -1, 2, None, [0.5], 10**30]
MODEL = ["acurate", "Fast", None, 1, float("nan"), ["fast"]]
DUPLICATES = ["onec", "Each", None, 1, True]
PATH = [None, 3, ["a"], float("nan"), "", "no/such/file.csv"]
SEED = ["a", -1, 2.5, None, float("nan"), 10**30]


def uses() -> list[Use]:
    """One right use of every public function, with wrong values of its options."""
    m = made()
    a, linked, stances, labels = m["articles"], m["linked"], m["stances"], m["labels"]
    la = {"linked": linked, "articles": a}
    counted = {"duplicates": DUPLICATES}
    described = {"described": m["described"]}

    def fitted(method: str, **arguments: Any) -> Any:
        model = nk.TopicModel.load(m["model_file"])
        out = getattr(model, method)(**arguments)
        return out if out is not model else model.topics_

    def fit(articles: Any, n_topics: Any = 3, random_state: Any = 0) -> Any:
        model = nk.TopicModel(n_topics, random_state).fit(articles)
        return [model.topics_, model.articles_, model.terms_]

    def saved(labels: Any, path: Any = m["folder"] / "saved.csv") -> Any:
        written = nk.labels.save_labels(labels, path)
        out = Path(written).read_text()
        Path(written).unlink()
        return out

    def parts(articles: Any, **options: Any) -> Any:
        return nk.scale.map_articles(nk.find_entities, articles, **options)

    def written(parts: Any, folder: Any = m["folder"] / "parts", function: Any = nk.find_entities) -> Any:
        return pd.read_parquet(nk.scale.write_parts(function, [parts], folder))

    def of_ledger(articles: Any, **options: Any) -> Any:
        with tempfile.TemporaryDirectory() as place:
            ledger = nk.open_ledger(articles, **{"folder": place, **options})
            return [ledger.is_new(articles), ledger.changes]

    def carried(articles: Any, **options: Any) -> Any:
        with tempfile.TemporaryDirectory() as place:
            run = nk.topics.carry_on(articles, **{"folder": place, "n_topics": 3, **options})
            return [run.model.articles_, run.note]

    def newest(articles: Any, **options: Any) -> Any:
        if isinstance(articles, pd.DataFrame) and list(articles.columns).count("article_id") == 1:  # twice as many articles
            ids = articles["article_id"].tolist()
            articles = articles.iloc[[*range(len(ids))] * 2]
            articles["article_id"] = pd.Series([*ids, *(f"{v}b" for v in ids)], articles.index, dtype="object")
        run = nk.topics.try_newest(articles, **{"n_topics": 2, **options})
        return run and [run.note, run.changes]

    def exported(**options: Any) -> Any:
        with tempfile.TemporaryDirectory() as place:
            ax = nk.plots.top_words(m["words"])
            arguments = {"ax": ax, "name": "words", "folder": place, "formats": ("svg",), "articles": a, **options}
            out = nk.export_figure(**arguments)
            return [out.files["json"].read_bytes(), out.files["csv"].read_bytes()]

    def tabled(table: Any, **options: Any) -> Any:
        with tempfile.TemporaryDirectory() as place:
            return nk.export_table(table, **{"name": "t", "folder": place, **options}).read_bytes()

    def labelled(**arguments: Any) -> Any:
        with tempfile.TemporaryDirectory() as place:
            arguments.setdefault("path", Path(place) / "labels.csv")
            return nk.label_stance(**arguments).items

    def refit_applied(stances: Any, labels: Any) -> Any:
        return nk.stances.refit_stance(stances, labels).apply(stances)

    sampled = nk.sample_for_labelling(stances, 5)
    evidence = {"mentions": linked}
    found = [
        Use("agreement", nk.agreement, {"labels": labels}, {"coders": [["an"], "ann", 3, [3], []]}),
        Use("choose_n_topics", nk.choose_n_topics, {"articles": a}, {"random_state": SEED}),
        Use("clean", nk.clean, {"articles": a}, {"repair": ["no", None, 2], "datelines": ["no", None]}),
        Use("compare_scrubbed", nk.compare_scrubbed, {"articles": a}, {"collapse": ["no", None]}),
        Use("corpus_card", nk.corpus_card, {"articles": a, **described}),
        Use("describe_articles", nk.describe_articles, {"articles": a}, {"near": ["no", None]}),
        Use(
            "entity_changes",
            nk.entity_changes,
            {**la, **described},
            {**counted, "since": ["2071-01-01", "soon", 5, float("nan"), ["2017-01-01"]], "new": [[True], "x", 3, [None] * 12]},
        ),
        Use(
            "entity_contexts",
            nk.entity_contexts,
            {**la, "entity": "Ann Lee"},
            {
                "entity": ["Ann Le", None, 3, ["Ann Lee"], ""],
                "width": ["sentense", "3", 2.5, -1, None, float("nan"), 10**30],
                "n": OPTIONAL,
            },
        ),
        Use(
            "entity_frequency",
            nk.entity_frequency,
            {**la, **described},
            {**counted, "by": ["sorce", "mnth", "Month", 3, ["sorce"], [3], [], "entity"]},
        ),
        Use("entity_pairs", nk.entity_pairs, {**la, **described}, {**counted, "min_articles": COUNT, "n": OPTIONAL}),
        Use(
            "entity_timeline",
            nk.entity_timeline,
            {**la, **described},
            {
                **counted,
                "entities": ["Ann Lee", ["Ann Le"], [3], 3, []],
                "n": COUNT,
                "period": ["mnth", "Month", None, 3, ["month"]],
            },
        ),
        Use("evaluate_stance", nk.evaluate_stance, {"stances": stances, "labels": labels}),
        Use(
            "export_figure",
            exported,
            {"articles": a, "data": m["words"]},
            {
                "ax": [None, 3, "ax"],
                "name": [None, 3, "", "a/b", float("nan")],
                "formats": ["svg", ["jpg"], None, 3, []],
                "size": ["colum", -1, "3", (1, 2, 3), float("nan"), [None]],
                "unit": ["cm", None, 3],
                "dpi": COUNT,
                "parameters": [3, "a", ["a"]],
                "alt": [3, ["a"]],
                "size_mm": [3, "a", (0, 0)],
                "folder": [None, 3, ["a"]],
            },
            "data",
        ),
        Use("export_table", tabled, {"table": m["words"]}, {"name": [None, 3, "", "a/b"], "folder": [None, 3, ["a"]]}, "table"),
        Use("find_attributions", nk.find_attributions, {"articles": a, "linked": linked}, {"model": MODEL}),
        Use("find_collocations", nk.find_collocations, {"articles": a, "min_count": 2}, {"min_count": COUNT, "n": OPTIONAL}),
        Use("find_entities", nk.find_entities, {"articles": a}, {"model": MODEL}),
        Use("fingerprint", nk.fingerprint, {"articles": a}),
        Use("highlight_stances", nk.highlight_stances, {"stances": stances, "articles": a}, {"n": COUNT}),
        Use(
            "keyword_in_context",
            nk.keyword_in_context,
            {"articles": a, "keyword": "travel ban"},
            {"keyword": ["", None, 3, ["ban"], float("nan"), " ?"], "width": COUNT, "n": OPTIONAL},
        ),
        Use(
            "label_stance",
            labelled,
            {"sample": sampled, "articles": a, "coder": "ann"},
            {"coder": ["", None, 3], "path": [None, 3, ["a"]]},
        ),
        Use(
            "link_entities",
            nk.link_entities,
            {
                "mentions": m["mentions"],
                "articles": a,
                "aliases": pd.DataFrame({"surface": ["oslo"], "entity": ["Oslo City"], "label": ["ORG"]}),
            },
            {"aliases": ["no/file.csv", 3, ["a"], {"a": 1}], "propose": ["90", float("nan"), -1, 1000, [90]]},
        ),
        Use("linking_report", nk.linking_report, {"linked": linked}),
        Use("make_readable", nk.make_readable, {"articles": a, "sentences": m["sentences"], "mentions": m["mentions"]}),
        Use(
            "open_ledger",
            of_ledger,
            {"articles": a},
            {"folder": [None, 3, ["a"]], "notebook": [3, ["a"], "a/b"], "parameters": [3, ["a"]]},
        ),
        Use(
            "read_articles",
            nk.read_articles,
            {"path": m["articles_file"]},
            {
                "path": [None, 3, float("nan"), "", "no/such/file.csv", []],
                "columns": [{"txt": "text"}, {"text": "txt"}, 3, "text", ["text"]],
                "title": ["prepnd", None, 3],
                "day_first": ["yes", 3, float("nan")],
                "on_error": ["rase", None, 3],
            },
        ),
        Use("read_provenance", nk.read_provenance, {"path": _figure()}, {"path": PATH}),
        Use("read_table", nk.read_table, {"path": _table()}, {"path": PATH}),
        Use("reading_report", nk.reading_report, {"articles": a}),
        Use("sample_articles", nk.sample_articles, {}),
        Use(
            "sample_for_labelling",
            nk.sample_for_labelling,
            {"stances": stances, "n": 5, "labels": labels.head(3)},
            {"n": COUNT, "how": ["mixd", None, 3], "random_state": SEED},
        ),
        Use(
            "score_stance",
            nk.score_stance,
            {"passages": pd.Series(["they condemned the ban"]), "spans": [(19, 22)]},
            {
                "passages": [None, 3, [3], [None], float("nan")],
                "spans": [None, 3, [(19,)], [("a", "b")], [(22, 19)], [(-5, -2)], [(0, 10**30)], [None]],
                "model": MODEL,
            },
        ),
        Use("scrub", nk.scrub, {"texts": a}, {"texts": [None, 3, [3], [None], float("nan")], "collapse": ["no", None]}),
        Use(
            "show",
            nk.show,
            {"table": m["frequency"], "evidence": evidence, "articles": a},
            {
                "n": OPTIONAL,
                "right": ["label", ["labl"], 3, None],
                "evidence": [{"mention": linked}, {"mentions": 3}, 3, ["mentions"]],
            },
            "table",
        ),
        Use(
            "split_sentences",
            nk.split_sentences,
            {"articles": a},
            {"model": MODEL, "threshold": [v for v in SHARE if v is not None]},
        ),
        Use(
            "tag_stance",
            nk.tag_stance,
            {"articles": a, "targets": m["targets"], "linked": linked, "sentences": m["sentences"]},
            {"model": MODEL, "threshold": SHARE, "targets": ["no/file.csv", 3, [], [3], [""], {"a": 3}, {3: "a"}, float("nan")]},
        ),
        Use("tokenize", nk.tokenize, {"articles": a}),
        Use("word_frequency", nk.word_frequency, {"articles": a}, {"stop_words": ["no", None], "min_articles": COUNT}),
        Use("cleaning.repair_text", nk.cleaning.repair_text, {"text": "don&#39;t"}, {"text": [None, 3, ["a"], float("nan")]}),
        Use(
            "cleaning.split_dateline", nk.cleaning.split_dateline, {"text": "LIMA (Reuters) - Rain."}, {"text": [None, 3, ["a"]]}
        ),
        Use("labels.read_labels", nk.labels.read_labels, {"path": m["labels_file"]}, {"path": PATH[:-1]}),
        Use("labels.save_labels", saved, {"labels": labels}, {"path": PATH[:-2]}, "labels"),
        Use("labels.apply_labels", nk.labels.apply_labels, {"stances": stances, "labels": labels, "articles": a}),
        Use("labels.labels_report", nk.labels.labels_report, {"table": m["applied"]}),
        Use("stances.measured", nk.stances.measured, {}, {"model": MODEL}),
        Use(
            "stances.propose_targets", nk.stances.propose_targets, {"articles": a, "linked": linked}, {"n": COUNT, "model": MODEL}
        ),
        Use(
            "stances.read_targets",
            nk.stances.read_targets,
            {"targets": pd.DataFrame({"target": ["tax bill", "tax bill"], "phrase": ["tax bill", "the bill"]})},
            {"targets": ["no/file.csv", 3, None, [], [3], {"a": 3}, {3: "a"}]},
        ),
        Use("stances.report", nk.stances.report, {"stances": stances}),
        Use(
            "stances.summary",
            nk.stances.summary,
            {"stances": stances, "articles": a, "by": ["target", "holder"], **described},
            {**counted, "by": ["tagret", "sorce", "mnth", 3, [], [3], None, "n"], "min_n": COUNT},
        ),
        Use("stances.refit_stance", refit_applied, {"stances": stances, "labels": labels}),
        Use("stances.RefittedStance.apply", m["refitted"].apply, {"stances": stances}, {"threshold": SHARE}),
        Use(
            "stances.learning_curve",
            nk.stances.learning_curve,
            {"stances": stances, "labels": labels, "steps": 1, "repeats": 1},
            {"steps": COUNT, "repeats": [v for v in COUNT if v != 10**30], "random_state": SEED},
        ),
        Use(
            "TopicModel.fit",
            fit,
            {"articles": a},
            {"n_topics": ["atuo", "3", 2.5, -1, None, 10**30, 0, True, float("nan")], "random_state": SEED},
        ),
        Use("TopicModel.assign", m["model"].assign, {"articles": a}),
        Use("TopicModel.knows", m["model"].knows, {"articles": a}),
        Use("TopicModel.update", lambda **k: fitted("update", **k), {"articles": a}, {"forget": ["no", None]}),
        Use(
            "TopicModel.rename",
            lambda **k: fitted("rename", **k),
            {"labels": {0: "sport"}},
            {"labels": [None, 3, ["a"], {9: "a"}, {"0": "a"}, {0: None}, {0: 3}]},
        ),
        Use("TopicModel.typical", m["model"].typical, {}, {"n": COUNT}),
        Use("TopicModel.map", m["model"].map, {}),
        Use("TopicModel.set_params", lambda **k: repr(nk.TopicModel().set_params(**k)), {}, {"n_topic": [3]}),
        Use("TopicModel.save", lambda path=m["folder"] / "b.npz": m["model"].save(path).exists(), {}, {"path": PATH[:-2]}),
        Use("TopicModel.load", lambda path: nk.TopicModel.load(path).topics_, {"path": m["model_file"]}, {"path": PATH}),
        Use(
            "topics.by_period",
            nk.topics.by_period,
            {"placed": m["placed"], "articles": a},
            {"period": ["mnth", None, 3, ["month"]]},
        ),
        Use(
            "topics.by_source",
            nk.topics.by_source,
            {"placed": m["placed"], "articles": a},
            {"by": ["sorce", None, 3, ["source"], []]},
        ),
        Use(
            "topics.carry_on",
            carried,
            {"articles": a},
            {
                "folder": [None, 3, ["a"]],
                "n_topics": ["atuo", 2.5, -1, None, 0],
                "path": [3, ["a"], "no.npz"],
                "fresh": ["no", None],
                "labels": [3, ["a"]],
                "random_state": SEED,
            },
        ),
        Use("topics.entities", nk.topics.entities, {"placed": m["placed"], "linked": linked}, {"n": COUNT}),
        Use("topics.movement", nk.topics.movement, {"before": m["placed"], "after": m["placed"]}),
        Use(
            "topics.try_newest",
            newest,
            {"articles": a},
            {"n_topics": ["atuo", 2.5, -1, None, 0], "share": [v for v in SHARE if v != 10**30], "random_state": SEED},
        ),
        Use(
            "scale.map_articles",
            parts,
            {"articles": a},
            {"jobs": ["2", 2.5, -7, float("nan")], "part": COUNT, "scheduler": [3, ["a"]]},
        ),
        Use(
            "scale.write_parts",
            written,
            {"parts": a},
            {"folder": [None, 3, ["a"]], "function": [None, 3, "nk.clean", nk.link_entities]},
        ),
        Use(
            "scale.read_parts",
            lambda **k: pd.concat(nk.scale.read_parts(**k)),
            {"path": m["articles_file"]},
            {
                "path": [None, 3, "no/such.csv"],
                "part": COUNT,
                "columns": [{"txt": "text"}, 3],
                "title": ["prepnd"],
                "day_first": ["yes"],
            },
        ),
    ]
    tables: dict[str, dict[str, Any]] = {
        "article_lengths": described,
        "calibration_curve": {"calibration": m["evaluated"].calibration},
        "entity_changes": {"changes": m["changes"]},
        "entity_pairs": {"pairs": m["pairs"]},
        "entity_timeline": {"timeline": m["timeline"]},
        "gap_widths": {"tokens": m["tokens"]},
        "learning_curve": {"curve": m["learnt"]},
        "n_topics_curve": {"curve": m["curve"]},
        "recovered_words": {"compared": m["compared"]},
        "stance_bars": {"summary": m["summary"]},
        "stance_matrix": {"summary": m["holders"]},
        "stance_timeline": {"summary": m["months"]},
        "top_entities": {"frequency": m["frequency"]},
        "top_words": {"frequency": m["words"]},
        "topic_map": {"placed": m["map"]},
        "topic_movement": {"moves": m["moves"]},
        "topic_sizes": {"topics": m["model"].topics_},
        "topic_sources": {"shares": m["by_source"]},
        "topic_terms": {"terms": m["model"].terms_},
        "topic_timeline": {"shares": m["by_period"]},
        "topic_tree": {"tree": m["model"].tree_, "topics": m["model"].topics_},
    }
    options: dict[str, dict[str, list[Any]]] = {
        "entity_changes": {"n": COUNT}, "entity_pairs": {"n": COUNT}, "gap_widths": {"widest": COUNT, "tokens": [None, a, "a"]},
        "learning_curve": {"baseline": ["0.5", [1], float("nan")], "baseline_name": [3, None]},
        "stance_bars": {"n": COUNT, "values": ["count", None, 3]}, "stance_matrix": {"holders": COUNT, "targets": COUNT},
        "stance_timeline": {"n": COUNT}, "top_entities": {"n": COUNT}, "top_words": {"n": COUNT},
        "topic_sources": {"sources": COUNT, "topics": COUNT}, "topic_terms": {"n_topics": COUNT, "n_terms": COUNT},
        "topic_timeline": {"n": COUNT},
    }  # fmt: skip
    plots = [Use(f"plots.{n}", getattr(nk.plots, n), t, {"ax": ["ax", 3], **options.get(n, {})}) for n, t in tables.items()]
    return [*found, *plots]


@cache
def _table() -> Path:
    """A table that was exported."""
    return nk.export_table(made()["words"], "words", folder=made()["folder"])


def _figure() -> Path:
    ax = nk.plots.top_words(made()["words"])
    return nk.export_figure(ax, "figure", folder=made()["folder"], formats=("svg",), articles=made()["articles"]).files["svg"]


def tries(use: Use) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Every rule applied to every argument: its name, the arguments that it changes, and what is asked of the outcome.

    "same" asks for the plain frame's result; "" for a result or an error of ours; else the error must propose that name.
    """
    for name, value in use.arguments.items():
        if isinstance(value, pd.DataFrame):
            yield from (
                (f"{name}: {rule}", {name: odd(value)}, "" if name == use.shown else "same") for rule, odd in SAME.items()
            )
            yield from ((f"{name}: {rule}", {name: odd(value)}, "") for rule, odd in OTHER.items())
            for rule, new, odd in of_columns(value):
                yield f"{name}.{rule}", {name: odd}, new
    for name, values in use.wrong.items():
        yield from ((f"{name}={value!r:.40}", {name: value}, "") for value in values)
    yield "an unknown option", {"unknwon": 1}, ""


def outcome(use: Use, rule: str, arguments: dict[str, Any], asked: str, right: object) -> str:
    """What is wrong with how a use ends; empty where it is well."""
    before = {k: (copy.deepcopy(v), dict(getattr(v, "attrs", {}))) for k, v in arguments.items() if isinstance(v, pd.DataFrame)}
    try:
        given = use.run(**arguments)
    except Exception as error:
        fault = fault_of(error, asked if asked != "same" else "")
        return f"an error where none should be: {error}" if asked == "same" and not fault else fault
    finally:
        import matplotlib.pyplot as plt

        plt.close("all")
    for name, (frame, attrs) in before.items():
        if attrs != arguments[name].attrs or not frame.equals(arguments[name]) or not frame.index.equals(arguments[name].index):
            return f"{name} was changed"
    return "another result than that of the plain frame" if asked == "same" and given != right else ""


def try_all(part: Callable[[int], bool] = lambda k: True) -> tuple[int, list[str], Counter[str]]:
    """Try all uses, or those whose number `part` takes: how many were tried, what is wrong, and how many by function."""
    faults, counts, number = [], Counter(), 0
    for use in uses():
        right = use.run()
        for rule, arguments, asked in tries(use):
            number += 1
            if part(number):
                counts[use.name] += 1
                fault = outcome(use, rule, arguments, asked, right)
                faults += [f"{use.name} | {rule} | {fault}"] if fault else []
    return counts.total(), faults, counts


if __name__ == "__main__":
    tried, wrong, by_function = try_all()
    sys.stdout.write(
        "\n".join([*wrong, f"{tried:,} uses of {len(by_function)} functions tried, {len(wrong):,} are wrong"]) + "\n"
    )
