"""The accurate model: a small Transformer that reads articles for names, sentences and attributions, and passages for stances.

MiniLM (Wang et al. 2020), fine-tuned on all tasks at once, a byte a value, run by onnxruntime (extra `newskit[accurate]`). Its
evidence is added to that of the fast taggers, which know the whole article; the two err in different places. Each window is read
by itself, so that what is found in an article does not depend on others, and what was read is kept by content.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from newskit.corpus.progress import progress
from newskit.corpus.tokens import Tokens
from newskit.tagging.layers import Values
from newskit.tagging.pieces import MARKS, Pieces, around, as_pieces, as_window, cut_windows
from newskit.tagging.readings import Readings
from newskit.tagging.tagger import Known, Tagger
from newskit.tagging.threads import cores

READINGS = Readings()
"""What has been read in this process, and in the folder that `open_ledger` was given."""

SHARES = {"entities": (1.0, 0.7), "sentences": (1.0, 0.5), "attributions": (1.0, 0.5), "stance": (0.6, 0.3)}
"""How much the evidence of the encoder and of the fast model count in each task; chosen on the development sets."""

FORMAT = 2
_OPEN, _CLOSE, _UNKNOWN = "[CLS]", "[SEP]", "[UNK]"
_STEP = 16  # steps of a unit of log-probability that are kept
_TOGETHER, _PASSAGES = 64, 1_000  # articles and passages after which what was read is kept


class MissingExtraError(ImportError):
    """What is asked for needs packages that are not installed."""


@dataclass(frozen=True, eq=False)
class Encoder:
    """The shipped network.

    Attributes
    ----------
    session : onnxruntime.InferenceSession
    vocabulary : list of str
        Word pieces.
    layers : dict of str to tuple of str
        The labels of each layer; their scores stand side by side.
    digest : bytes
        Of the file, so that another model never serves what this one read.
    """

    session: Any
    vocabulary: list[str]
    layers: dict[str, tuple[str, ...]]
    digest: bytes

    @classmethod
    def load(cls, path: Path) -> Encoder:
        """Read the file.

        Raises
        ------
        MissingExtraError
            If onnxruntime or tokenizers is not installed.
        ValueError
            If the file has another format.
        """
        try:
            import onnxruntime
            import tokenizers  # noqa: F401
        except ModuleNotFoundError as error:
            raise MissingExtraError(
                f'model="accurate" needs the package {error.name}, which is not installed. Install what it needs with\n'
                '    python -m pip install "newskit[accurate]"\n'
                'or use model="fast".'
            ) from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1  # windows are read side by side instead
        options.log_severity_level = 3
        data = path.read_bytes()
        slower = ["SkipLayerNormFusion", "BiasSkipLayerNormFusion"]  # seven times, than an addition and a norm
        session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"], disabled_optimizers=slower)
        about = json.loads(session.get_modelmeta().custom_metadata_map["newskit"])
        if about.get("format") != FORMAT:
            raise ValueError(f"{path.name} has weights of format {about.get('format')}, and this version reads {FORMAT}.")
        layers = {name: tuple(labels) for name, labels in about["layers"].items()}
        return cls(session, about["vocabulary"], layers, hashlib.sha256(data).digest())

    def columns(self, first: str, last: str) -> slice:
        """Where the labels from one layer to another stand."""
        ends = dict(zip(self.layers, accumulate(map(len, self.layers.values())), strict=True))
        return slice(ends[first] - len(self.layers[first]), ends[last])

    def read_labels(self, tokens: Tokens, columns: slice = slice(None)) -> Values:
        """The logarithm of the probability of each label, less that of the layer's likeliest one: tokens x labels."""
        found = np.empty((tokens.n_tokens, len(range(self._n_labels)[columns])), np.uint8)
        begins = range(0, len(tokens), _TOGETHER)
        shown = progress(begins, total=len(begins), label="reading", unit=f"x {_TOGETHER} articles")
        with ThreadPoolExecutor(_threads()) as threads:
            for k in shown:
                some = tokens[k : k + _TOGETHER]
                found[tokens.bounds[k] : tokens.bounds[k + len(some)]] = self._label_steps(some, threads)[:, columns]
        return found.astype(np.float32) / np.float32(-_STEP)

    def _label_steps(self, tokens: Tokens, threads: ThreadPoolExecutor) -> NDArray[np.uint8]:
        """The scores of each token as they are kept: looked up, or read and then kept."""
        pieces = self._pieces(tokens)
        edges = np.searchsorted(pieces.token, tokens.bounds).tolist()
        keys = [self._key(b"labels", pieces, slice(a, b)) for a, b in pairwise(edges)]
        sizes = dict(zip(keys, (np.diff(tokens.bounds) * self._n_labels).tolist(), strict=True))
        known = {key: value for key, value in READINGS.get(keys).items() if len(value) == sizes[key]}
        todo = list({key: i for i, key in enumerate(keys) if key not in known}.values())
        if todo:
            steps = self._read_windows(tokens, pieces, np.isin(np.arange(len(tokens)), todo), threads)
            new = {keys[i]: steps[tokens.bounds[i] : tokens.bounds[i + 1]].tobytes() for i in todo}
            READINGS.put(new)
            known |= new
        return np.frombuffer(b"".join(known[key] for key in keys), np.uint8).reshape(-1, self._n_labels)

    def _read_windows(
        self, tokens: Tokens, pieces: Pieces, wanted: NDArray[np.bool_], threads: ThreadPoolExecutor
    ) -> NDArray[np.uint8]:  # fmt: skip
        """The scores of each token of the articles that are wanted, in steps below the best of the layer."""
        windows = cut_windows(pieces, tokens.bounds)
        begin, end, low, high = (getattr(windows, name) for name in ("begin", "end", "low", "high"))
        found = np.zeros((tokens.n_tokens, self._n_labels), np.float32)

        def one(k: int) -> None:
            a, b = np.searchsorted(pieces.token, [begin[k], end[k]])
            scores, _ = self.session.run(None, as_window(pieces, slice(a, b), self._ends, np.zeros(b - a, np.int64)))
            found[low[k] : high[k]] = scores[pieces.first[low[k] : high[k]] - a + 1]

        some = low < high
        some[some] = wanted[tokens.article[low[some]]]
        list(threads.map(one, np.flatnonzero(some)))
        at = 0
        for labels in self.layers.values():
            part = found[:, at : at + len(labels)]
            part -= part.max(axis=1, keepdims=True, initial=-np.inf)
            at += len(labels)
        return np.minimum(np.round(found * -_STEP), 255).astype(np.uint8)

    def read_stances(
        self, tokens: Tokens, first: NDArray[np.int64], last: NDArray[np.int64],
        holder: tuple[NDArray[np.int64], NDArray[np.int64]] | None = None,
    ) -> Values:  # fmt: skip
        """Log-probabilities of the stances toward the tokens from `first` to `last` of each article: articles x 3.

        With `holder` (the first and the last token, in each article) the stance that this one takes, else that of the passage.
        """
        found = np.empty((len(tokens), 3), np.float32)
        marked = np.stack([first, last, *(holder or ())], axis=1)
        shown = progress(range(0, len(tokens), _PASSAGES), label="reading", unit=f"x {_PASSAGES:,} passages")
        with ThreadPoolExecutor(_threads()) as threads:
            for k in shown:
                some = tokens[k : k + _PASSAGES]
                places = (marked[k : k + _PASSAGES] - tokens.bounds[k]).reshape(len(some), -1, 2).tolist()
                found[k : k + _PASSAGES] = self._stances(some, places, threads)
        return found

    def _stances(self, tokens: Tokens, marked: list[list[list[int]]], threads: ThreadPoolExecutor) -> Values:
        """The same for some passages: looked up, or read and then kept."""
        pieces = self._pieces(tokens)
        parts = [around(pieces, a, b, *spans) for (a, b), spans in zip(pairwise(tokens.bounds.tolist()), marked, strict=True)]
        keys = [self._key(b"stance", pieces, here, mark) for here, mark in parts]
        known = {key: value for key, value in READINGS.get(keys).items() if len(value) == 12}
        todo = list({key: i for i, key in enumerate(keys) if key not in known}.values())

        def one(i: int) -> bytes:
            _, scores = self.session.run(None, as_window(pieces, parts[i][0], self._ends, parts[i][1]))
            return np.asarray(scores - np.logaddexp.reduce(scores), np.float32).tobytes()

        new = dict(zip([keys[i] for i in todo], threads.map(one, todo), strict=True))
        READINGS.put(new)
        known |= new
        return np.frombuffer(b"".join(known[key] for key in keys), np.float32).reshape(-1, 3)

    def _pieces(self, tokens: Tokens) -> Pieces:
        return as_pieces(tokens, self._encode, self._marks)

    def _key(self, kind: bytes, pieces: Pieces, here: slice, mark: NDArray[np.int64] | None = None) -> bytes:
        """A hash of all that a reading depends on."""
        words = pieces.token[here] - pieces.token[here][:1]
        columns = [pieces.piece[here], pieces.shape[here], pieces.gap[here], words, *([] if mark is None else [mark])]
        return hashlib.sha256(self.digest + kind + b"".join(c.astype(np.int32).tobytes() for c in columns)).digest()

    def _encode(self, words: Sequence[str]) -> list[list[int]]:
        unknown = self.vocabulary.index(_UNKNOWN)
        return [e.ids or [unknown] for e in self._tokenizer.encode_batch(list(words), add_special_tokens=False)]

    @property
    def _n_labels(self) -> int:
        return sum(map(len, self.layers.values()))

    @cached_property
    def _tokenizer(self) -> Any:
        return word_pieces(self.vocabulary)

    @cached_property
    def _marks(self) -> dict[str, int]:
        return {mark: self.vocabulary.index(mark) for mark in MARKS if mark}

    @cached_property
    def _ends(self) -> tuple[int, int]:
        return self.vocabulary.index(_OPEN), self.vocabulary.index(_CLOSE)


def word_pieces(vocabulary: Sequence[str]) -> Any:
    """What cuts words in small letters into pieces (WordPiece; Wu et al. 2016)."""
    from tokenizers import Tokenizer
    from tokenizers.models import WordPiece
    from tokenizers.normalizers import BertNormalizer

    tokenizer = Tokenizer(WordPiece({piece: i for i, piece in enumerate(vocabulary)}, unk_token=_UNKNOWN))
    tokenizer.normalizer = BertNormalizer(handle_chinese_chars=False)
    return tokenizer


@dataclass(frozen=True, eq=False)
class AccurateTagger(Tagger):
    """A fast tagger to whose scores those of the encoder are added."""

    encoder: Encoder = field(kw_only=True)
    columns: slice = field(kw_only=True)
    share: float = field(kw_only=True)

    _at_once: ClassVar[int | None] = None  # the encoder reads some articles at a time by itself, and tells how far it is

    @classmethod
    def of(cls, fast: Tagger, encoder: Encoder, columns: slice, shares: tuple[float, float]) -> AccurateTagger:
        """The tagger of a task; `columns`: its labels among the encoder's, `shares`: what the encoder and the fast one count."""
        scaled = {name: fast.weights[name] * np.float32(shares[1]) for name in ("out", "out bias", "transitions")}
        weights = fast.weights | scaled
        return cls(fast.labels, fast.parts, weights, fast.quiet, fast.context, encoder=encoder, columns=columns, share=shares[0])

    def scores(
        self, tokens: Tokens, marks: NDArray[np.int64] | None = None, known: Known | None = None
    ) -> tuple[NDArray[np.int64], Values]:
        at, fast = super().scores(tokens, marks, known)
        return at, fast + np.float32(self.share) * self.encoder.read_labels(tokens, self.columns)[at]


def _threads() -> int:
    """How many windows are read side by side: one on each core, or fewer where the environment says so, as in Dask's workers."""
    asked = os.environ.get("OMP_NUM_THREADS", "")
    return min(cores(), int(asked)) if asked.isdecimal() and int(asked) else cores()
