"""`aforo port reads|waits|state`: what a bridge reports is recorded, and how bridges are now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from aforo.cli import terminal
from aforo.cli.data import DataFolder
from aforo.cli.found import place_in_words
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.log import AsJson, Keys, Store, log_to_read, made_log
from aforo.cli.port_state import show_all, show_one
from aforo.cli.port_waits import show_to_come
from aforo.cli.refused_rows import leave_refused, refused_told, show_refused
from aforo.domain.clock import instant, is_valid
from aforo.domain.problem import Problem
from aforo.domain.text import Text
from aforo.flow.bridges_shown import hours_shown, refused_of_states, shown
from aforo.flow.coming import way_to
from aforo.flow.input_refusals import open_refusals, refusals_of
from aforo.flow.live_bridges import LiveBridges, directory_in_use
from aforo.flow.on_the_way import OnTheWay
from aforo.flow.published_waits import believed, waits_of
from aforo.flow.telemetry import Recorded, Statement, blocks_of, record
from aforo.flow.wait_outlooks import WaitForecast, waits_now
from aforo.intake import border_waits, gate_reads
from aforo.intake.newest_counts import NewestCounts
from aforo.log.artefacts import ArtefactChangedError, ArtefactMissingError
from aforo.log.store import Log
from aforo.ports.outlook import OutlookError
from aforo.ports.reading import PortError
from aforo.ports.shipped import feed_zone
from aforo.settings import data_folder, officer

#: How many refused rows are listed; `--json` lists all.
_MOST = 20
#: A file is as large at most; a day of the whole border is a tenth of it.
MOST_BYTES = 256 * 1024 * 1024


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
    with made_log(store, keys) as log:
        live = live_of(log, say)
        with terminal.progress(file.name):
            told = gate_reads.read(data, live.readers.keys(), log.clock())
            blocks = blocks_of(told.reads, live.readers, log)
        instants = [instant(each.at) for each in told.reads]
        refused = refusals_of("readings", file.name, told.problems, data, log, instants=instants)
        done = recorded([*blocks, *refused], log, say)
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
    with made_log(store, keys) as log:
        live = live_of(log, say)
        told = border_waits.read(data, log.clock(), feed_zone)
        readings, beyond = believed(told.readings, live.ports)
        problems = [*told.problems, *beyond]
        instants = [each.at for each in readings]
        refused = refusals_of("waits", file.name, told.problems, data, log, instants=instants)
        done = recorded([*waits_of(readings, live.ports), *refused], log, say)
    report({"readings": len(readings)}, done, problems, as_json, say)


def state(
    bridge: Annotated[
        str, typer.Argument(help="A bridge, by id, name or alias; all of them where none is named.")
    ] = "",
    at: Annotated[str, typer.Option(help="As of this instant (ISO 8601 with an offset); by default now.")] = "",
    store: Store = None,
    keys: Keys = None,
    folder: DataFolder = None,
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """Queues, waits, lanes and resources of bridges, each with its source and age; what is missing is shown as that. Of
    one bridge the waits to come as well, by lane class."""
    say = Sentences("aforo.cli", lang)
    with log_to_read(store, keys) as log:
        live = live_of(log, say)
        now = instant_of(at, say) if at else log.clock()
        found = live.called(bridge) if bridge else None
        if bridge and found is None:
            terminal.fail(say("port_no_bridge", bridge=escape(bridge)), to_do=say("port_no_bridge_to_do"))
        with terminal.progress(say("reading_log")) as advance:
            live.look(advance)
        if found is None:
            zones = {each: live.place(each)[0].zone for each in live.names()}
            lost = refused_of_states(open_refusals(log), list(zones), now)
            everywhere = [shown(each, live, lost) for each in live.states(now)]
            if as_json:
                terminal.emit(everywhere)
            else:
                show_all(everywhere, zones, say)
                show_refused(lost, say)
            leave_refused(lost)
            return
        lost = refused_of_states(open_refusals(log), [found], now)
        one = shown(live.state(found, now), live, lost)
        hours = hours_shown(found, live, now)
        # Who is on the way is known of now alone: of then, those who have come since are gone from the list.
        way = None if at else way_to(log, found)
        to_come, lacking = _to_come(live, found, way, NewestCounts(data_folder(folder)), now)
    if as_json:
        told = {"wait_forecast": to_come, "forecast_missing": lacking}
        terminal.emit({"state": one, "hours": hours, **told, "refused": refused_told(lost)})
    else:
        show_one(one, hours, *live.place(found), say)
        show_refused(lost, say)
        show_to_come(to_come, lacking, live.place(found)[0].zone, say)
    leave_refused(lost)


def _to_come(
    live: LiveBridges, bridge: str, way: OnTheWay | None, counts: NewestCounts, now: datetime
) -> tuple[WaitForecast | None, Text | None]:
    """The waits to come at a bridge, or what is lacking for any."""
    try:
        return waits_now(live, bridge, way, counts(), now), None
    except OutlookError as lacking:
        return None, lacking.text


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
        return LiveBridges(log, directory_in_use(log))
    except (PortError, ArtefactMissingError, ArtefactChangedError) as error:
        terminal.fail(escape(say("port_unusable", why=error)), to_do=say("port_unusable_to_do"), code=terminal.FOUND)


def recorded(said: Sequence[Statement], log: Log, say: Sentences) -> Recorded:
    """Record what is said, with progress."""
    done = Recorded(0, 0)
    with terminal.progress(say("recording"), len(said)) as advance:
        for first in range(0, len(said), 64):
            part = said[first : first + 64]
            more = record(part, log, actor=officer(), origin=log.marks)
            done = Recorded(done.written + more.written, done.repeated + more.repeated, (*done.refused, *more.refused))
            advance(len(part))
    return done


def report(counts: dict[str, int], done: Recorded, problems: Sequence[Problem], as_json: bool, say: Sentences) -> None:
    """What was recorded and what is wrong with the rest; leaves with 1 where something was refused."""
    problems = sorted(problems, key=Problem.rank)
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
            terminal.out.print(f"{place_in_words(problem.place)}: {say.of(problem.reason)}", markup=False)
        if len(problems) > _MOST:
            terminal.out.print(say("telemetry_more", count=f"{len(problems) - _MOST:,}"), markup=False)
    if refused:
        raise typer.Exit(terminal.FOUND)


def instant_of(text: str, say: Sentences) -> datetime:
    """The instant that an option says; without an offset, or of no year that an input may name, it is wrong use."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or not is_valid(at):
        terminal.fail(say("port_at", at=escape(text)), to_do=say("port_at_to_do"))
    return at
