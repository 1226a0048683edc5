"""What the demonstration's clients hand in and the node refuses: what is expected passes, all else is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import Any

import msgspec
import pytest

from aforo.demo.clients import Clients
from aforo.demo.outside import forms, places, traders, writing
from aforo.demo.outside.forms import Form
from aforo.demo.outside.handing import RELEASED, Handing
from aforo.demo.outside.saying import Finding, Saying, Stated
from aforo.demo.outside.timetable import Due, Timetable
from aforo.demo.outside.wire import RefusedError, Wire, refusal
from aforo.domain.clock import microseconds
from aforo.domain.spoken import gives_away
from aforo.intake import registry
from aforo.intake.message import Messages
from aforo.intake.together import opened, opened_table, read_together

SEED = 5
AT = datetime(2024, 2, 14, 16, tzinfo=UTC)
OFFICERS = Clients((), {"mariposa": "officer"}, "devices", "system", "registry", "player", "visitor", "", ())


@cache
def days() -> tuple[Timetable, tuple[Due, ...]]:
    found = Timetable(places.chosen(["world-trade"]), traders.draw(SEED), SEED, traders.BEGINS.date())
    return found, tuple(found.until(microseconds(traders.BEGINS)))


class Refusing(Wire):
    """A node that answers as it is told to."""

    def __init__(self, answer: Callable[[str], Any]) -> None:
        super().__init__("127.0.0.1", 1)
        self._answer = answer
        self.asked: list[str] = []

    def get(self, path: str, token: str) -> Any:
        return {"trucks": []}

    def post(
        self, path: str, token: str, body: bytes, media_type: str = "application/json", *, second: str = ""
    ) -> Any:
        if path == "/v1/seconds":
            return {"token": "second"}
        self.asked.append(path)
        return self._answer(path)


def handed_in(said: Saying, answer: Callable[[str], Any]) -> tuple[list[str], Handing]:
    told: list[str] = []
    with Handing(Refusing(answer), OFFICERS, days()[0], told.append) as hands:
        hands.hand_in(said, lambda crossing, examination: None)
    return told, hands


def problem(*codes: str) -> bytes:
    listed = [{"record": 0, "place": "request", "code": code} for code in codes]
    return msgspec.json.encode({"type": "urn:aforo:problem:override_refused", "problems": listed})


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        (("override_examined",), True),
        (("override_changes_nothing",), True),
        (("override_names_person",), False),
        (("override_examined", "override_names_person"), False),
    ],
)
def test_a_release_is_refused_in_silence_only_where_it_was_made_before(codes: tuple[str, ...], expected: bool) -> None:
    def answer(path: str) -> Any:
        raise refusal("POST", path, 422, problem(*codes))

    told, hands = handed_in(Saying(freed=[("mariposa", "a"), ("mariposa", "b")]), answer)
    if expected:
        assert (told, dict(hands.refused)) == ([], {})
    else:
        assert len(told) == 1, "each kind is told once"
        assert codes[-1] in told[0]
        assert list(hands.refused.values()) == [2]


def test_a_refusal_without_a_problem_is_told() -> None:
    def answer(path: str) -> Any:
        raise refusal("POST", path, 404, b"not JSON")

    told, _ = handed_in(Saying(freed=[("mariposa", "a")]), answer)
    assert told == ["POST /v1/crossings/a/override: 404 not JSON"]
    assert refusal("POST", "/", 403, b'{"type":"urn:aforo:problem:forbidden"}').codes == {"forbidden"}
    assert isinstance(refusal("POST", "/", 403, b"[]"), RefusedError)


def test_a_row_that_is_refused_is_told_though_others_are_taken() -> None:
    said = Saying(findings=[Finding("mariposa", "a", {"crossing_id": "a"}, False)])
    told, hands = handed_in(said, lambda path: {"problems": [{"code": "report_unknown", "record": 1}]})
    assert (len(told), dict(hands.refused)) == (1, {"report_unknown": 1})
    told, hands = handed_in(said, lambda path: {"problems": []})
    assert (told, dict(hands.refused)) == ([], {})


@pytest.mark.parametrize("form", ["json", "table", "x12", "pedimento", "carta_porte"])
def test_the_reason_of_a_release_names_nobody_whatever_form_a_truck_was_filed_in(form: Form) -> None:
    timetable, dues = days()
    first = next(due for due in dues if forms.form_of(timetable.carrier(due)) == form)
    message = writing.message(form, [timetable.paper(first)])
    known = registry.recognise_bytes(message.body)
    assert known is not None
    letter = opened(known, message.body, AT) if isinstance(known, Messages) else opened_table(message.body, AT)
    (row,) = read_together([letter]).table.rows(named=True)
    names = [str(value) for column, value in row.items() if "name" in column and value is not None]
    assert names or form in ("json", "table", "pedimento"), "these name nobody"
    assert not any(gives_away(RELEASED, name) for name in names)


def test_what_was_seen_of_a_truck_before_its_booth_is_told_before_it_is_decided_there() -> None:
    told: list[str] = []

    def answer(path: str) -> Any:
        told.append(path.split("?")[0])
        return {"problems": [], "instruction": "release"}

    said = Saying(
        arrivals=[("mariposa", "a")],
        work=[Stated("mariposa", "work", {"crossing_id": "a", "resource": "portal", "step": "ended"})],
        findings=[Finding("mariposa", "a", {"crossing_id": "a"}, False)],
    )
    handed_in(said, answer)
    assert told == ["/v1/bridges/mariposa/work", "/v1/outcomes", "/v1/crossings/a/arrival"]
