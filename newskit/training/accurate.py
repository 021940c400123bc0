"""Training the accurate model: one encoder for names, sentences, attributions and stances.

It learns all of them at once, each article and passage in a form drawn anew each epoch (as written, scrubbed, collapsed).
First it learns from what people labelled; with that it labels the names of modern news as written, where it reads best; then it
goes on with these silver labels beside the others, and with the stances that a larger teacher gave (`stance_teacher`). A third
round does so once more, with names it now finds in twice as many articles, and with its word vectors held. Shipped is the mean
of the weights after the second and the third round, which reads better than either (Wortsman et al. 2022).

    python -m newskit.training.accurate --data ../shared/data --stances stances.parquet
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from copy import deepcopy
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer

from newskit.corpus.tokens import Tokens, tokenize
from newskit.tagging import attributions, entities, sentences
from newskit.tagging.encoder import FORMAT, Encoder, word_pieces
from newskit.tagging.features import segment_starts
from newskit.tagging.models import MODELS, accurate_tagger
from newskit.tagging.pieces import LONGEST, MARKS, around, as_pieces, cut_windows
from newskit.tagging.spans import spans_of
from newskit.tagging.weights import note_sum
from newskit.training import corpora
from newskit.training.attributions import layered, read_holders
from newskit.training.coded import Coded, among_others, marked, marked_in, own_coded, read_newsmtsc, read_pairs
from newskit.training.corpora import ANNOTATED, FORMS, Annotated, in_forms, to_tokens, token_labels
from newskit.training.encoder import Network, Sample, batches, export, sample, stance_loss, tag_loss
from newskit.training.pretrained import load_minilm
from newskit.training.punctuation import gap_labels, sentence_starts
from newskit.training.stance import read_silver
from newskit.training.teacher import stepper

LAYERS: dict[str, tuple[str, ...]] = {"names": entities.LABELS, "gaps": sentences.GAPS, **attributions.LAYERS}
"""The labels of the layers, side by side in the network's scores."""

_COST = (1.0, 0.5, 1.0, 1.0, 0.5)  # of the layers in the loss
_CHANCES = (0.35, 0.5, 0.15)  # of the forms
_WINDOWS = (212, 196, 180)  # pieces of a window in each form, so that words do not always stand at the same place
_BATCHES = ((3_000, 1_600), (900, 700), (900, 700))  # pieces of a batch of windows and of one of passages, in each round
_RATES = (2e-4, 1.5e-4, 1e-4)
_SMOOTH = 0.06
_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
_ENDS = (2, 3)
Forms = list[list[list[Sample]]]


class Vocabulary:
    """The word pieces that stand in the training texts, and their numbers."""

    def __init__(self, tokenizer: Tokenizer, words: Sequence[str]) -> None:
        tokenizer.no_padding()
        tokenizer.no_truncation()
        names = tokenizer.get_vocab()
        used = {i for e in tokenizer.encode_batch(list(words), add_special_tokens=False) for i in e.ids}
        used |= {i for piece, i in names.items() if len(piece.removeprefix("##")) == 1 and piece.isascii()}
        used |= {names[m] for m in MARKS if m}
        special = [names[p] for p in _SPECIAL]
        self.kept = np.array(special + sorted(used - set(special)))
        by_id = {i: piece for piece, i in names.items()}
        self.pieces = [by_id[i] for i in self.kept.tolist()]
        self.tokenizer = word_pieces(self.pieces)
        self.marks = {m: self.pieces.index(m) for m in MARKS if m}

    def encode(self, words: Sequence[str]) -> list[list[int]]:
        return [e.ids or [1] for e in self.tokenizer.encode_batch(list(words), add_special_tokens=False)]


def training_words(data: Path) -> list[str]:
    """The distinct words of all training texts."""
    known = corpora.read_conll(data / "conll2003/train.txt") + corpora.read_polnear(data / "polnear/train.jsonl.gz")
    texts = [article.text for article in known]
    texts += corpora.read_news(data).iloc[:-400].tolist() + pd.read_csv(data / "ag_news/ag_news.csv.gz")["text"].tolist()
    texts += corpora.read_texts(data, "isot_true").tolist() + corpora.read_texts(data, "isot_fake").tolist()
    texts += [passage.text for passage, _ in read_newsmtsc(data / "newsmtsc/train.jsonl")]
    frame = pd.DataFrame({"article_id": np.arange(len(texts)).astype("str"), "text": texts})
    return tokenize(frame).lower().vocabulary.tolist()


def tag_samples(
    articles: list[Annotated], vocabulary: Vocabulary, known: Sequence[str], *, times: int = 1, weight: float = 1.0
) -> Forms:  # fmt: skip
    """For each form and article its windows; `known` names the layers whose labels are there."""
    found: Forms = []
    for form, size in zip(in_forms(articles), _WINDOWS, strict=True):
        tokens = to_tokens(form)
        target, pieces = _labels(tokens, form, articles, known), as_pieces(tokens, vocabulary.encode, vocabulary.marks)
        windows = cut_windows(pieces, tokens.bounds, core=size, margin=0)
        rows: list[list[Sample]] = [[] for _ in form]
        for low, high in zip(windows.low.tolist(), windows.high.tolist(), strict=True):
            if high > low:
                a, b = np.searchsorted(pieces.token, [low, high])
                rows[tokens.article[low]].append(sample(pieces, slice(a, b), _ENDS, target[low:high], weight=weight))
        found.append(rows * times)
    return found


def _labels(tokens: Tokens, form: list[Annotated], written: list[Annotated], known: Sequence[str]) -> NDArray[np.int64]:
    """The label of each token in each layer, tokens x layers; -1 where it is not known."""
    target = np.full((tokens.n_tokens, len(LAYERS)), -1, np.int64)
    if "names" in known:
        number = {label: i for i, label in enumerate(entities.LABELS)}
        named = [Annotated(a.article_id, a.text, [s for s in a.spans if s[2] in entities.KINDS]) for a in form]
        target[:, 0] = [number[x] for row in token_labels(tokens, named) for x in row]
    if "gaps" in known:
        target[:, 1] = np.where(segment_starts(tokens), np.concatenate(gap_labels(tokens, form, written)), -1)
        target[tokens.first_of_article, 1] = -1
    if said := [name for name in attributions.LAYERS if name in known]:
        target[:, 2:] = np.concatenate(layered(tokens, form, said))
    return target


def stance_samples(passages: Sequence[Annotated], target: NDArray[np.float32], vocabulary: Vocabulary) -> Forms:
    """For each form and passage its one sample; a second span is the holder."""
    found: Forms = []
    for form in in_forms(list(passages)):
        tokens, first, last = marked(form)
        holders = marked_in(tokens, form, -1)
        pieces, rows = as_pieces(tokens, vocabulary.encode, vocabulary.marks), []
        for i, (a, b) in enumerate(pairwise(tokens.bounds.tolist())):
            holder = (int(holders[0][i]), int(holders[1][i])) if len(form[i].spans) > 1 else None
            here, mark = around(pieces, a, b, (int(first[i]), int(last[i])), holder, longest=LONGEST)
            rows.append([sample(pieces, here, _ENDS, target[i], mark=mark)])
        found.append(rows)
    return found


def together(*sets: Forms) -> Forms:
    """Several sets as one, form by form."""
    return [[x for s in sets for x in s[form]] for form in range(len(FORMS))]


def train(
    net: Network, tagged: Forms, judged: Forms, *, epochs: int, rate: float, sizes: tuple[int, int], seed: int = 0
) -> None:  # fmt: skip
    """Train; batches of windows and of passages by turns, of so many pieces."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)

    def plan() -> list[tuple[bool, list[Sample]]]:
        both: list[tuple[bool, list[Sample]]] = []
        for stance, sets, size in ((False, tagged, sizes[0]), (True, judged, sizes[1])):
            drawn = rng.choice(len(FORMS), len(sets[0]), p=_CHANCES)
            both += [(stance, batch) for batch in batches([s for i, f in enumerate(drawn) for s in sets[f][i]], size, rng)]
        return [both[k] for k in rng.permutation(len(both))]

    plans = [plan() for _ in range(epochs)]
    step, began = stepper(net, rate, sum(map(len, plans))), time.monotonic()
    for epoch, todo in enumerate(plans):
        net.train()
        costs: dict[bool, list[float]] = {False: [], True: []}
        for k, (stance, batch) in enumerate(todo):
            with torch.autocast("cpu", torch.bfloat16):
                loss = stance_loss(net, batch) if stance else tag_loss(net, batch, [len(x) for x in LAYERS.values()], _COST)
            step(loss)
            costs[stance].append(loss.item())
            if k % 200 == 199 or k == len(todo) - 1:
                means = "tags {:.3f}, stances {:.3f}".format(*(np.mean(costs[s][-100:] or [0]) for s in (False, True)))
                _say(f"epoch {epoch + 1} of {epochs}, {k + 1} of {len(todo)}, {time.monotonic() - began:.0f} s: {means}")


def gold(data: Path, vocabulary: Vocabulary) -> tuple[Forms, Forms]:
    """What people labelled, and sentences by a rule on the punctuation of news: articles and passages."""
    conll = corpora.read_conll(data / "conll2003/train.txt")
    own = corpora.read_annotated(ANNOTATED / "train.json", data)
    polnear = [_ruled(a) for a in corpora.read_polnear(data / "polnear/train.jsonl.gz")]
    holders = read_holders(ANNOTATED / "stances_train.json", data)
    coded = read_newsmtsc(data / "newsmtsc/train.jsonl") + own_coded(data) * 2
    tagged = together(
        tag_samples(conll, vocabulary, ["names", "gaps"], times=2),
        tag_samples(own, vocabulary, ["names", "gaps"], times=3),
        tag_samples(polnear, vocabulary, ["gaps", "who", "what"]),
        tag_samples(holders, vocabulary, ["holders"], times=2),
    )
    return tagged, stance_samples([p for p, _ in coded], smoothed(coded), vocabulary)


def _ruled(article: Annotated) -> Annotated:
    return Annotated(article.article_id, article.text, article.spans, sentence_starts(article.text))


def judged_by_teacher(data: Path, path: Path, vocabulary: Vocabulary) -> Forms:
    """Holders with their targets, annotated (twice), and passages that the teacher judged, some of them among others."""
    pairs, (passages, chances) = read_pairs(ANNOTATED / "stances_train.json", data) * 2, read_silver(path)
    own = stance_samples([p for p, _ in pairs], smoothed(pairs), vocabulary)
    return together(own, stance_samples(among_others(passages), chances, vocabulary))


def smoothed(coded: list[Coded]) -> NDArray[np.float32]:
    """Probabilities near 0 and 1 for what was coded: passages x 3."""
    return np.eye(3, dtype=np.float32)[[k for _, k in coded]] * np.float32(1 - _SMOOTH) + np.float32(_SMOOTH / 3)


def news(data: Path, n: int) -> list[Annotated]:
    """Training articles of news_articles, drawn by chance, with sentences by the rule."""
    drawn = corpora.read_news(data).iloc[:-400].sample(frac=1, random_state=0).iloc[:n]
    return [_ruled(Annotated(f"news-{i}", text, [])) for i, text in drawn.items() if text.strip()]


def short_news(data: Path, n: int) -> list[Annotated]:
    """Items of ag_news, drawn by chance."""
    drawn = pd.read_csv(data / "ag_news/ag_news.csv.gz")["text"].sample(frac=1, random_state=0).iloc[:n]
    return [Annotated(f"ag-{i}", text, []) for i, text in drawn.items()]


def with_names(articles: list[Annotated], encoder: Encoder) -> list[Annotated]:
    """The articles with the names that the model finds in them."""
    tokens = to_tokens(articles)
    label, sure = accurate_tagger("entities", encoder).tag(tokens)
    found = spans_of(label, sure, tokens.bounds, len(entities.KINDS))
    spans: list[list[corpora.Span]] = [[] for _ in articles]
    places = tokens.article[found.first], tokens.start[found.first], tokens.end[found.last], found.kind
    for i, a, b, kind in zip(*places, strict=True):
        spans[i].append((int(a), int(b), entities.KINDS[kind]))
    return [Annotated(a.article_id, a.text, s, a.starts) for a, s in zip(articles, spans, strict=True)]


def silver(data: Path, vocabulary: Vocabulary, encoder: Encoder, n_long: int, n_short: int) -> Forms:
    """The names that the model finds in modern news as written, in long articles (with sentences by the rule) and short ones."""
    return together(
        tag_samples(with_names(news(data, n_long), encoder), vocabulary, ["names", "gaps"], weight=0.6),
        tag_samples(with_names(short_news(data, n_short), encoder), vocabulary, ["names"], weight=0.6),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=MODELS / "accurate.onnx")
    parser.add_argument("--stances", type=Path, required=True, help="what `stance_teacher` wrote")
    parser.add_argument("--rounds", type=Path, help="a folder for the weights after each round: read where they are there")
    parser.add_argument("--epochs", type=int, nargs=3, default=(2, 2, 2), help="of each round")
    parser.add_argument("--silver", type=int, nargs=2, default=(600, 2000), help="how many long and short articles to label")
    args = parser.parse_args()
    weights, tokenizer = load_minilm()
    vocabulary = Vocabulary(tokenizer, training_words(args.data))
    torch.manual_seed(0)
    net = Network(weights, vocabulary.kept, sum(map(len, LAYERS.values())))
    about = {"format": FORMAT, "layers": LAYERS, "vocabulary": vocabulary.pieces}
    path = args.out.with_suffix(".new.onnx")

    def shipped() -> Encoder:
        export(net, path, {"newskit": json.dumps(about)})
        return Encoder.load(path)

    states = _rounds(args, net, vocabulary, shipped)
    net.load_state_dict({name: (states[0][name] + value) / 2 for name, value in states[1].items()})
    shipped()
    os.replace(path, args.out)
    note_sum(args.out)
    _say(f"{args.out}: {args.out.stat().st_size / 1e6:.1f} MB")


def _rounds(
    args: argparse.Namespace, net: Network, vocabulary: Vocabulary, shipped: Callable[[], Encoder]
) -> list[dict[str, torch.Tensor]]:  # fmt: skip
    """Train round by round (`shipped`: the network as it is read from its file); the weights after the last two."""
    (tagged, judged), states = gold(args.data, vocabulary), list[dict[str, torch.Tensor]]()
    for number, (epochs, rate, sizes) in enumerate(zip(args.epochs, _RATES, _BATCHES, strict=True)):
        kept = args.rounds / f"{number + 1}.pt" if args.rounds else None
        if kept and kept.exists():
            net.load_state_dict(torch.load(kept, weights_only=True))
            states.append(deepcopy(net.state_dict()))
            continue
        net.words.requires_grad_(number == 1)
        if number == 0:
            more, told = tag_samples(news(args.data, 700), vocabulary, ["gaps"]), judged
        else:
            more = silver(args.data, vocabulary, shipped(), *(number * n for n in args.silver))
            told = together(*[judged] * number, judged_by_teacher(args.data, args.stances, vocabulary))
        train(net, together(tagged, more), told, epochs=epochs, rate=rate, sizes=sizes, seed=number)
        states.append(deepcopy(net.state_dict()))
        if kept:
            kept.parent.mkdir(parents=True, exist_ok=True)
            torch.save(states[-1], kept)
    return states[-2:]


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
