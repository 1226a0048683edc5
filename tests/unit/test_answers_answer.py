"""Answers are made of what intake found and of what a selection says in public."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest
from answering import answered

from aforo.answers import Reference, held, of_filing, of_selection, received, shipped
from aforo.answers.answer import MOST_LISTED, STATUSES, Answer
from aforo.domain.decision import EXAMINATIONS, Examination
from aforo.domain.text import Text

AT = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
LAW = shipped("US")
ONE = Reference.to(["D-1"], crossing="T-1")
HEAD = "declaration_id,filed_at,port,amends,action\n"
GOOD = "D-1,2026-03-01T08:00:00-06:00,2304,,\n"
BAD = "D-2,yesterday,2304,,\n"


class Selected(msgspec.Struct, frozen=True):
    """What an answer reads of a selection."""

    declaration_id: str
    examination: Examination


def answer_to(text: str) -> Answer:
    return answered(ONE, text, AT, LAW)


def test_a_good_filing_is_accepted_and_a_bad_record_is_told_with_its_place_and_reason() -> None:
    assert answer_to(HEAD + GOOD).status == "accepted"
    partly = answer_to(HEAD + GOOD + BAD)
    assert partly.status == "partly"
    gravities = [each.gravity for each in partly.mend]
    assert "warning" in gravities
    assert gravities == sorted(gravities, key=["refusal", "warning"].index)
    mend = next(each for each in partly.mend if each.gravity == "refusal")
    assert (mend.record, mend.place, mend.code) == (2, "line 3, column filed_at", "time_format")
    assert mend.reason.en
    assert mend.reason.es
    assert answer_to(HEAD + BAD).status == "refused"
    assert answer_to("").status == "refused"


def test_no_value_that_was_filed_is_in_what_is_to_be_mended() -> None:
    text = HEAD + "D-3,a name that nobody may read,2304,,\n"
    assert b"nobody may read" not in msgspec.json.encode(answer_to(text))


def test_a_filing_of_cancellations_or_of_amendments_alone_is_answered_as_such() -> None:
    cancel, replace = GOOD.replace(",,\n", ",D-0,cancel\n"), GOOD.replace(",,\n", ",D-0,replace\n")
    assert answer_to(HEAD + cancel).status == "cancelled"
    assert answer_to(HEAD + replace).status == "amended"
    assert answer_to(HEAD + replace + GOOD.replace("D-1", "D-9")).status == "accepted"


def test_many_problems_are_bounded_and_the_rest_is_counted_refusals_first() -> None:
    head = "declaration_id,filed_at,hs6,origin\n"
    text = head + "".join(f"D-{number},yesterday,12,nowhere\n" for number in range(600))
    answer = answer_to(text)
    assert len(answer.mend) == MOST_LISTED
    assert {each.gravity for each in answer.mend} == {"refusal"}
    assert answer.unlisted >= 500


@pytest.mark.parametrize("examination", [each for each in EXAMINATIONS if each != "release"])
def test_every_examination_says_the_same_words(examination: Examination) -> None:
    scan = of_selection(Selected("D-1", "scan"), ONE, AT, LAW, place="World Trade")
    assert of_selection(Selected("D-1", examination), ONE, AT, LAW, place="World Trade") == scan
    assert scan.status == "to_be_examined"
    assert scan.go is not None
    assert scan.go.place == "World Trade"


def test_a_release_a_cancellation_and_a_hold_by_an_officer() -> None:
    released = of_selection(Selected("D-1", "release"), ONE, AT, LAW)
    assert released.status == "released"
    assert released.go is not None
    assert of_filing("cancelled", ONE, AT, LAW).status == "cancelled"
    kept = held(ONE, AT, LAW)
    assert kept.status == "held"
    assert kept.grounds


def test_what_a_rule_states_for_filers_is_told() -> None:
    text = Text("Produce needs its permit.", "El producto requiere su permiso.")
    assert of_selection(Selected("D-1", "scan"), ONE, AT, LAW, stated=[text]).stated == (text,)


def test_a_selection_of_another_declaration_and_an_instant_without_offset_are_refused() -> None:
    with pytest.raises(ValueError, match="another declaration"):
        of_selection(Selected("D-7", "scan"), ONE, AT, LAW)
    with pytest.raises(ValueError, match="no offset"):
        received(ONE, datetime(2026, 3, 1, 8, 30), LAW)


def test_the_identifier_is_that_of_the_content() -> None:
    first = received(ONE, AT, LAW)
    assert first == received(ONE, AT, LAW)
    assert first.id != received(Reference.to(["D-2"]), AT, LAW).id


def test_a_reference_to_many_declarations_is_bounded() -> None:
    many = Reference.to([f"D-{number}" for number in range(MOST_LISTED + 3)])
    assert len(many.declarations) == MOST_LISTED
    assert many.unlisted == 3


def test_every_status_but_a_release_and_a_notice_has_a_ground() -> None:
    for status in STATUSES:
        assert LAW.of(status) or status in ("released", "noted")
