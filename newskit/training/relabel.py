"""Silver labels for the fast model: the names that the accurate one finds in modern news as written.

The accurate model reads written news best; scrubbed together with the text, what it found there teaches the fast one.

    python -m newskit.training.relabel --data ../shared/data --out silver.parquet
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from newskit.corpus.tokens import tokenize
from newskit.tagging.entities import find_entities
from newskit.training.teacher import unlabelled

_SURE, _WEIGHTS = 0.9, (0.4, 0.7)


def label(texts: pd.Series) -> pd.DataFrame:
    """The accurate model's names: `article_id`, `text`, lists `start`, `end` and `label`, and the article's `weight` in training.

    An article weighs less where the names in it are less than sure, on average.
    """
    tokens = tokenize(pd.DataFrame({"article_id": texts.index, "text": texts.to_numpy()}))
    names = find_entities(tokens, model="accurate")
    lists = names.groupby("article_id", sort=False)[["start", "end", "label"]].agg(list)
    sure = names.groupby("article_id")["score"].mean().reindex(texts.index, fill_value=1.0)
    table = lists.reindex(texts.index[np.diff(tokens.bounds) >= 8])
    for column in lists:
        table[column] = [row if isinstance(row, list) else [] for row in table[column]]
    table.insert(0, "text", texts.reindex(table.index))
    table["weight"] = np.where(sure.reindex(table.index) > _SURE, _WEIGHTS[1], _WEIGHTS[0])
    return table.rename_axis("article_id").reset_index()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--news", type=int, default=2_446, help="how many of news_articles to label")
    parser.add_argument("--ag", type=int, default=7_600, help="how many of ag_news to label")
    args = parser.parse_args()
    label(unlabelled(args.data, args.news, args.ag)).to_parquet(args.out)


if __name__ == "__main__":
    main()
