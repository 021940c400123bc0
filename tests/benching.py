"""What the benchmarks share: texts, clocks, memory, the facts of the machine, and the page."""

from __future__ import annotations

import gc
import os
import platform
import re
import sys
import time
from collections.abc import Callable, Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import newskit as nk

DATA = Path(os.environ.get("NEWSKIT_DATA", "../shared/data"))


def read_news() -> pd.DataFrame:
    return nk.read_articles(DATA / "news_articles" / "news_articles.csv.gz", title="prepend")


def recombined(n: int, *, words: int = 450) -> pd.DataFrame:
    """n dated articles of about so many words, scrubbed: runs of up to eight sentences, each article from one source."""
    news, rng = read_news(), np.random.default_rng(0)
    sentences = [[s for s in re.split(r'(?<=[.!?"])\s+', text) if len(s) > 20] for text in news["text"]]
    news = news[[bool(s) for s in sentences]]
    of_source = {source: rows.to_numpy() for source, rows in news.groupby("source").groups.items()}
    sources = news["source"].to_numpy()
    texts, chosen = [], sources[rng.integers(len(sources), size=n)]
    for source in chosen:
        parts: list[str] = []
        length = 0
        while length < words:
            own = sentences[rng.choice(of_source[source])]
            at = rng.integers(len(own))
            for sentence in own[at : at + 8]:
                parts.append(sentence)
                length += len(sentence.split())
                if length >= words:
                    break
        texts.append(" ".join(parts))
    dates = pd.Timestamp("2017-01-01") + pd.to_timedelta(rng.integers(0, 365, n), unit="D")
    return pd.DataFrame({"article_id": [str(i) for i in range(n)], "text": nk.scrub(texts), "date": dates, "source": chosen})


def timed(function: Callable[[], Any]) -> tuple[Any, float]:
    """What it gives, and the CPU seconds it takes."""
    gc.collect()
    begun = time.process_time()
    return function(), time.process_time() - begun


def best(function: Callable[[], object], repeats: int) -> float:
    """The least CPU seconds of several runs."""
    return min(timed(function)[1] for _ in range(repeats))


def resident(field: str = "VmHWM") -> int:
    """Bytes of memory that this process holds (VmRSS), or at most held (VmHWM); 0 where the system does not tell."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(x.split()[1]) * 1024 for x in lines if x.startswith(field)), 0)


def forget_peak() -> None:
    """Let the peak of memory begin anew, where the system can."""
    clear = Path("/proc/self/clear_refs")
    if clear.exists():
        clear.write_text("5")


def slope(sizes: pd.Series, values: pd.Series) -> float:
    """Of the values over the sizes, log on log."""
    return float(np.polyfit(np.log(sizes), np.log(values.clip(lower=1e-9)), 1)[0])


def version_of(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def machine(*packages: str) -> str:
    """The system and the versions of what was measured."""
    known = [f"{p} {v}" for p in ("numpy", "scipy", "pandas", "pyarrow", "scikit-learn", *packages) if (v := version_of(p))]
    info = Path("/proc/cpuinfo")
    names = (
        [x.partition(":")[2].strip() for x in info.read_text().splitlines() if x.startswith("model name")]
        if info.exists()
        else []
    )
    cores = f"{os.cpu_count()} CPUs" + (f" ({names[0]})" if names else "")
    here = f"{platform.system()} {platform.machine()}, {cores}, Python {platform.python_version()}"
    return f"{here}; newskit {nk.__version__}, {', '.join(known)}."


def say(*parts: str) -> None:
    sys.stdout.write("\n".join(parts) + "\n")
    sys.stdout.flush()


def markdown(table: pd.DataFrame) -> str:
    rows = [[str(c) for c in table.columns], ["---"] * len(table.columns), *table.astype("str").to_numpy().tolist()]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def write_page(path: Path, name: str, text: str) -> None:
    """Put a section between its markers, or at the end of a page without them."""
    begin, end = f"<!-- {name}: begin, written by make bench -->", f"<!-- {name}: end -->"
    page = path.read_text(encoding="utf-8") if path.exists() else "# Benchmarks\n"
    before, begun, rest = page.partition(begin)
    after = rest.partition(end)[2] if begun else ""
    path.write_text(f"{before.rstrip()}\n\n{begin}\n{text}\n{end}\n{after.lstrip(chr(10))}", encoding="utf-8")


def publish(pieces: Iterable[str], name: str, page: Path | None) -> None:
    """Print a section piece by piece as it is measured, and put it on the page where one is given."""
    found = []
    for piece in pieces:
        say(piece, "")
        found.append(piece)
    if page:
        write_page(page, name, "\n\n".join(found))
