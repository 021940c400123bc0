"""What a slow model made of each text, kept by content, in memory and in a file: a rerun pays for new texts only."""

from __future__ import annotations

import contextlib
import warnings
import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import sqlite3

T = TypeVar("T")
_MEMORY, _EACH = 128_000_000, 200  # bytes, compressed; and what an entry takes beside its value
_AT_ONCE, _LARGEST = 500, 1 << 28
_TABLE = "CREATE TABLE IF NOT EXISTS readings (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID"


class Readings:
    """Bytes by key. The file can be deleted at any time; where it cannot be used, everything is read anew."""

    def __init__(self) -> None:
        self._memory: OrderedDict[bytes, bytes] = OrderedDict()
        self._size, self._lock = 0, RLock()
        self._path: Path | None = None
        self._saved: set[bytes] = set()

    def keep_in(self, path: Path | None) -> None:
        """Use a file beside memory, from now on; None: memory only."""
        with self._lock:
            if path != self._path:
                self._path, self._saved = path, set()

    def clear(self) -> None:
        """Forget what is in memory."""
        with self._lock:
            self._memory.clear()
            self._size = 0

    def get(self, keys: Iterable[bytes]) -> dict[bytes, bytes]:
        """What is known of these keys."""
        with self._lock:
            wanted = dict.fromkeys(keys)
            found = {key: self._memory[key] for key in wanted if key in self._memory}
            for key in found:
                self._memory.move_to_end(key)
        self._save(found)
        missing = [key for key in wanted if key not in found]
        if missing:
            rows = self._ask(lambda file: _look_up(file, missing)) or {}
            self._remember(rows)
            self._saved |= rows.keys()
            found |= rows
        return {key: plain for key, value in found.items() if (plain := _unpacked(value)) is not None}

    def put(self, values: Mapping[bytes, bytes]) -> None:
        """Keep these."""
        rows = {key: zlib.compress(value, 1) for key, value in values.items()}
        self._saved -= rows.keys()  # what stands there was not taken
        self._remember(rows)
        self._save(rows)

    def _save(self, rows: Mapping[bytes, bytes]) -> None:
        new = {key: value for key, value in rows.items() if key not in self._saved}
        if new and self._path is not None:
            self._ask(lambda file: file.executemany("INSERT OR REPLACE INTO readings VALUES (?, ?)", new.items()))
            self._saved |= new.keys()

    def _remember(self, rows: Mapping[bytes, bytes]) -> None:
        with self._lock:
            for key, value in rows.items():
                before = self._memory.pop(key, None)
                self._size += len(value) - len(before) if before is not None else len(value) + _EACH
                self._memory[key] = value
            while self._size > _MEMORY:
                self._size -= len(self._memory.popitem(last=False)[1]) + _EACH

    def _ask(self, work: Callable[[sqlite3.Connection], T]) -> T | None:
        """Work on the file; where it is damaged or cannot be used, a warning, and it is not used any more."""
        path = self._path
        if path is None:
            return None
        import sqlite3

        try:
            path.parent.mkdir(exist_ok=True)
            with contextlib.closing(sqlite3.connect(path, timeout=60)) as file, file:
                file.execute(_TABLE)
                return work(file)
        except (sqlite3.Error, OSError) as error:
            warnings.warn(
                f"What was read is not kept in {str(path)!r} ({error}). Delete the file if it is damaged.", stacklevel=2
            )
            with self._lock:
                if self._path == path:
                    self._path = None
            return None


def _look_up(file: sqlite3.Connection, keys: list[bytes]) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    for k in range(0, len(keys), _AT_ONCE):
        some = keys[k : k + _AT_ONCE]
        found |= dict(file.execute(f"SELECT key, value FROM readings WHERE key IN ({','.join('?' * len(some))})", some))
    return found


def _unpacked(value: bytes) -> bytes | None:
    """The bytes that were kept; None where they are damaged, or more than those of any article."""
    stream = zlib.decompressobj()
    try:
        plain = stream.decompress(value, _LARGEST)
    except zlib.error:
        return None
    return plain if stream.eof else None
