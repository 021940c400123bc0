"""The network as it is shipped gives the scores of the network as torch trained it."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch (extra train)")
pytest.importorskip("onnx", reason="needs onnx (extra train)")

from newskit.tagging.features import N_GAPS, SHAPES  # noqa: E402
from newskit.training.encoder import Network, Sample, as_inputs, batches, distance_kinds, export  # noqa: E402

SIZE, N_WORDS, N_LABELS = 48, 60, 7


def weights() -> dict[str, torch.Tensor]:
    """Weights by MiniLM's names, small and drawn by chance."""
    generator = torch.Generator().manual_seed(0)

    def drawn(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=generator) * 0.3

    found = {
        f"embeddings.{name}_embeddings.weight": drawn(n, SIZE) for name, n in (("word", 90), ("position", 512), ("token_type", 2))
    }
    shapes = {f"attention.self.{name}": (SIZE, SIZE) for name in ("query", "key", "value")}
    shapes |= {"attention.output.dense": (SIZE, SIZE), "intermediate.dense": (4 * SIZE, SIZE), "output.dense": (SIZE, 4 * SIZE)}
    for i in range(6):
        for name, shape in shapes.items():
            found |= {f"encoder.layer.{i}.{name}.weight": drawn(*shape), f"encoder.layer.{i}.{name}.bias": drawn(shape[0])}
    norms = ["embeddings"] + [f"encoder.layer.{i}.{part}output" for i in range(6) for part in ("attention.", "")]
    for name in norms:
        found |= {f"{name}.LayerNorm.weight": 1 + drawn(SIZE), f"{name}.LayerNorm.bias": drawn(SIZE)}
    return found


def draw(rng: np.random.Generator, n: int) -> Sample:
    columns = [rng.integers(1, limit, n) for limit in (N_WORDS, len(SHAPES), N_GAPS, 3)]
    return Sample(*columns, np.sort(rng.choice(n, n // 2, replace=False)), np.zeros((n // 2, 5), np.int64))


@pytest.mark.parametrize(("quantised", "apart"), [(False, 1e-4), (True, 0.35)])
def test_what_is_shipped_is_what_was_trained(tmp_path, monkeypatch, quantised, apart):
    import onnxruntime
    import onnxruntime.quantization as quantization

    if not quantised:
        monkeypatch.setattr(quantization, "quantize_dynamic", lambda source, target, **options: shutil.copy(source, target))
    torch.manual_seed(0)
    kept = np.arange(5, 5 + N_WORDS)
    net = Network(weights(), kept, N_LABELS).eval()
    export(net, tmp_path / "net.onnx", {"newskit": "said"})
    session = onnxruntime.InferenceSession(tmp_path / "net.onnx", providers=["CPUExecutionProvider"])
    assert session.get_modelmeta().custom_metadata_map["newskit"] == "said"
    rng = np.random.default_rng(0)
    for n in (3, 20, 200):
        sample = draw(rng, n)
        inputs = dict(
            zip(("piece", "shape", "gap", "mark"), (getattr(sample, k) for k in ("piece", "shape", "gap", "mark")), strict=True)
        )
        tags, stance = session.run(None, inputs)
        with torch.no_grad():
            tensors = as_inputs([sample])
            assert np.abs(net.tags(net.encode(*tensors))[0].numpy() - tags).max() < apart * np.std(tags) + 1e-4
            assert np.abs(net.judge(tensors)[0].numpy() - stance).max() < apart * np.std(tags) + 1e-4


def test_padding_changes_nothing():
    torch.manual_seed(0)
    net, rng = Network(weights(), np.arange(N_WORDS), N_LABELS).eval(), np.random.default_rng(0)
    short, long = draw(rng, 20), draw(rng, 90)
    with torch.no_grad():
        alone, together = net.judge(as_inputs([short])), net.judge(as_inputs([short, long]))
    assert torch.allclose(alone[0], together[0], atol=1e-4)


def test_word_vectors_are_read_in_four_bits_and_learned_through_them():
    net = Network(weights(), np.arange(N_WORDS), N_LABELS).eval()
    given = net.words.weight.detach()
    read = net._word_vectors(torch.arange(N_WORDS))
    assert len((read / net.scale).detach().round(decimals=3).unique()) <= 16
    assert ((read - given) ** 2).sum() < 0.015 * (given**2).sum()
    assert torch.allclose(net.levels[net.word_codes()] * net.scale, read.detach(), atol=1e-6)
    read.sum().backward()
    assert torch.equal(net.words.weight.grad, torch.ones_like(given))
    plain = Network(weights(), np.arange(N_WORDS), N_LABELS, coded=False)
    assert torch.equal(plain._word_vectors(torch.arange(N_WORDS)), given)


def test_distances_are_exact_where_near():
    kinds = distance_kinds(200)
    assert kinds[0, 0] == 0
    assert kinds[10, 3] == 7
    assert kinds[3, 10] == 16 + 7
    assert kinds[150, 0] == kinds[199, 0] == 15
    assert kinds[0, 199] == 31
    assert (kinds[:, 0].diff() >= 0).all()


def test_a_holder_changes_the_stance_and_a_network_can_have_distances():
    torch.manual_seed(0)
    near = {"encoder.relative_attention_bias.weight": torch.randn(32, 12)}
    net, plain = (Network(w, np.arange(N_WORDS), N_LABELS).eval() for w in (weights() | near, weights()))
    one = draw(np.random.default_rng(0), 20)
    columns = as_inputs([one])
    with torch.no_grad():
        held = net.judge(columns)
        unheld = net.judge((*columns[:3], (columns[3] == 1).long()))
        assert not torch.allclose(held, unheld, atol=1e-3)
        assert not torch.allclose(net.encode(*columns), plain.encode(*columns), atol=1e-3)


def test_batches_have_every_sample_once():
    rng = np.random.default_rng(0)
    samples = [draw(rng, int(n)) for n in rng.integers(4, 60, 50)]
    found = list(batches(samples, 200, rng))
    assert sorted(id(s) for batch in found for s in batch) == sorted(map(id, samples))
    assert all(len(batch) * max(map(len, batch)) <= 200 for batch in found)
    assert not list(batches([], 200, rng))
