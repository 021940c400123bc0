"""Fuzzing: inputs without number, each made from one that reached new code of newskit, until something does not hold.

    python -m tests.fuzz readers --runs 1000000

Coverage-guided, by atheris (libFuzzer for Python), which `pip install atheris` adds; only newskit's own modules are watched.
What must hold is in `tests.fuzzing`. An input for which it does not is written to the working directory, and

    python -m tests.fuzz readers crash-...

runs that one again.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

_TARGETS = ("readers", "html", "parquet", "cleaning", "tokens")

SEEDS = {
    "readers": [
        b"\0plain text\r\n\xe2\x80\x9cquoted\xe2\x80\x9d caf\xe9",
        b"\0\xff\xfea\0b\0",
        b'\1text,title,date\n"It ""rained"",\nhe said.",Rain,2017/2/7\nIt snowed.,Snow,\n',
        b'\1sep=;\nid;body\n1;"a"\n',
        b'\1"text", "title"\n"a", "b"\n',
        b'\2{"text": "It rained.", "url": "https://a.example/b", "date": "7 Feb 2017"}\n{"text": null}\n',
        b'\2[{"body": "a", "source": {"id": 1, "name": "N"}}, 3]',
        b'\2{"articles": [{"text": "\\ud800", "id": 1.0}]}',
        b"\3\0\0one\x1ftwo, three\x1f 4\x1efive\nsix\x1f\x1f",
        b"\4\0\0one\x1ftwo\x1ethree\x1f4",
        b"\5\1\0some text\x1emore text",
        b"\6\0December 12, 2017 \x1e12 Dec 2017\x1e2017/2/7\x1eTue, 07 Feb 2017 10:00:00 GMT\x1e20170207\x1e1486425600",
        b"\6\0" + b"7/2/2017\x1e2017-02-07T10:00:00+02:00\x1eFeb 7th 2017 10:00 UTC+3",
    ],
    "html": [
        b"<html><head><title>Rain</title><meta charset=utf-8></head><body><article><h1>Rain</h1><p>"
        + b"It rained on Tuesday, and the mayor said so. " * 4
        + b"</p></article></body></html>",
        b"<p>short &amp; <b>bold",
    ],
    "parquet": [bytes([kind, 0, 0]) + b"It rained on Tuesday." for kind in range(16)] + [bytes([1, 4, 9]) + b"caf\xc3\xa9"],
    "cleaning": [
        "LIMA (Reuters) - CafÃ© owners don&#39;t agree.".encode(),
        b' reuters    u s  attorney  they"ll #39;s &amp;lt; quot;x quot;',
        "‘curly’ “quotes” — e\u0301 ﬁne \u200b\u202e\u00ad one\u00a0two\u3000".encode(),
        b"MOSCOW, March 20. /TASS/. The washington  ap    the",
    ],
    "tokens": [
        "U.S. don’t administration's 3.5% well-known https://a.example/b?c=1 #tag @name".encode(),
        "u s  attorney don t  administration s\x1eहिन्दी 字 é e\u0301 ١٢ ²½ İ ß\u200d".encode(),
        b"\xffa\0\0\xd8b\0",
    ],
}
WORDS = {  # parted by ~
    "readers": b'text~title~date~url~sep=~id~"~","~""~{~}~[~null~1e999~NaN~GMT~Feb~\\ud800~\\u00e9~\0~\n~\r~\r\n~\x1e~\x1f'
    b"~\xef\xbb\xbf~\xff\xfe~\x1f\x8b",
    "html": b"<p>~</p>~<div>~<article>~<script>~<!--~charset=~&#x~&amp;~<title>~<time datetime=",
    "parquet": b"text~date",
    "cleaning": b'&amp;~&#39;~#39;~quot;~amp;~&lt;~ (Reuters) - ~"?~"\xef\xbf\xbd~\xc3\x83\xc2\xa9~/TASS/~\xe2\x80\x8b~\xcc\x81'
    b"~\xc2\xa0~LONDON~\x1b[0m~\xef\xbc\x86~  tass  ~ -- ~ reuters    ",
    "tokens": b"U.S.~n't~\xe2\x80\x99s~http://~www.~\x1e~\xcc\x81~\xe2\x80\x8d~\xed\xa0\x80~3.5%",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("target", choices=_TARGETS)
    parser.add_argument("inputs", nargs="*", help="run these inputs only, once each")
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--corpus", type=Path, help="keep the inputs that reached new code in this folder")
    parser.add_argument("--longest", type=int, default=400, help="bytes of an input (default: %(default)s)")
    args = parser.parse_args()
    try:
        import atheris
    except ImportError:
        sys.exit("tests.fuzz needs atheris, which is not part of newskit[dev]: pip install atheris")
    with atheris.instrument_imports(include=["newskit"]):
        from tests import fuzzing
    with tempfile.TemporaryDirectory() as folder:
        seeds = Path(folder, "seeds")
        seeds.mkdir()
        for i, seed in enumerate(SEEDS[args.target]):
            (seeds / str(i)).write_bytes(seed)
        words = Path(folder, "words")
        escaped = ("".join(f"\\x{byte:02x}" for byte in word) for word in WORDS[args.target].split(b"~"))
        words.write_text("".join(f'"{word}"\n' for word in escaped), encoding="utf-8")
        if args.corpus:
            args.corpus.mkdir(parents=True, exist_ok=True)
        given = args.inputs or [*([str(args.corpus)] if args.corpus else []), str(seeds)]
        options = [
            f"-runs={args.runs}",
            f"-max_len={args.longest}",
            f"-dict={words}",
            "-timeout=20",
            "-rss_limit_mb=4096",
            "-seed=1",
        ]
        atheris.Setup([sys.argv[0], *([] if args.inputs else options), *given], getattr(fuzzing, f"check_{args.target}"))
        atheris.Fuzz()


if __name__ == "__main__":
    main()
