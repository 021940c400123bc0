"""Benchmark: how fast the accurate model reads, on one processor core and on two, beside the fast one; and its memory.

    python -m tests.bench_accurate [--page benchmarks.md]

Each figure comes from a process of its own. Seconds are those of the clock: run it on an idle machine.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

_N = 300


def measure(model: str, cores: int) -> dict[str, float]:
    """Tokens a second from tokens on, tokens a CPU second, and the peak of memory."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])
    import pandas as pd

    import newskit as nk
    from tests.benching import DATA, resident

    news = pd.read_csv(DATA / "news_articles/news_articles.csv.gz", usecols=["text"], keep_default_na=False)
    texts = nk.scrub(news["text"].iloc[-_N:])
    tokens = nk.tokenize(pd.DataFrame({"article_id": texts.index.astype("str"), "text": texts.array}))
    nk.find_entities(nk.tokenize(pd.DataFrame({"article_id": ["a"], "text": ["the mayor of lima"]})), model=model)  # loads
    begun, before = time.perf_counter(), time.process_time()
    nk.find_entities(tokens, model=model)
    wall, cpu = time.perf_counter() - begun, time.process_time() - before
    return {"wall": tokens.n_tokens / wall, "cpu": tokens.n_tokens / cpu, "peak": resident()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--page", type=Path, help="write the section of this page")
    parser.add_argument("--large", action="store_true", help="(nothing more is measured here)")
    parser.add_argument("--model", help=argparse.SUPPRESS)
    parser.add_argument("--cores", type=int, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.model:
        sys.stdout.write("\n" + json.dumps(measure(args.model, args.cores)))
        return
    import pandas as pd

    from tests.benching import DATA, machine, markdown, say, write_page

    rows = []
    for model, cores in (("fast", 1), ("accurate", 1), ("accurate", 2)) if (DATA / "news_articles").exists() else ():
        command = [sys.executable, "-m", "tests.bench_accurate", "--model", model, "--cores", str(cores)]
        found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1])
        rows.append((model, cores, f"{found['wall']:,.0f}", f"{found['cpu']:,.0f}", f"{found['peak'] / 1e9:.2f}"))
    table = pd.DataFrame(rows, columns=["model", "cores", "tokens a second", "tokens a CPU second", "peak, GB"])
    about = f"`nk.find_entities` on the last {_N} articles of `news_articles`, scrubbed, from tokens on; seconds of the clock."
    text = "\n\n".join([f"## The accurate model\n\n{machine('onnxruntime', 'tokenizers')}", about, markdown(table)])
    say(text)
    if args.page:
        write_page(args.page, "accurate", text)


if __name__ == "__main__":
    main()
