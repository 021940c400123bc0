"""Bytes as text, in whatever encoding they come, with what is doubtful about it said."""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

_HEAD = 1 << 16  # bytes that are looked at to tell what a file is
_FOREIGN = 0.3  # share of bytes above ASCII from which a text is of another script than Latin
_DECLARED = re.compile(  # what a page may say of itself: no codec that runs escapes or unpacks something
    r"utf-8|cp(125[0-8]|866|874|932|949|950)|iso8859-([2-9]|1\d)|koi8-[ru]|mac-\w+|gb2312|gbk|gb18030|big5\w*|shift_jis\w*|euc_\w+|"
    r"iso2022_\w+|johab|hz|tis-620"
)
_OLD = (  # encodings that news of other scripts stood in before UTF-8
    "cp1251", "koi8_r", "iso8859_5", "cp866", "cp932", "euc_jp", "iso2022_jp", "gb18030", "big5", "cp949", "cp1253", "iso8859_7",
    "cp1255", "cp1256", "iso8859_6", "cp874",
)  # fmt: skip
_ESCAPED = {0xDC00 + b: bytes([b]).decode("cp1252", "ignore") or "\ufffd" for b in range(0x80, 0x100)}
_CP1252 = "".join(bytes([b]).decode("cp1252", "ignore") or chr(b) for b in range(256))


class Decoded(NamedTuple):
    """The text of some bytes (None: they are none), and what is doubtful about it (for people; empty: nothing is)."""

    text: str | None
    doubt: str = ""


def decode(data: bytes) -> Decoded:
    """Bytes as text.

    UTF-8 (with or without mark; stray bytes as cp1252), UTF-16 and UTF-32 with a mark, UTF-16 of Latin letters without one; where
    most bytes are of another script the encoding is guessed (by charset-normalizer), else it is cp1252.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")):
        return _marked(data)
    head = data[:_HEAD]
    if b"\0" in head:
        zeros = head[1::2].count(0), head[::2].count(0)
        for encoding, here, there in (("utf-16-le", *zeros), ("utf-16-be", *zeros[::-1])):
            if len(head) >= 4 and here > 0.4 * len(head) / 2 and there == 0:
                return _with_doubt(data[: len(data) // 2 * 2].decode(encoding, "replace"))
        if head.count(0) > 0.001 * len(head) + 1:
            return Decoded(None)
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        return Decoded(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data" and not data[: error.start].isascii():  # cut inside its last character
            return _with_doubt(data[: error.start].decode("utf-8") + "\ufffd")
        text = data.decode("utf-8", "surrogateescape")  # a byte that is no UTF-8 becomes a surrogate
    bad = len(data) - len(text.encode("utf-8", "ignore"))
    if len(text) - len(text.encode("ascii", "ignore")) > 2 * bad:  # mostly UTF-8 after all
        return Decoded(text.translate(_ESCAPED), f"{_counted(bad, 'byte')} no UTF-8, as the rest is; read as Windows-1252")
    controls = sum(head.count(bytes([c])) for c in range(32) if c not in (9, 10, 12, 13, 27))
    if controls > 0.01 * len(head) or data.startswith((b"PK\3\4", b"\x1f\x8b")):
        return Decoded(None)
    if len(head) - len(head.translate(None, bytes(range(128, 256)))) > _FOREIGN * len(head):
        return _guessed(data)
    return Decoded(codecs.charmap_decode(data, "strict", _CP1252)[0])


def decode_as(data: bytes, declared: str) -> Decoded:
    """Bytes as text in the encoding that they say of themselves, where that can be true."""
    try:
        encoding = codecs.lookup(declared).name
    except (LookupError, ValueError):
        encoding = ""
    if not _DECLARED.fullmatch(encoding):
        return decode(data)  # browsers, too, take UTF-16 in a page of ASCII for a mistake, and Latin-1 for cp1252
    try:
        return Decoded(data.decode("utf-8-sig" if encoding == "utf-8" else encoding))
    except UnicodeError:
        found = decode(data)
        return (
            found
            if found.doubt
            else Decoded(found.text, f"it says that it is in {declared}, and is not; the encoding was guessed")
        )


def _marked(data: bytes) -> Decoded:
    """What begins with a byte order mark; where only ASCII follows, the mark is wrong."""
    wide = data.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff"))
    rest = data[4 if wide else 2 :]
    if rest.isascii() and b"\0" not in rest:
        return Decoded(rest.decode("ascii"), "its first bytes say UTF-16 and its text is ASCII; read as ASCII" if rest else "")
    size = 4 if wide else 2
    return _with_doubt(data[: len(data) // size * size].decode("utf-32" if wide else "utf-16", "replace"))


def _guessed(data: bytes) -> Decoded:
    """Text of another script, in the likeliest of its old encodings."""
    from charset_normalizer import from_bytes

    head = data[:_HEAD]
    found = from_bytes(head.rpartition(b"\n")[0] or head, cp_isolation=list(_OLD)).best()
    if found is None:
        return Decoded(None)
    text = data.decode(found.encoding, "replace")
    lost = f", and {_counted(text.count(chr(0xFFFD)), 'character')} lost" if "\ufffd" in text else ""
    return Decoded(text, f"it is not in UTF-8; {found.encoding} was guessed{lost}. Save it as UTF-8 to be sure")


def _with_doubt(text: str) -> Decoded:
    lost = text.count("\ufffd")
    return Decoded(text, f"{_counted(lost, 'character')} damaged" if lost else "")


def _counted(n: int, noun: str) -> str:
    return f"{n:,} {noun}{' is' if n == 1 else 's are'}"
