"""`aforo port forecast`: the arrivals of the next hours at a bridge, with their intervals, drawn in the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import numpy as np
import polars as pl
import typer
from rich.markup import escape
from rich.text import Text as RichText

from aforo.cli import data as published
from aforo.cli import port_live, terminal
from aforo.cli.data import DataFolder, Kind
from aforo.cli.found import place_in_words
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.log import AsJson, Keys, log_to_read
from aforo.cli.refused_rows import leave_refused, show_refused, with_refused
from aforo.domain.clock import is_valid, system_clock
from aforo.domain.input_refusal import RefusedRows
from aforo.flow.coming import by_hour, counted_hours, way_to
from aforo.flow.outlooks import BridgeForecast, forecast_of
from aforo.intake import bts, hour_counts
from aforo.intake.published import MOST_BYTES
from aforo.ports import shipped
from aforo.ports.document import Bridge, PortDocument
from aforo.ports.outlook import OutlookError, outlook
from aforo.settings import data_folder

#: Width of the longest bar of the picture, in characters.
_WIDTH = 44
#: Fewer trucks an hour than this are told with a decimal: a mean of 0.2 is no zero.
_FEW = 10
_MOST_HOURS = 14 * 24


def forecast_bridge(
    bridge: Annotated[str, typer.Argument(metavar="bridge", help="A bridge's id, name or alias, such as world-trade.")],
    at: Annotated[str, typer.Option("--at", help="From this instant on (ISO 8601 with offset; default now).")] = "",
    hours: Annotated[int, typer.Option(min=1, max=_MOST_HOURS, help="How many hours.")] = 24,
    coverage: Annotated[float, typer.Option(min=0.5, max=0.99, help="What the interval holds.")] = 0.9,
    counts: Annotated[Path | None, typer.Option(help="Monthly counts (BTS) instead of the newest copy.")] = None,
    arrivals: Annotated[Path | None, typer.Option(help="Counted hours: CSV with `hour` and `count`.")] = None,
    filed: Annotated[Path | None, typer.Option(help="Trucks that have filed: CSV with `eta`, one a row.")] = None,
    store: Annotated[
        str | None, typer.Option(help="A log: its port documents, the hours its gates counted, the trucks that filed.")
    ] = None,
    keys: Keys = None,
    folder: DataFolder = None,
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """Forecast arrivals by hour with intervals: from counts, corrected by the last hours and by what has been filed.

    Exit 1 where a row of a file could not be read: the forecast lacks it.
    """
    say = Sentences("aforo.cli", lang)
    start = _instant(at, say)
    place, seen, expected = (
        _of_log(bridge, store, keys, start, say) if store else (shipped.bridge_called(bridge), {}, None)
    )
    if place is None:
        terminal.fail(say("forecast_no_bridge", name=escape(bridge)), to_do=say("forecast_no_bridge_to_do"))
    port, own = place
    refused: tuple[RefusedRows, ...] = ()
    if arrivals is not None:
        seen, refused = _hours(arrivals, "hour", say)
    if filed is not None:
        expected, of_filed = _hours(filed, "eta", say)
        refused += of_filed
    frame, of_counts = _counts(counts, folder, say)
    refused += of_counts
    table = bts.monthly(frame, [port.code])
    months, trucks = table["month"].to_list(), table["count"].cast(pl.Float64).fill_null(np.nan).to_numpy()
    try:
        said = outlook(port, own, months, trucks, start, hours, seen, expected, coverage=coverage)
    except OutlookError as wrong:
        terminal.fail(escape(say.of(wrong.text)), code=terminal.FOUND)
    until = f"{months[-1]:%Y-%m}" if months and said.basis == "monthly counts" else None
    answer = forecast_of(port, own, said, until)
    if as_json:
        terminal.emit(with_refused(answer, refused))
    else:
        called = f"{own.name}, {port.name} ({port.code})"
        terminal.out.print(say("port_forecast_title", bridge=called, zone=port.zone), markup=False)
        _draw(answer, say)
        show_refused(refused, say)
    leave_refused(refused)


def _of_log(
    bridge: str, store: str, keys: str | None, start: datetime, say: Sentences
) -> tuple[tuple[PortDocument, Bridge] | None, Mapping[datetime, int], Mapping[datetime, int] | None]:
    """The bridge that a log knows by a name, the hours that were counted there, and the trucks that have filed."""
    with log_to_read(store, keys) as log:
        live = port_live.live_of(log, say)
        named = live.called(bridge)
        if named is None:
            return None, {}, None
        way = way_to(log, named)
        filed = None if way is None else by_hour(way, named)
        return live.place(named), counted_hours(live, named, start), filed


def _instant(text: str, say: Sentences) -> datetime:
    if not text:
        return system_clock()
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = datetime(1, 1, 1)  # noqa: DTZ001 - one without an offset is refused below, as this is
    if not is_valid(at):
        terminal.fail(say("forecast_at", value=escape(text)), to_do=say("forecast_at_to_do"))
    return at.astimezone(UTC)


def _counts(file: Path | None, folder: Path | None, say: Sentences) -> tuple[pl.DataFrame, tuple[RefusedRows, ...]]:
    """The monthly counts, and their refused rows."""
    data = published.newest(data_folder(folder), Kind.bts, say)[0] if file is None else _bytes(file, say)
    found = bts.read(data)
    if found.frame.is_empty():
        what = say.of(found.problems[0].reason)
        terminal.fail(
            escape(what), where=escape(str(file or folder or "")), to_do=say("data_none_to_do", what=Kind.bts)
        )
    source = Kind.bts.value if file is None else file.name
    return found.frame, RefusedRows.of("counts", source, found.problems, found.found)


def _hours(file: Path, column: str, say: Sentences) -> tuple[Mapping[datetime, int], tuple[RefusedRows, ...]]:
    """The hours of a file, and its refused rows."""
    found = hour_counts.read(_bytes(file, say), column, once=column == "hour")
    for problem in found.problems[:10]:
        terminal.err.print(
            f"{say('refusal')} ({file.name}, {place_in_words(problem.place)}): {say.of(problem.reason)}", markup=False
        )
    if found.problems and not found.counts:
        raise typer.Exit(terminal.WRONG_USE)
    return found.counts, RefusedRows.of("hours", file.name, found.problems, found.found)


def _bytes(file: Path, say: Sentences) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(MOST_BYTES + 1)
    except OSError as wrong:
        terminal.fail(say("file_unusable", why=wrong.strerror), where=escape(str(file)), to_do=say("port_file_to_do"))


def _draw(answer: BridgeForecast, say: Sentences) -> None:
    """One line an hour: the mean as a bar, the interval as a lighter one behind it."""
    most = max((hour.high for hour in answer.hours), default=0) or 1
    table = terminal.listing(say, "port", "hour", "trucks", "interval", right=("trucks", "interval"))
    table.add_column("")
    day = None
    for hour in answer.hours:
        marks = [round(_WIDTH * value / most) for value in (hour.low, hour.mean, hour.high)]
        bar = RichText("█" * marks[0], style="cyan")
        bar.append("█" * max(0, marks[1] - marks[0]), style="bright_cyan")
        bar.append("░" * max(0, marks[2] - max(marks[0], marks[1])), style="dim")
        label = f"{hour.hour:%m-%d %H:%M %Z}" if hour.hour.date() != day else f"      {hour.hour:%H:%M %Z}"
        day = hour.hour.date()
        table.add_row(
            label, f"{hour.mean:.1f}" if hour.mean < _FEW else f"{hour.mean:.0f}", f"{hour.low}–{hour.high}", bar
        )
    terminal.show(table)
    by_hours, hours = answer.basis == "counted hours", f"{answer.hours_counted:,}"
    basis = say("port_by_hours", hours=hours) if by_hours else say("port_by_months", until=answer.counts_until)
    told = {"trucks": f"{answer.trucks_a_day:,.0f}", "coverage": f"{answer.coverage:.0%}", "basis": basis}
    terminal.paragraph(say("port_forecast_from", **told))
    if answer.hours_counted:
        terminal.paragraph(say("port_level", hours=hours, level=f"{answer.level:.2f}"))
    else:
        terminal.paragraph(say("port_no_level"))
    if answer.filings is not None:
        terminal.paragraph(say(f"port_filed_{answer.filings}"))
