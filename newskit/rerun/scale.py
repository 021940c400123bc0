"""Large corpora: articles read in parts, on all cores of this machine or on a Dask cluster, with the same rows as at once.

Reading is done article by article, so that a corpus can be cut anywhere. What looks at the corpus as a whole (bringing names
together, counting, fitting topics) takes the rows that reading gave.
"""

from __future__ import annotations

import os
import re
import shutil
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pandas as pd

from newskit.analysis.positions import attach_report, tag_stance
from newskit.analysis.proposals import propose_targets
from newskit.analysis.targets import read_targets
from newskit.corpus.articles import ArticlesError, check_articles
from newskit.corpus.describe import describe_articles
from newskit.corpus.options import check_count
from newskit.corpus.parts import read_parts as read_parts
from newskit.corpus.paths import resolve
from newskit.corpus.progress import progress
from newskit.rerun.cluster import SCHEDULER, connect
from newskit.tagging.names import link_entities
from newskit.tagging.threads import cores

if TYPE_CHECKING:
    from distributed import Client

Rows = TypeVar("Rows", pd.DataFrame, pd.Series)
_PAYS = 4_000  # articles; of fewer, processes take longer to start than they save (measured on two cores)
_AHEAD = 3  # parts that wait for each worker
_WHOLE = {describe_articles: "nk.describe_articles", link_entities: "nk.link_entities"}


def map_articles(
    function: Callable[..., Rows],
    articles: Any,
    *,
    jobs: int | None = None,
    part: int = 1_000,
    scheduler: str | None = None,
    **options: Any,
) -> Rows:
    """Run a function that makes rows of articles (`nk.find_entities`) on many articles, in parts and side by side.

    The rows are those that the function gives for all articles at once, in the same order.

    Parameters
    ----------
    function : callable
        Takes articles and gives a table, or a Series, in which each article's rows depend on that article alone:
        `nk.clean`, `nk.split_sentences`, `nk.find_entities`, `nk.find_attributions`, `nk.tag_stance`, `nk.make_readable`, the
        method `assign` of a fitted `nk.TopicModel`, or your own. It must be importable or picklable.
    articles : articles, Tokens or Dask DataFrame
        Of a Dask DataFrame (with the columns of articles) each partition is read as a part; nothing is computed yet.
    jobs : int, optional
        So many processes of this machine. Left out: one for less than 4,000 articles and for the accurate model, which uses
        all cores by itself; else one per core.
    part : int
        Articles that are read together; memory grows with it.
    scheduler : str, optional
        Address of a Dask scheduler (`tcp://...:8786`), whose workers read the parts. Left out: what the environment variable
        NEWSKIT_SCHEDULER says, as `newskit run --engine dask` sets it.
    **options
        Passed on to the function. Tables with a column `article_id` (`linked`, `sentences`) are cut to the articles of each part.

    Returns
    -------
    What the function returns; for a Dask DataFrame a Dask DataFrame, or Series, with the right columns and types.

    Raises
    ------
    ValueError
        If the function looks at the corpus as a whole: `link_entities`, `describe_articles` (which looks for duplicates),
        `tag_stance` without `linked` (and without `targets`, but for articles in a frame, of which they are proposed). Or if
        a table has rows of other articles.
    ConnectionError
        If there is no scheduler at the address, or its workers have no newskit, or another version of it.

    Examples
    --------
    >>> import newskit as nk, pandas as pd
    >>> articles = pd.DataFrame({"article_id": ["a", "b"], "text": ["jeff sessions left", "rain in oslo"]})
    >>> nk.scale.map_articles(nk.find_entities, articles, part=1)[["article_id", "text", "label"]].values.tolist()
    [['a', 'jeff sessions', 'PER'], ['b', 'oslo', 'LOC']]
    """
    lazy = hasattr(articles, "map_partitions")
    if function is tag_stance and not lazy and options.get("targets") is None and options.get("linked") is not None:
        proposed = propose_targets(articles, linked=options["linked"])["target"].tolist()
        if not proposed:
            return function(articles, **options)  # no row, but the columns and the report
        options["targets"] = proposed
    _check(function, options, part)
    if lazy:
        return _map_partitions(function, articles, options)
    if jobs is not None:
        check_count("jobs", jobs, least=1)
    if not isinstance(scheduler, str | None):
        raise ValueError(f"scheduler is an address, such as 'tcp://host:8786', not {scheduler!r}.")
    scheduler = scheduler or os.environ.get(SCHEDULER)
    n = len(check_articles(articles))
    jobs = jobs or (cores() if n >= _PAYS and options.get("model") != "accurate" else 1)
    if not scheduler and (jobs == 1 or n <= part):
        return function(articles, **options)
    frame = check_articles(articles)
    work = list(_parts(frame, part, options))
    done = _on_cluster(connect(scheduler), function, work) if scheduler else _on_cores(jobs, function, work)
    results = list(progress(done, total=len(work), label="reading", unit=f"parts of {part:,} articles"))
    rows = _joined(results, [some.index for some, _ in work])
    return attach_report(rows, read_targets(options["targets"])) if function is tag_stance else rows


def write_parts(
    function: Callable[..., pd.DataFrame],
    parts: Iterable[pd.DataFrame],
    folder: str | Path,
    *,
    jobs: int | None = None,
    scheduler: str | None = None,
    **options: Any,
) -> Path:
    """Run a function that makes rows of articles on one part of a corpus after the other, and write the rows as .parquet files.

    With `read_parts`, neither the articles nor their rows are ever in memory as a whole.

    Parameters
    ----------
    function, jobs, scheduler, **options
        As in `map_articles`; tables may have rows of other articles.
    parts : iterable of articles
        Such as `read_parts` gives.
    folder : path
        Where the files go, named `part-00000.parquet` and so on; it is there once all is written. One that an earlier call
        wrote is replaced.

    Returns
    -------
    Path
        The folder; `pd.read_parquet`, `dask.dataframe.read_parquet` and `read_parts` (where it has articles) read it.

    Raises
    ------
    ValueError
        If the folder holds something else, or the function needs the corpus as a whole.

    Examples
    --------
    >>> import newskit as nk, pandas as pd, tempfile, pathlib
    >>> articles = pd.DataFrame({"article_id": ["a", "b"], "text": ["jeff sessions left", "rain in oslo"]})
    >>> parts = [articles.head(1), articles.tail(1)]
    >>> folder = nk.scale.write_parts(nk.find_entities, parts, pathlib.Path(tempfile.mkdtemp()) / "mentions")
    >>> pd.read_parquet(folder)["text"].tolist()
    ['jeff sessions', 'oslo']
    """
    _check(function, options, part=1)
    place = resolve(folder, new=True)
    if place.exists() and any(not re.fullmatch(r"part-\d{5}\.parquet", name.name) for name in place.iterdir()):
        raise ValueError(f"{str(folder)!r} holds files that are no parts of a table; name a new or empty folder.")
    half = place.with_name(f".{place.name}.newskit")
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(parents=True)
    tables = {name: _Table(value) for name, value in options.items() if _is_table(value)}
    written = 0
    for some in parts:
        check_articles(some)
        own = {name: table.of(some["article_id"].astype("str")) for name, table in tables.items()}
        rows = map_articles(function, some, jobs=jobs, scheduler=scheduler, **{**options, **own})
        if len(rows) or not written:  # the columns, should no part have rows
            rows.attrs = {}
            rows.to_parquet(half / f"part-{written:05d}.parquet", index=False)
            written += bool(len(rows))
    if not any(half.iterdir()):
        raise ArticlesError("There are no articles: no part was given.")
    shutil.rmtree(place, ignore_errors=True)
    half.rename(place)
    return place


def _check(function: Callable[..., object], options: Mapping[str, object], part: int) -> None:
    check_count("part", part, least=1)
    if not callable(function):
        raise ValueError(f"function is one that makes rows of articles, such as nk.find_entities, not {function!r}.")
    if function in _WHOLE:
        raise ValueError(f"{_WHOLE[function]} looks at the corpus as a whole, and cannot be run in parts; call it by itself.")
    lost = [name for name in ("targets", "linked") if options.get(name) is None]
    if function is tag_stance and lost:
        raise ValueError(f"nk.tag_stance finds what is left out in the corpus as a whole; pass it {' and '.join(lost)}.")


def _parts(frame: pd.DataFrame, size: int, options: Mapping[str, Any]) -> Iterator[tuple[pd.DataFrame, dict[str, Any]]]:
    """So many articles at a time, with the options as they concern these."""
    tables = {name: _Table(value) for name, value in options.items() if _is_table(value)}
    ids = frame["article_id"].astype("str")
    for name, table in tables.items():
        if len(lost := table.ids.difference(ids, sort=False)):
            raise ValueError(f"{name} has rows of article {lost[0]!r}, which is not among these articles.")
    for begin in range(0, len(frame), size):
        here = slice(begin, begin + size)
        yield frame.iloc[here], {**options, **{name: table.of(ids.iloc[here]) for name, table in tables.items()}}


class _Table:
    """A table whose rows are of articles, ready to be asked for those of some."""

    def __init__(self, table: pd.DataFrame) -> None:
        code, self.ids = pd.factorize(pd.Index(table["article_id"].astype("str")))
        self._table, self._order = table, np.argsort(code, kind="stable")
        self._bounds = np.searchsorted(code[self._order], np.arange(len(self.ids) + 1))

    def of(self, ids: pd.Series) -> pd.DataFrame:
        """The rows of these articles, in their order."""
        at = self.ids.get_indexer(ids)
        at = at[at >= 0]
        sizes = self._bounds[at + 1] - self._bounds[at]
        shift = np.repeat(self._bounds[at] - np.cumsum(sizes) + sizes, sizes)
        return self._table.iloc[self._order[np.arange(len(shift)) + shift]]


def _is_table(value: object) -> bool:
    return isinstance(value, pd.DataFrame) and "article_id" in value.columns


def _on_cores(jobs: int, function: Callable[..., Rows], work: list[tuple[pd.DataFrame, dict[str, Any]]]) -> Iterator[Rows]:
    from joblib import Parallel, delayed

    parallel = Parallel(jobs, return_as="generator", pre_dispatch=_AHEAD * jobs)
    return iter(parallel(delayed(function)(some, **options) for some, options in work))


def _on_cluster(client: Client, function: Callable[..., Rows], work: list[tuple[pd.DataFrame, dict[str, Any]]]) -> Iterator[Rows]:
    """Results in order. Each task carries its articles, so that those of a worker that dies are read by another one."""
    waiting: deque[Any] = deque()
    ahead = _AHEAD * max(sum(client.nthreads().values()), 1)
    for some, options in work:
        waiting.append(client.submit(partial(function, some, **options), pure=False))
        if len(waiting) > ahead:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _joined(results: list[Rows], indexes: list[pd.Index]) -> Rows:
    """The rows of all parts; where they have the articles' index, they keep it."""
    keeps = all(rows.index.equals(index) for rows, index in zip(results, indexes, strict=True))
    return pd.concat(results, ignore_index=not keeps)


def _map_partitions(function: Callable[..., Rows], articles: Any, options: Mapping[str, Any]) -> Any:
    """The function over the partitions of a Dask DataFrame; the columns and types are those of a trial on one article."""
    tables = {name: value for name, value in options.items() if _is_table(value)}
    others = {name: value for name, value in options.items() if name not in tables}
    trial = articles._meta_nonempty.iloc[:1].assign(article_id="0", text="Ann Lee of Oslo said that it rains.")
    meta = _rows_of_partition(trial, function, tables, others).iloc[:0]
    return articles.map_partitions(partial(_rows_of_partition, function=function, tables=tables, others=others), meta=meta)


def _rows_of_partition(
    some: pd.DataFrame, function: Callable[..., Rows], tables: Mapping[str, pd.DataFrame], others: Mapping[str, Any]
) -> Rows:
    """Rows of a partition; an empty one has none."""
    if some.empty:
        trial = some.reindex(["0"]).assign(article_id="0", text="")
        return _rows_of_partition(trial, function, tables, others).iloc[:0]
    some = some.assign(text=some["text"].astype("str"), article_id=some["article_id"].astype("str"))
    ids = set(some["article_id"])
    own = {name: table[table["article_id"].astype("str").isin(ids)] for name, table in tables.items()}
    rows = function(some, **own, **others)
    rows.attrs = {}  # reports are of the partition only
    return rows
