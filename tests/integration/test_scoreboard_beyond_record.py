"""Figures of a time before the record, of days that are kept no more and of days to come: none, and why is said."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from boards import Written, a_log, truck
from typer.testing import CliRunner

from aforo.cli import complete_app
from aforo.domain.incident import IncidentReported
from aforo.domain.scanner import ScannerReported
from aforo.flow.scoreboard import Board
from aforo.log.store import Log
from aforo.measures.estimates import Covered, Measured
from aforo.scoreboard.official import Asked
from aforo.scoreboard.places import number_of

MONDAY = datetime(2026, 3, 9, tzinfo=ZoneInfo("America/Chicago"))
FIRST = number_of(MONDAY.date())
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


def trucks(said: Written, day: int) -> None:
    """Twenty trucks at World Trade, so many days after that Monday."""
    for n in range(20):
        truck(said, f"{day}-{n}", MONDAY + day * DAY + 12 * HOUR + n * MINUTE, "world-trade")


def figure(log: Log, measure: str, first: int, last: int, bridge: str) -> Measured:
    """A measure of a bridge, from one day after that Monday to another."""
    board = Board(log)
    (own,) = board.rows([board.measures.find(measure)], Asked([bridge], FIRST + first, FIRST + last, frozenset()))
    return own.figures[0]


def test_no_incident_is_told_of_a_time_of_which_nothing_is_known(tmp_path: Path) -> None:
    said = Written()
    trucks(said, 3)
    told_later = IncidentReported("closure", "pharr", "port", 3, "")
    said.say("incident/I-1", told_later, MONDAY - 30 * DAY, 40 * DAY)
    with a_log(tmp_path, MONDAY + 12 * DAY) as (log, _):
        said.put(log)

        for first, last, code in ((-60, -50, "before_record"), (0, 2, "before_record"), (20, 25, "not_yet")):
            own = figure(log, "incidents", first, last, "world-trade")
            assert own.missing is not None
            assert (own.missing.code, own.estimates) == (code, ())
        part = figure(log, "incidents", 0, 6, "world-trade")
        assert ([each.value for each in part.estimates], part.covered) == ([0.0, 0.0], Covered(4, 7))
        assert figure(log, "incidents", 4, 6, "world-trade").covered is None
        # What somebody told of an earlier time is known, and that not all of it is.
        early = figure(log, "incidents", -40, -25, "pharr")
        assert (early.estimates[0].value, early.covered) == (1.0, Covered(0, 16))


def test_days_that_are_kept_no_more_and_days_to_come_are_said_to_be_so(tmp_path: Path) -> None:
    said = Written()
    said.say("scanner/A", ScannerReported("commissioned", port="world-trade"), MONDAY - 30 * DAY)
    for day in (0, 1, 2):
        trucks(said, day)
    said.say("scanner/A", ScannerReported("down", "parts", "port"), MONDAY + 121 * DAY)
    with a_log(tmp_path, MONDAY + 121 * DAY + HOUR) as (log, _):
        said.put(log)
        names = [
            "scan-rate",
            "wait-to-primary",
            "conveyance-scan-rate",
            "release-time",
            "reader-read-rate",
            "custody-continuity",
        ]
        for own in (figure(log, name, 0, 1, "world-trade") for name in names):
            assert own.missing is not None
            assert own.missing.code == "not_kept"
        rate = figure(log, "examination-rate", 0, 2, "world-trade")
        assert (rate.whole, rate.covered) == (20, Covered(1, 3))
    where = ["--store", f"sqlite:///{tmp_path / 'log.sqlite'}", "--keys", f"sqlite:///{tmp_path / 'keys.sqlite'}"]
    for first, last in (("0001-01-01", "0001-01-02"), ("9999-12-30", "9999-12-31")):
        for lang, words in (("en", "years 2000 to 2099"), ("es", "años 2000 a 2099")):
            asked = ["measure", "scoreboard", "--first", first, "--last", last, "--lang", lang, *where]
            told = CliRunner().invoke(complete_app(), asked)
            assert told.exit_code == 2, told.output
            assert words in " ".join(told.stderr.split())
