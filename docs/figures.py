"""The figures of the README, from the embedded sample as scrubbed text: `make docs` writes them anew."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import newskit as nk

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HERE = Path(__file__).parent
TARGETS = ["Osama bin Laden", "Taliban", "Yasser Arafat", "Israel", "Hamas", "Australian Government"]
SIZE, DPI = (120, 88), 170  # mm; 803 pixels wide


def draw() -> Iterator[tuple[str, Axes]]:
    """Each figure with its name."""
    written = nk.sample_articles()
    articles = nk.clean(written.assign(text=nk.scrub(written["text"])))
    tokens = nk.tokenize(articles)
    linked = nk.link_entities(nk.find_entities(tokens), tokens)
    yield "names", nk.plots.top_entities(nk.entity_frequency(linked, tokens), n=5)
    stances = nk.tag_stance(tokens, TARGETS, linked=linked)
    yield "stances", nk.plots.stance_bars(nk.stances.summary(stances, by="target"))
    yield "topics", nk.plots.topic_map(nk.TopicModel().fit(tokens).map())
    yield "words", nk.plots.recovered_words(nk.compare_scrubbed(nk.clean(written)))


def main() -> None:
    written = nk.sample_articles()
    for name, ax in draw():
        with tempfile.TemporaryDirectory() as folder:
            figure = nk.export_figure(ax, name, folder=folder, formats=["png"], size=SIZE, dpi=DPI, articles=written)
            shutil.copyfile(figure.files["png"], HERE / f"{name}.png")


if __name__ == "__main__":
    main()
