"""The waits to come at a bridge as a table: a row for each half hour by the port's clock, a column for each class."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from rich.markup import escape
from rich.table import Table

from aforo.cli import terminal
from aforo.cli.language import Sentences
from aforo.domain.text import Text
from aforo.flow.bridges_shown import ALL
from aforo.flow.wait_outlooks import LaneForecast, WaitForecast, WaitTold


def show_to_come(told: WaitForecast | None, lacking: Text | None, zone: str, say: Sentences) -> None:
    """The waits to come with their intervals; of a class that has none, or of all, why."""
    if told is None:
        if lacking is not None:
            terminal.paragraph(escape(say("port_to_come_none", why=say.of(lacking))))
        return
    known = [each for each in told.lanes if each.waits and each.served_by is None]
    if known:
        terminal.show(_table(told, known, zone, say))
        coverage = f"{told.coverage:.0%}"
        terminal.paragraph(say("port_to_come_rests", coverage=coverage))
    for each in told.lanes:
        if each.missing is None and each.served_by is not None:
            by = say(f"lane_{each.served_by}")
            terminal.paragraph(say("port_to_come_served_by", lane=_called(each, say), by=by))
    lacks: dict[str, list[str]] = {}
    for each in told.lanes:
        if each.missing is not None:
            lacks.setdefault(say.of(each.missing), []).append(_called(each, say))
    for why, classes in lacks.items():
        terminal.paragraph(escape(say("port_to_come_lacks", lanes=", ".join(classes), why=why)))


def _table(told: WaitForecast, lanes: Sequence[LaneForecast], zone: str, say: Sentences) -> Table:
    clock = f"{told.at.astimezone(ZoneInfo(zone)):%Z}"
    table = Table(title=say("port_to_come", zone=clock), title_justify="left")
    table.add_column(say("port_to_come_at"))
    for each in lanes:
        table.add_column(escape(_called(each, say)), justify="right")
    for row in zip(*(each.waits for each in lanes), strict=True):
        table.add_row(f"{row[0].at:%H:%M}", *(escape(_wait(each, say)) for each in row))
    return table


def _called(each: LaneForecast, say: Sentences) -> str:
    return say("port_all") if each.lane == ALL else say(f"lane_{each.lane}")


def _wait(wait: WaitTold, say: Sentences) -> str:
    if wait.closed:
        return say("port_to_come_closed")
    if wait.minutes is None or wait.low is None:
        return say("port_to_come_never")
    high = say("port_to_come_never") if wait.high is None else f"{wait.high:.0f}"
    return f"{wait.minutes:.0f} ({wait.low:.0f}–{high})"
