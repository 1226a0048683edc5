"""A server forecasts from the newest copy of the counts, whoever fetched it meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from aforo.intake.lists import copies
from aforo.intake.newest_counts import NewestCounts

HEADER = "Port Name,State,Port Code,Border,Date,Measure,Value"


def kept(folder: Path, day: int, trucks: int) -> Path:
    body = f"{HEADER}\nLaredo,Texas,2304,US-Mexico Border,Jan 2024,Trucks,{trucks}\n".encode()
    return copies.keep(folder, "bts", {"counts.csv": body}, datetime(2026, 1, day, tzinfo=UTC))


def test_the_newest_copy_is_read_when_it_is_another_one(tmp_path: Path) -> None:
    counts = NewestCounts(tmp_path / "published")
    assert counts() is None
    kept(tmp_path / "published", 1, 240_000)
    first = counts()
    assert first is not None
    assert first["count"].to_list() == [240_000]
    assert counts() is first, "it is read once"
    kept(tmp_path / "published", 2, 250_000)
    second = counts()
    assert second is not None
    assert second["count"].to_list() == [250_000]


def test_a_copy_that_is_damaged_gives_no_counts(tmp_path: Path) -> None:
    copy = kept(tmp_path, 1, 240_000)
    (copy / "counts.csv").write_bytes(b"changed")
    assert NewestCounts(tmp_path)() is None
