"""Made-up corpora whose topics are known: own words of a topic, mixed with words that all topics share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

TOPICS = {
    "football": "goal match striker cup league goalkeeper penalty referee coach stadium fans defender midfielder season transfer "
    "tournament squad kick corner header offside trophy champions club pitch injury derby whistle winger substitute",
    "banking": "bank profit shares interest loan credit investors market stock deposits mortgage lender bonds inflation currency "
    "dividend earnings quarter regulator debt assets broker trading capital insurance fund merger treasury rates economist",
    "weather": "storm rain flood wind hurricane forecast snow temperature thunder cyclone drought cloud meteorologist heatwave "
    "humidity tornado coastal rainfall barometer frost lightning gale sunshine evacuated hail fog blizzard shower breeze tide",
    "courts": "judge trial jury lawyer verdict appeal prosecutor defendant sentence prison guilty witness testimony attorney "
    "murder evidence hearing bail convicted lawsuit magistrate plaintiff acquitted indictment felony parole charges court crime",
    "film": "film actor director movie actress cinema scene script premiere oscar audience screenplay studio comedy drama "
    "hollywood sequel trailer character festival producer documentary animation thriller starring camera role romance critics",
}
SHARED = "people year city government work week country group official night house report plan member public family".split()


def nonsense(n_topics: int, *, seed: int = 0) -> dict[str, str]:
    """Topics of words that stand in no dictionary."""
    rng = np.random.default_rng(seed)
    letters = "".join(rng.choice(list("bcdfghklmnprstvz"), n_topics * 120)) + "".join(rng.choice(list("aeiou"), n_topics * 120))
    pairs = [a + b for a, b in zip(letters[: n_topics * 120], letters[n_topics * 120 :], strict=True)]
    words = ["".join(pairs[i : i + 4]) + "q" for i in range(0, len(pairs), 4)]
    return {f"topic {k}": " ".join(words[30 * k : 30 * k + 30]) for k in range(n_topics)}


def make_corpus(
    n: int, topics: Sequence[str] | None = None, *, seed: int = 0, words: Mapping[str, str] = TOPICS, name: str = "a", own=24
) -> pd.DataFrame:
    """So many articles on each topic, shuffled: `article_id`, `text`, `gold`, `source`, `date`."""
    rng, rows = np.random.default_rng(seed), []
    for topic in topics or list(words):
        for _ in range(n):
            text = np.concatenate([rng.choice(words[topic].split(), own), rng.choice(SHARED, 16)])
            rows.append((" ".join(rng.permutation(text)).capitalize() + ".", topic))
    articles = pd.DataFrame(rows, columns=["text", "gold"]).sample(frac=1, random_state=seed, ignore_index=True)
    articles.insert(0, "article_id", [f"{name}{i}" for i in range(len(articles))])
    dates = pd.Timestamp("2020-01-06") + pd.to_timedelta(np.arange(len(articles)) % 21, "D")
    return articles.assign(source=np.where(np.arange(len(articles)) % 3, "north", "south"), date=dates)
