"""Devices, trips and verdicts on the terminal."""

from __future__ import annotations

from datetime import datetime

from rich.markup import escape
from rich.table import Table

from aforo.cli import terminal
from aforo.cli.language import Sentences
from aforo.flow.custody_shown import DeviceShown, FactShown, TripShown, VerdictShown


def devices_table(found: list[DeviceShown], say: Sentences) -> Table:
    """A row a device."""
    table = terminal.listing(say, "seal", "device", "supplier", "promise", "signs", "trip", "last_heard")
    for each in found:
        signs = say("seal_retired") if each.retired else say("seal_yes" if each.signs else "seal_no")
        cells = each.device, each.supplier, f"{each.promise_s:,} s", signs, each.trip or "", _at(each.last_heard, say)
        table.add_row(*map(escape, cells))
    return table


def trips_table(found: list[TripShown], say: Sentences) -> Table:
    """A row a trip."""
    table = terminal.listing(say, "seal", "trip", "regime", "carrier", "seals", "deadline", "stands")
    for each in found:
        stands = "seal_over" if each.discharged_at else "seal_overdue" if each.overdue else "seal_under_way"
        seals = ", ".join(own.device for own in each.seals if own.until is None)
        cells = each.trip, say(f"seal_regime_{each.regime}"), each.carrier, seals, _at(each.deadline, say), say(stands)
        table.add_row(*map(escape, cells))
    return table


def show_verdict(found: VerdictShown, say: Sentences) -> None:
    """The verdict in words, what it rests on, and the states since the sealing."""
    state, grade = say(f"seal_state_{found.state}"), say(f"seal_grade_{found.grade}")
    terminal.out.print(
        say("seal_verdict", trip=found.trip, state=state, at=_at(found.at, say), known=_at(found.known_by, say)),
        markup=False,
    )
    if found.before is not None:
        terminal.out.print(say("seal_before", state=say(f"seal_state_{found.before}")), markup=False)
    if found.state != "unsealed":
        terminal.out.print(grade, markup=False)
    for fact in (*found.facts, *found.noted):
        terminal.out.print(_fact(fact, say), markup=False)
    if found.spans:
        table = terminal.listing(say, "seal", "device", "state", "since", "until", "grade")
        for each in found.spans:
            name = say(f"seal_state_{each.state}")
            told = say(f"seal_graded_{each.grade}")
            cells = each.device, name, _at(each.since, say), _at(each.until, say), told
            table.add_row(*map(escape, cells))
        terminal.show(table)


def _fact(fact: FactShown, say: Sentences) -> str:
    told = say(f"seal_fact_{fact.code}", earliest=_at(fact.earliest, say), latest=_at(fact.latest, say))
    blocks = ", ".join(each[:12] for each in fact.rests_on)
    if fact.code in ("seen", "swapped") and fact.place:
        told += f" ({fact.place}; {say(f'seal_graded_{fact.grade}')})"
    return f"- {told}" + (f" ({say('seal_blocks')}: {blocks})" if blocks else "")


def _at(at: datetime | None, say: Sentences) -> str:
    return say("seal_none") if at is None else f"{at:%Y-%m-%d %H:%M:%S}Z"
