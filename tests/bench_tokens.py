"""Benchmark: tokenising beside str.split and NLTK (CPU seconds, one thread, one process), and the peak of memory.

make bench            the development data where it is there, else the sample
"""

from __future__ import annotations

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa

import newskit as nk


def articles() -> pd.DataFrame:
    path = Path(os.environ.get("NEWSKIT_DATA", "../shared/data")) / "news_articles" / "news_articles.csv.gz"
    return nk.read_articles(path) if path.exists() else pd.concat([nk.sample_articles()] * 8, ignore_index=True)


def best(function: Callable[[], object], repeats: int) -> float:
    times = []
    for _ in range(repeats):
        begun = time.process_time()
        function()
        times.append(time.process_time() - begun)
    return min(times)


def speed(name: str, texts: pd.Series) -> None:
    from nltk.tokenize import NLTKWordTokenizer

    frame = pd.DataFrame({"article_id": [str(i) for i in range(len(texts))], "text": texts.tolist()})
    strings, few = frame["text"].tolist(), frame["text"].tolist()[:60]
    split = best(lambda: [t.split() for t in strings], 7)
    kit = best(lambda: nk.tokenize(frame), 7)
    words = best(lambda: nk.tokenize(frame).words(), 3)
    tokenizer = NLTKWordTokenizer()
    nltk_time = best(lambda: [tokenizer.tokenize(t) for t in few], 2) * sum(map(len, strings)) / sum(map(len, few))
    sys.stdout.write(
        f"{name:32s} str.split 1.00   nk.tokenize {split / kit:5.2f}   and .words() {split / words:5.2f}   "
        f"NLTK {split / nltk_time:5.3f}   (rates, as multiples of str.split's)\n"
    )


def memory() -> None:
    """In a process of its own: the highest resident memory while tokenising, above what was there before."""
    frame = articles()
    frame = pd.concat([frame] * 4, ignore_index=True)[["text"]]
    frame["article_id"] = [str(i) for i in range(len(frame))]
    frame["text"] = nk.scrub(frame)
    nk.tokenize(frame.head(5))
    pa.default_memory_pool().release_unused()
    n_bytes = int(frame["text"].str.len().sum())
    before = _status("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak so far
    tokens = nk.tokenize(frame)
    peak = _status("VmHWM") - before
    sys.stdout.write(
        f"memory: {peak / n_bytes:.2f} bytes per byte of text above the text itself ({n_bytes:,} bytes, {tokens!r})\n"
    )


def _status(field: str) -> int:
    line = next(x for x in Path("/proc/self/status").read_text().splitlines() if x.startswith(field))
    return int(line.split()[1]) * 1024


def import_time() -> None:
    def seconds(code: str) -> float:
        return min(_timed([sys.executable, "-c", code]) for _ in range(5))

    bare, kit = seconds("import pandas"), seconds("import newskit")
    sys.stdout.write(f"import: newskit takes {kit - bare:.2f} s more than pandas ({bare:.2f} s)\n")


def _timed(command: list[str]) -> float:
    begun = time.perf_counter()
    subprocess.run(command, check=True)
    return time.perf_counter() - begun


if __name__ == "__main__":
    if "--memory" in sys.argv:
        memory()
        sys.exit()
    frame = articles()
    speed("scrubbed", nk.scrub(frame))
    speed("written", frame["text"])
    speed("written, curly apostrophes", frame["text"].str.replace("'", "’"))
    import_time()
    if Path("/proc/self/clear_refs").exists():
        subprocess.run([sys.executable, __file__, "--memory"], check=True)
