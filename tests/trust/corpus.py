"""A corpus in which all that has a name has a hostile one: titles, sources, addresses, files, persons, and what lies beside."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

import newskit as nk
from tests.trust.hostile import BIDI, FORMULAS, HOSTILE, HTML, MARKDOWN, MATH, TERMINAL

PERSON = "Ann <img src=x onerror=window.pwned=1> **Lee** $\\alpha$ $5 ![x](https://evil.example/a.png)"
TARGET = "the <script>window.pwned=1</script> tax"
CODER = "me <b onmouseover=window.pwned=1>"


def write_corpus(folder: Path, n: int = 24) -> Path:
    """Articles in files with hostile names, with aliases.csv, targets.csv and labels.csv beside them; returns their folder."""
    news = folder / f"news {HTML[1]} {TERMINAL[0]}".replace("/", "")
    news.mkdir(parents=True)
    said = [*HOSTILE] * 2
    rows = [
        {
            "title": said[k],
            "text": f"The mayor of Oslo met Ann Lee on Tuesday. {said[k]} Ann Lee condemned {TARGET}, said the mayor. The police "
            f"praised the tax {said[3 * k % len(HOSTILE)]}. “It rained {said[k + 5]} in Oslo,” Ann Lee said of the tax and the "
            f"{said[k + 9]}.",
            "source": said[k % 4] + PERSON * (k % 2),
            "url": ["javascript:window.pwned=1", f"https://evil.example/{k}?{said[k]}", said[k + 1]][k % 3],
            "date": f"2001-12-{1 + k % 27:02d}",
            "id": f"{k} {said[k + 2]}",
            HTML[0]: said[k],
        }
        for k in range(n)
    ]
    pd.DataFrame(rows).to_csv(news / f"table {MATH[0]} {BIDI[0]}.csv", index=False)
    for k, text in enumerate([MATH[2], BIDI[1], FORMULAS[0], MARKDOWN[2], TERMINAL[8]]):
        (news / f"{text} {k}.txt").write_text(f"{rows[k]['text']} The mayor left the city of Oslo {k} times.", encoding="utf-8")
    (news / f"{TERMINAL[3]}.xyz").write_text("no article")
    names = {
        "surface": ["ann lee", "the police", "oslo"],
        "entity": [PERSON, TERMINAL[0] + HTML[2], "=1+1"],
        "label": ["PER", "ORG", "LOC"],
    }
    pd.DataFrame(names).to_csv(folder / "aliases.csv", index=False)
    pd.DataFrame({"target": [TARGET, TARGET], "phrase": ["the tax", "tax"]}).to_csv(folder / "targets.csv", index=False)
    return news


def write_labels(folder: Path, stances: pd.DataFrame) -> None:
    """Labels of a hostile coder, with hostile notes, for the first of the stances that a run has found."""
    some = stances.head(len(HOSTILE))[["article_id", "start", "end", "target", "mention"]]
    labels = some.assign(coder=CODER, label="favor", note=HOSTILE[: len(some)]).dropna()
    nk.labels.save_labels(labels, folder / "labels.csv")
