"""`aforo port reads|waits|state`: what a bridge reports is recorded, and how bridges are now."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from aforo.bootstrap import officer, open_log
from aforo.cli import terminal
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.log import AsJson, Keys, Store, log_to_read, refusals
from aforo.domain.problem import Problem
from aforo.flow.bridges_shown import ALL, BridgeShown, Figure, HourShown, LaneShown, hours_shown, shown
from aforo.flow.live_bridges import LiveBridges, ports_in_use
from aforo.flow.published_waits import waits_of
from aforo.flow.telemetry import Recorded, Statement, blocks_of, record
from aforo.intake import border_waits, gate_reads
from aforo.log.artefacts import ArtefactChangedError, ArtefactMissingError
from aforo.log.store import Log
from aforo.ports.reading import PortError
from aforo.ports.shipped import feed_zone
from aforo.settings import settings

#: How many refused rows are listed; `--json` lists all.
_MOST = 20
#: A file is as large at most; a day of the whole border is a tenth of it.
MOST_BYTES = 256 * 1024 * 1024
#: In which unit an age is said: the unit's minutes, and the age from which on it is said in the next.
_UNITS = (("minutes", 1, 180), ("hours", 60, 72 * 60), ("days", 1440, math.inf))
_BARS = "▁▂▃▄▅▆▇█"
#: Sources that have a word of their own; the others are names of feeds.
_SOURCES = ("reads", "stated", "log", "document", "assumed")


def add(group: typer.Typer) -> None:
    """Add the commands to those of ports."""
    group.command("reads")(reads)
    group.command("waits")(waits)
    group.command("state")(state)


def reads(
    file: Annotated[Path, typer.Argument(help="Readings of gates: CSV or NDJSON with reader, at, plate or tag.")],
    store: Store = None,
    keys: Keys = None,
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """Record what readers at the gates read; plates and tags are kept as keyed hashes alone. Exit 1 on a bad row."""
    say = Sentences("aforo.cli", lang)
    data = contents(file, say)
    with ExitStack() as stack:
        log = _opened(stack, store, keys)
        live = live_of(log, say)
        told = gate_reads.read(data, live.readers.keys(), log.clock())
        done = recorded(blocks_of(told.reads, live.readers, log), log, say)
    counts = {"records": told.records, "reads": len(told.reads), "repeated": told.repeated}
    report(counts, done, told.problems, as_json, say)


def waits(
    file: Annotated[Path, typer.Argument(help="A feed of border waits, as `aforo data get bwt` fetches it.")],
    store: Store = None,
    keys: Keys = None,
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """Record waits that an agency publishes; they stand in where gates are not read. Exit 1 on what cannot be read."""
    say = Sentences("aforo.cli", lang)
    data = contents(file, say)
    with ExitStack() as stack:
        log = _opened(stack, store, keys)
        live = live_of(log, say)
        told = border_waits.read(data, log.clock(), feed_zone)
        done = recorded(waits_of(told.readings, live.ports), log, say)
    report({"readings": len(told.readings)}, done, list(told.problems), as_json, say)


def state(
    bridge: Annotated[
        str, typer.Argument(help="A bridge, by id, name or alias; all of them where none is named.")
    ] = "",
    at: Annotated[str, typer.Option(help="As of this instant (ISO 8601 with an offset); by default now.")] = "",
    store: Store = None,
    keys: Keys = None,
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """Queues, waits, lanes and resources of bridges, each with its source and age; what is missing is shown as that."""
    say = Sentences("aforo.cli", lang)
    where = settings(store, keys)
    with refusals(where.store), log_to_read(where.store, where.keys) as log:
        live = live_of(log, say)
        now = _instant(at, say) if at else log.clock()
        if not bridge:
            everywhere = [shown(each, live) for each in live.states(now)]
            terminal.emit(everywhere) if as_json else terminal.show(_overview(everywhere, say))
            return
        found = live.called(bridge)
        if found is None:
            terminal.fail(say("port_no_bridge", bridge=escape(bridge)), to_do=say("port_no_bridge_to_do"))
        one = shown(live.state(found, now), live)
        hours = hours_shown(found, live, now)
    if as_json:
        terminal.emit({"state": one, "hours": hours})
    else:
        _show(one, hours, say)


def contents(file: Path, say: Sentences) -> bytes:
    """The bytes of a file; leaves with an error in words where it cannot be read."""
    if not file.is_file():
        terminal.fail(say("no_such_file", file=file), to_do=say("no_such_file_to_do"))
    try:
        if file.stat().st_size > MOST_BYTES:
            most = f"{MOST_BYTES // 1024 // 1024:,}"
            terminal.fail(say("file_too_large", file=file, most=most), to_do=say("file_too_large_to_do"))
        return file.read_bytes()
    except OSError as error:
        terminal.fail(escape(say("file_unusable", why=error)), to_do=say("file_unusable_to_do"))


def live_of(log: Log, say: Sentences) -> LiveBridges:
    """The bridges of a log; leaves with an error in words where a document in force is damaged."""
    try:
        return LiveBridges(log, ports_in_use(log).values())
    except (PortError, ArtefactMissingError, ArtefactChangedError) as error:
        terminal.fail(escape(say("port_unusable", why=error)), to_do=say("port_unusable_to_do"), code=terminal.FOUND)


def recorded(said: Sequence[Statement], log: Log, say: Sentences) -> Recorded:
    """Record what is said, with progress."""
    done = Recorded(0, 0)
    with terminal.progress(say("recording"), len(said)) as advance:
        for first in range(0, len(said), 64):
            part = said[first : first + 64]
            more = record(part, log, actor=officer())
            done = Recorded(done.written + more.written, done.repeated + more.repeated)
            advance(len(part))
    return done


def report(counts: dict[str, int], done: Recorded, problems: Sequence[Problem], as_json: bool, say: Sentences) -> None:
    """What was recorded and what is wrong with the rest; leaves with 1 where something was refused."""
    refused = [each for each in problems if each.gravity == "refusal"]
    if as_json:
        terminal.emit(counts | {"written": done.written, "known": done.repeated, "problems": problems})
    else:
        table = Table(show_header=False)
        for code, count in (counts | {"written": done.written, "known": done.repeated}).items():
            table.add_row(say(f"telemetry_{code}"), f"{count:,}")
        table.add_row(say("telemetry_refused"), f"{len(refused):,}")
        terminal.show(table)
        for problem in problems[:_MOST]:
            terminal.out.print(f"{problem.place}: {say.of(problem.reason)}", markup=False)
        if len(problems) > _MOST:
            terminal.out.print(say("telemetry_more", count=f"{len(problems) - _MOST:,}"), markup=False)
    if refused:
        raise typer.Exit(terminal.FOUND)


def _opened(stack: ExitStack, store: str | None, keys: str | None) -> Log:
    where = settings(store, keys)
    stack.enter_context(refusals(where.store))
    return stack.enter_context(open_log(where))


def _instant(text: str, say: Sentences) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        terminal.fail(say("port_at", at=escape(text)), to_do=say("port_at_to_do"))
    return at


def _overview(bridges: Sequence[BridgeShown], say: Sentences) -> Table:
    table = Table(title=say("port_overview"), title_justify="left")
    for column in ("bridge", "local", "queue", "wait", "source", "open", "scanners", "backlog"):
        table.add_column(say(f"port_{column}"), justify="left" if column in ("bridge", "source") else "right")
    for each in bridges:
        every = each.lanes[0]
        told = [lane for lane in each.lanes if lane.wait_now is not None]
        lane = every if every.wait_now is not None or not told else told[0]
        resources = {one.resource: one for one in each.resources}
        booth, scanner = resources.get("booth"), resources.get("scanner")
        table.add_row(
            escape(each.bridge),
            each.local_time,
            _number(every.queue, say),
            _wait(lane, say),
            "" if lane.wait_now is None else _source(lane.wait_now.source, lane.wait_now.age_minutes, say),
            _value(None if booth is None else booth.up, say),
            _value(None if scanner is None else scanner.up, say),
            _value(None if scanner is None else scanner.backlog_minutes, say),
        )
    return table


def _show(one: BridgeShown, hours: Sequence[HourShown], say: Sentences) -> None:
    terminal.out.print(
        say("port_title", bridge=one.name, port=one.port_name, number=one.port, local=one.local_time), markup=False
    )
    arrivals = _figure(one.arrivals, say)
    terminal.out.print(say("port_arrivals", arrivals=arrivals), markup=False)
    lanes = Table(title=say("port_lanes"), title_justify="left")
    for column in ("lane", "open", "queue", "wait", "source", "p50", "p95", "buffer", "crossing", "missing"):
        lanes.add_column(say(f"port_{column}"), justify="left" if column in ("lane", "source", "missing") else "right")
    for each in one.lanes:
        own, crossed = each.waits, each.crossings
        lanes.add_row(
            say("port_all") if each.lane == ALL else each.lane,
            _figure(each.open, say) if each.lane != ALL else "",
            _number(each.queue, say),
            _wait(each, say),
            "" if each.wait_now is None else _source(each.wait_now.source, each.wait_now.age_minutes, say),
            _number(None if own is None else own.p50.value, say),
            _number(None if own is None else own.p95.value, say),
            _number(None if own is None else own.buffer_time, say),
            _number(None if crossed is None else crossed.p50.value, say),
            "" if each.missing is None else say(f"port_missing_{each.missing}"),
        )
    terminal.show(lanes)
    resources = Table(title=say("port_resources"), title_justify="left")
    for column in ("resource", "up", "stands", "manned", "waiting", "serving", "backlog"):
        resources.add_column(say(f"port_{column}"), justify="left" if column == "resource" else "right")
    for resource in one.resources:
        resources.add_row(
            say(f"port_resource_{resource.resource}"),
            *(_figure(each, say) for each in (resource.up, resource.stands, resource.manned)),
            *(say("port_unknown") if each is None else f"{each}" for each in (resource.waiting, resource.serving)),
            _figure(resource.backlog_minutes, say),
        )
    terminal.show(resources)
    for line in _picture([each for each in hours if each.lane == ALL], say):
        terminal.out.print(line, markup=False)


def _picture(hours: Sequence[HourShown], say: Sentences) -> list[str]:
    """The median wait of each hour of the day as a row of bars; a dot where it is missing."""
    known = [each.waits.p50.value for each in hours if each.waits is not None]
    if not known:
        return []
    top = max(*known, 1.0)
    bars = ["·" if each.waits is None else _BARS[int(each.waits.p50.value / top * (len(_BARS) - 1))] for each in hours]
    return [
        say("port_picture", top=f"{top:.0f}"),
        "  " + " ".join(bars),
        "  " + " ".join(f"{each.begins:%H}"[-1] for each in hours),
        say("port_picture_from", first=f"{hours[0].begins:%Y-%m-%d %H:%M}", last=f"{hours[-1].begins:%H:%M}"),
    ]


def _wait(lane: LaneShown, say: Sentences) -> str:
    now = lane.wait_now
    if now is None:
        return say("port_unknown")
    if now.low is None or now.high is None:
        return f"{now.minutes:.0f}"
    return f"{now.minutes:.0f} ({now.low:.0f}–{now.high:.0f})"


def _source(source: str, age: float | None, say: Sentences) -> str:
    named = say(f"port_source_{source}") if source in _SOURCES else source
    if age is None:
        return named
    unit, size = next((unit, size) for unit, size, most in _UNITS if age < most)
    return say(f"port_aged_{unit}", source=named, count=f"{age / size:.0f}")


def _figure(figure: Figure | None, say: Sentences) -> str:
    if figure is None:
        return say("port_unknown")
    return f"{figure.value:.0f} · {_source(figure.source, figure.age_minutes, say)}"


def _value(figure: Figure | None, say: Sentences) -> str:
    return say("port_unknown") if figure is None else f"{figure.value:.0f}"


def _number(value: float | None, say: Sentences) -> str:
    return say("port_unknown") if value is None else f"{value:.0f}"
