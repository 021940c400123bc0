"""The hand-annotated development articles as folders for evaluation scripts: texts from the data folder, annotations from here.

    python -m newskit.training.annotations --data ../shared/data --out outputs/annotated

makes `reuters/` and `mixed/` (names and sentences), and `tuples/` (who stands where on what), each with `articles.json`,
`annotator_a.json` and `annotator_b.json`.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from newskit.training.corpora import ANNOTATED, Annotated, Argued, read_annotated, read_stances

FOLDERS = {"reuters": ("isot_true",), "mixed": ("isot_fake", "news_articles")}
"""Which corpora are in which folder: Reuters of December 2017; other news of 2016-17."""


def as_row(article: Annotated) -> dict[str, Any]:
    """An article's annotation with words instead of offsets."""
    text, entities = article.text, []
    for a, b, label in article.spans:
        before = [m.start() for m in re.finditer(re.escape(text[a:b]), text)]
        if a in before:
            entities.append({"surface": text[a:b], "occurrence": before.index(a), "label": label})
    return {"id": article.article_id, "entities": entities, "sentence_starts": first_words(text, article.starts or [])}


def first_words(text: str, starts: list[int]) -> list[str]:
    """The first words of each sentence, as many as are needed to find it behind the one before."""
    found, at = [], 0
    for start in starts:
        length = next(n for n in range(30, len(text) + 60, 20) if text.index(text[start : start + n], at) == start)
        found.append(text[start : start + length])
        at = start + 1
    return found


def as_tuples(article: Argued) -> dict[str, Any]:
    """An article's positions with words instead of offsets."""

    def words(span: tuple[int, int] | None) -> str:
        return "" if span is None else article.text[span[0] : span[1]]

    rows = [
        {
            "sentence": p.sentence, "stance": p.stance, "target": p.target, "target_surface": words(p.target_span),
            "holder": p.holder, "holder_surface": words(p.holder_span), "evidence": words(p.evidence),
        }
        for p in article.positions
    ]  # fmt: skip
    return {"id": article.article_id, "sentence_starts": first_words(article.text, article.starts), "stances": rows}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    for folder, corpora in FOLDERS.items():
        (args.out / folder).mkdir(parents=True, exist_ok=True)
        for annotator in ("a", "b"):
            articles = read_annotated(ANNOTATED / f"dev_{annotator}.json", args.data)
            articles = [a for a in articles if a.article_id.rsplit("-", 1)[0] in corpora]
            rows = json.dumps([as_row(a) for a in articles], ensure_ascii=False, indent=1)
            (args.out / folder / f"annotator_{annotator}.json").write_text(rows, encoding="utf-8")
        write_texts(args.out / folder, articles)
    (args.out / "tuples").mkdir(parents=True, exist_ok=True)
    for annotator in ("a", "b"):
        argued = read_stances(ANNOTATED / f"stances_dev_{annotator}.json", args.data)
        rows = json.dumps([as_tuples(a) for a in argued], ensure_ascii=False, indent=1)
        (args.out / "tuples" / f"annotator_{annotator}.json").write_text(rows, encoding="utf-8")
    write_texts(args.out / "tuples", argued)


def write_texts(folder: Path, articles: Sequence[Annotated | Argued]) -> None:
    texts = json.dumps([{"id": a.article_id, "text": a.text} for a in articles], ensure_ascii=False, indent=1)
    (folder / "articles.json").write_text(texts, encoding="utf-8")


if __name__ == "__main__":
    main()
