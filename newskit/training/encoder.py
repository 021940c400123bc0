"""The encoder of the accurate model as torch trains it (extra `train`): a Transformer that sees marks, shapes and gaps.

One head gives each word its labels in five layers (names, gaps, and the three layers of attributions), another gives a passage
its stance toward the marked words. The weights it begins with: see `newskit.training.pretrained`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from newskit.tagging.features import N_GAPS, SHAPES
from newskit.tagging.pieces import LONGEST, Pieces, as_window

Inputs = tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]
_HEADS = 12


class Layer(nn.Module):
    """A layer of a Transformer (Vaswani et al. 2017), normalised behind each half as in BERT."""

    def __init__(self, size: int, drop: float = 0.1) -> None:
        super().__init__()
        self.qkv, self.out = nn.Linear(size, 3 * size), nn.Linear(size, size)
        self.up, self.down = nn.Linear(size, 4 * size), nn.Linear(4 * size, size)
        self.norm1, self.norm2 = nn.LayerNorm(size, 1e-12), nn.LayerNorm(size, 1e-12)
        self.drop = nn.Dropout(drop)

    def forward(self, x: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
        n, length, size = x.shape
        q, k, v = self.qkv(x).view(n, length, 3, _HEADS, size // _HEADS).permute(2, 0, 3, 1, 4).unbind(0)
        near = q @ (k * (size // _HEADS) ** -0.5).transpose(2, 3)
        if mask is not None:
            near = near + mask
        seen = torch.softmax(near, -1, dtype=near.dtype) @ v
        x = self.norm1(x + self.out(seen.transpose(1, 2).reshape(n, length, size)))
        return self.norm2(x + self.drop(self.down(nn.functional.gelu(self.up(x)))))


class Network(nn.Module):
    """Word pieces in, scores of labels for each piece and of stances for each passage out.

    `coded`: word vectors are learned as they will be shipped, in four bits; the gradient passes the rounding as if it were
    not there (straight through; Bengio et al. 2013).
    """

    levels: torch.Tensor
    scale: torch.Tensor

    def __init__(
        self, weights: dict[str, torch.Tensor], kept: NDArray[np.int64], n_labels: int, n_stances: int = 3, *, coded: bool = True
    ) -> None:  # fmt: skip
        super().__init__()
        words = weights["embeddings.word_embeddings.weight"][torch.tensor(kept)]
        size, self.coded = words.shape[1], coded
        self.words = nn.Embedding.from_pretrained(words, freeze=False)
        for name, values in zip(("levels", "scale"), sixteen_levels(words.numpy()), strict=True):
            self.register_buffer(name, torch.from_numpy(values), persistent=False)
        self.places = nn.Embedding.from_pretrained(weights["embeddings.position_embeddings.weight"][: LONGEST + 8], freeze=False)
        self.kind = nn.Parameter(weights["embeddings.token_type_embeddings.weight"][0])
        self.shapes, self.gaps, self.marks = nn.Embedding(len(SHAPES), size), nn.Embedding(N_GAPS, size), nn.Embedding(3, size)
        for table in (self.shapes, self.gaps, self.marks):
            nn.init.normal_(table.weight, std=0.01)
        self.norm, self.drop = nn.LayerNorm(size, 1e-12), nn.Dropout(0.1)
        self.norm.load_state_dict({part: weights[f"embeddings.LayerNorm.{part}"] for part in ("weight", "bias")})
        n_layers = sum(name.endswith("intermediate.dense.bias") for name in weights)
        self.layers = nn.ModuleList([Layer(size) for _ in range(n_layers)])
        for i, layer in enumerate(self.layers):
            _fill(layer, weights, f"encoder.layer.{i}.")
        near = weights.get("encoder.relative_attention_bias.weight")
        self.near = None if near is None else nn.Embedding.from_pretrained(near, freeze=False)
        self.tags, self.stance = nn.Linear(size, n_labels), nn.Linear(3 * size, n_stances)

    def word_codes(self) -> torch.Tensor:
        """The level of each value of the word vectors."""
        return self._codes(self.words.weight.detach(), self.scale)

    def _codes(self, rows: torch.Tensor, scale: torch.Tensor) -> torch.Tensor:
        return torch.bucketize(rows / scale, (self.levels[1:] + self.levels[:-1]) / 2)

    def _word_vectors(self, piece: torch.Tensor) -> torch.Tensor:
        rows: torch.Tensor = self.words(piece)
        if not self.coded:
            return rows
        scale = self.scale[piece]
        with torch.no_grad():
            change = self.levels[self._codes(rows, scale)] * scale - rows
        return rows + change

    def encode(self, piece: torch.Tensor, shape: torch.Tensor, gap: torch.Tensor, mark: torch.Tensor) -> torch.Tensor:
        """Vectors of pieces: windows x pieces x size. Piece 0 is padding."""
        x = self._word_vectors(piece) + self.places(torch.arange(piece.shape[1], device=piece.device)) + self.kind
        x = self.drop(self.norm(x + self.shapes(shape) + self.gaps(gap) + self.marks(mark)))
        there = piece != 0
        mask = None if bool(there.all()) else (~there * -1e4)[:, None, None]
        if self.near is not None:
            near = self.near(distance_kinds(piece.shape[1])).permute(2, 0, 1)
            mask = near if mask is None else near + mask
        for layer in self.layers:
            x = layer(x, mask)
        return x

    def tag(self, inputs: Inputs, first: torch.Tensor) -> torch.Tensor:
        """Scores of the labels of words: windows x words x labels; `first` has the place of each word's first piece."""
        x = self.encode(*inputs)
        return self.tags(self.drop(torch.gather(x, 1, first[:, :, None].expand(-1, -1, x.shape[2]))))

    def judge(self, inputs: Inputs) -> torch.Tensor:
        """Scores of the stances: passages x stances."""
        return self.stance(self.drop(pooled(self.encode(*inputs), inputs[3])))


def sixteen_levels(rows: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Sixteen levels (Lloyd 1982) and a scale for each row: the nearest level times the scale is near each value."""
    scale = rows.std(axis=1, keepdims=True).astype(np.float16).astype(np.float32)
    drawn = np.random.default_rng(0).choice((rows / scale).ravel(), 200_000)
    levels = np.quantile(drawn, (np.arange(16) + 0.5) / 16)
    for _ in range(60):
        nearest = np.searchsorted((levels[1:] + levels[:-1]) / 2, drawn)
        levels = np.array([drawn[nearest == k].mean() for k in range(16)])
    return levels.astype(np.float16).astype(np.float32), scale


def distance_kinds(n: int, kinds: int = 32, longest: int = 128) -> torch.Tensor:
    """The kind of distance between any two of n pieces, n x n: exact where near, then logarithmic (Raffel et al. 2020)."""
    way = torch.arange(n)[:, None] - torch.arange(n)
    half, exact = kinds // 2, kinds // 4
    far = way.abs().clamp(min=1)
    steps = exact + (torch.log(far / exact) / np.log(longest / exact) * (half - exact)).long()
    return (way < 0) * half + torch.where(way.abs() < exact, way.abs(), steps.clamp(max=half - 1))


def pooled(x: torch.Tensor, mark: torch.Tensor) -> torch.Tensor:
    """The means of the pieces marked as target and as holder (nothing where there are none), around the vector of all."""
    target, holder = ((mark == k)[..., None].to(x.dtype) for k in (1, 2))
    means = [(x * there).sum(1) / there.sum(1).clamp(min=1) for there in (target, holder)]
    return torch.cat([means[0], x[:, 0], means[1]], 1)


def _fill(layer: nn.Module, weights: dict[str, torch.Tensor], name: str) -> None:
    names = {"out": "attention.output.dense", "norm1": "attention.output.LayerNorm", "up": "intermediate.dense",
             "down": "output.dense", "norm2": "output.LayerNorm"}  # fmt: skip
    state = {}
    for part in ("weight", "bias"):
        three = [weights[f"{name}attention.self.{p}.{part}"] for p in ("query", "key", "value")]
        state[f"qkv.{part}"] = torch.cat(three)
        state |= {f"{own}.{part}": weights[f"{name}{theirs}.{part}"] for own, theirs in names.items()}
    layer.load_state_dict(state)


@dataclass(frozen=True, eq=False)
class Sample:
    """A window or passage: what is read, and what is to be learned.

    `target`: labels of its words, words x layers (-1: unknown), or the probabilities of the stances.
    """

    piece: NDArray[np.int64]
    shape: NDArray[np.int64]
    gap: NDArray[np.int64]
    mark: NDArray[np.int64]
    first: NDArray[np.int64]
    target: NDArray[np.int64] | NDArray[np.float32]
    weight: float = 1.0

    def __len__(self) -> int:
        return len(self.piece)


def sample(
    pieces: Pieces, here: slice, ends: tuple[int, int], target: NDArray[np.int64] | NDArray[np.float32], *, weight: float = 1.0,
    mark: NDArray[np.int64] | None = None,
) -> Sample:  # fmt: skip
    """The sample of some pieces, between those that open and close every window. `target`: see `Sample`."""
    marks = np.zeros(here.stop - here.start, np.int64) if mark is None else mark
    words = np.unique(pieces.token[here])
    return Sample(
        **as_window(pieces, here, ends, marks), first=pieces.first[words] - here.start + 1, target=target, weight=weight
    )


def as_inputs(samples: Sequence[Sample]) -> Inputs:
    """The columns of samples, padded to one length."""
    return tuple(_padded([getattr(s, name) for s in samples]) for name in ("piece", "shape", "gap", "mark"))


def _padded(rows: Sequence[NDArray[np.generic]], value: float = 0) -> torch.Tensor:
    tensors = [torch.from_numpy(np.ascontiguousarray(r)) for r in rows]
    return nn.utils.rnn.pad_sequence(tensors, batch_first=True, padding_value=value)


def tag_loss(
    net: Network, samples: Sequence[Sample], sizes: Sequence[int], shares: Sequence[float], smoothing: float = 0.03
) -> torch.Tensor:  # fmt: skip
    """The weighted sum of the cross-entropies of the layers, over words whose label is known."""
    scores = net.tag(as_inputs(samples), _padded([s.first for s in samples])).float()
    target = _padded([s.target for s in samples], -1)
    weight = torch.tensor([s.weight for s in samples])[:, None].expand(-1, target.shape[1])
    total = torch.zeros(())
    for part, layer, share in zip(scores.split(list(sizes), -1), target.unbind(-1), shares, strict=True):
        known = layer >= 0
        if share and known.any():
            cost = nn.functional.cross_entropy(part[known], layer[known], reduction="none", label_smoothing=smoothing)
            total = total + share * (cost * weight[known]).sum() / weight[known].sum()
    return total


def stance_loss(net: Network, samples: Sequence[Sample]) -> torch.Tensor:
    """Cross-entropy with the probabilities of the stances."""
    told = torch.log_softmax(net.judge(as_inputs(samples)).float(), -1)
    return -(torch.tensor(np.stack([s.target for s in samples])) * told).sum(-1).mean()


def batches(samples: Sequence[Sample], size: int, rng: np.random.Generator) -> Iterator[list[Sample]]:
    """Samples of about one length together, about `size` pieces in a batch, in an order by chance."""
    order = np.argsort([len(s) + 12 * rng.random() for s in samples], kind="stable")
    found: list[list[Sample]] = [[]]
    longest = 0
    for i in order:
        longest = max(longest, len(samples[i]))
        if found[-1] and longest * (len(found[-1]) + 1) > size:
            found.append([])
            longest = len(samples[i])
        found[-1].append(samples[i])
    for k in rng.permutation(len(found) if len(samples) else 0):
        yield found[k]


class Exported(nn.Module):
    """The network as it is shipped: one window at a time, word vectors of four bits, attention as onnxruntime knows it."""

    def __init__(self, net: Network) -> None:
        super().__init__()
        self.net, code = net, net.word_codes().byte()
        half = code.shape[1] // 2
        self.register_buffer("packed", code[:, :half] | (code[:, half:] << 4))
        self.register_buffer("scale", net.scale.half())
        self.parts = nn.ModuleList([_three(layer.qkv) for layer in net.layers])

    def forward(
        self, piece: torch.Tensor, shape: torch.Tensor, gap: torch.Tensor, mark: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Scores of the labels of each piece, and of the stances."""
        net = self.net
        packed = self.packed[piece].int()
        high = torch.div(packed, 16, rounding_mode="floor")
        words = net.levels[torch.cat([packed - 16 * high, high], -1).long()] * self.scale[piece].float()
        x = words + net.places.weight[: piece.shape[0]] + net.kind + net.shapes(shape) + net.gaps(gap) + net.marks(mark)
        x = net.norm(x)[None]
        for layer, parts in zip(net.layers, self.parts, strict=True):
            size = x.shape[-1] // _HEADS
            q, k, v = (part(x).view(1, -1, _HEADS, size).transpose(1, 2) for part in parts)
            seen = torch.softmax(q @ k.transpose(2, 3) / size**0.5, -1) @ v
            x = layer.norm1(layer.out(seen.transpose(1, 2).reshape(1, -1, x.shape[-1])) + x)
            x = layer.norm2(layer.down(nn.functional.gelu(layer.up(x))) + x)
        return net.tags(x)[0], net.stance(pooled(x, mark[None]))[0]


def _three(together: nn.Linear) -> nn.ModuleList:
    """The parts of a matrix that makes queries, keys and values at once."""
    parts = nn.ModuleList([nn.Linear(together.in_features, together.in_features) for _ in range(3)])
    for part, weight, bias in zip(parts, together.weight.chunk(3), together.bias.chunk(3), strict=True):
        part.load_state_dict({"weight": weight, "bias": bias})
    return parts


def export(net: Network, path: Path, about: dict[str, str]) -> None:
    """Write the network as ONNX, the matrices a byte a value (dynamic quantisation), with what is to be said about it."""
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.transformers.fusion_options import FusionOptions
    from onnxruntime.transformers.optimizer import optimize_model

    names = ["piece", "shape", "gap", "mark"]
    inputs = tuple(torch.ones(7, dtype=torch.int64) for _ in names)
    plain = path.with_suffix(".plain.onnx")
    torch.onnx.export(
        Exported(net).eval(), inputs, str(plain), input_names=names, output_names=["tags", "stance"], opset_version=17,
        dynamic_axes={name: {0: "pieces"} for name in [*names, "tags"]}, dynamo=False,
    )  # fmt: skip
    options = FusionOptions("bert")
    options.enable_embed_layer_norm = False
    options.use_multi_head_attention = True  # a third faster than attention in bytes
    options.enable_skip_layer_norm = False  # slower than its parts (see `newskit.tagging.encoder`)
    about_model = {"model_type": "bert", "num_heads": _HEADS, "hidden_size": net.words.weight.shape[1]}
    optimize_model(str(plain), **about_model, optimization_options=options, opt_level=0).save_model_to_file(str(plain))
    quantize_dynamic(
        str(plain), str(path), op_types_to_quantize=["MatMul"], weight_type=QuantType.QInt8, per_channel=True,
        reduce_range=True,  # products of full bytes overflow on processors without VNNI
        extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
    )  # fmt: skip
    model = onnx.load(str(path))
    for key, value in about.items():
        model.metadata_props.add(key=key, value=value)
    onnx.save(model, str(path))
    plain.unlink()
