"""The pack of seals as a table and on paper: texts that a spreadsheet would run, letters of any script."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from printed import words

from aforo.answers.seal_pack import Pack, PackGap, PackSeal, PackTrip, summary
from aforo.answers.seal_pack_csv import COLUMNS, as_csv
from aforo.answers.seal_pack_pdf import as_pdf

AT = datetime(2026, 3, 2, 6, tzinfo=UTC)


def pack(said: str, origin: str = "live") -> Pack:
    """A trip of which everything that somebody may write is this."""
    seal = PackSeal(said, said, None, said, 600, AT, said, said, None, said, said, said, None, said, said, said, said)
    gaps = [PackGap(said, "silent", AT, AT, "permanent", "device"), PackGap(said, "missing", AT, AT, None, "unsigned")]
    trip = PackTrip(said, "export", said, said, said, AT, None, said, said, origin, [seal], [], [], [], gaps, [])
    return Pack(said, AT, AT, AT, "log.example", [trip])


@pytest.mark.parametrize(
    "said",
    ["=1+1", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "x;=1", "x;  @1", "x|-1", "x\n+1", "x\t=1", '";=1'],
)
def test_no_text_runs_as_a_formula_whatever_separator_a_spreadsheet_takes(said: str) -> None:
    text = as_csv(pack(said), "es").decode("utf-8-sig")
    for separator in (",", ";", "\t", "|"):
        for line in re.split(r"[\r\n]", text):
            for cell in line.split(separator):
                assert not cell.strip(' "').startswith(("=", "+", "-", "@")), (separator, line)
    for row in csv.DictReader(io.StringIO(text)):
        assert set(row) == set(COLUMNS)
        assert not any(str(cell).lstrip().startswith(("=", "+", "-", "@")) for cell in row.values()), row


@pytest.mark.parametrize("said", ["Ñandú, S.A.", "Łódź ☃ 東京", "a\x00b\x1bc", "x" * 300])
def test_any_text_can_be_printed(said: str) -> None:
    for language in ("en", "es"):
        assert as_pdf(pack(said, "synthetic"), language).startswith(b"%PDF-")


def test_figures_are_so_many_of_so_many_with_their_grades() -> None:
    figures = {each.name: each for each in summary(pack("x"))}
    assert (figures["seals_no_class"].count, figures["seals_no_class"].of) == (1, 1)
    assert (figures["trips_vvtt"].count, figures["trips_vvtt"].of) == (0, 1)
    assert figures["gaps"].grades == {"device": 1, "unsigned": 1}
    assert (figures["gaps_permanent"].count, figures["gaps_permanent"].of) == (2, 2)
    assert pack("x", "synthetic").played == ["synthetic"]


def test_what_is_missing_of_a_trip_and_of_a_seal_is_said_to_be_missing() -> None:
    (trip,) = pack("").trips
    (seal,) = trip.seals
    ended = msgspec.structs.replace(seal, until=AT)
    over = msgspec.structs.replace(trip, trip="T-1", discharged_at=AT, seals=[seal, ended], gaps=[])
    late = msgspec.structs.replace(trip, trip="T-2", deadline=AT - timedelta(minutes=1), seals=[], gaps=[])
    made = msgspec.structs.replace(pack(""), trips=[over, late])
    for language, missing, nowhere, overdue in (
        ("en", "not recorded", "(place not recorded)", "NOT discharged: overdue"),
        ("es", "sin registrar", "(lugar sin registrar)", "SIN cerrar: vencido"),
    ):
        text = words(as_pdf(made, language))
        assert text.count(f"{missing} {missing} {missing}") == 2, "carrier, Carta Porte and crossing"
        assert text.count(f"06:00Z {nowhere}") == 4, "of the discharge, twice put on, once ended"
        assert overdue in text
