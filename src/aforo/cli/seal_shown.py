"""Devices, trips, verdicts and causes on the terminal."""

from __future__ import annotations

from datetime import datetime

from rich.markup import escape
from rich.table import Table

from aforo.cli import terminal
from aforo.cli.language import Sentences
from aforo.flow.causes_shown import CauseShown, CausesShown
from aforo.flow.custody_shown import DeviceShown, FactShown, SealShown, TripShown, VerdictShown


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
        seals = ", ".join(_seal(own) for own in each.seals if own.until is None)
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


def show_causes(found: CausesShown, say: Sentences) -> None:
    """A row a cause, the first first; and how many are not named."""
    table = terminal.listing(say, "seal", "found", "since", "until", "where", "known", "asks")
    for each in found.causes:
        until = say("seal_goes_on") if each.until is None else _at(each.until, say)
        where = ", ".join(named for named in (each.road, each.place) if named)
        asks = say("seal_yes" if each.asks else "seal_told_alone")
        cells = say.of(each.what), _at(each.since, say), until, where or say("seal_none"), how_known(each, say), asks
        table.add_row(*map(escape, cells))
    terminal.show(table)
    if found.more:
        terminal.out.print(say("seal_causes_more", count=found.more), markup=False)


def how_known(cause: CauseShown, say: Sentences) -> str:
    """How a cause is known; of a silence how it stands, and how many were heard on that road meanwhile."""
    parts = [say(f"seal_known_{cause.grade}")]
    if cause.gap is not None:
        parts.append(say(f"seal_gap_{cause.gap}"))
    if cause.expected:
        parts.append(say("seal_heard", heard=cause.heard, expected=cause.expected))
    return "; ".join(parts)


def _seal(seal: SealShown) -> str:
    """A seal by its device, with the crossing and the Carta Porte that it was put on for."""
    named = " · ".join(filter(None, (seal.crossing, seal.carta_porte)))
    return f"{seal.device} ({named})" if named else seal.device


def _fact(fact: FactShown, say: Sentences) -> str:
    told = say(f"seal_fact_{fact.code}", earliest=_at(fact.earliest, say), latest=_at(fact.latest, say))
    blocks = ", ".join(each[:12] for each in fact.rests_on)
    if fact.code in ("seen", "swapped") and fact.place:
        told += f" ({fact.place}; {say(f'seal_graded_{fact.grade}')})"
    if fact.gap is not None:
        told += f" ({say(f'seal_gap_{fact.gap}')})"
    return f"- {told}" + (f" ({say('seal_blocks')}: {blocks})" if blocks else "")


def _at(at: datetime | None, say: Sentences) -> str:
    return say("seal_none") if at is None else f"{at:%Y-%m-%d %H:%M:%S}Z"
