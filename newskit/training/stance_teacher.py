"""The teacher of stances: MPNet fine-tuned on NewsMTSC and on what was coded for this project; it labels passages of news.

It is the network of the accurate model with more and larger layers (MPNet; Song et al. 2020). Passages are sentences of
news_articles, isot and PolNeAR's training articles with a name, or with a phrase that was a target in the annotated training
articles.

    python -m newskit.training.stance_teacher --data ../shared/data --out stances.parquet
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from newskit.analysis.stance import STANCES
from newskit.corpus.progress import progress
from newskit.corpus.tokens import tokenize
from newskit.tagging.entities import find_entities
from newskit.tagging.sentences import split_sentences
from newskit.training import corpora
from newskit.training.accurate import Vocabulary, smoothed, stance_samples, train, training_words
from newskit.training.coded import Coded, candidates, development, macro_f1, own_coded, read_newsmtsc, read_pairs
from newskit.training.corpora import ANNOTATED, FORMS, Annotated, read_polnear
from newskit.training.encoder import Network, Sample, as_inputs
from newskit.training.pretrained import load_minilm, load_mpnet

_LABELS = {"PER": 1.0, "ORG": 0.7, "MISC": 0.25, "LOC": 0.15}  # which share of the names of each kind can be targets


@torch.no_grad()  # type: ignore[untyped-decorator, unused-ignore]
def read(net: Network, samples: Sequence[Sample], *, size: int = 32) -> NDArray[np.float64]:
    """The probability of each stance: passages x 3."""
    net.eval()
    found = np.zeros((len(samples), len(STANCES)))
    order = np.argsort([len(s) for s in samples], kind="stable")
    for k in progress(range(0, len(order), size), total=-(-len(order) // size), label="reading", unit="batches"):
        batch = order[k : k + size]
        with torch.autocast("cpu", torch.bfloat16):
            found[batch] = net.judge(as_inputs([samples[i] for i in batch])).float().softmax(-1).numpy()
    return found


def unlabelled(data: Path, n: int) -> list[Annotated]:
    """Sentences with a marked name or phrase (n of each, about), of articles that are in no development set."""
    held = [ANNOTATED / "stances_dev_a.json", ANNOTATED / "issues_dev.json"]
    away = {a.article_id for a in corpora.read_stances(held[0], data)} | {
        a.article_id for a, _ in corpora.read_issues(held[1], data)
    }
    texts = {f"{name}-{i}": t for name in corpora.FILES for i, t in enumerate(corpora.read_texts(data, name))}
    texts |= {a.article_id: a.text for a in read_polnear(data / "polnear/train.jsonl.gz")}
    shown = {texts[a] for a in away}
    articles = pd.DataFrame([(a, t) for a, t in texts.items() if t.strip() and t not in shown], columns=["article_id", "text"])
    tokens = tokenize(articles.drop_duplicates("text", ignore_index=True))
    sentences, names = split_sentences(tokens), find_entities(tokens)
    article = pd.Index(tokens.articles["article_id"]).get_indexer(sentences["article_id"])
    begins, ends = tokens.inside(article, sentences["start"].to_numpy(), sentences["end"].to_numpy())
    rng = np.random.default_rng(0)
    names = names[rng.random(len(names)) < names["label"].map(_LABELS)]
    first, last = tokens.inside(
        pd.Index(tokens.articles["article_id"]).get_indexer(names["article_id"]),
        names["start"].to_numpy(),
        names["end"].to_numpy(),
    )
    place = np.searchsorted(begins, first, side="right") - 1
    named = pd.DataFrame({"place": place, "a": names["start"].to_numpy(), "b": names["end"].to_numpy()})[last <= ends[place]]
    named = named.groupby("place").sample(1, random_state=0).sample(n, random_state=0)
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, phrases(data)))})(?!\w)", re.IGNORECASE)
    where = dict(zip(tokens.articles["article_id"], tokens.articles["text"], strict=True))
    found = []
    for k, row in enumerate(sentences.itertuples()):
        text = where[row.article_id][row.start : row.end]
        matches = list(pattern.finditer(text)) if 7 <= ends[k] - begins[k] < 70 else []
        if matches:
            match = matches[rng.integers(len(matches))]
            found.append(Annotated(row.article_id, text, [(match.start(), match.end(), "target")]))
    found = [found[k] for k in np.sort(rng.permutation(len(found))[:n])]
    for place, a, b in named.itertuples(index=False):
        row = sentences.iloc[place]
        if 7 <= ends[place] - begins[place] < 70:
            text = where[row["article_id"]][row["start"] : row["end"]]
            found.append(Annotated(row["article_id"], text, [(a - row["start"], min(b, row["end"]) - row["start"], "target")]))
    return found


def with_holders(passages: list[Annotated]) -> list[Annotated]:
    """The passages, in half of those that name others beside the target one of these marked as holder.

    Those that name several follow once more, with another one marked: the student is to tell them apart.
    """
    rng, again = np.random.default_rng(0), np.random.default_rng(1)
    found: list[Annotated] = []
    more: list[Annotated] = []
    for passage, others in zip(passages, candidates(passages), strict=True):
        holder = others[rng.integers(len(others))] if others and rng.random() < 0.5 else None
        found.append(_held(passage, holder))
        if len(others) > 1:
            free = [other for other in others if other != holder]
            more.append(_held(passage, free[again.integers(len(free))]))
    return found + more


def _held(passage: Annotated, holder: tuple[int, int] | None) -> Annotated:
    """The passage with its holder marked, if there is one."""
    marked = [(*holder, "holder")] if holder else []
    return Annotated(passage.article_id, passage.text, [passage.spans[0], *marked])


def with_other_targets(coded: Sequence[Coded], most: int = 3) -> list[Annotated]:
    """Coded sentences, once for each other name or holder in them (at most so many), with that as target."""
    taken: dict[str, list[tuple[int, int]]] = {}
    for passage, _ in coded:
        taken.setdefault(passage.text, []).append(passage.spans[0][:2])
    texts = [Annotated("", text, [(0, 0, "target")]) for text in taken]
    found = []
    for passage, others in zip(texts, candidates(texts), strict=True):
        free = [o for o in others if not any(o[0] < b and a < o[1] for a, b in taken[passage.text])]
        found += [Annotated("", passage.text, [(*span, "target")]) for span in free[:most]]
    return found


def phrases(data: Path) -> list[str]:
    """What were targets in the annotated training articles, but for names: phrases of up to three words, longest first."""
    found = set()
    for article in corpora.read_stances(ANNOTATED / "stances_train.json", data):
        spans = [p.target_span for p in article.positions if p.target_span]
        found |= {article.text[a:b] for a, b in spans}
    for sentence, _ in corpora.read_issues(ANNOTATED / "issues_train.json", data):
        found |= {sentence.text[a:b] for a, b, issue in sentence.spans if issue}
    kept = {p.lower() for p in found if p == p.lower() and len(p.split()) <= 3 and len(p) > 3}
    return sorted(kept, key=lambda p: (-len(p), p))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--passages", type=int, default=8_000, help="how many to label with a name and with a phrase")
    args = parser.parse_args()
    vocabulary = Vocabulary(load_minilm()[1], training_words(args.data))
    torch.manual_seed(0)
    net = Network(load_mpnet(), vocabulary.kept, 1, coded=False)
    coded = read_newsmtsc(args.data / "newsmtsc/train.jsonl") + own_coded(args.data)
    coded += read_pairs(ANNOTATED / "stances_train.json", args.data)
    judged = stance_samples([p for p, _ in coded], smoothed(coded), vocabulary)
    train(net, [[] for _ in FORMS], judged, epochs=args.epochs, rate=4e-5, sizes=(0, 1_000))
    torch.save(net.state_dict(), args.out.with_suffix(".pt"))
    for name, known in development(args.data).items():
        gold = np.array([k for _, k in known])
        for form, shown in zip(FORMS, stance_samples([p for p, _ in known], smoothed(known), vocabulary), strict=True):
            score = macro_f1(read(net, [rows[0] for rows in shown]), gold)
            sys.stdout.write(f"{name}, {form}: macro-F1 {score:.1f}\n")
            sys.stdout.flush()
    passages = with_holders(unlabelled(args.data, args.passages))
    passages += with_other_targets(read_newsmtsc(args.data / "newsmtsc/train.jsonl"))
    written, *_ = stance_samples(passages, np.zeros((len(passages), len(STANCES)), np.float32), vocabulary)
    columns = ["article_id", "text", "start", "end", "holder_start", "holder_end"]
    rows = [(p.article_id, p.text, *p.spans[0][:2], *(p.spans[1][:2] if len(p.spans) > 1 else (-1, -1))) for p in passages]
    table = pd.DataFrame(rows, columns=columns)
    table[[f"p_{s}" for s in STANCES]] = read(net, [rows[0] for rows in written]).astype(np.float32)
    table.to_parquet(args.out)


if __name__ == "__main__":
    main()
