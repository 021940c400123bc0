"""Whether the kit gives the same bytes again: all its tables of a corpus as CSV files with their hashes, and a comparison.

python -m tests.repeat --out one                     the embedded sample, or --articles FILE [--first 2000] [--scrub]
python -m tests.repeat --out two --shuffle 1         the same articles in another order of rows
python -m tests.repeat --compare one two             which tables differ, in which columns, by how much
"""

from __future__ import annotations

import argparse
import hashlib
import json
import platform
import sys
import warnings
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

import newskit as nk

TARGETS = {
    "donald trump": ["donald trump", "trump"],
    "hillary clinton": ["hillary clinton", "clinton"],
    "police": ["police"],
    "tax bill": ["tax", "taxes", "tax bill"],
    "immigration": ["immigration", "immigrants", "travel ban"],
    "court": ["court", "supreme court"],
}


def read(path: str | None, first: int | None, *, scrubbed: bool, shuffle: int | None) -> pd.DataFrame:
    """The corpus, cut, scrubbed and shuffled as asked for; undated articles get a day and a source that hang on their id."""
    articles = nk.sample_articles() if path is None else nk.read_articles(path)
    articles = articles.head(first or len(articles)).reset_index(drop=True)
    mark = np.array([zlib.crc32(i.encode()) for i in articles["article_id"]])
    if "date" not in articles or articles["date"].isna().all():
        articles["date"] = pd.Timestamp("2017-01-01") + pd.to_timedelta(mark % 300, unit="D")
    if "source" not in articles or articles["source"].nunique() < 2:
        articles["source"] = pd.Series([f"house {k % 3}" for k in mark], dtype="str")
    if scrubbed:
        articles["text"] = nk.scrub(articles["text"])
    return articles if shuffle is None else articles.sample(frac=1, random_state=shuffle)


def tables(articles: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Everything that the kit says of a corpus, each with its name."""
    cleaned = nk.clean(articles)
    yield "clean", cleaned[["article_id", "text", "dateline"]]
    tokens = nk.tokenize(cleaned)
    yield "tokens", tokens.to_frame()
    described = nk.describe_articles(tokens)
    yield "described", described
    yield "card", nk.corpus_card(cleaned, described=described).reset_index()
    yield "words", nk.word_frequency(tokens)
    yield "collocations", nk.find_collocations(tokens)
    yield "in_context", nk.keyword_in_context(tokens, "the")
    sentences, mentions = nk.split_sentences(tokens), nk.find_entities(tokens)
    yield "sentences", sentences
    yield "entities", mentions
    linked = nk.link_entities(mentions, tokens)
    yield "linked", linked
    yield "linking_report", nk.linking_report(linked)
    yield "frequency", nk.entity_frequency(linked, cleaned, described=described)
    yield "frequency_by", nk.entity_frequency(linked, cleaned, by=["source", "month"], described=described)
    yield "timeline", nk.entity_timeline(linked, cleaned, described=described)
    yield "pairs", nk.entity_pairs(linked, cleaned, described=described)
    yield "changes", nk.entity_changes(linked, cleaned, described=described)
    yield "attributions", nk.find_attributions(tokens, linked)
    readable = nk.make_readable(tokens, sentences=sentences, mentions=mentions)
    yield "readable", cleaned[["article_id"]].assign(text=readable)
    yield "proposed", nk.stances.propose_targets(tokens, linked=linked)
    stances = nk.tag_stance(tokens, TARGETS, linked=linked, sentences=sentences)
    yield "stances", stances
    yield "stances_report", nk.stances.report(stances)
    yield "stances_summary", nk.stances.summary(stances, cleaned, by=["target", "holder"], described=described)
    yield "stances_over_time", nk.stances.summary(stances, cleaned, by=["target", "month"], described=described)
    yield "to_label", nk.sample_for_labelling(stances, 40).astype({"article_id": "str"})
    yield from _topics(tokens, linked)


def _topics(tokens: nk.Tokens, linked: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    model = nk.TopicModel().fit(tokens)
    if model.curve_ is not None:
        yield "topics_curve", model.curve_
    for name in ("topics", "terms", "tree"):
        yield f"topics_{name}" if name != "topics" else name, getattr(model, f"{name}_")
    yield "topics_articles", model.articles_
    yield "topics_map", model.map()
    yield "topics_typical", model.typical()
    yield "topics_by_period", nk.topics.by_period(model.articles_, tokens)
    yield "topics_entities", nk.topics.entities(model.articles_, linked)
    ids = tokens.articles["article_id"].astype("str")
    half = np.array([zlib.crc32(i.encode()) % 2 == 0 for i in ids])
    some = nk.TopicModel(n_topics=8).fit(tokens[half])
    yield "topics_assigned", some.assign(tokens[~half])
    yield "topics_changes", some.update(tokens)
    yield "topics_updated", some.articles_


def canonical(table: pd.DataFrame) -> bytes:
    """The table as CSV, every digit of its numbers there; rows of articles in the order of the articles' ids."""
    table = table.reset_index(drop=True)
    if "article_id" in table:
        table = table.assign(article_id=table["article_id"].astype("str")).sort_values("article_id", kind="stable")
    lists = {c: table[c].map(json.dumps) for c in table if table[c].map(lambda v: isinstance(v, list | tuple)).any()}
    return table.assign(**lists).to_csv(index=False, lineterminator="\n").encode("utf-8", "surrogatepass")


def write(articles: pd.DataFrame, folder: Path) -> dict[str, str]:
    """Write all tables to a folder, with `hashes.json`; returns the hashes by name."""
    folder.mkdir(parents=True, exist_ok=True)
    hashes = {}
    for name, table in tables(articles):
        data = canonical(table)
        (folder / f"{name}.csv").write_bytes(data)
        hashes[name] = hashlib.sha256(data).hexdigest()
    about = {"python": platform.python_version(), "numpy": np.__version__, "pandas": pd.__version__, "tables": hashes}
    (folder / "hashes.json").write_text(json.dumps(about, indent=1), encoding="utf-8")
    return hashes


def compare(one: Path, other: Path) -> list[str]:
    """A line for each table that differs, and how; none where all have the same bytes."""
    hashes = [json.loads((folder / "hashes.json").read_text(encoding="utf-8"))["tables"] for folder in (one, other)]
    lines = [f"{name}: only in one of the two" for name in sorted(set(hashes[0]) ^ set(hashes[1]))]
    for name in (n for n in hashes[0] if n in hashes[1] and hashes[0][n] != hashes[1][n]):
        pair = [pd.read_csv(folder / f"{name}.csv", dtype="str", keep_default_na=False) for folder in (one, other)]
        lines.append(f"{name}: {_difference(*pair)}")
    return lines


def _difference(one: pd.DataFrame, other: pd.DataFrame) -> str:
    if one.shape != other.shape or list(one) != list(other):
        both = one.merge(other, how="outer", indicator=True)["_merge"].value_counts()
        return (
            f"{one.shape} and {other.shape}; rows only in the first {both['left_only']:,}, in the second {both['right_only']:,}"
        )
    said = []
    for column in one:
        apart = (one[column] != other[column]).to_numpy()
        if apart.any():
            numbers = [pd.to_numeric(side[column], errors="coerce").to_numpy(float)[apart] for side in (one, other)]
            what = f"{column} in {apart.sum():,} of {len(apart):,} rows"
            whole = all(v.isdigit() for v in one[column][apart])
            if not whole and not np.isnan(numbers).any():
                far = np.abs(numbers[0] - numbers[1])
                what += f" by up to {far.max():.2g} ({(far / np.maximum(np.abs(numbers[0]), 1e-300)).max():.2g} relative)"
            else:
                what += f" (the first: {one[column][apart].iloc[0][:40]!r}, {other[column][apart].iloc[0][:40]!r})"
            said.append(what)
    return "; ".join(said)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, help="folder for the tables")
    parser.add_argument("--articles", help="what nk.read_articles reads; left out: the embedded sample")
    parser.add_argument("--first", type=int, help="only the first so many articles")
    parser.add_argument("--scrub", action="store_true", help="scrub the texts first")
    parser.add_argument("--shuffle", type=int, metavar="SEED", help="put the rows of the articles in another order")
    parser.add_argument("--compare", type=Path, nargs=2, metavar=("ONE", "OTHER"), help="compare two folders")
    args = parser.parse_args(argv)
    if args.out:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            hashes = write(read(args.articles, args.first, scrubbed=args.scrub, shuffle=args.shuffle), args.out)
        sys.stdout.write(f"{len(hashes)} tables in {args.out}\n")
    lines = compare(*args.compare) if args.compare else []
    if args.compare:
        sys.stdout.write("\n".join([*lines, f"{len(lines)} tables differ"]) + "\n")
    return bool(lines)


if __name__ == "__main__":
    raise SystemExit(main())
