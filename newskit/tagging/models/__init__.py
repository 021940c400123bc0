"""Weights that come with the package, and a card for each."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from newskit.tagging.tagger import Tagger

MODELS = Path(__file__).parent


@cache
def load_tagger(name: str) -> Tagger:
    """A tagger of the package; read once."""
    return Tagger.load(MODELS / f"{name}.npz")
