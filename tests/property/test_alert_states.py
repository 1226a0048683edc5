"""Alerts in any order of events and instants: each open one has somebody to see to it, a due time and one phase."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aforo.answers import response
from aforo.answers.alert import phase
from aforo.domain.alert import (
    AlertAcknowledged,
    AlertAssigned,
    AlertClosed,
    AlertEscalated,
    AlertRaised,
    AlertSnoozed,
)
from aforo.domain.event import Payload, new_event
from aforo.flow.alerts import Book, stream_of
from aforo.log.stored import StoredEvent, encode

START = datetime(2026, 3, 1, tzinfo=UTC)
minutes = st.integers(-60, 600).map(lambda m: START + timedelta(minutes=m))
subjects = st.sampled_from(["crossing/1", "crossing/2", "list/un"])
acts = st.one_of(
    st.builds(AlertAcknowledged, due=minutes),
    st.builds(AlertAssigned, owner=st.sampled_from(["ana", "luz"]), due=minutes),
    st.builds(AlertSnoozed, until=minutes, due=minutes, reason=st.just("later")),
    st.builds(
        AlertEscalated, level=st.integers(1, 3), role=st.just("supervisor"), due=minutes, late=st.just("acknowledge")
    ),
    st.builds(
        AlertClosed, ending=st.sampled_from(["handled", "resolved", "mistaken", "withdrawn"]), causes=st.integers(0, 3)
    ),
)
raises = st.builds(
    AlertRaised,
    kind=st.sampled_from(["life_safety_hold", "screening_hit"]),
    subject=subjects,
    about=st.text("abc", min_size=1, max_size=2),
    role=st.sampled_from(["officer", "supervisor"]),
    due=minutes,
    document=st.just("0"),
    version=st.just(1),
)
#: What happens, when, by whom, and to which of the alerts that there have been.
steps = st.lists(st.tuples(st.one_of(raises, acts), minutes, st.sampled_from(["ana", "luz"]), st.integers(0, 20)))


def played(history: list[tuple[Payload, datetime, str, int]]) -> tuple[Book, list[str]]:
    """The book after a history, and the identifiers of all raises."""
    book, raised, versions = Book(), [], {}
    for place, (payload, at, actor, which) in enumerate(history):
        own = f"e{place}"
        if isinstance(payload, AlertRaised):
            raised.append(own)
            stream = stream_of(own)
        elif raised:
            stream = stream_of(raised[which % len(raised)])
        else:
            continue
        versions[stream] = versions.get(stream, 0) + 1
        event = new_event(own, payload, stream, versions[stream], occurred_at=at, recorded_at=at, actor=actor)
        book.apply(StoredEvent(place + 1, b"", encode(event)))
    return book, raised


@given(steps, st.lists(minutes, min_size=1))
def test_an_open_alert_has_somebody_a_due_time_and_one_phase(history: list, instants: list[datetime]) -> None:
    book, _ = played(history)
    for alert in book.open.values():
        assert alert.owner or alert.role
        assert alert.closed_at is None
        for now in instants:
            at = phase(alert, now)
            snoozed = alert.snoozed_until is not None and now < alert.snoozed_until
            assert (at == "snoozed") == snoozed
            assert (at == "overdue") == (not snoozed and now >= alert.due)
            assert at != "acknowledged" or alert.acknowledged_at is not None
        if alert.snoozed_until is not None:
            assert alert.due >= alert.snoozed_until
            assert phase(alert, alert.due) == "overdue"  # whatever is put off ends by itself


@given(steps)
def test_one_alert_of_a_kind_is_open_on_a_subject_and_no_cause_is_lost_or_doubled(history: list) -> None:
    book, raised = played(history)
    places = [(alert.subject, alert.kind) for alert in book.open.values()]
    assert len(places) == len(set(places))
    causes = [each.event_id for alert in (*book.open.values(), *book.closed.values()) for each in alert.causes]
    assert sorted(causes) == sorted(raised)
    assert all(alert.alert_id == alert.causes[0].event_id for alert in book.open.values())


@given(steps)
def test_a_book_that_is_kept_goes_on_as_it_was(history: list) -> None:
    book, _ = played(history)
    again = Book()
    again.load(book.dump())
    assert (again.open, again.closed) == (book.open, book.closed)


@given(st.integers(0, 12))
def test_an_assignment_gives_no_time(times: int) -> None:
    due = START + timedelta(minutes=10)
    history: list = [(AlertRaised("screening_hit", "crossing/1", "a", "officer", due, "0", 1), START, "node", 0)]
    for n in range(times):
        at = START + timedelta(minutes=n)
        history.append((AlertAssigned(f"p{n}", at + timedelta(minutes=10)), at, "ana", 0))
    book, _ = played(history)
    assert book.open["e0"].due == due


def test_the_shipped_document_is_valid_and_every_figure_has_a_source() -> None:
    document = response.parse(response.shipped())
    for kind in ("life_safety_hold", "people_found"):
        assert not document.may_snooze(kind, 0, START, START + timedelta(minutes=1))
    assert document.may_snooze("screening_hit", 0, START, START + timedelta(minutes=60))
    assert not document.may_snooze("screening_hit", 0, START, START + timedelta(minutes=61))
    assert not document.may_snooze("screening_hit", 2, START, START + timedelta(minutes=60))
    assert document.step("life_safety_hold", 2) is None
    assert document.at("life_safety_hold", 7).role == "supervisor"
    assert b"source" in msgspec.json.encode(document)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (b"[kind.order_raised]", b"[kind.other]", "Invalid"),
        (b'from = { score = 0.85, source = "', b'from = { score = 8.5, source = "', "Expected"),
        (b'role = "officer"', b'role = "carrier"', "Invalid"),
        (b"minutes = 2880", b"minutes = 0", "Expected"),
        (b'before = {', b'after = {', "before"),
        (b'version = "1"', b'version = "', "TOML"),
    ],
)  # fmt: skip
def test_a_document_that_is_wrong_says_where(old: bytes, new: bytes, said: str) -> None:
    document = response.shipped()
    assert old in document
    with pytest.raises(response.ResponseError, match=said):
        response.parse(document.replace(old, new))


def test_a_document_that_leaves_a_kind_out_is_refused() -> None:
    document = response.shipped().decode()
    start = document.index("[kind.contradiction]")
    with pytest.raises(response.ResponseError, match="contradiction"):
        response.parse(document[:start].encode())
    # One that was in force before there was such a kind is completed.
    assert response.completed(document[:start].encode()) == response.parse(response.shipped())
