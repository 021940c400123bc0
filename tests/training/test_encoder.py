"""The network as it is shipped gives the scores of the network as torch trained it."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch (extra train)")
pytest.importorskip("onnx", reason="needs onnx (extra train)")

from newskit.tagging.features import N_GAPS, SHAPES  # noqa: E402
from newskit.training.encoder import Network, Sample, as_inputs, batches, export, four_bits  # noqa: E402

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
    columns = [rng.integers(1, limit, n) for limit in (N_WORDS, len(SHAPES), N_GAPS, 2)]
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
    export(net, weights()["embeddings.word_embeddings.weight"].numpy()[kept], tmp_path / "net.onnx", {"newskit": "said"})
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


def test_four_bits_are_near():
    rows = (
        np.random.default_rng(0).normal(size=(300, SIZE)).astype(np.float32) * np.linspace(0.1, 3, 300, dtype=np.float32)[:, None]
    )
    levels, code, scale = four_bits(rows)
    assert code.max() < 16
    assert ((levels[code] * scale - rows) ** 2).sum() < 0.015 * (rows**2).sum()


def test_batches_have_every_sample_once():
    rng = np.random.default_rng(0)
    samples = [draw(rng, int(n)) for n in rng.integers(4, 60, 50)]
    found = list(batches(samples, 200, rng))
    assert sorted(id(s) for batch in found for s in batch) == sorted(map(id, samples))
    assert all(len(batch) * max(map(len, batch)) <= 200 for batch in found)
    assert not list(batches([], 200, rng))
