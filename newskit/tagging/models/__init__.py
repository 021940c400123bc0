"""Weights that come with the package, and a card for each."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal, get_args

from newskit.corpus.options import check_choice
from newskit.corpus.paths import existing
from newskit.tagging.encoder import SHARES, AccurateTagger, Encoder
from newskit.tagging.tagger import Tagger
from newskit.tagging.weights import MODELS as MODELS
from newskit.tagging.weights import shipped

Model = Literal["fast", "accurate"]
"""The kinds of models: small networks in numpy; these together with a Transformer (extra `newskit[accurate]`)."""

LAYERS_OF = {"entities": ("names",), "sentences": ("gaps",), "attributions": ("who", "what", "holders")}


def load_tagger(name: str, model: Model = "fast") -> Tagger:
    """A tagger of the package, of the kind that the user asks for; read once.

    Raises
    ------
    ValueError
        If there is no such kind, or the file is not the one that came with the package.
    newskit.tagging.encoder.MissingExtraError
        If packages are missing that the accurate model needs.
    """
    check_model(model)
    return _load(name, model)


@cache
def _load(name: str, model: Model) -> Tagger:
    return Tagger.load(shipped(f"{name}.npz")) if model == "fast" else accurate_tagger(name, load_encoder())


def accurate_tagger(name: str, encoder: Encoder) -> AccurateTagger:
    """The fast tagger of this name together with an encoder."""
    columns = encoder.columns(LAYERS_OF[name][0], LAYERS_OF[name][-1])
    return AccurateTagger.of(load_tagger(name), encoder, columns, SHARES[name])


def load_own(path: str | Path) -> Tagger:
    """A tagger of somebody's own types of names; read anew where the file has changed.

    Raises
    ------
    FileNotFoundError
        If it is not there.
    ValueError
        If it is no such tagger.
    """
    file = existing(path)
    return _load_own(file, file.stat().st_mtime_ns)


@cache
def _load_own(file: Path, changed: int) -> Tagger:
    tagger = Tagger.load(file)
    kinds = kinds_of(tagger.labels)
    if tagger.context != "word" or not kinds or tagger.labels != ("O", *(f"{b}-{kind}" for b in "BI" for kind in kinds)):
        raise ValueError(f"{file} is no model of names; make one with: python -m newskit.training.own")
    return tagger


def kinds_of(labels: tuple[str, ...]) -> tuple[str, ...]:
    """What the kinds of spans are called: O comes first, then B- of each kind, then I- of each."""
    return tuple(name[2:] for name in labels[1 : 1 + len(labels) // 2])


@cache
def load_encoder() -> Encoder:
    """The Transformer of the accurate model; read once."""
    return Encoder.load(shipped("accurate.onnx"))


def check_model(model: str) -> None:
    """A ValueError where there is no such kind."""
    check_choice("model", model, get_args(Model))
