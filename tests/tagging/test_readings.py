"""What was read is kept, in memory and in a file, and never stands in the way."""

from __future__ import annotations

import sqlite3
import warnings

import pytest

from newskit.tagging import readings
from newskit.tagging.readings import Readings


@pytest.fixture
def kept(tmp_path):
    found = Readings()
    found.keep_in(tmp_path / "cache" / "readings.sqlite")
    return found


def test_what_was_put_is_found_again(kept):
    kept.put({b"a": b"one" * 1000, b"b": b""})
    assert kept.get([b"a", b"b", b"c", b"a"]) == {b"a": b"one" * 1000, b"b": b""}


def test_another_process_finds_it_in_the_file(kept, tmp_path):
    kept.put({bytes([k]): bytes([k]) * 9 for k in range(200)})
    other = Readings()
    assert other.get([b"\x05"]) == {}
    other.keep_in(tmp_path / "cache" / "readings.sqlite")
    assert other.get([bytes([k]) for k in range(255)]) == {bytes([k]): bytes([k]) * 9 for k in range(200)}


def test_many_keys_at_once(kept):
    values = {str(k).encode(): str(k).encode() for k in range(3000)}
    kept.put(values)
    kept.clear()
    assert kept.get(values) == values


def test_memory_is_bounded_and_the_file_has_the_rest(kept, monkeypatch):
    monkeypatch.setattr(readings, "_MEMORY", 1500)
    values = {bytes([k]): bytes(range(k, k + 50)) for k in range(40)}
    kept.put(values)
    assert len(kept._memory) < 10
    assert kept.get(values) == values


def test_what_was_read_before_there_was_a_file_gets_into_it(tmp_path):
    kept = Readings()
    kept.put({b"a": b"1", b"b": b"2"})
    for folder in ("one", "two"):
        kept.keep_in(tmp_path / folder / "readings.sqlite")
        assert kept.get([b"a"]) == {b"a": b"1"}
        other = Readings()
        other.keep_in(tmp_path / folder / "readings.sqlite")
        assert other.get([b"a", b"b"]) == {b"a": b"1"}


def test_a_damaged_entry_is_not_taken(kept, tmp_path):
    kept.put({b"a": b"1", b"b": b"2"})
    kept.clear()
    with sqlite3.connect(tmp_path / "cache" / "readings.sqlite") as file:
        file.execute("UPDATE readings SET value = x'00' WHERE key = ?", (b"a",))
    assert kept.get([b"a", b"b"]) == {b"b": b"2"}
    kept.put({b"a": b"1"})
    kept.clear()
    assert kept.get([b"a", b"b"]) == {b"a": b"1", b"b": b"2"}


def test_without_a_file_memory_alone_serves(tmp_path):
    kept = Readings()
    kept.put({b"a": b"1"})
    assert kept.get([b"a"]) == {b"a": b"1"}
    kept.clear()
    assert kept.get([b"a"]) == {}
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("damage", [b"this is no database" * 99, b"SQLite format 3\0" + b"\xff" * 4000])
def test_a_damaged_file_is_told_of_and_not_used(kept, tmp_path, damage):
    path = tmp_path / "cache" / "readings.sqlite"
    path.parent.mkdir()
    path.write_bytes(damage)
    with pytest.warns(UserWarning, match="readings.sqlite"):
        assert kept.get([b"a"]) == {}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        kept.put({b"a": b"1"})
        assert kept.get([b"a"]) == {b"a": b"1"}
    assert path.read_bytes() == damage


def test_a_folder_that_cannot_be_written_is_told_of(kept, tmp_path):
    (tmp_path / "cache").write_text("a file where the folder would be")
    with pytest.warns(UserWarning, match="was read is not kept"):
        kept.put({b"a": b"1"})
    assert kept.get([b"a"]) == {b"a": b"1"}


def test_two_write_to_one_file(kept, tmp_path):
    other = Readings()
    other.keep_in(tmp_path / "cache" / "readings.sqlite")
    for k in range(20):
        kept.put({f"x{k}".encode(): b"1"})
        other.put({f"y{k}".encode(): b"2", f"x{k}".encode(): b"1"})
    with sqlite3.connect(tmp_path / "cache" / "readings.sqlite") as file:
        assert file.execute("SELECT count(*) FROM readings").fetchone() == (40,)
