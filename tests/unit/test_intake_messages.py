"""What every format of messages must do, tried on every one that is registered with its samples.

A format accepts its samples, gives the same for a file and for a message in memory, loses no value silently, survives
damage without an exception and says place and reason for what it refuses; a file of it becomes rows of the declaration
table that can be assessed. A new format is covered by registering it and adding a folder of samples in
`tests/samples/intake/<NAME>` with its declaration beside it (`format_samples`); a format without them fails.
`test_intake_message_holes` goes on with what no format may accept.
"""

from __future__ import annotations

import random
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from types import FrameType

import polars as pl
import pytest
from format_samples import CASES, SAMPLES, declared, values_of

from aforo.domain.table import DECLARATION_SCHEMA
from aforo.intake import registry
from aforo.intake.batch import IntakeBatch
from aforo.intake.limits import Limits
from aforo.intake.message import Messages
from aforo.intake.verdict import check

RECEIVED = datetime(2026, 3, 2, 15, 4, 5, tzinfo=UTC)
HANG_SECONDS = 1
SHORT_MUTATIONS, LONG_MUTATIONS = 150, 10_000
NASTY = (
    b"\0",
    b'"',
    b"<",
    b">",
    b"&",
    b"{",
    b"[" * 50,
    b"~",
    b"*",
    b"\xff",
    b"\xc3",
    b"\r\n",
    b"<!DOCTYPE x>",
    b"9" * 400,
)


def whole(batches: list[IntakeBatch]) -> pl.DataFrame:
    return pl.concat([pl.DataFrame(schema=DECLARATION_SCHEMA), *(batch.table for batch in batches)])


@contextmanager
def no_hang() -> Iterator[None]:
    def stop(number: int, frame: FrameType | None) -> None:
        raise TimeoutError("longer than a second of this process")

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, HANG_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def mutant(draw: random.Random, data: bytes) -> bytes:
    """A sample with one to three kinds of damage."""
    for _ in range(draw.randint(1, 3)):
        at, length = draw.randrange(len(data) + 1), draw.choice((1, 1, 2, 8, 60))
        kind = draw.randrange(5)
        if kind == 0:
            data = data[:at] + data[at + length :]
        elif kind == 1:
            data = data[:at] + draw.choice(NASTY) + data[at:]
        elif kind == 2:
            data = data[:at] + bytes(draw.randrange(256) for _ in range(length)) + data[at + length :]
        elif kind == 3:
            other = draw.randrange(len(data) + 1)
            data = data[:at] + data[other : other + length] + data[at:]
        else:
            data = data[:at]
    return data


def test_every_format_has_samples() -> None:
    for each in registry.MESSAGES:
        assert any((SAMPLES / each.NAME).iterdir()), each.NAME


@pytest.mark.parametrize(("form", "path"), CASES)
def test_it_accepts_its_samples(form: Messages, path: Path) -> None:
    assert registry.recognise(path) is form
    verdict, _ = check(path)
    assert (verdict.verdict, verdict.format, verdict.bad) == ("accepted", form.NAME, 0), verdict.problems
    assert verdict.good == verdict.records > 0
    assert {problem.gravity for problem in verdict.problems} <= {"warning"}


@pytest.mark.parametrize(("form", "path"), CASES)
def test_records_are_rows_notices_or_refused_and_nothing_else(form: Messages, path: Path) -> None:
    numbers: list[int] = []
    for batch in form.read_bytes(path.read_bytes(), received=RECEIVED):
        assert dict(batch.table.schema) == DECLARATION_SCHEMA
        assert batch.records == len(batch.table) + batch.repeated + len(batch.refused) + len(batch.notices)
        numbers += [*batch.table["record"].to_list(), *(notice.record for notice in batch.notices)]
    assert sorted(numbers) == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize(("form", "path"), CASES)
def test_a_message_is_read_as_the_file_is(form: Messages, path: Path) -> None:
    written = datetime.fromtimestamp(int(path.stat().st_mtime), UTC)
    assert whole(list(form.read_bytes(path.read_bytes(), received=written))).equals(whole(list(form.read(path))))


@pytest.mark.parametrize(("form", "path"), CASES)
def test_no_value_is_lost(form: Messages, path: Path) -> None:
    """Every word and number of the sample's text is somewhere in what was made of it: a row, its extra, a notice."""
    batches = list(form.read_bytes(path.read_bytes(), received=RECEIVED))
    kept = " ".join(
        [
            *(str(value) for row in whole(batches).rows() for value in row if value is not None),
            *(
                at.astimezone(timezone(timedelta(minutes=offset))).isoformat()
                for at, offset in whole(batches).select("filed_at", "filed_offset_minutes").rows()
            ),
            *(
                value
                for batch in batches
                for notice in batch.notices
                for value in (notice.kind, *notice.fields.values())
            ),
        ]
    )
    known = set(re.findall(r"\w+", kept))
    digits = {float(word) for word in re.findall(r"\d+(?:\.\d+)?", kept)}
    lost = [
        value
        for value in values_of(path.read_bytes().decode(), declared(form.NAME).values)
        if not all(word in known or (word.isdigit() and float(word) in digits) for word in re.findall(r"\w+", value))
    ]
    assert lost == [], "keep the value in a column, or in `extra`"


def damaged(form: Messages, path: Path, times: int, seed: int) -> None:
    draw = random.Random(seed)
    data = path.read_bytes()
    for _ in range(times):
        spoilt = mutant(draw, data)
        with no_hang():
            batches = list(form.read_bytes(spoilt, received=RECEIVED))
        for batch in batches:
            assert batch.records == len(batch.table) + batch.repeated + len(batch.refused) + len(batch.notices)
            for problem in batch.problems:
                assert problem.place
                assert problem.reason.en
                assert problem.reason.es != problem.reason.en
            for record in batch.refused:
                assert record.raw
                assert record.place
                assert any(each.gravity == "refusal" for each in record.problems)


@pytest.mark.parametrize(("form", "path"), CASES)
def test_damage_raises_nothing_and_has_a_place_and_a_reason(form: Messages, path: Path) -> None:
    damaged(form, path, SHORT_MUTATIONS, 5)


@pytest.mark.long
@pytest.mark.parametrize(("form", "path"), CASES)
def test_much_damage_raises_nothing(form: Messages, path: Path) -> None:
    damaged(form, path, LONG_MUTATIONS, 6)


@pytest.mark.parametrize(("form", "path"), CASES)
def test_one_message_too_large_is_refused(form: Messages, path: Path) -> None:
    (batch,) = form.read_bytes(path.read_bytes(), limits=Limits(message_bytes=10))
    assert [each.code for each in batch.findings] == ["message_too_large"]
