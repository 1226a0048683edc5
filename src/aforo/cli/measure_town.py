"""`aforo measure town`: what a municipality is told of its bridges, from a log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Annotated

import msgspec
import typer
from rich.markup import escape

from aforo.cli import terminal
from aforo.cli.data import DataFolder
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.log import AsJson, Keys, Store, opened_log
from aforo.cli.refused_rows import leave_refused, refused_told, show_refused
from aforo.flow.live_bridges import LiveBridges
from aforo.flow.scoreboard import Board
from aforo.flow.town import DAYS, MOST_DAYS, Street, Town, town
from aforo.flow.town_closures import GoneTo, TownClosures, TrucksRange, closures, share_of
from aforo.flow.wait_outlooks import WaitForecast, waits_now
from aforo.intake.newest_counts import NewestCounts
from aforo.log.origin import clock_of
from aforo.measures.intervals import Interval
from aforo.ports.outlook import OutlookError
from aforo.settings import data_folder


def measure_town(
    bridges: Annotated[list[str], typer.Argument(metavar="bridge", help="The bridges of the town, by id or name.")],
    days: Annotated[int, typer.Option(min=1, max=MOST_DAYS, help="Local days that truck-hours are told of.")] = DAYS,
    apportion: Annotated[
        bool,
        typer.Option("--apportion", help="Give the town its part, by trucks, of what was published for the border."),
    ] = False,
    store: Store = None,
    keys: Keys = None,
    folder: DataFolder = None,
    language: LanguageOption = "",
    as_json: AsJson = False,
) -> None:
    """Show a town its queue in the street, truck-hours by day, what closures bring, and work at stake as a range."""
    say, words = Sentences("aforo.cli", language), Sentences("aforo.flow", language)
    with opened_log(store, keys) as log:
        log.clock = clock_of(log)
        board = Board(log)
        live = LiveBridges(log, board.directory)
        named = [live.called(each) for each in bridges]
        own = list(dict.fromkeys(each for each in named if each is not None))
        if None in named:
            wrong = bridges[named.index(None)]
            terminal.fail(escape(say("scoreboard_bridge", bridge=wrong)), to_do=say("scoreboard_bridge_to_do"))
        share = share_of(board.directory, own) if apportion else None
        if apportion and share is None:
            terminal.fail(say("town_no_share"), to_do=say("town_no_share_to_do"))
        counts = NewestCounts(data_folder(folder))()

        def to_come(bridge: str) -> WaitForecast | None:
            try:
                return waits_now(live, bridge, None, counts, log.clock())
            except OutlookError:
                return None

        made = town(board, live, own, to_come, log.clock(), log.marks, days, share)
        gone = closures(board.directory, own)
        refused = made.refused
        board.save()
    if as_json:
        terminal.emit({"town": made, "closures": gone, "refused": refused_told(refused)})
        leave_refused(refused)
        return
    _show(made, say, words)
    show_refused(refused, say)
    _show_closures(gone, say, words)
    leave_refused(refused)


def _show(made: Town, say: Sentences, words: Sentences) -> None:
    terminal.out.print(say("town_head", at=f"{made.now:%Y-%m-%d %H:%M}"), style="bold", markup=False)
    if made.origin != "live":
        terminal.paragraph(say("feed_synthetic"), style="bold")
    figures = ("queue", "street", "metres", "room", "wait")
    table = terminal.listing(say, "town_col", "bridge", *figures, right=figures)
    for each in made.bridges:
        room = "–" if each.room is None else say("town_assumed", room=each.room) if each.assumed else str(each.room)
        wait = "–" if each.minutes is None else say("feed_minutes", minutes=each.minutes)
        table.add_row(escape(each.name), *_street(each.now), room, wait)
    terminal.show(table)
    for each in made.bridges:
        if each.missing is not None:
            terminal.paragraph(f"{each.name}: {words.of(each.missing)}")
        elif each.begins:
            terminal.paragraph(say("town_begins", bridge=each.name, begins=each.begins))
    days = terminal.listing(say, "town_col", "day", "bridges", "hours", "state", right=("bridges", "hours"))
    for day in made.days:
        state = say("town_provisional") if day.provisional else say("town_settled")
        days.add_row(day.day.isoformat(), f"{day.measured}/{len(day.bridges)}", _hours(day.hours, say), state)
    terminal.show(days)
    for line in _without_hours(made, say, words):
        terminal.paragraph(line)
    if made.hours is not None:
        terminal.out.print(
            say("town_hours", hours=_hours(made.hours, say), **msgspec.structs.asdict(made.known)), markup=False
        )
    if made.cost is not None:
        low, high = (f"{float(f'{each:.3g}'):,.0f}" for each in (made.cost.low, made.cost.high))
        least, most = f"{made.cost.least:.2f}", f"{made.cost.most:.2f}"
        terminal.paragraph(say("town_cost", low=low, high=high, least=least, most=most))
    if made.work is not None:
        ends = (made.work.jobs_low, made.work.jobs_high, made.work.hours_low, made.work.hours_high)
        code = "town_work" if made.work.share is None else "town_work_part"
        code += "" if made.work.jobs_high >= 1.0 else "_none"
        share = {} if made.work.share is None else {"share": f"{100 * made.work.share:.0f}"}
        told = [f"{float(f'{each:.3g}'):,.0f}" for each in ends]
        names = ("low", "high", "least", "most")
        minutes = f"{made.work.minutes:g}"
        terminal.paragraph(say(code, minutes=minutes, **dict(zip(names, told, strict=True)), **share))
        for caveat in made.work.caveats:
            terminal.paragraph(words.of(caveat), "dim")
    for text in made.said:
        terminal.paragraph(words.of(text), "dim")


def _without_hours(made: Town, say: Sentences, words: Sentences) -> Iterator[str]:
    """Of each bridge on how many of the days no truck-hours are known, by the reason."""
    for bridge in made.bridges:
        own = [each for day in made.days for each in day.bridges if each.bridge == bridge.bridge]
        reasons = Counter(each.missing for each in own if each.missing is not None)
        for reason, count in reasons.items():
            yield say("town_no_hours", bridge=bridge.name, count=count, days=len(own), why=words.of(reason))


def _show_closures(gone: TownClosures, say: Sentences, words: Sentences) -> None:
    table = terminal.listing(say, "town_col", "closes", "to", "added", "trucks", right=("added", "trucks"))
    table.title, table.title_justify = say("town_closures", days=gone.days), "left"
    for own in gone.closes:
        for to in own.to:
            added = _added(to, say)
            table.add_row(escape(own.name), escape(to.name or say("town_nowhere")), added, _trucks(to.trucks, say))
    for each in gone.comes:
        table.add_row(escape(each.name), say("town_here"), "", _trucks(each.trucks, say))
    terminal.show(table)
    for own in gone.closes:
        if own.farther:
            terminal.paragraph(say("town_farther", bridge=own.name, bridges=", ".join(own.farther)), "dim")
    for text in gone.said:
        terminal.paragraph(words.of(text), "dim")


def _added(own: GoneTo, say: Sentences) -> str:
    """The minutes that a road adds; of one place in the documents it is said that it is one."""
    if own.added_minutes is not None:
        return say("feed_minutes", minutes=own.added_minutes)
    return "–" if own.bridge is None else say("town_one_place")


def _street(own: Street) -> tuple[str, str, str]:
    """The queue, what of it stands in the street, and the metres that this takes."""
    trucks, beyond = ("–" if each is None else str(each) for each in (own.trucks, own.beyond))
    return trucks, beyond, "–" if own.metres is None else "–".join(map(str, dict.fromkeys(own.metres)))


def _hours(own: Interval | None, say: Sentences) -> str:
    if own is None or own.value is None:
        return "–"
    return say("town_interval", value=f"{own.value:,.1f}", low=f"{own.low:,.1f}", high=f"{own.high:,.1f}")


def _trucks(own: TrucksRange, say: Sentences) -> str:
    return say("town_interval", value=f"{own.value:,}", low=f"{own.low:,}", high=f"{own.high:,}")
