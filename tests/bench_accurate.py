"""How fast the accurate model reads, on one processor core and on two, beside the fast one; and how much memory it takes.

    python tests/bench_accurate.py

Each figure comes from a process of its own. Seconds are those of the clock: run it on an idle machine.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from pathlib import Path

_N = 300


def measure(model: str, cores: int) -> None:
    """Print tokens a second from tokens on, and the peak of memory above that of the kit with its articles."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])
    import pandas as pd

    import newskit as nk

    data = Path(os.environ.get("NEWSKIT_DATA", "../shared/data")) / "news_articles/news_articles.csv.gz"
    texts = nk.scrub(pd.read_csv(data, usecols=["text"], keep_default_na=False)["text"].iloc[-_N:])
    tokens = nk.tokenize(pd.DataFrame({"article_id": texts.index.astype("str"), "text": texts.array}))
    nk.find_entities(nk.tokenize(pd.DataFrame({"article_id": ["a"], "text": ["the mayor of lima"]})), model=model)  # loads
    begun, before = time.perf_counter(), time.process_time()
    nk.find_entities(tokens, model=model)
    wall, cpu = time.perf_counter() - begun, time.process_time() - before
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    rates = f"{tokens.n_tokens / wall:9,.0f} tokens a second, {tokens.n_tokens / cpu:9,.0f} a CPU second"
    sys.stdout.write(f"{model:9s} {cores} core(s): {rates}; peak {peak:.2f} GB\n")
    sys.stdout.flush()


def main() -> None:
    if len(sys.argv) == 3:
        measure(sys.argv[1], int(sys.argv[2]))
        return
    for model, cores in (("fast", 1), ("accurate", 1), ("accurate", 2)):
        subprocess.run([sys.executable, __file__, model, str(cores)], check=True)


if __name__ == "__main__":
    main()
