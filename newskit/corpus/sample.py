"""The embedded sample: real news, offline."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pandas as pd

from newskit.corpus.articles import ArticlesError
from newskit.corpus.columns import COLUMNS, make_ids, to_articles
from newskit.corpus.formats import Record
from newskit.corpus.telling import tell


def sample_articles() -> pd.DataFrame:
    """The embedded sample: 300 short news articles of 2000 and 2001, offline.

    The Lee background corpus (Lee, Pincombe and Welsh 2005; Australian Broadcasting Corporation), read from the installed
    package gensim (extra `sample`), properly written and undated.

    Returns
    -------
    DataFrame
        The columns of `read_articles`.

    Raises
    ------
    ArticlesError
        If gensim is not installed.

    Examples
    --------
    >>> import newskit as nk
    >>> len(nk.sample_articles())
    300
    """
    found = importlib.util.find_spec("gensim")
    if found is None or not found.submodule_search_locations:
        raise ArticlesError(
            "The sample needs the package gensim: pip install 'newskit[sample]'. "
            "Or read your own articles with nk.read_articles(path)."
        )
    path = Path(found.submodule_search_locations[0]) / "test" / "test_data" / "lee_background.cor"
    lines = [line.strip() for line in path.read_bytes().decode("latin-1").split("\n")]
    records: list[tuple[int, Record]] = [
        (i, {"text": line, "source": "ABC News (Australia)"}) for i, line in enumerate(lines, 1) if line
    ]
    articles, _ = to_articles(records, path.name, {}, None)
    assert articles is not None
    articles = articles[list(COLUMNS)]
    articles["article_id"] = make_ids(articles["article_id"], articles["text"])
    tell(read=len(articles), problems=0, such_as=[])
    return articles
