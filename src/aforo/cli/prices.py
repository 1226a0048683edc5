"""`aforo prices`: solve the price tables of bridges and put them in force, and show the price over the day."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import numpy as np
import polars as pl
import typer
from rich.markup import escape
from rich.table import Table
from rich.text import Text as RichText

from aforo.bootstrap import policy_in_force
from aforo.cli import data as published
from aforo.cli import terminal
from aforo.cli.data import DataFolder, Kind
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.log import AsJson, Keys, Store, log_to_read, made_log
from aforo.cli.refused_rows import refused_told, show_refused
from aforo.domain.clock import system_clock
from aforo.domain.input_refusal import RefusedRows
from aforo.flow import briefing, documents
from aforo.flow.live_bridges import directory_in_use
from aforo.flow.price_shown import PriceOfDay, assumed_of, price_of_day
from aforo.flow.prices import day_class
from aforo.flow.service_times import learn_anew
from aforo.flow.solving import (
    NotSolvableError,
    Worth,
    put_policy,
    solve_anew,
    tables_of,
    wanted,
    worth_of,
    worth_of_brief,
)
from aforo.intake import bts
from aforo.intake.published import MOST_BYTES
from aforo.log.artefacts import ArtefactChangedError, ArtefactMissingError
from aforo.log.store import ConcurrencyError, Log
from aforo.ports.document import Bridge, PortDocument
from aforo.ports.outlook import OutlookError, outlook
from aforo.ports.reading import PortError, parse
from aforo.routing import policy as policies
from aforo.routing.policy import Policy, PolicyError
from aforo.routing.prices import DAY_CLASSES
from aforo.settings import data_folder, officer

#: Height of the picture, in rows; its colours from cheap to dear.
_SHADES = " ░▒▓█"
_COLOURS = ("green", "green", "yellow", "orange3", "red")


class SolvedTable(msgspec.Struct, frozen=True):
    """One table: of which bridge, day class and resource, up to how many units, and whether it had to be solved."""

    bridge: str
    day: str
    resource: str
    units: int
    solved: bool


class Solved(msgspec.Struct, frozen=True):
    """What `prices solve --json` says. `trucks_a_day` is what a working day brings, by bridge; `problems` are bridges
    that have no prices, and why; `learnt` is R² of what was learnt of how long examinations take, by resource;
    `refused` are rows of the counts that could not be read."""

    tables: list[SolvedTable]
    trucks_a_day: dict[str, float]
    policy: dict[str, str]
    problems: dict[str, str]
    learnt: dict[str, dict[str, float]] = {}
    refused: list[dict[str, Any]] = []


def register(app: typer.Typer) -> None:
    """Add the group of commands to `app`."""
    about = "Prices: what a minute at a scanner or a dock costs the rest of the day."
    group = typer.Typer(no_args_is_help=True, help=about)
    group.command("solve")(solve)
    group.command("show")(show)
    app.add_typer(group, name="prices")


def solve(
    bridge: Annotated[list[str] | None, typer.Option("--bridge", help="A bridge (repeat it); default: all.")] = None,
    trucks: Annotated[
        float | None, typer.Option(min=1.0, max=100_000.0, help="Trucks of a working day, instead of the counts.")
    ] = None,
    counts: Annotated[Path | None, typer.Option(help="Monthly counts (BTS) instead of the newest copy.")] = None,
    model: Annotated[
        Path | None, typer.Option("--model", "-m", help="The worth of trucks by this model, where the log has too few.")
    ] = None,
    policy: Annotated[Path | None, typer.Option(help="A policy document (TOML) in place of the one in force.")] = None,
    by: Annotated[str, typer.Option("--by", help="Who puts them in force (default: this machine's user).")] = "",
    folder: DataFolder = None,
    store: Store = None,
    keys: Keys = None,
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """Solve the price tables of the bridges whose port documents are in force, those alone that are stale.

    Exit 1 where a bridge has no prices in the end, or a row of the counts could not be read.
    """
    say = Sentences("aforo.cli", lang)
    who = by.strip() or officer()
    tables: list[SolvedTable] = []
    rates: dict[str, float] = {}
    problems: dict[str, str] = {}
    runs: dict[str, str] = {}
    learnt: dict[str, dict[str, float]] = {}
    with made_log(store, keys) as log:
        chosen, own_policy = _bridges(log, bridge, say), _policy(policy, log, say)
        worth = _worth(log, own_policy, model, say)
        frame = None
        refused: tuple[RefusedRows, ...] = ()
        for port, each in chosen:
            try:
                if trucks is None and frame is None:
                    frame, refused = _counts(counts, folder, say)
                rate = trucks if trucks is not None else _rate(port, each, frame)
                times = learn_anew(log, each.id, who)
                learnt[each.id] = {name: round(known.r_squared, 3) for name, known in times.items()}
                wants = wanted(each, rate, worth, times={str(name): known for name, known in times.items()})
                with terminal.progress(each.name, len(wants)) as advance:
                    for one, anew in solve_anew(log, wants, who):
                        tables.append(SolvedTable(one.bridge, one.day_class, one.resource, one.units, anew))
                        advance()
                runs[each.id] = put_policy(log, port.code, each.id, own_policy, who).policy
                rates[each.id] = round(rate, 1)
            except NotSolvableError as lacking:
                problems[each.id] = say(lacking.code, **lacking.fields)
            except OutlookError as lacking:
                problems[each.id] = say.of(lacking.text)
            except ConcurrencyError:
                terminal.fail(say("port_put_raced"), to_do=say("port_put_raced_to_do"), code=terminal.FOUND)
    _tell(Solved(tables, rates, runs, problems, learnt, refused_told(refused)), say, as_json)
    if not as_json:
        show_refused(refused, say)
    if problems or refused:
        raise typer.Exit(terminal.FOUND)


def _policy(file: Path | None, log: Log, say: Sentences) -> Policy:
    try:
        return policies.parse(file.read_bytes()) if file is not None else policy_in_force(log)
    except OSError as wrong:
        terminal.fail(say("file_unusable", why=wrong.strerror), where=escape(str(file)), to_do=say("screen_to_do"))
    except PolicyError as wrong:
        terminal.fail(escape(say("policy_unusable", why=say.of(wrong.text))), to_do=say("screen_to_do"))


def _worth(log: Log, policy: Policy, model: Path | None, say: Sentences) -> Worth:
    try:
        return worth_of(log, policy)
    except NotSolvableError as few:
        if model is None:
            terminal.fail(say(few.code, **few.fields), to_do=say("prices_few_assessed_to_do"), code=terminal.FOUND)
    try:
        brief = briefing.parse((model / briefing.FILE).read_bytes())
        return worth_of_brief(brief.interest, policy)
    except (OSError, msgspec.MsgspecError, NotSolvableError) as wrong:
        why = escape(say("model_unusable", why=type(wrong).__name__))
        terminal.fail(why, where=escape(str(model)), to_do=say("model_unusable_to_do"))


def _bridges(log: Log, named: list[str] | None, say: Sentences) -> list[tuple[PortDocument, Bridge]]:
    """The bridges whose documents are in force, those alone that are named where any is."""
    try:
        ports = [parse(log.artefacts.get(hash_)) for hash_ in documents.in_force(log, "port").values()]
    except PortError as wrong:
        terminal.fail(escape(say.of(wrong.text)), to_do=say("port_mend"), code=terminal.FOUND)
    every = [(port, each) for port in ports for each in port.bridges]
    if not every:
        terminal.fail(say("prices_no_port"), to_do=say("prices_no_port_to_do"), code=terminal.FOUND)
    if not named:
        return every
    chosen = []
    for name in named:
        found = [(port, each) for port, each in every if name.strip().casefold() in map(str.casefold, each.names())]
        if not found:
            terminal.fail(say("prices_no_bridge", name=escape(name)), to_do=say("prices_no_port_to_do"))
        chosen += found
    return chosen


def _counts(file: Path | None, folder: Path | None, say: Sentences) -> tuple[pl.DataFrame, tuple[RefusedRows, ...]]:
    """The monthly counts of a file, or of the newest copy, and its refused rows."""
    if file is None:
        return _read(published.newest(data_folder(folder), Kind.bts, say)[0], Kind.bts.value)
    try:
        with file.open("rb") as opened:
            return _read(opened.read(MOST_BYTES + 1), file.name)
    except OSError as wrong:
        terminal.fail(say("file_unusable", why=wrong.strerror), where=escape(str(file)), to_do=say("port_file_to_do"))


def _read(data: bytes, source: str) -> tuple[pl.DataFrame, tuple[RefusedRows, ...]]:
    found = bts.read(data)
    return found.frame, RefusedRows.of("counts", source, found.problems, found.found)


def _rate(port: PortDocument, bridge: Bridge, frame: pl.DataFrame | None) -> float:
    """What a working day brings to a bridge, by the counts. Raises OutlookError."""
    assert frame is not None
    monthly = bts.monthly(frame, [port.code])
    trucks = monthly["count"].cast(pl.Float64).fill_null(np.nan).to_numpy()
    now: datetime = system_clock().astimezone(UTC)
    return outlook(port, bridge, monthly["month"].to_list(), trucks, now, 1, {}, None).trucks_a_day


def _tell(solved: Solved, say: Sentences, as_json: bool) -> None:
    if as_json:
        terminal.emit(solved)
        return
    table = terminal.listing(say, "prices", "bridge", "day", "resource", "units", "state", right=("units",))
    for each in solved.tables:
        state = say("prices_solved" if each.solved else "prices_kept")
        table.add_row(
            each.bridge, say(f"prices_{each.day}"), say(f"port_resource_{each.resource}"), str(each.units), state
        )
    terminal.show(table)
    for bridge, rate in solved.trucks_a_day.items():
        told = {"bridge": bridge, "trucks": f"{rate:,.0f}", "policy": say(f"policy_{solved.policy[bridge]}")}
        terminal.out.print(say("prices_from", **told), markup=False)
        for resource, explained in solved.learnt.get(bridge, {}).items():
            terminal.out.print(
                say("prices_learnt", resource=say(f"port_resource_{resource}"), explained=f"{explained:.2f}"),
                markup=False,
            )
    for bridge, why in solved.problems.items():
        terminal.err.print(f"{bridge}: {why}", markup=False)


def show(
    bridge: Annotated[str, typer.Argument(metavar="bridge", help="A bridge's id, name or alias, such as world-trade.")],
    resource: Annotated[str, typer.Option(help="scanner, portal, yard, dock or joint; default: the first.")] = "",
    day: Annotated[str, typer.Option(help="weekday, saturday, sunday or holiday.")] = "weekday",
    up: Annotated[int | None, typer.Option(min=0, max=64, help="Units up; default: all that stand there.")] = None,
    store: Store = None,
    keys: Keys = None,
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """Show what one more ordinary examination costs the rest of the day, by the hour and by the queue."""
    say = Sentences("aforo.cli", lang)
    wanted_day = day_class(day)
    if wanted_day is None:
        terminal.fail(say("prices_no_day", day=escape(day)), to_do=", ".join(DAY_CLASSES))
    with log_to_read(store, keys) as log:
        try:
            bridges = ((port, port.bridge(bridge)) for port in directory_in_use(log).ports)
            port, own_bridge = next(((port, each) for port, each in bridges if each is not None), (None, None))
            known = tables_of(log, bridge if own_bridge is None else own_bridge.id)
        except (ArtefactMissingError, ArtefactChangedError, ValueError, msgspec.MsgspecError) as wrong:
            terminal.fail(escape(f"{bridge}: {wrong}"), to_do=say("prices_none_to_do"), code=terminal.FOUND)
    own = [each for each in known if each.inputs.day_class == wanted_day]
    names = [each.inputs.resource for each in own]
    if not own or (resource and resource not in names):
        there = ", ".join(sorted({str(each.inputs.resource) for each in known}))
        to_do = say("prices_there_are", resources=there) if there else say("prices_none_to_do")
        named = f"{bridge} ({resource})" if resource else bridge
        told = say("prices_none", bridge=escape(named), day=say(f"prices_{wanted_day}"))
        terminal.fail(told, to_do=to_do, code=terminal.FOUND)
    shown = price_of_day(own[names.index(resource) if resource else 0], up)
    if port is not None and own_bridge is not None:
        assumed = assumed_of(own_bridge, shown.resource)
        shown = msgspec.structs.replace(shown, zone=port.zone, assumed=assumed)
    if as_json:
        terminal.emit(shown)
    else:
        _draw(shown, say)


def _draw(shown: PriceOfDay, say: Sentences) -> None:
    """A row an amount of waiting work, a column an hour: darker is dearer; the figures of some hours beside it."""
    told = {
        "bridge": shown.bridge,
        "resource": say(f"port_resource_{shown.resource}"),
        "day": say(f"prices_{shown.day}"),
        "up": shown.up,
    }
    told |= {"minutes": f"{shown.minutes:g}"}
    terminal.out.print(say("prices_title", **told), style="bold", markup=False)
    most = max((price for row in shown.prices for price in row), default=0.0) or 1.0
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column(say("prices_waiting"), justify="right")
    table.add_column(say("prices_over_day"), no_wrap=True)
    for hour in shown.hours[::6]:
        table.add_column(f"{hour:02}:00", justify="right")
    for work, row in reversed(list(zip(shown.waiting, shown.prices, strict=True))):
        picture = RichText()
        for price in row:
            shade = min(len(_SHADES) - 1, int(price / most * (len(_SHADES) - 1) + 0.999)) if price > 0.0 else 0
            picture.append(_SHADES[shade] * 2, style=_COLOURS[shade])
        table.add_row(f"{work:g}", picture, *(f"{price:.1f}" for price in row[::6]))
    terminal.show(table)
    terminal.out.print(say("prices_legend", most=f"{most:.1f}"), markup=False)
    if shown.zone:
        terminal.out.print(say("prices_zone", zone=shown.zone), markup=False)
    if shown.assumed:
        terminal.paragraph(say("prices_assumed", count=len(shown.assumed), places=", ".join(shown.assumed)))
