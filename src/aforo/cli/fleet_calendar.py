"""`aforo fleet calendar`: planned maintenance, put where the price of a minute is lowest."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer
from rich.markup import escape

from aforo.cli import terminal
from aforo.cli.fleet_bounds_shown import show_bounds
from aforo.cli.fleet_log import document, instant_or_day, read_log, several
from aforo.cli.fleet_terms import CauseOption, ZoneOption, scanner_terms
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.log import AsJson, Keys, Store, log_to_read
from aforo.cli.outputs import keep_apart
from aforo.domain.clock import system_clock
from aforo.domain.spreadsheet import cell
from aforo.fleet import contract as contracts_of
from aforo.fleet import maintenance as maintenance_of
from aforo.fleet.bounds import bounds
from aforo.fleet.interruption_rule import newest_rule
from aforo.flow.fleet_calendar import Calendar, Placed, calendar
from aforo.flow.fleet_log import record_of
from aforo.flow.icalendar import Appointment, icalendar
from aforo.flow.live_bridges import directory_in_use
from aforo.flow.scanner_places import bridge_of
from aforo.flow.solving import inputs_in_force
from aforo.log.artefacts import ArtefactChangedError, ArtefactMissingError
from aforo.ports.document import PortDocument
from aforo.routing.prices import Inputs

_FORMS: Final = (".csv", ".ics", ".json")
#: Scanners that are listed; the files and --json have all.
_MOST: Final = 30


def calendar_command(
    log: Annotated[Path, typer.Argument(help="The scanner log: CSV or NDJSON.")],
    plan: Annotated[Path, typer.Option(help="What maintenance is planned, how often and how long (TOML).")],
    contracts: Annotated[list[Path] | None, typer.Option(help="A contract (TOML); may be given several times.")] = None,
    bridge: Annotated[
        list[str] | None, typer.Option("--bridge", help="The scanners of this bridge alone (repeat it); default: all.")
    ] = None,
    at: Annotated[str, typer.Option(help="As of this day (UTC) or instant; by default now.")] = "",
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="file", help="Write it: .csv, .ics (iCalendar) or .json."),
    ] = None,
    store: Store = None,
    keys: Keys = None,
    zone: ZoneOption = "",
    cause: CauseOption = None,
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """Put the next planned maintenance of each scanner where the price of its hours is least, by the price tables in
    force. Exit 1 where a scanner that is due could not be put, or a row of the log could not be read."""
    say = Sentences("aforo.cli", lang)
    if out is not None and out.suffix.lower() not in _FORMS:
        terminal.fail(say("fleet_calendar_form", known=", ".join(_FORMS), given=escape(out.name)), where="-o")
    keep_apart({"-o": out}, [log, plan, *(contracts or []), store, keys], lang)
    own = document(plan, maintenance_of.parse, say)
    agreed = several(contracts, contracts_of.parse, say)
    read = read_log(log, None, say, scanner_terms(zone, cause, say))
    record = record_of(read)
    if not len(record):
        terminal.fail(say("fleet_report_empty"), to_do=say("fleet_report_empty_to_do"), code=terminal.FOUND)
    now = system_clock()
    since = instant_or_day(at or now.isoformat(), "UTC", say)
    with log_to_read(store, keys) as record_log, terminal.progress(say("fleet_calendar_solving")) as advance:
        try:
            ports = directory_in_use(record_log).ports

            def tables(bridge: str) -> list[Inputs]:
                return inputs_in_force(record_log, bridge)

            told = calendar(
                record, own, agreed, ports, tables, since, _asked(bridge or [], ports, say),
                min(2, os.cpu_count() or 1), lambda _done, _of: advance(1),
            )  # fmt: skip
        except (ArtefactMissingError, ArtefactChangedError, ValueError, msgspec.MsgspecError) as wrong:
            terminal.fail(escape(str(wrong)), to_do=say("prices_none_to_do"), code=terminal.FOUND)
    # A calendar file without an appointment is none (RFC 5545, section 3.6).
    empty = out is not None and out.suffix.lower() == ".ics" and not told.placed
    if out is not None and not empty:
        _write(told, out, now, say)
    lacking_rows = bounds(read.tally.not_counted, record, newest_rule())
    if as_json:
        terminal.emit(msgspec.structs.asdict(told) | {"bounds": lacking_rows})
    else:
        _tell(told, say)
        show_bounds(lacking_rows, say)
        if out is not None:
            terminal.paragraph(say("fleet_calendar_not_written" if empty else "fleet_calendar_written", file=out))
    if empty and as_json:
        terminal.paragraph(say("fleet_calendar_not_written", file=out), console=terminal.err)
    if told.unplaced or read.counts.total():
        raise typer.Exit(terminal.FOUND)


def _asked(names: list[str], ports: Sequence[PortDocument], say: Sentences) -> list[str]:
    """The identifiers of the bridges that are asked for by id, name or alias, or by the port that has but one."""
    found = []
    for name in names:
        own = bridge_of(name, ports)
        if own is None:
            terminal.fail(say("prices_no_bridge", name=escape(name)), where="--bridge")
        found.append(own.id)
    return found


def _write(told: Calendar, out: Path, now: datetime, say: Sentences) -> None:
    form = out.suffix.lower()
    if form == ".json":
        content = msgspec.json.encode(told)
    elif form == ".csv":
        content = table_of(told).encode("utf-8")
    else:
        content = icalendar([_appointment(each, say) for each in told.placed], say("fleet_calendar_name"), now)
    try:
        out.write_bytes(content)
    except OSError as error:
        wrong = escape(say("file_unusable", why=error.strerror or error))
        terminal.fail(wrong, where=escape(str(out)), to_do=say("bundle_file_to_do"))


def table_of(told: Calendar) -> str:
    """The calendar as CSV, one line a scanner; those that could not be put have no start, and why."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(
        ("scanner_id", "port", "bridge", "resource", "maintenance", "contract", "last", "due_from", "due_until",
         "overdue", "start", "end", "price_truck_minutes", "usual_start", "usual_price", "worst_price", "outside",
         "beyond_cap_hours", "late", "down", "usual_allowed", "reason")
    )  # fmt: skip
    for each in told.placed:
        usual = "" if each.usual_start is None else each.usual_start.isoformat()
        writer.writerow(
            (
                cell(each.scanner), cell(each.port), each.bridge, each.resource, cell(each.maintenance),
                cell(each.contract), "" if each.last is None else each.last.isoformat(), each.due_from.isoformat(),
                each.due_until.isoformat(), int(each.overdue), each.start.isoformat(), each.end.isoformat(),
                round(each.price, 3), usual, cell(None if each.usual_price is None else round(each.usual_price, 3)),
                round(each.worst_price, 3), int(each.outside), round(each.beyond, 3), int(each.late),
                int(each.down), usual and int(each.usual_allowed), "",
            )
        )  # fmt: skip
    for lacking in told.unplaced:
        empty = [""] * 11
        writer.writerow(
            (
                cell(lacking.scanner), cell(lacking.port), "", "", "", "", "", lacking.due_from.isoformat(),
                lacking.due_until.isoformat(), int(lacking.overdue), *empty, lacking.reason,
            )
        )  # fmt: skip
    return text.getvalue()


def _appointment(each: Placed, say: Sentences) -> Appointment:
    description = say(
        "fleet_calendar_described",
        start=f"{each.start:%Y-%m-%d %H:%M}",
        zone=str(each.start.tzinfo),
        price=f"{each.price:,.0f}",
        since=f"{each.due_from:%Y-%m-%d}",
        until=f"{each.due_until:%Y-%m-%d}",
        contract=each.contract or "–",
    )
    return Appointment(
        f"{each.scanner}.{each.maintenance}.{_cycle(each)}@fleet.aforo",
        each.start,
        each.end,
        say("fleet_calendar_summary", scanner=each.scanner, maintenance=each.maintenance),
        f"{each.port} ({each.bridge})",
        description,
    )


def _cycle(each: Placed) -> str:
    """What is the same of a maintenance however often the calendar is made: the end of the one before."""
    return "first" if each.last is None else f"{each.last.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _tell(told: Calendar, say: Sentences) -> None:
    terminal.paragraph(say("fleet_calendar_title", at=f"{told.at:%Y-%m-%d %H:%M}Z"), style="bold")
    if told.placed:
        numbers = ("price", "usual", "worst")
        table = terminal.listing(say, "fleet_calendar", "scanner", "bridge", "start", "hours", *numbers, "marks",
                                 right=("hours", *numbers))  # fmt: skip
        for each in told.placed[:_MOST]:
            marks = [say("fleet_calendar_overdue")] if each.overdue else []
            marks += [say("fleet_calendar_outside")] if each.outside else []
            marks += [say("fleet_calendar_beyond", hours=f"{each.beyond:,.1f}")] if each.beyond > 0.0 else []
            flags = {"late": each.late, "down": each.down, "usual_outside": not each.usual_allowed}
            marks += [say(f"fleet_calendar_{name}") for name, holds in flags.items() if holds]
            table.add_row(
                escape(each.scanner), escape(each.bridge), f"{each.start:%Y-%m-%d %H:%M} {each.start:%Z}",
                f"{(each.end - each.start).total_seconds() / 3600:g}", f"{each.price:,.0f}",
                "–" if each.usual_price is None else f"{each.usual_price:,.0f}", f"{each.worst_price:,.0f}",
                ", ".join(marks),
            )  # fmt: skip
        terminal.show(table)
        if len(told.placed) > _MOST:
            terminal.out.print(say("fleet_calendar_more", count=f"{len(told.placed) - _MOST:,}"), markup=False)
        terminal.paragraph(
            say(
                "fleet_calendar_sums",
                price=f"{told.price:,.0f}",
                together=f"{told.together:,.0f}",
                bound=f"{told.bound:,.0f}",
                beside=f"{told.usual_beside:,.0f}",
                usual=f"{told.usual:,.0f}",
                count=f"{told.usual_of:,}",
                worst=f"{told.worst:,.0f}",
                overlap=f"{told.overlap_hours:g}",
            )
        )
        terminal.paragraph(say("fleet_calendar_units"), style="dim")
        terminal.paragraph(say("fleet_calendar_rests"), style="dim")
    if not told.placed and not told.unplaced:
        terminal.paragraph(say("fleet_calendar_none"))
    for reason in ("no_bridge", "no_price"):
        names = [each.scanner for each in told.unplaced if each.reason == reason]
        if names:
            terminal.paragraph(say(f"fleet_calendar_{reason}", count=f"{len(names):,}", names=_some(names)))
    if told.without:
        names = list(told.without)
        terminal.paragraph(say("fleet_calendar_without", count=f"{len(names):,}", names=_some(names)))
    for device, count in told.others.items():
        terminal.paragraph(say("fleet_calendar_others", device=say(f"fleet_device_{device}"), count=f"{count:,}"))
    if told.assumed:
        terminal.paragraph(say("fleet_calendar_assumed", places=", ".join(told.assumed)))


def _some(names: list[str]) -> str:
    return ", ".join(names[:_MOST]) + (" …" if len(names) > _MOST else "")
