"""When what comes in live may say that it was filed: in every format, in few rows and in many."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest

from aforo.domain.problem import Problem
from aforo.domain.table import FEW
from aforo.intake import declarations, registry
from aforo.intake.message import Messages
from aforo.intake.together import Letter, Told, opened, opened_table, read_together

RECEIVED = datetime(2026, 3, 2, 15, 4, 5, tzinfo=UTC)
DAY, MOMENT = timedelta(days=1), timedelta(seconds=1)
#: As messages write it, and as only the checks in columns read it.
FORMS = ("%Y-%m-%dT%H:%M:%S+00:00", "%Y-%m-%d %H:%M:%SZ")


def letter(data: bytes, received: datetime = RECEIVED) -> Letter:
    form = registry.recognise_bytes(data)
    assert form is not None
    return opened(form, data, received) if isinstance(form, Messages) else opened_table(data, received)


def as_json(*filed_at: str) -> bytes:
    return "\n".join(
        json.dumps({"declaration_id": f"D{n}", "filed_at": each}) for n, each in enumerate(filed_at)
    ).encode()


def as_table(*filed_at: str) -> bytes:
    return "\n".join(["declaration_id,filed_at", *(f"D{n},{each}" for n, each in enumerate(filed_at))]).encode()


def told(data: bytes, received: datetime = RECEIVED) -> Told:
    (only,) = read_together([letter(data, received)]).told
    return only


def codes(told: Told) -> dict[int, str]:
    """The codes about times of filing, by record."""
    return {each.record: each.code for each in told.problems if each.code.startswith("time_")}


@pytest.mark.parametrize("many", [False, True], ids=["few", "many"])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("written", [as_json, as_table])
def test_a_filing_is_of_about_the_time_at_which_it_comes(written: Callable[..., bytes], form: str, many: bool) -> None:
    said = [
        RECEIVED,
        RECEIVED + DAY,
        RECEIVED + DAY + MOMENT,
        RECEIVED - 31 * DAY,
        RECEIVED - 31 * DAY - MOMENT,
        RECEIVED - 366 * DAY,
        RECEIVED - 366 * DAY - MOMENT,
        datetime(2001, 1, 1, tzinfo=UTC),
        datetime(2099, 12, 31, tzinfo=UTC),
        datetime(1999, 12, 31, tzinfo=UTC),
    ]
    said += [RECEIVED] * (FEW if many else 0)
    read = read_together([letter(written(*(f"{each:{form}}" for each in said)))])
    assert codes(read.told[0]) == {
        3: "time_far", 5: "time_old", 6: "time_old", 7: "time_far", 8: "time_far", 9: "time_far", 10: "time_range",
    }  # fmt: skip
    assert [each.record for each in read.told[0].refused] == [3, 7, 8, 9, 10]
    assert all(f"D{each.record - 1}" in each.raw for each in read.told[0].refused), "each is kept whole"
    assert read.table["filed_at"].to_list() == [each for n, each in enumerate(said, 1) if n not in (3, 7, 8, 9, 10)]


def test_who_files_for_another_time_is_told_which_and_what_is_allowed() -> None:
    for data, place in (
        (as_json("2099-12-31T06:00:00-06:00"), "record 1, filed_at"),
        (as_table("2099-12-31T06:00:00-06:00"), "line 2, column filed_at"),
    ):
        (problem,) = [each for each in told(data).problems if each.code == "time_far"]
        assert problem.place == place
        for text in (problem.reason.en, problem.reason.es):
            for part in ("filed_at", "2099-12-31T12:00:00Z", "2025-03-01T15:04:05Z", "2026-03-03T15:04:05Z"):
                assert part in text


def x12(day: str) -> bytes:
    lines = ("M10*QXFT*J*MX**TRACTOR*T100*7*1", "VEH*1*1XQVT9EX0TD700123", "P4*2304*20260302", "LX*1",
             "M11*Z1*MXNLD*12*PCS*4200*L******QXFT", "N10*12*BRAKE PADS**J*8708305030")  # fmt: skip
    head = f"ISA*00*{'':10}*00*{'':10}*02*{'QXFT':15}*ZZ*{'CUSTOMS':15}*{day[2:]}*0915*^*00501*000000001*0*P*>~"
    body = [f"GS*AQ*QXFT*CUSTOMS*{day}*0915*1*X*005020", "ST*309*0001", *lines, f"SE*{len(lines) + 2}*0001"]
    return (head + "~".join([*body, "GE*1*1", "IEA*1*000000001", ""])).encode()


def test_the_formats_of_the_trade_name_their_own_element() -> None:
    far: list[Problem] = [each for each in told(x12("20990302")).problems if each.code == "time_far"]
    assert [each.place for each in far] == ["interchange 1, group 1 GS05"]
    assert far[0].reason.en.startswith("GS04/GS05 says 2099-03-02T15:15:00Z, ")
    assert "time_far" not in {each.code for each in told(x12("20260302")).problems}


def test_each_message_is_measured_by_its_own_receipt() -> None:
    """As one that was received long ago, and is answered now as it was then."""
    then, message = RECEIVED - 500 * DAY, as_json(f"{RECEIVED - 500 * DAY:{FORMS[0]}}")
    read = read_together([letter(message), letter(message.replace(b"D0", b"D1"), then)])
    assert [codes(each) for each in read.told[:2]] == [{1: "time_far"}, {}]
    assert read.table["declaration_id"].to_list() == ["D1"]


def test_the_receipt_may_be_of_any_zone() -> None:
    local = RECEIVED.astimezone(timezone(timedelta(hours=-6)))
    assert codes(told(as_json("2026-03-03T15:04:05+00:00", "2026-03-03T15:04:06+00:00"), local)) == {2: "time_far"}


def test_a_file_of_the_past_may_say_any_time() -> None:
    (batch,) = declarations.read_bytes(as_table("2001-01-01T00:00:00Z", "2099-12-31T00:00:00Z"))
    assert (batch.table.height, batch.refused) == (2, [])
    form = registry.recognise_bytes(as_json("2001-01-01T00:00:00Z"))
    assert isinstance(form, Messages)
    (batch,) = form.read_bytes(as_json("2001-01-01T00:00:00Z", "2099-12-31T00:00:00Z"), received=RECEIVED)
    assert (batch.table.height, batch.refused) == (2, [])
