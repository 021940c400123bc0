"""Teaching the tagger of names types of your own: from articles in which you marked them.

    python -m newskit.training.own marked.jsonl --out laws.npz

A line of the file is an article: `{"text": "...", "spans": [[14, 33, "LAW"], ...]}`, offsets in characters, each type in
capitals. (`label`, `labels` and `entities` are read like `spans`, as annotation tools call them so.) Every place of these types
must be marked, and nothing else needs to be: the network begins with what the tagger of names knows of words and gaps, and learns
these types alone. Four fifths of the articles are learned from first, and the rest shows how well the types are found; then all
are, and the model is written. `nk.find_entities(articles, model="laws.npz")` finds them, and names as ever where none of them
stands. Needs the extra `train`; on one core a minute and a half for a hundred articles of 800 words.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from newskit.corpus.tokens import Tokens
from newskit.tagging.aliases import OWN_LABEL
from newskit.tagging.models import kinds_of, load_tagger
from newskit.tagging.tagger import Tagger
from newskit.training.corpora import FORMS, Annotated, in_forms, to_tokens, token_labels
from newskit.training.network import BATCH, Example, Trainee, Vocabulary, examples, train
from newskit.training.scores import span_f1

_SPANS = ("spans", "label", "labels", "entities")
_RATE, _UPDATES, _FEWEST = 2e-3, 800, 12
_HELD_OUT = 5  # one article of so many shows how well the types are found


def read_marked(path: Path) -> list[Annotated]:
    """Articles with the spans that people marked.

    Raises
    ------
    ValueError
        With the line, where one cannot be read, a span lies outside of its text, or a type is not written in capitals.
    """
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            given: list[Any] = next((row[name] for name in _SPANS if name in row), [])
            text, spans = str(row["text"]), [(int(a), int(b), str(kind)) for a, b, kind in given]
        except (ValueError, TypeError, KeyError) as error:
            raise ValueError(
                f'{path}, line {number}: no article with spans ({error!r}); write {{"text": "...", "spans": [[0, 4, "LAW"]]}}.'
            ) from error
        for a, b, kind in spans:
            if not 0 <= a < b <= len(text):
                raise ValueError(f"{path}, line {number}: the span {a} to {b} lies outside of a text of {len(text)} characters.")
            if not re.fullmatch(OWN_LABEL, kind):
                raise ValueError(f"{path}, line {number}: call the type {kind!r} in capitals, such as {kind.upper()!r}.")
        found.append(Annotated(str(row.get("article_id", number)), text, sorted(spans)))
    if len(found) < _HELD_OUT or not any(a.spans for a in found):
        raise ValueError(
            f"{path} has {len(found)} articles with {sum(len(a.spans) for a in found)} marked places: too few to learn."
        )
    return found


def begin_with(tagger: Tagger, labels: tuple[str, ...], tokens: Tokens) -> Trainee:
    """A network that knows what a tagger knows of words and of what stands around them, for other labels and further words."""
    vocabulary = Vocabulary(pd.Index([], dtype="str"), tokens)
    old = {kind: len(values) + 1 for kind, (values, *_) in tagger.parts.items()}
    vocabulary.parts = {
        kind: values.append(vocabulary.parts[kind].difference(values)) for kind, (values, *_) in tagger.parts.items()
    }
    net = Trainee(vocabulary, np.zeros((0, 1), np.float32), len(labels), size=len(tagger.weights["first bias"]))
    weights = {name: torch.tensor(value) for name, value in tagger.weights.items()}
    with torch.no_grad():
        for table, (kind, (_, rows, scale)) in zip(net.parts, tagger.parts.items(), strict=True):
            table.weight[: old[kind]] = torch.tensor(rows * scale)
            table.weight[old[kind] :] = 0
        for name in net.tables:
            getattr(net, name).weight.copy_(weights[name])
        for name in ("first", "second", "third"):
            getattr(net, name).weight.copy_(weights[name].permute(2, 1, 0))
            getattr(net, name).bias.copy_(weights[f"{name} bias"])
        net.elsewhere.weight.copy_(weights["elsewhere"].T)
    return net


def teach(articles: Sequence[Annotated]) -> Tagger:
    """A tagger of the types that are marked in these articles, learned in all the forms in which articles come."""
    tagger = load_tagger("entities")
    kinds = sorted({kind for article in articles for *_, kind in article.spans})
    labels = ("O", *(f"B-{kind}" for kind in kinds), *(f"I-{kind}" for kind in kinds))
    forms = in_forms(list(articles))
    tokens = [to_tokens(form) for form in forms]
    net = begin_with(tagger, labels, tokens[0])
    rows = [[numbered(row, labels) for row in token_labels(t, form)] for t, form in zip(tokens, forms, strict=True)]
    found = [examples(t, row, net.vocabulary) for t, row in zip(tokens, rows, strict=True)]
    lower, named = tokens[1].lower(), np.concatenate(rows[1]) > 0
    quiet = tagger.quiet.difference(lower.vocabulary[np.unique(lower.code[named])])

    def draw(rng: np.random.Generator) -> list[Example]:
        form = rng.choice(len(FORMS), size=len(articles), p=list(FORMS.values()))
        return [found[f][i] for i, f in enumerate(form) if len(found[f][i])]

    batches = 1 + tokens[0].n_tokens // BATCH
    train(net, draw, epochs=max(_FEWEST, _UPDATES // batches), rate=_RATE)
    return net.to_tagger(labels, quiet)


def numbered(row: Sequence[str], labels: tuple[str, ...]) -> NDArray[np.int64]:
    """Labels as their positions."""
    number = {name: i for i, name in enumerate(labels)}
    return np.array([number[name] for name in row], np.int64)


def score(tagger: Tagger, articles: Sequence[Annotated]) -> pd.DataFrame:
    """F1 of exact spans, 0 to 100: a row per type, a column per form of the articles, and how often the type is marked."""
    scores = {}
    for form, texts in zip(FORMS, in_forms(list(articles)), strict=True):
        tokens = to_tokens(texts)
        gold = [name for row in token_labels(tokens, texts) for name in row]
        found = [tagger.labels[k] for k in tagger.tag(tokens)[0]]
        for kind in kinds_of(tagger.labels):
            of_kind = [[name if name[2:] == kind else "O" for name in names] for names in (found, gold)]
            scores[kind, form] = span_f1(*of_kind)
    marked = pd.Series([kind for a in articles for *_, kind in a.spans], dtype="str").value_counts()
    table = pd.Series(scores).unstack()[list(FORMS)].round(1)  # noqa: PD010
    return table.assign(marked=marked.reindex(table.index, fill_value=0))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("articles", type=Path, help="articles with marked places, .jsonl")
    parser.add_argument("--out", type=Path, required=True, help="the model that is written, .npz")
    args = parser.parse_args()
    try:
        articles = read_marked(args.articles)
    except (OSError, ValueError) as error:
        parser.error(str(error))
    apart, learned = articles[::_HELD_OUT], [a for i, a in enumerate(articles) if i % _HELD_OUT]
    table = score(teach(learned), apart)
    sys.stdout.write(f"F1 in {len(apart)} articles, learned from {len(learned)} others:\n{table}\n")
    teach(articles).save(args.out)
    sys.stdout.write(f'Learned from all {len(articles)}: {args.out}. Use it: nk.find_entities(articles, model="{args.out}")\n')


if __name__ == "__main__":
    main()
