"""The hand-annotated development articles as folders for evaluation scripts: texts from the data folder, annotations from here.

    python -m newskit.training.annotations --data ../shared/data --out outputs/annotated

makes `reuters/` and `mixed/`, each with `articles.json`, `annotator_a.json` and `annotator_b.json`.
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import Any

from newskit.training.corpora import ANNOTATED, Annotated, read_annotated

FOLDERS = {"reuters": ("isot_true",), "mixed": ("isot_fake", "news_articles")}
"""Which corpora are in which folder: Reuters of December 2017; other news of 2016-17."""


def as_row(article: Annotated) -> dict[str, Any]:
    """An article's annotation with words instead of offsets."""
    text, entities, starts = article.text, [], []
    for a, b, label in article.spans:
        before = [m.start() for m in re.finditer(re.escape(text[a:b]), text)]
        if a in before:
            entities.append({"surface": text[a:b], "occurrence": before.index(a), "label": label})
    at = 0
    for start in article.starts or []:
        length = next(n for n in range(30, len(text) + 60, 20) if text.index(text[start : start + n], at) == start)
        starts.append(text[start : start + length])
        at = start + 1
    return {"id": article.article_id, "entities": entities, "sentence_starts": starts}


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
        texts = json.dumps([{"id": a.article_id, "text": a.text} for a in articles], ensure_ascii=False, indent=1)
        (args.out / folder / "articles.json").write_text(texts, encoding="utf-8")


if __name__ == "__main__":
    main()
