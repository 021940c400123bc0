"""Benchmark: a whole run over many articles: seconds and memory by step, growth, what bounds it, and several processes.

    python -m tests.bench_scale [--page benchmarks.md] [--large]

--large: up to 100,000 articles (about an hour on two cores).
"""

from __future__ import annotations

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import argparse
import json
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import newskit as nk
from newskit.tagging.models import load_tagger
from newskit.tagging.tagger import Tagger
from tests.benching import (
    DATA,
    best,
    forget_peak,
    machine,
    markdown,
    publish,
    recombined,
    resident,
    say,
    slope,
    timed,
    version_of,
)

SIZES, LARGE = (1_000, 3_000, 10_000), (20_000, 45_000, 100_000)
SEVERAL = 50_000  # articles that several processes read, at most
TARGETS = (
    "Donald Trump", "Barack Obama", "Hillary Clinton", "Congress", "immigration", "health care", "Russia", "the wall",
    "climate change", "police",
)  # fmt: skip
NETWORKS = ("sentences", "entities", "attributions")


def whole_run(path: Path) -> dict[str, Any]:
    """Files in, tables out: CPU seconds of each step, and the peak of memory."""
    steps: dict[str, float] = {}

    def step(name: str, function: Callable[[], Any]) -> Any:
        found, steps[name] = timed(function)
        return found

    came_in = step("read", lambda: nk.read_articles(path))
    forget_peak()
    articles = step("clean", lambda: nk.clean(came_in))
    tokens = step("tokenise", lambda: nk.tokenize(articles))
    sentences = step("sentences", lambda: nk.split_sentences(tokens))
    mentions = step("names", lambda: nk.find_entities(tokens))
    linked = step("linking of names", lambda: nk.link_entities(mentions, tokens))
    described = step("repeated articles", lambda: nk.describe_articles(tokens))
    frequency = step("frequency", lambda: nk.entity_frequency(linked, tokens, described=described))
    pairs = step("pairs", lambda: nk.entity_pairs(linked, tokens, described=described))
    stances = step("stances on ten targets", lambda: nk.tag_stance(tokens, TARGETS, linked=linked, sentences=sentences))
    summary = step("summary of stances", lambda: nk.stances.summary(stances))
    topics = step("topics", lambda: nk.TopicModel().fit(tokens))
    rows = {"sentences": len(sentences), "names": len(mentions), "pairs": len(pairs), "stances": len(stances)}
    rows |= {"entities": len(frequency), "topics": len(topics.topics_), "summary": len(summary)}
    return {"tokens": tokens.n_tokens, "steps": steps, "peak": resident(), "rows": rows}


def run_once(n: int) -> dict[str, Any]:
    """A whole run over n articles, in a process of its own that made no articles itself."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "news.csv")
        recombined(n).to_csv(path, index=False)
        command = [sys.executable, "-m", "tests.bench_scale", "--run", str(path)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        size = path.stat().st_size
    found = json.loads(done.stdout.splitlines()[-1]) | {"articles": n, "size": size}
    say(f"({n:,} articles: {sum(found['steps'].values()):.1f} CPU s, {found['peak'] / 1e9:.2f} GB)")
    return found


def growth(runs: list[dict[str, Any]]) -> Iterator[str]:
    steps = pd.DataFrame([r["steps"] for r in runs], index=[f"{r['articles']:,}" for r in runs]).T
    table = steps.map("{:.1f}".format)
    table.loc["all, CPU s"] = steps.sum().map("{:.1f}".format)
    table.loc["ms per article"] = [f"{1000 * s / r['articles']:.2f}" for s, r in zip(steps.sum(), runs, strict=True)]
    table.loc["million tokens"] = [f"{r['tokens'] / 1e6:.1f}" for r in runs]
    table.loc["peak, GB"] = [f"{r['peak'] / 1e9:.2f}" for r in runs]
    sizes = pd.Series([r["articles"] for r in runs], dtype=float)
    table["slope"] = [f"{slope(sizes, steps.loc[name].reset_index(drop=True)):.2f}" for name in steps.index] + [
        f"{slope(sizes, steps.sum().reset_index(drop=True)):.2f}", "", "",
        f"{slope(sizes, pd.Series([float(r['peak']) for r in runs])):.2f}",
    ]  # fmt: skip
    yield markdown(table.rename_axis("articles").reset_index())
    large = [r for r in runs if r["articles"] >= 10_000]
    if len(large) > 1:
        seconds = pd.Series([sum(r["steps"].values()) for r in large])
        doubled = 2 ** slope(pd.Series([float(r["articles"]) for r in large]), seconds)
        first, last = large[0]["articles"], large[-1]["articles"]
        yield f"From {first:,} to {last:,} articles, twice the articles take {doubled:.2f} times the time."
    for r in runs:
        if r["articles"] == 45_000:
            total, peak = sum(r["steps"].values()), r["peak"] / 1e9
            yield (
                f"Asked for were 3 CPU minutes and 4 GB for 45,000 articles, without pairs, repeated articles and summaries: "
                f"{total / 60:.1f} minutes with them, {peak:.1f} GB."
            )


def products_of(tagger: Tagger, share: float) -> float:
    """Multiplications and additions that a network makes for a token, of which so large a share can carry a label."""
    w = tagger.weights
    per_token = w["first"].size + w["second"].size
    per_label = w["third"].size + w["elsewhere"].size + w["out"].size
    return 2 * (per_token + share * per_label)


def limits(n: int = 3_000) -> pd.DataFrame:
    """What each dear step does at least, and how long the machine takes for that alone."""
    from scipy.linalg.blas import sgemm

    articles = recombined(n)
    tokens = nk.tokenize(articles)
    texts = articles["text"].tolist()
    rng = np.random.default_rng(0)
    rows, kernel = rng.random((4_000, 48), np.float32), rng.random((48, 48), np.float32)
    total = np.zeros((4_000, 48), np.float32)
    again = 200
    once = best(lambda: [sgemm(1.0, kernel.T, rows.T, 1.0, total.T, overwrite_c=1) for _ in range(again)], 5) / again
    rate = 2 * rows.size * 48 / once
    own = best(lambda: nk.tokenize(articles), 5)
    found = [
        ("tokenise", "a copy of the bytes", best(lambda: [bytearray(t, "utf-8") for t in texts], 5), own),
        ("tokenise", "str.split", best(lambda: [t.split() for t in texts], 5), own),
    ]
    functions = {"sentences": nk.split_sentences, "entities": nk.find_entities, "attributions": nk.find_attributions}
    for name in NETWORKS:
        tagger = load_tagger(name)
        share = len(tagger.scores(tokens)[0]) / tokens.n_tokens
        least = tokens.n_tokens * products_of(tagger, share) / rate
        what = f"its matrix products alone, at {rate / 1e9:.0f} billion operations a second"
        found.append((name, what, least, best(lambda name=name: functions[name](tokens), 3)))
    counts = tokens.document_term_matrix().astype(np.float32)
    dense = rng.random((counts.shape[1], 64), np.float32)
    product = best(lambda: counts @ dense, 3)
    found.append(("topics", "one product of the counts with 64 columns", product, best(lambda: nk.TopicModel().fit(tokens), 1)))
    return pd.DataFrame(
        [(a, b, f"{c:.3f}", f"{d:.2f}", f"{d / c:.1f}") for a, b, c, d in found],
        columns=["step", "what bounds it", "that, CPU s", "the step, CPU s", "times"],
    )


def processes(n: int) -> pd.DataFrame:
    """Names and stances of n articles in one process, in two, and on a Dask cluster of two workers: seconds of the clock."""
    from newskit.rerun.cluster import connect, local_cluster

    articles = recombined(n)
    rows: list[tuple[str, float]] = []
    results = []

    def read(way: str, **options: Any) -> None:
        begun = time.perf_counter()
        mentions = nk.scale.map_articles(nk.find_entities, articles, **options)
        linked = nk.link_entities(mentions, articles)
        results.append((mentions, nk.scale.map_articles(nk.tag_stance, articles, targets=TARGETS, linked=linked, **options)))
        rows.append((way, time.perf_counter() - begun))
        say(f"({way}: {rows[-1][1]:.1f} s)")

    read("one process", jobs=1)
    read("two processes", jobs=2)
    begun = time.perf_counter()
    with local_cluster(2) as address:
        connect(address)
        started = time.perf_counter() - begun
        read(f"Dask, two workers (and {started:.1f} s to start them)", scheduler=address)
    same = all(a.equals(b) for found in results[1:] for a, b in zip(results[0], found, strict=True))
    table = pd.DataFrame(rows, columns=["", "seconds"])
    table["times two processes"] = (table["seconds"] / table["seconds"][1]).map("{:.2f}".format)
    table["the same rows"] = "yes" if same else "NO"
    return table.assign(seconds=table["seconds"].map("{:.1f}".format))


def sections(sizes: tuple[int, ...]) -> Iterator[str]:
    yield f"## A whole run over many articles\n\n{machine('joblib', 'dask', 'distributed')}"
    if not (DATA / "news_articles").exists():
        yield "(Nothing is measured: the development data is not there; set NEWSKIT_DATA.)"
        return
    yield TEXTS["growth"]
    yield from growth([run_once(n) for n in sizes])
    yield "### What bounds it\n\n" + TEXTS["limits"]
    yield markdown(limits())
    yield "### Several processes\n\n" + TEXTS["processes"].format(n=min(sizes[-1], SEVERAL))
    if version_of("distributed"):
        yield markdown(processes(min(sizes[-1], SEVERAL)))
    else:
        yield "(Left out: Dask is not installed.)"


TEXTS = {
    "growth": """\
Articles of 450 words that were recombined from `news_articles` (runs of up to eight sentences, each article from one \
source), scrubbed, in one .csv file; fast models, one process and one thread, each size in a process of its own. CPU \
seconds by step; the step that first needs a library pays for its import. The slope is that of a line through the \
logarithms: 1 is in proportion to the articles. "Repeated articles" looks for near copies, so that a story counts once.""",
    "limits": """\
3,000 of these articles, everything warmed up, CPU seconds: what a step cannot do without, alone and as fast as this \
machine does it, and the step itself. The networks' products are counted from the sizes of their weights; the rate is that \
of the linear algebra that numpy and scipy bring, for rows of that width. What remains of a step is looking up, adding and \
sorting, each some passes over memory.""",
    "processes": """\
{n:,} of these articles: names, linking (in one process always) and stances on ten targets, seconds of the clock from the \
articles in memory on; `nk.scale.map_articles` with one process, two, and a Dask cluster on this machine.""",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--page", type=Path, help="write the section of this page")
    parser.add_argument("--large", action="store_true", help=f"up to {LARGE[-1]:,} articles")
    parser.add_argument("--run", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    warnings.filterwarnings("ignore")
    if args.run:
        say("", json.dumps(whole_run(args.run)))
        return
    publish(sections((*SIZES, *LARGE) if args.large else SIZES), "scale", args.page)


if __name__ == "__main__":
    main()
