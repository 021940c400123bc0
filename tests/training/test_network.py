"""The network as numpy reads it gives the scores of the network as torch trained it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import newskit as nk
from newskit.tagging.entities import LABELS
from newskit.tagging.tagger import Tagger
from newskit.training.corpora import Annotated, scrubbed, to_tokens

torch = pytest.importorskip("torch", reason="needs torch (extra train)")


def test_numpy_reads_what_torch_trained(tmp_path):
    from newskit.training.entities import numbered, quiet_words
    from newskit.training.network import Trainee, Vocabulary, as_tensors, examples, train

    texts = nk.sample_articles().head(12)["text"]
    written = [Annotated(str(i), t, [(0, 3, "ORG")], [0]) for i, t in enumerate(texts)]
    articles = written + scrubbed(written)
    tokens = to_tokens(articles)
    vectors = np.random.default_rng(0).normal(size=(2, 8)).astype(np.float32)
    vocabulary = Vocabulary(pd.Index(["the", "australia"]), tokens)
    found = examples(tokens, numbered(tokens, articles), vocabulary)
    net = Trainee(vocabulary, vectors, len(LABELS), size=16)
    train(net, lambda rng: found, epochs=2)
    tagger = net.to_tagger(LABELS, quiet_words(tokens, numbered(tokens, articles), at_least=40))
    assert len(tagger.quiet)
    at, scores = tagger.scores(tokens)
    for i, example in enumerate(found):
        with torch.no_grad():
            expected = net(*as_tensors([example])[0])[0].numpy()
        here = (at >= tokens.bounds[i]) & (at < tokens.bounds[i + 1])
        assert scores[here] == pytest.approx(expected[at[here] - tokens.bounds[i]], abs=1e-4)
    tagger.save(tmp_path / "model.npz")
    assert (Tagger.load(tmp_path / "model.npz").tag(tokens)[0] == tagger.tag(tokens)[0]).mean() > 0.98
