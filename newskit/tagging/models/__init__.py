"""Weights that come with the package, and a card for each."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from newskit.tagging.tagger import Tagger

MODELS = Path(__file__).parent


@cache
def load_tagger(name: str, model: str = "fast") -> Tagger:
    """A tagger of the package, of the kind that the user asks for; read once."""
    if model != "fast":
        raise ValueError(f"model must be 'fast', not {model!r}.")
    return Tagger.load(MODELS / f"{name}.npz")
