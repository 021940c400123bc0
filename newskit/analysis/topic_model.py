"""Topics of a corpus, as an estimator: fitted once, asked of new articles, updated without losing what was there."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from newskit.analysis import topic_file
from newskit.analysis.topic_describe import articles_table, terms_table, topics_table, typical_table
from newskit.analysis.topic_fit import Fitted, fit_topics, novelty_of, place_in_topics, stability_of
from newskit.analysis.topic_map import draw_map, merge_tree
from newskit.analysis.topic_names import label_topics, name_terms
from newskit.analysis.topic_number import grow_trees
from newskit.analysis.topic_update import changes_of, update_topics
from newskit.analysis.topic_words import Counted, content_keys, count_words, join_counts
from newskit.corpus.articles import ArticlesError
from newskit.corpus.options import check_count, check_flag, check_seed
from newskit.corpus.paths import resolve
from newskit.corpus.tokens import Tokens, tokenize
from newskit.tagging.threads import one_thread

_NEW = 0.99  # of novelty


class TopicModel:
    """Topics of news articles that hold still: the same articles in any order give the same topics.

    Articles are placed by their words (see `newskit/analysis/topic_space.py`), a tree of merges (Ward 1963) is cut into topics,
    and k-means and naive Bayes on the words settle who is where. Every article is in a topic; those that stand between topics are
    flagged as weak.

    Parameters
    ----------
    n_topics : int or "auto"
        How many topics (fewer, where articles are too much alike for so many); "auto" takes the number that `choose_n_topics`
        speaks for.
    random_state : int
        Draws samples where articles are many, and the parts that stability is measured on.

    Attributes
    ----------
    labels_ : int64 array
        The topic of each article, in the order the articles were given.
    topics_ : DataFrame
        A row per topic, the largest first: `topic` (int64; it stays through `update`), `label` (str), `terms` (list of str),
        `n_articles`, `n_weak` (int64), `share` (0 to 1), `stability` (0 to 1: how well the topic comes back when a fifth of the
        articles is left out, Hennig 2007), `coherence` (-1 to 1: whether its terms go together, see `choose_n_topics`).
    articles_ : DataFrame
        A row per article, in their order: `article_id`, `topic`, `label`, `strength` (0 to 1: how much nearer, in cosine, to its
        own topic than to the next), `weak` (bool: strength below 0.2), `is_new` (bool: came with the last `update`).
    terms_ : DataFrame
        `topic`, `label`, `term`, `weight`: up to ten terms per topic, the strongest first (class-based tf-idf).
    tree_ : DataFrame
        How the topics would merge: `left`, `right`, `height`, `n_articles`, a row per merge. Rows of `topics_` count from 0, and
        merge i is number `len(topics_) + i`.
    curve_ : DataFrame or None
        From `choose_n_topics`, where the number was chosen.

    Examples
    --------
    >>> import newskit as nk, pandas as pd
    >>> texts = ["goal match striker", "match cup striker", "goal cup", "bank profit shares", "shares bank rose", "profit rose"]
    >>> model = nk.TopicModel(n_topics=2).fit(pd.DataFrame({"article_id": list("abcdef"), "text": texts}))
    >>> model.labels_
    array([0, 0, 0, 1, 1, 1])
    >>> model.assign(pd.DataFrame({"article_id": ["g"], "text": ["the striker missed the match"]}))["topic"].tolist()
    [0]
    """

    labels_: NDArray[np.int64]
    topics_: pd.DataFrame
    articles_: pd.DataFrame
    terms_: pd.DataFrame
    tree_: pd.DataFrame
    curve_: pd.DataFrame | None
    _fitted: Fitted
    _place: NDArray[np.int64]  # of each row of the counted articles among the articles as they came
    _is_new: NDArray[np.bool_]  # by row

    def __init__(self, n_topics: int | Literal["auto"] = "auto", random_state: int = 0) -> None:
        self.n_topics = n_topics
        self.random_state = random_state

    def __repr__(self) -> str:
        found = f": {len(self.topics_)} topics of {len(self.labels_):,} articles" if hasattr(self, "topics_") else ", not fitted"
        return f"<TopicModel(n_topics={self.n_topics!r}, random_state={self.random_state}){found}>"

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The parameters, as scikit-learn asks for them."""
        return {"n_topics": self.n_topics, "random_state": self.random_state}

    def set_params(self, **params: Any) -> Self:
        """Set parameters, as scikit-learn does."""
        for name, value in params.items():
            if name not in self.get_params():
                raise ValueError(f"TopicModel has no parameter {name!r}; it has n_topics and random_state.")
            setattr(self, name, value)
        return self

    @one_thread()
    def fit(self, articles: pd.DataFrame | Tokens, y: object = None) -> Self:
        """Find the topics of articles; `y` is there for scikit-learn and not used.

        Raises
        ------
        ArticlesError
            If the articles are not as they should be, or none has a word that could say what it is about.
        ValueError
            If `n_topics` is neither "auto" nor a whole number from 1 to the number of articles that have words, or if
            `random_state` is no whole number.
        """
        check_seed(self.random_state)
        counted, place = count_words(tokenize(articles))
        wanted = _wanted(self.n_topics, counted)
        fitted, self.curve_ = fit_topics(counted, wanted, random_state=self.random_state)
        self._take(fitted, place, np.zeros(len(place), bool))
        return self

    def fit_predict(self, articles: pd.DataFrame | Tokens, y: object = None) -> NDArray[np.int64]:
        """`fit`, and the topic of each article."""
        return self.fit(articles).labels_

    @one_thread()
    def assign(self, articles: pd.DataFrame | Tokens) -> pd.DataFrame:
        """Put articles into the topics that are there; nothing is learned from them, and fitted ones are where they were.

        Returns
        -------
        DataFrame
            A row per article, in their order: `article_id`, `topic`, `label`, `strength`, `weak` as in `articles_`, `novelty`
            (0 to 1: the share of the fitted articles that have nearer neighbours; high where nothing like it was seen) and
            `is_new` (bool: novelty of 0.99 or more).
        """
        counted, place = count_words(tokenize(articles), stock=self._known().counted.stock, learn=False)
        labels, strength, near = place_in_topics(self._fitted, counted)
        novelty = novelty_of(self._fitted, near)
        table = articles_table(self._fitted, counted, labels, strength).assign(novelty=novelty, is_new=novelty >= _NEW)
        return table.iloc[np.argsort(place)].reset_index(drop=True)

    def knows(self, articles: pd.DataFrame | Tokens) -> NDArray[np.bool_]:
        """Which articles are among those that were learned from, by their words: a bool array, in their order."""
        return np.isin(content_keys(tokenize(articles).lower()), self._known().counted.keys)

    @one_thread()
    def update(self, articles: pd.DataFrame | Tokens, *, forget: bool = False) -> pd.DataFrame:
        """Learn from new articles, and keep the topics: their numbers, their labels, and who is in them.

        Articles are known by their text: texts that were there before are not new. An article whose id was there takes the place
        of that one, with a warning where its text is another. What new articles speak of that no topic does
        becomes a topic, with a number that was never used. Two topics that became one keep the number of the larger, and the
        smaller part of one that fell in two gets a new number.

        Parameters
        ----------
        articles : articles or Tokens
            The new articles, or all of them.
        forget : bool
            Drop articles of before that do not come again, and topics that are left without any. Otherwise they stay, and stand
            first in `labels_` and `articles_`.

        Returns
        -------
        DataFrame
            A row per topic of before or now, changes first, then by size: `topic`, `label`, `change` ("new", "grown", "faded",
            "merged", "split", "gone", "same"), `other` (Int64: the topic it merged into or was split from), `before`, `now`
            (int64: articles), `share_before` (of the articles of before), `share_new` (of the new ones) and `p` (that the two
            shares differ by chance, Fisher's exact test; "grown" and "faded" have p below 0.01).
        """
        check_flag("forget", forget)
        old = self._known()
        passed, order = count_words(tokenize(articles), stock=old.counted.stock)
        again = _come_again(old.counted, passed)
        stay = np.zeros(len(again), bool) if forget else ~again
        guides = stay if stay.any() else ~np.isin(old.counted.keys, passed.keys)
        place = np.concatenate([np.argsort(np.argsort(self._place[stay])), stay.sum() + order])
        counted, joined = join_counts(old.counted.rows(stay), passed)
        _wanted("auto", counted)
        fitted, events = update_topics(old, join_counts(old.counted.rows(guides), passed)[0], random_state=self.random_state)
        if (guides & ~stay).any():  # topics that have their new articles can do without the old ones
            fitted, more = update_topics(fitted, counted, random_state=self.random_state)
            events += more
        trees = grow_trees(fitted.space.place(counted).points, counted.keys, random_state=self.random_state)
        fitted = replace(fitted, stability=stability_of(fitted, trees))
        self.curve_ = None
        self._take(fitted.by_size(), place[joined], ~np.isin(counted.keys, old.counted.keys))
        labels = {topic: name for of in (old, self._fitted) for topic, name in zip(of.ids.tolist(), of.names, strict=True)}
        return changes_of(old, self._fitted, events, labels)

    def rename(self, labels: Mapping[int, str]) -> Self:
        """Give topics labels of your own; they stay through `update` and `save`.

        Parameters
        ----------
        labels : mapping of topic to label
        """
        fitted = self._known()
        if not isinstance(labels, Mapping):
            raise ValueError(f'labels is a mapping of topics to labels, such as {{0: "sport"}}, not {labels!r}.')
        unknown = [topic for topic in labels if topic not in fitted.ids]
        if unknown:
            raise ValueError(f"There is no topic {unknown[0]}; there are {', '.join(map(str, sorted(fitted.ids.tolist())))}.")
        names = [str(labels.get(topic, name)) for topic, name in zip(fitted.ids.tolist(), fitted.names, strict=True)]
        self._take(replace(fitted, names=names), self._place, self._is_new)
        return self

    def typical(self, *, n: int = 3) -> pd.DataFrame:
        """The most typical articles of each topic: those nearest to its centre.

        Returns
        -------
        DataFrame
            `topic`, `label`, `rank` (from 1), `article_id`, `title` (empty where there is none), `strength`; articles of the same
            words once.
        """
        check_count("n", n)
        fitted = self._known()
        return typical_table(fitted, fitted.space.place(fitted.counted).points, n)

    @one_thread()
    def map(self) -> pd.DataFrame:
        """A plane in which articles on the same thing lie near each other, for `nk.plots.topic_map`.

        Returns
        -------
        DataFrame
            A row per article, in their order: `article_id`, `topic`, `label`, `strength`, `weak`, `is_new`, `x`, `y` (t-SNE, see
            `newskit/analysis/topic_map.py`; distance means likeness only nearby; missing where an article has no words).
        """
        fitted = self._known()
        spots = draw_map(fitted.space.place(fitted.counted).points, random_state=self.random_state)[np.argsort(self._place)]
        return self.articles_.assign(x=spots[:, 0], y=spots[:, 1])

    def save(self, path: str | Path) -> Path:
        """Write the model to an .npz file (arrays and JSON, no pickles); `load` reads it.

        A relative path starts from the project. The file has the articles' ids, titles and how often each uses which word, so
        that `update` can go on from them.
        """
        return topic_file.write_model(
            resolve(path, new=True), self.get_params(), self._known(), self._place, self._is_new, self.curve_
        )

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read what `save` wrote.

        Raises
        ------
        ValueError
            If the file is no topic model, is damaged, or was written in a format that this version does not read.
        """
        params, fitted, place, is_new, curve = topic_file.read_model(resolve(path))
        model = cls(**params)
        model.curve_ = curve
        model._take(fitted, place, is_new)
        return model

    def _known(self) -> Fitted:
        if not hasattr(self, "_fitted"):
            raise ValueError("This TopicModel has not been fitted: call model.fit(articles) first, or TopicModel.load(path).")
        return self._fitted

    def _take(self, fitted: Fitted, place: NDArray[np.int64], is_new: NDArray[np.bool_]) -> None:
        """Set what is known of a fit, and the tables that follow from it."""
        terms = name_terms(fitted.counted, fitted.labels, len(fitted.ids))
        own = label_topics(terms, len(fitted.ids))
        fitted = replace(fitted, names=[name or new for name, new in zip(fitted.names or own, own, strict=True)])
        self._fitted, self._place, self._is_new = fitted, place, is_new
        back = np.argsort(place)
        table = articles_table(fitted, fitted.counted, fitted.labels, fitted.strength).assign(is_new=is_new)
        self.articles_ = table.iloc[back].reset_index(drop=True)
        self.labels_ = fitted.ids[fitted.labels[back]]
        self.terms_, self.topics_ = terms_table(fitted, terms), topics_table(fitted, terms)
        self.tree_ = merge_tree(fitted.centres, fitted.sizes)


def _come_again(old: Counted, passed: Counted) -> NDArray[np.bool_]:
    """Which articles of before have the id of one that is passed; a warning where that has another text."""
    again = np.isin(old.ids, passed.ids)
    changed = old.ids[again & ~np.isin(old.keys, passed.keys)]
    if len(changed):
        warnings.warn(
            f"{len(changed):,} articles of before come again with another text (the first is {min(changed)!r}), which takes the "
            "place of theirs. If they are other articles, give them ids of their own.",
            stacklevel=4,
        )
    return again


def _wanted(n_topics: object, counted: Counted) -> int | None:
    """How many topics are asked for; None where that is to be found out."""
    able = int((np.diff(counted.words.indptr) > 0).sum())
    if not able:
        raise ArticlesError(
            f"None of the {len(counted):,} articles has a word that could say what it is about (stop words, numbers and single "
            "letters say nothing). Check the column `text`."
        )
    if isinstance(n_topics, str) and n_topics == "auto":
        return None
    if isinstance(n_topics, bool) or not isinstance(n_topics, (int, np.integer)) or n_topics < 1:
        raise ValueError(f'n_topics is "auto" or a whole number of at least 1, not {n_topics!r}.')
    if n_topics > able:
        raise ValueError(f"{n_topics} topics cannot be made of {able:,} articles with words; ask for at most {able:,}.")
    return int(n_topics)
