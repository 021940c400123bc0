"""Where a figure comes from: gathered here, written into each of its files, and read back from them."""

from __future__ import annotations

import hashlib
import io
import json
import math
import platform
import re
from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Any

import numpy as np
import pandas as pd

from newskit.corpus.articles import check_articles
from newskit.corpus.paths import existing

KEY = "newskit"  # of the PNG's text, and the first word of the PDF's keywords
NAMESPACE = "urn:newskit:provenance"  # of the SVG's element
_PARTS = {"alt", "corpus", "figure", "parameters", "versions"}


def fingerprint(articles: pd.DataFrame) -> str:
    """A hash of the articles' ids and texts, the same in any order: 16 hexadecimal digits."""
    articles = check_articles(articles)
    pairs = zip(articles["article_id"].astype("str"), articles["text"], strict=True)
    rows = sorted(hashlib.sha256(f"{i}\0{t}".encode("utf-8", "surrogatepass")).digest() for i, t in pairs)
    return hashlib.sha256(b"".join(rows)).hexdigest()[:16]


def provenance_of(name: str, alt: str, articles: pd.DataFrame | None, parameters: Mapping[str, object] | None) -> dict[str, Any]:
    """What `read_provenance` gives back: nothing of when, where or by whom, so that the same work gives the same bytes."""
    import matplotlib

    from newskit.version import __version__

    versions = {"newskit": __version__, "matplotlib": matplotlib.__version__, "pandas": pd.__version__}
    versions["python"] = platform.python_version()
    corpus = {"articles": len(check_articles(articles)), "fingerprint": fingerprint(articles)} if articles is not None else None
    return {"alt": alt, "corpus": corpus, "figure": name, "parameters": as_plain(parameters or {}), "versions": versions}


def as_ascii(origin: dict[str, Any]) -> str:
    """One line of ASCII, which every format keeps as it is."""
    return json.dumps(origin, sort_keys=True)


def as_plain(value: Any) -> Any:
    """The value as JSON has it, the same on every machine and in every process."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Mapping):
        return {str(k): as_plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_plain(v) for v in value]
    if isinstance(value, (set, frozenset)):
        return sorted(map(as_plain, value), key=json.dumps)
    if hasattr(value, "shape"):  # a table's look depends on the reader's settings
        return f"{type(value).__name__} of {' x '.join(map(str, value.shape))}"
    said = value.as_posix() if isinstance(value, PurePath) else str(value)
    if re.fullmatch(r"(~\w*|[A-Za-z]:)?[/\\]\S.*", said):  # whose machine it was is nobody's business
        return re.split(r"[/\\]", said.rstrip("/\\"))[-1]
    return said if isinstance(value, str) else re.sub(r" at 0x[0-9A-Fa-f]+", "", said)


def read_provenance(path: str | Path) -> dict[str, Any]:
    """What an exported figure's file says of where it comes from.

    Parameters
    ----------
    path : str or Path
        A PNG, SVG or PDF that `export_figure` wrote, whatever its name is by now, or the JSON beside it.

    Returns
    -------
    dict
        `figure` (its name), `alt` (what it shows), `corpus` (None, or the number of `articles` and their `fingerprint`, to
        be compared with `nk.fingerprint(articles)`), `parameters`, `versions` (of newskit, matplotlib, pandas, python).

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file is damaged, or nothing of the kind stands in it: another program wrote it, or wrote it anew.

    Examples
    --------
    >>> import newskit as nk, tempfile
    >>> articles = nk.sample_articles()
    >>> ax = nk.plots.top_words(nk.word_frequency(articles), n=5)
    >>> figure = nk.export_figure(ax, "words", folder=tempfile.mkdtemp(), articles=articles, parameters={"TOP": 5})
    >>> origin = nk.read_provenance(figure.files["pdf"])
    >>> origin["parameters"], origin["corpus"]["fingerprint"] == nk.fingerprint(articles)
    ({'TOP': 5}, True)
    """
    file = existing(path)
    if file.is_dir():
        raise ValueError(f"{str(file)!r} is a folder: give one figure's file, such as {str(file / 'name.png')!r}.")
    data = file.read_bytes()
    try:
        said = _embedded(data)
        found = json.loads(said) if said is not None else None
    except (ValueError, SyntaxError, OSError, RecursionError) as error:  # what Pillow, lxml and json say of broken files
        raise ValueError(f"The file {str(file)!r} is damaged: its provenance cannot be read ({error}).") from error
    if not isinstance(found, dict) or not found.keys() >= _PARTS:
        raise ValueError(
            f"The file {str(file)!r} has no provenance. Files that nk.export_figure writes have it (PNG, SVG, PDF, JSON), until "
            "another program saves them anew; the JSON beside the figure keeps it."
        )
    return {part: found[part] for part in sorted(_PARTS)}


def _embedded(data: bytes) -> str | None:
    """The provenance as JSON, from where each format has it; the format is known by the file's first bytes."""
    start = data[:64].removeprefix(b"\xef\xbb\xbf").lstrip()
    if data.startswith(b"\x89PNG"):
        return _in_png(data)
    if data.startswith(b"%PDF"):
        return _in_pdf(data)
    if start.startswith(b"<"):
        return _in_svg(data)
    return data.decode("utf-8-sig") if start.startswith(b"{") else None


def _in_png(data: bytes) -> str | None:
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
            return image.text.get(KEY)  # type: ignore[attr-defined]  # reads the whole file, and so finds what is broken
    except Image.DecompressionBombError as error:
        raise ValueError(error) from error


def _in_svg(data: bytes) -> str | None:
    from lxml import etree

    safe = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True)
    return next((e.text for e in etree.fromstring(data, safe).iter(f"{{{NAMESPACE}}}provenance")), None)


def _in_pdf(data: bytes) -> str | None:
    """The keywords, as matplotlib writes them: in ASCII, every bracket and backslash inside them behind a backslash."""
    if b"%%EOF" not in data[-1024:]:
        raise ValueError("its end is missing")
    found = re.search(rb"/Keywords \(%s ((?:[^\\()]|\\.)*)\)" % KEY.encode(), data)
    return re.sub(r"\\(.)", r"\1", found[1].decode("ascii")) if found else None
