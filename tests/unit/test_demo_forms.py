"""The forms in which the demonstration's carriers file: each has its own, and what is written is taken as meant."""

from __future__ import annotations

from collections import Counter, defaultdict
from contextlib import closing
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from aforo.demo import people
from aforo.demo.outside import forms, places, traders, writing
from aforo.demo.outside.forms import Form
from aforo.demo.outside.timetable import Due, Timetable
from aforo.demo.outside.writing import Paper, Written
from aforo.domain.clock import microseconds
from aforo.intake import registry
from aforo.intake.message import Messages
from aforo.intake.samples import KINDS, samples
from aforo.intake.together import opened, opened_table, read_together
from aforo.log.accounts import PERSONS, Accounts
from aforo.log.keys import KeyStore

SEED = 5
AT = datetime(2024, 2, 14, 16, tzinfo=UTC)
SOURCES: dict[Form, str] = {
    "json": "declarations_json", "table": "declarations", "x12": "x12", "pedimento": "declarations_json",
    "carta_porte": "carta_porte",
}  # fmt: skip


@cache
def days() -> tuple[Timetable, tuple[Due, ...]]:
    found = Timetable(places.chosen(["world-trade", "otay-mesa"]), traders.draw(SEED), SEED, traders.BEGINS.date())
    return found, tuple(found.until(microseconds(traders.BEGINS)))


def filed_in(form: Form) -> list[Due]:
    """Trucks of a form, those of one carrier where a message names one."""
    timetable, dues = days()
    by_carrier: defaultdict[str, list[Due]] = defaultdict(list)
    for due in dues:
        if forms.form_of(carrier := timetable.carrier(due)) == form:
            by_carrier["" if form != "x12" else carrier].append(due)
    return max(by_carrier.values(), key=len)


def read(message: Written, form: str) -> list[dict[str, Any]]:
    """The rows that a message is taken as; nothing of it may be refused."""
    known = registry.recognise_bytes(message.body)
    assert known is not None
    assert form == known.NAME
    letter = opened(known, message.body, AT) if isinstance(known, Messages) else opened_table(message.body, AT)
    taken = read_together([letter])
    assert [each.problems for each in taken.told[0].refused] == []
    return taken.table.rows(named=True)


@pytest.mark.parametrize("form", SOURCES)
def test_what_is_written_is_taken_as_it_was_meant(form: Form) -> None:
    timetable, _ = days()
    dues = filed_in(form)[:60]
    papers = [timetable.paper(due) for due in dues]
    rows = read(writing.message(form, papers), SOURCES[form])
    assert len(rows) == len(dues)
    for due, paper, row in zip(dues, papers, rows, strict=True):
        said = paper.columns
        assert (row["crossing_id"], row["tractor_id"], row["driver_id"]) == (due.crossing, due.plate, due.driver)
        assert row["carrier_id"] == said["carrier_id"]
        assert abs(row["filed_at"].timestamp() - due.filed / 1e6) < 1.0
        assert row["port"] == (None if form == "carta_porte" else said["port"])
        if forms.is_laden(said):
            assert (row["hs6"], row["importer_id"]) == (said["hs6"], said["importer_id"])
            assert row["gross_mass_kg"] == pytest.approx(said["gross_mass_kg"], abs=0.51)
            assert row["value_usd"] == pytest.approx(said["value_usd"], abs=0.51)
        elif form != "carta_porte":  # which has no word for it
            assert row["declared_empty"] is True


@pytest.mark.parametrize("form", SOURCES)
def test_what_amends_or_cancels_names_what_was_filed(form: Form) -> None:
    timetable, _ = days()
    dues = [due for due in filed_in(form) if due.fate in ("amends", "cancels")]
    assert {due.fate for due in dues} == {"amends"} if form == "carta_porte" else {"amends", "cancels"}
    first = read(writing.message(form, [timetable.paper(due) for due in dues]), SOURCES[form])
    then = read(writing.message(form, [timetable.paper(due, changed=True) for due in dues]), SOURCES[form])
    for due, before, after in zip(dues, first, then, strict=True):
        assert after["amends"] == before["declaration_id"]
        assert after["action"] == ("replace" if due.fate == "amends" else "cancel")
        assert after["declaration_id"] != before["declaration_id"]
        assert before["filed_at"] < after["filed_at"]


def test_a_pedimento_comes_to_the_trip_that_names_it() -> None:
    timetable, _ = days()
    papers: list[Paper] = [timetable.paper(due) for due in filed_in("pedimento")]
    laden = [each for each in papers if forms.is_laden(each.columns)]
    assert [each for each in papers if "shipment_id" in each.columns] == laden
    for paper, row in zip(laden, read(writing.pedimentos(laden), "pedimento"), strict=True):
        said = paper.columns
        assert (row["shipment_id"], row["carrier_id"]) == (said["shipment_id"], said["carrier_id"])
        assert (row["tractor_id"], row["importer_id"]) == (said["tractor_id"], said["importer_id"])
        assert row["gross_mass_kg"] == pytest.approx(said["gross_mass_kg"])
    assert len({each.columns["shipment_id"] for each in laden}) == len(laden)


def test_a_carrier_keeps_its_form_and_every_form_is_filed_in() -> None:
    timetable, dues = days()
    of: defaultdict[str, set[str]] = defaultdict(set)
    for due in dues:
        of[timetable.carrier(due)].add(forms.form_of(timetable.carrier(due)))
    assert all(len(each) == 1 for each in of.values())
    counted = Counter(forms.form_of(timetable.carrier(due)) for due in dues)
    assert set(counted) == set(SOURCES)
    assert counted["json"] > counted["carta_porte"]
    assert len({due.crossing for due in dues}) == len(dues)


def test_the_same_carrier_has_one_code_in_the_past_and_in_what_is_filed() -> None:
    drawn = traders.draw(SEED)
    past = set(drawn.past["carrier_id"].to_list())
    assert {forms.form_of(each) for each in past & set(drawn.carriers)} == set(SOURCES)
    assert len(past & set(drawn.carriers)) > 0.9 * len(past)


def test_the_clerk_has_a_code_for_every_format_and_the_supervisor_a_peer(tmp_path: Path) -> None:
    KeyStore(tmp_path / "keys.sqlite").close()
    password, known = people.make(str(tmp_path / "keys.sqlite"), "T-01", lambda password: password, ["santa-teresa"])
    # Whoever the demonstration is shown to over a network could try fewer bits than 64.
    assert 4 * len(password.removeprefix("synthetic-")) >= 64
    assert set(password.removeprefix("synthetic-")) <= set("0123456789abcdef")
    assert {each.role for each in known} == set(PERSONS)
    assert [each.role for each in known].count("supervisor") == 2, "who proposes approves nothing"
    with closing(Accounts(tmp_path / "keys.sqlite")) as accounts:
        clerk = accounts.by_login("carrier")
    assert clerk is not None
    assert clerk.carriers[0] == "T-01"
    now = datetime(2026, 3, 2, tzinfo=UTC)
    assert {each.kind for each in samples(list(clerk.carriers), now)} == set(KINDS)
