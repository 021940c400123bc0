"""Topics that learn from new articles and keep their numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from newskit.analysis.topic_clusters import Labels, centres_of, cut_tree, distances, grow_tree, settle
from newskit.analysis.topic_fit import Fitted, known_labels, settle_topics
from newskit.analysis.topic_space import Placed, fit_space
from newskit.analysis.topic_words import Counted, Floats

_LEAST, _LEAST_SHARE = 5, 0.01  # articles of a new topic, and their share of all
_UNKNOWN = 0.6  # of the way from the share of new articles to 1: so many of the neighbours of a new topic's articles are new
_SAMPLE = 1500
_CLEARLY = 1.5  # by so much more than the dearest (cheapest) merge of before is a topic split (are two merged)
_SURE = 0.01
_FAR, _DISTINCT = 2, 2  # so many times as far apart as topics, or as distinct, are two topics among new articles
_KNOWN = 0.64  # of the distance of the nearest two topics of before: what lies nearer to one of them is not new


@dataclass(frozen=True)
class Event:
    """A topic that was not there before, or is no longer; `other` is the topic it came from or went into."""

    topic: int
    change: str
    other: int | None = None


def update_topics(old: Fitted, counted: Counted, *, random_state: int) -> tuple[Fitted, list[Event]]:
    """The topics of all articles, those of before by their numbers, and what became of the topics."""
    space = fit_space(counted, random_state=random_state)
    placed = space.place(counted)
    before = known_labels(old, counted.keys)
    groups = _Groups(placed.points, old, before)
    between = min(old.heights[1], _least_apart(placed.points, before))
    found, step = _unknown_groups(placed.points, before, _unknown(placed, before, counted.keys, space.keys), between)
    for rows in _together(placed.points, found, step, between):
        groups.add(rows, "new")
    groups.drop_known()
    groups.merge(old.heights[0])
    groups.split(old.heights[1])
    fitted = settle_topics(counted, space, placed, groups.centres, groups.known)
    known = dict(zip(old.ids.tolist(), old.names, strict=True))
    names = [known.get(i, "") for i in groups.ids]
    ids, next_id = np.array(groups.ids), max([old.next_id, *(i + 1 for i in groups.ids)])
    return replace(fitted, ids=ids, names=names, next_id=next_id, heights=old.heights), groups.events


class _Groups:
    """Centres of topics while they change, with their numbers and what happened to them."""

    def __init__(self, placed: Floats, old: Fitted, before: Labels) -> None:
        self.placed = placed
        centres = centres_of(placed, before, len(old.ids))
        there = np.isin(np.arange(len(centres)), before)
        self.centres, self.ids, self.next_id = centres[there], old.ids[there].tolist(), old.next_id
        self.events = [Event(int(topic), "gone") for topic in old.ids[~there]]
        self.before = np.where(before >= 0, old.ids[before], -1)
        self.near = _KNOWN * distances(self.centres).min() if there.sum() > 1 else 0.0

    def add(self, rows: NDArray[np.int64], change: str, other: int | None = None) -> None:
        centre = centres_of(self.placed[rows], np.zeros(len(rows), np.int64), 1)
        self.centres = np.vstack([self.centres, centre])
        self.events.append(Event(self.next_id, change, other))
        self.ids.append(self.next_id)
        self.next_id += 1

    def drop(self, k: int) -> None:
        self.centres = np.delete(self.centres, k, axis=0)
        del self.ids[k]

    @property
    def known(self) -> Labels:
        """The position of the topic that each article of before has; -1 of new ones."""
        position = {topic: k for k, topic in enumerate(self.ids)}
        topics, place = np.unique(self.before, return_inverse=True)
        return np.array([position.get(topic, -1) for topic in topics.tolist()])[place]

    def settle(self) -> Labels:
        return settle(self.placed, self.centres, known=self.known)[0]

    def drop_known(self) -> None:
        """New topics that turn out to be small, to take in many articles of before, or to lie where one was, are none."""
        labels, before = self.settle(), self.before
        bound, least, ids = _bound(before), _least(len(before)), list(self.ids)
        fresh = [e for e in self.events if e.change == "new"]
        centres, of_before = self.centres, self.centres[: len(ids) - len(fresh)]
        for event in fresh:
            k = ids.index(event.topic)
            own = labels == k
            known = np.linalg.norm(of_before - centres[k], axis=1).min(initial=np.inf) < self.near
            if known or own.sum() < least or (before[own] < 0).mean() < bound:
                self.drop(self.ids.index(event.topic))
                self.events.remove(event)

    def merge(self, inside: float) -> None:
        """Topics that lie nearer to each other than the parts of topics did become one."""
        while len(self.ids) > 1:
            labels = self.settle()
            sizes = np.bincount(labels, minlength=len(self.ids))
            apart = _ward(self.placed, labels, len(self.ids)) / np.sqrt(len(labels))
            far = np.linalg.norm(self.centres[:, None] - self.centres, axis=2) >= self.near
            apart[far] = np.inf  # topics that are small only because the others grew
            a, b = np.unravel_index(apart.argmin(), apart.shape)
            if apart[a, b] * _CLEARLY >= inside:
                return
            small, large = (a, b) if (sizes[a], -self.ids[a]) < (sizes[b], -self.ids[b]) else (b, a)
            self.centres[large] = centres_of(self.placed, np.isin(labels, [a, b]).astype(np.int64), 2)[1]
            self.events.append(Event(self.ids[small], "merged", self.ids[large]))
            self.before = np.where(self.before == self.ids[small], self.ids[large], self.before)
            self.drop(int(small))

    def split(self, between: float) -> None:
        """A topic whose two parts lie farther from each other than topics did becomes two."""
        labels = self.settle()
        for k, topic in enumerate(list(self.ids)):
            rows = np.flatnonzero(labels == k)
            rows = rows[:: len(rows) // _SAMPLE + 1]
            tree = grow_tree(distances(self.placed[rows]))
            part = cut_tree(tree, 2)
            few = part == np.bincount(part).argmin()
            height = tree[-1, 2] / np.sqrt(len(rows)) * np.sqrt((labels == k).mean()) if len(tree) else 0.0
            if height > _CLEARLY * between and few.sum() >= _least(len(rows)):
                self.centres[k] = centres_of(self.placed[rows], few.astype(np.int64), 2)[0]
                self.add(rows[few], "split", topic)


def _ward(placed: Floats, labels: Labels, n: int) -> NDArray[np.float64]:
    """What merging two clusters would cost (Ward 1963); infinite of a cluster with itself and of empty ones."""
    sizes = np.bincount(labels, minlength=n).astype(float)
    means = np.stack([placed[labels == k].mean(axis=0) if sizes[k] else np.zeros(placed.shape[1]) for k in range(n)])
    apart = ((means[:, None] - means[None, :]) ** 2).sum(axis=2)
    both = sizes[:, None] * sizes[None, :] / np.maximum(sizes[:, None] + sizes[None, :], 1)
    return np.where((both > 0) & ~np.eye(n, dtype=bool), np.sqrt(2 * both * apart), np.inf)


def _unknown(placed: Placed, before: Labels, keys: NDArray[np.uint64], references: NDArray[np.uint64]) -> NDArray[np.float64]:
    """The share of each article's neighbours that are new, by those above all whose neighbour it is too.

    Those at the edge of the topics of before are neighbours of what is unlike them, but not the other way round.
    """
    near = placed.neighbours
    if not near.shape[1]:
        return np.zeros(len(near))
    back = references[near[np.searchsorted(keys, references)]]
    mutual = np.stack([(back[near[:, k]] == keys[:, None]).any(axis=1) for k in range(near.shape[1])], axis=1) + 1e-3
    is_new = np.isin(references, keys[before < 0])[near]
    return (is_new * mutual).sum(axis=1) / mutual.sum(axis=1)


def _unknown_groups(
    placed: Floats, before: Labels, unknown: NDArray[np.float64], between: float
) -> tuple[list[NDArray[np.int64]], int]:
    """New articles whose neighbours are new too, in groups: positions of the articles, and of how many each is a sample.

    Ward's tree of the new articles is descended until a branch has such neighbours, and its parts are not two topics.
    """
    new = np.flatnonzero(before < 0)
    step = len(new) // _SAMPLE + 1
    new, least = new[::step], max(_least(len(before)) / step, _LEAST)
    if len(new) < least or not unknown.any() or (before < 0).all():
        return [], step
    found, branches = [], [_branches(grow_tree(distances(placed[new])))]
    while branches:
        branch = branches.pop()
        if len(branch.rows) < least:
            continue
        apart = all(len(part.rows) >= least for part in branch.parts) and _are_two(
            placed, [new[part.rows] for part in branch.parts], between * np.sqrt(len(before) / step)
        )
        if unknown[new[branch.rows]].mean() >= _bound(before) and not apart:
            found.append(new[branch.rows])
        else:
            branches += branch.parts
    return sorted(found, key=lambda rows: (-len(rows), rows[0])), step


def _together(placed: Floats, groups: list[NDArray[np.int64]], step: int, between: float) -> list[NDArray[np.int64]]:
    """Groups (of every so manieth article) joined while the nearest two of them are not two topics."""
    groups = list(groups)
    while len(groups) > 1:
        labels = np.repeat(np.arange(len(groups)), [len(rows) for rows in groups])
        apart = _ward(placed[np.concatenate(groups)], labels, len(groups))
        a, b = sorted(np.unravel_index(apart.argmin(), apart.shape))
        if _are_two(placed, [groups[a], groups[b]], between * np.sqrt(len(placed) / step)):
            break
        groups[a] = np.sort(np.concatenate([groups[a], groups.pop(b)]))
    return groups


def _are_two(placed: Floats, groups: list[NDArray[np.int64]], between: float) -> bool:
    """Whether two groups of articles are two topics.

    They are where merging them costs clearly more than the cheapest merge of topics, `between`, or as much and their centres lie
    farther from each other than their articles from the centres.
    """
    if len(groups) < 2:
        return False
    cost = _ward(placed[np.concatenate(groups)], np.repeat([0, 1], [len(rows) for rows in groups]), 2).min()
    if not between <= cost < _FAR * between:
        return bool(cost >= between)
    means = [placed[rows].mean(axis=0) for rows in groups]
    spread = max(((placed[rows] - mean) ** 2).sum(axis=1).mean() for rows, mean in zip(groups, means, strict=True))
    return bool(((means[0] - means[1]) ** 2).sum() > _DISTINCT**2 * spread)


def _least_apart(placed: Floats, before: Labels) -> float:
    """How far topics are at least from each other, as they are now among all the articles."""
    known = before >= 0
    apart = _ward(placed[known], before[known], before.max() + 1).min()
    return float(apart) / np.sqrt(len(placed)) / _CLEARLY


@dataclass(frozen=True, eq=False)
class _Branch:
    """A branch of a tree: the rows in it, and the branches it is made of."""

    rows: NDArray[np.int64]
    parts: tuple[_Branch, ...] = ()


def _branches(tree: NDArray[np.float64]) -> _Branch:
    """The whole tree."""
    made = [_Branch(np.array([i])) for i in range(len(tree) + 1)]
    for left, right in tree[:, :2].astype(int):
        made.append(_Branch(np.sort(np.concatenate([made[left].rows, made[right].rows])), (made[left], made[right])))
    return made[-1]


def _least(n: int) -> float:
    return max(_LEAST, _LEAST_SHARE * n)


def _bound(before: Labels) -> float:
    share = float((before < 0).mean())
    return share + _UNKNOWN * (1 - share)


def changes_of(old: Fitted, now: Fitted, events: list[Event], names: dict[int, str]) -> pd.DataFrame:
    """The table of `TopicModel.update`; `names` are the labels of all topics, by number."""
    before = known_labels(old, now.counted.keys)
    is_new = before < 0
    found = {event.topic: event for event in events}
    rows = []
    for topic in [*now.ids.tolist(), *(i for i in old.ids.tolist() if i not in now.ids)]:
        was = int((old.ids[old.labels] == topic).sum())
        own = now.ids[now.labels] == topic
        first, then = was / len(old.labels), float(own[is_new].mean()) if is_new.any() else np.nan
        p = _difference(was, len(old.labels), int(own[is_new].sum()), int(is_new.sum()))
        change = "same" if not p < _SURE else "grown" if then > first else "faded"
        event = found.get(topic, Event(topic, change if own.any() else "gone"))
        rows.append((topic, names.get(topic, ""), event.change, event.other, was, int(own.sum()), first, then, p))
    columns = ["topic", "label", "change", "other", "before", "now", "share_before", "share_new", "p"]
    table = pd.DataFrame(rows, columns=columns).astype({"topic": "int64", "label": "str", "change": "str", "other": "Int64"})
    quiet = (table["change"] == "same").rename("quiet")
    order = pd.DataFrame({"quiet": quiet, "now": -table["now"], "topic": table["topic"]}).sort_values(["quiet", "now", "topic"])
    return table.loc[order.index].reset_index(drop=True)


def _difference(x: int, n: int, y: int, m: int) -> float:
    """p, two-sided, of the difference of the shares x / n and y / m (Fisher's exact test)."""
    from scipy.stats import fisher_exact

    return float(fisher_exact([[x, n - x], [y, m - y]])[1]) if n and m else np.nan
