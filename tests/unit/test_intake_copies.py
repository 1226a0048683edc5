"""Dated copies: none is dropped or written over, whatever its files are called and however soon the next one comes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from aforo.intake.lists import copies
from aforo.intake.lists.fetch import Version

AT = datetime(2026, 1, 2, 3, 4, 5, 600_000, tzinfo=UTC)


def test_two_copies_of_one_second_are_both_kept_and_the_later_is_the_newest(tmp_path: Path) -> None:
    folders = [copies.keep(tmp_path, "bts", {"a.csv": data}, AT) for data in (b"one", b"two", b"two", b"one")]
    assert [each.name for each in folders] == [
        "20260102T030405Z", "20260102T030405Z-001", "20260102T030405Z-001", "20260102T030405Z-002",
    ]  # fmt: skip
    assert [copies.files_of(each)[0]["a.csv"] for each in folders] == [b"one", b"two", b"two", b"one"]
    assert copies.newest(tmp_path, "bts") == folders[-1]
    later = copies.keep(tmp_path, "bts", {"a.csv": b"one"}, AT.replace(second=6))
    assert copies.newest(tmp_path, "bts") == later
    assert not [each for each in (tmp_path / "bts").iterdir() if each.name.startswith(".")]


def test_when_a_list_was_fetched_is_known_of_each_copy_of_its_second(tmp_path: Path) -> None:
    for data in (b"one", b"two"):
        copies.keep(tmp_path, "un", {"a.xml": data}, AT)
        assert copies.fetched_at(tmp_path, "un") == AT.replace(microsecond=0)


def test_a_file_with_the_name_of_the_manifest_is_kept_beside_it(tmp_path: Path) -> None:
    given = {"copy.json": b"data", "given-copy.json": b"more", "Copy.JSON": b"other"}
    copy = copies.keep(tmp_path, "bts", given, AT)
    files, taken_at = copies.files_of(copy)
    assert sorted(files.values()) == sorted(given.values())
    assert taken_at == AT


def test_a_copy_says_what_its_owner_called_the_version(tmp_path: Path) -> None:
    version = Version("https://example.org/a.csv", '"abc"', None)
    copy = copies.keep(tmp_path, "bts", {"a.csv": b"one"}, AT, version)
    assert copies.version_of(copy) == version
    assert copies.version_of(copies.keep(tmp_path, "un", {"a.xml": b"x"}, AT)) is None
