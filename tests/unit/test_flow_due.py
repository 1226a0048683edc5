"""Lines of what is due: the order of each, what is at hand, and what becomes of the rest."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from aforo.answers.delivery import State, begin
from aforo.flow.due import Due, DueLines

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)


def due(event: str, subscription: str = "sub", declaration: str = "D", after: float = 0.0) -> Due:
    at = NOW + timedelta(seconds=after)
    return Due(subscription, "crossing/X", event, declaration, begin(f"{event}:{declaration}", subscription, at))


def entered(*every: Due) -> DueLines:
    lines = DueLines()
    for each in every:
        lines.enter(each.event, each)
    return lines


def became(lines: DueLines, own: str, state: State, after: float = 0.0) -> None:
    at = NOW + timedelta(seconds=after)
    lines.changed(own, msgspec.structs.replace(lines.all[own].delivery, state=state, due=at))


def taken(lines: DueLines, subscription: str = "sub") -> list[str]:
    """What is at hand of a subscription, in its order."""
    found = []
    while lines.next_due(subscription) is not None:
        found.append(lines.take(subscription))
    return found


def test_of_a_line_only_the_first_is_at_hand_until_it_is_recorded() -> None:
    lines = entered(due("1"), due("2"), due("3", declaration="E"))
    assert taken(lines) == ["1", "3"]
    became(lines, "1", "pending", 5.0)
    assert lines.next_due("sub") == NOW + timedelta(seconds=5)
    assert taken(lines) == ["1"]
    became(lines, "1", "delivered")
    assert (list(lines.ended), taken(lines)) == (["1"], [])
    lines.leave("1")
    assert (list(lines.ended), taken(lines)) == ([], ["2"])


def test_what_is_due_first_is_at_hand_first() -> None:
    lines = entered(*(due(str(n), declaration=str(n), after=-n) for n in range(5)))
    assert taken(lines) == ["4", "3", "2", "1", "0"]


def test_what_another_process_recorded_leaves_from_wherever_it_stands() -> None:
    lines = entered(due("1"), due("2"), due("3"), due("4", subscription="other"))
    lines.leave("2")
    lines.leave("1")
    lines.leave("never")
    assert taken(lines) == ["3"]
    lines.leave("3")
    assert (lines.subscriptions(), list(lines.all)) == (["other"], ["4"])
    became(lines, "4", "pending")
    lines.changed("3", lines.all["4"].delivery)
    assert list(lines.all) == ["4"]


def test_nothing_is_due_to_a_subscription_that_ended() -> None:
    lines = entered(due("1"), due("2"), due("3", subscription="other"))
    own = lines.take("sub")
    lines.end("sub")
    lines.changed(own, due("1").delivery)
    lines.leave(own)
    assert (lines.subscriptions(), list(lines.all), lines.next_due("sub")) == (["other"], ["3"], None)


def test_what_is_too_much_for_one_subscription_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aforo.flow.due.MOST_WAITING", 2)
    lines = entered(due("1"), due("2"), due("3"), due("1"), due("4", subscription="other"))
    assert [(own, lines.all[own].delivery.last) for own in lines.ended] == [("3", "too_many_wait")]
    assert DueLines(lines.all).ended == lines.ended
    lines.leave("3")
    assert (taken(lines), taken(lines, "other")) == (["1"], ["4"])
