"""Gzip files: as much of them as is whole, and never more than a text could unpack to."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from typing import BinaryIO

CUT_SHORT = "the gzip file is cut short or damaged"
TOO_LARGE = (
    "unpacked it has more than {most:,} bytes, over 100 times its size, as no text has; nothing more of it was read. "
    "If it is meant, unpack it yourself"
)
_MAGIC = b"\x1f\x8b"
_READ, _STEP = 1 << 20, 1 << 16  # bytes of the file read at once; bytes at most that are lost before damage
_LEAST, _TIMES = 1 << 28, 100  # bytes that may always come out, and how many for each that went in


def most_unpacked(packed: int) -> int:
    """How many bytes may come out of a file of so many."""
    return max(_LEAST, _TIMES * packed)


def gunzip(data: bytes) -> tuple[bytes, str]:
    """What a gzip file holds, as far as it is whole, and what is wrong with it (empty: nothing)."""
    out, fault = [], ""
    for block, fault in unzipped(io.BytesIO(data), 1 << 24, most_unpacked(len(data))):  # noqa: B007  # the last one's counts
        out.append(block)
    return (b"" if fault and fault != CUT_SHORT else b"".join(out)), fault


def unzipped(file: BinaryIO, size: int, most: int) -> Iterator[tuple[bytes, str]]:
    """Blocks of about `size` bytes of what a gzip file holds, as far as it is whole; the last says what is wrong."""
    data, out, length, total = file.read(_READ), list[bytes](), 0, 0
    stream, fault, step, more = zlib.decompressobj(wbits=31), CUT_SHORT if data else "", min(size, _STEP), False
    while data or more:
        try:
            out.append(stream.decompress(data, step))
        except zlib.error:
            break
        length, total, more = length + len(out[-1]), total + len(out[-1]), len(out[-1]) == step  # of what went in before
        if total > most:
            yield b"", TOO_LARGE.format(most=most)
            return
        data = stream.unconsumed_tail or (b"" if stream.eof or more else file.read(_READ))
        if stream.eof:
            data = stream.unused_data
            data += file.read(_READ) if len(data) < len(_MAGIC) else b""
            if data[: len(_MAGIC)] != _MAGIC:  # what follows is no gzip: padding
                fault = ""
                break
            more = False
            stream = zlib.decompressobj(wbits=31)
        if length >= size:
            yield b"".join(out), ""
            out, length = [], 0
    yield b"".join(out), fault
