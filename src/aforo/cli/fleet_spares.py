"""`aforo fleet spares`: failures that come back, parts that are waited for, and how many spares end the waiting."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer
from rich.markup import escape

from aforo.cli import terminal
from aforo.cli.fleet_bounds_shown import show_bounds
from aforo.cli.fleet_log import period_of, read_log
from aforo.cli.fleet_terms import CauseOption, ZoneOption, scanner_terms
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.log import AsJson
from aforo.domain.clock import instant
from aforo.fleet.bounds import Bounds, bounds
from aforo.fleet.ledger import ledger
from aforo.fleet.places import places
from aforo.fleet.recurring import Recurring, recurring
from aforo.fleet.spares import FEWEST, Parts, Spares, parts, spares
from aforo.fleet.target import REPEAT_DAYS
from aforo.flow.fleet_log import record_of
from aforo.measures.intervals import shown

#: How long a part takes to come, in days, and the chance of waiting, where nobody says: assumed.
LEAD_DAYS: Final = 30.0
LEVEL: Final = 0.05
#: Runs that are listed, and rows of each; --json has all.
_MOST: Final = 20
#: Years that have a column each.
_YEARS: Final = 10


class Told(msgspec.Struct, frozen=True):
    """What `--json` says. `assumed` are the options that were not given; `bounds` say how figures may be off while rows
    of the log are not counted."""

    start: int
    end: int
    within_days: int
    recurring: tuple[Recurring, ...]
    parts: tuple[Parts, ...]
    spares: tuple[Spares, ...]
    assumed: tuple[str, ...]
    bounds: Bounds


def spares_command(
    log: Annotated[Path, typer.Argument(help="The scanner log: CSV or NDJSON.")],
    since: Annotated[
        str, typer.Option("--from", help="The period: from this day (UTC) or instant on; by default the first report.")
    ] = "",
    until: Annotated[str, typer.Option(help="… and before this one; by default until the last report.")] = "",
    within: Annotated[
        int,
        typer.Option(min=0, max=3_650, help="Days after a repair within which a failure for the same cause recurs."),
    ] = REPEAT_DAYS,
    lead_days: Annotated[
        float | None, typer.Option(min=0.01, max=3_650.0, help="Days until a part that is ordered comes.")
    ] = None,
    level: Annotated[
        float | None, typer.Option(min=0.0001, max=0.9999, help="The chance of waiting for a part that is accepted.")
    ] = None,
    zone: ZoneOption = "",
    cause: CauseOption = None,
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """Which failures come back, how often parts fail and how long they are waited for, and the spares that keep the
    chance of waiting low. Exit 1 on a row of the log that could not be read."""
    say = Sentences("aforo.cli", lang)
    read = read_log(log, None, say, scanner_terms(zone, cause, say))
    record = record_of(read)
    start, end = period_of(since, until, [record.at], "UTC", say)
    found = ledger(record, end)
    own = parts(found, start, end)
    given = {"--lead-days": lead_days, "--level": level}
    days, chance = LEAD_DAYS if lead_days is None else lead_days, LEVEL if level is None else level
    told = Told(
        start, end, within, tuple(recurring(found, places(record), within, start, end)), tuple(own),
        tuple(spares(own, days, chance)), tuple(name for name, value in given.items() if value is None),
        bounds(read.tally.not_counted, record, found.rule),
    )  # fmt: skip
    if as_json:
        terminal.emit(told)
    else:
        _tell(told, days, chance, say)
        show_bounds(told.bounds, say)
    if read.counts.total():
        raise typer.Exit(terminal.FOUND)


def _tell(told: Told, days: float, level: float, say: Sentences) -> None:
    span = {"start": f"{instant(told.start):%Y-%m-%d}", "end": f"{instant(told.end):%Y-%m-%d}"}
    terminal.paragraph(say("fleet_spares_title", **span), style="bold")
    _again(told, say)
    numbers = ("failures", "hours", "wait", "rate", "a_year")
    table = terminal.listing(say, "fleet_spares", "kind", "scanners", "years", *numbers,
                             right=("scanners", "years", *numbers))  # fmt: skip
    for column in table.columns[-2:]:
        column.no_wrap = True
    unknown = say("fleet_spares_no_kind")
    for each in told.parts:
        wait = "–" if each.wait is None else f"{each.wait:,.0f}"
        table.add_row(
            escape(each.kind or unknown), f"{each.scanners:,}", f"{each.years:,.1f}", f"{each.failures:,}",
            f"{each.hours:,.0f}", wait, shown(each.rate, digits=2), shown(each.a_year, digits=1),
        )  # fmt: skip
    terminal.show(table)
    terminal.paragraph(say("fleet_spares_parts"), style="dim")
    terminal.out.print()
    _years(told, say)
    for own in told.spares:
        kind = own.kind or unknown
        if own.thin is not None:
            terminal.paragraph(say(f"fleet_spares_{own.thin}", kind=kind, fewest=FEWEST))
        else:
            terminal.paragraph(
                say(
                    "fleet_spares_needed",
                    kind=kind,
                    spares=own.spares,
                    waits=f"{own.waits or 0.0:.1%}",
                    cautious=own.cautious,
                    order=f"{own.on_order or 0.0:.1f}",
                )
            )
    terminal.paragraph(say("fleet_spares_how", days=f"{days:g}", level=f"{100.0 * level:g} %"), style="dim")
    if told.assumed:
        terminal.paragraph(say("fleet_spares_assumed", options=", ".join(told.assumed)))


def _years(told: Told, say: Sentences) -> None:
    """How many failed in each year, a column a year."""
    years = [str(each.year) for each in told.parts[0].by_year] if told.parts else []
    if not 1 < len(years) <= _YEARS:
        return
    table = terminal.listing(lambda code: code.removeprefix("_"), "", say("fleet_spares_kind"), *years, right=years)
    for each in told.parts:
        table.add_row(
            escape(each.kind or say("fleet_spares_no_kind")), *(shown(own.failures, digits=0) for own in each.by_year)
        )
    terminal.show(table)
    terminal.out.print()


def _again(told: Told, say: Sentences) -> None:
    if not told.recurring:
        terminal.paragraph(say("fleet_spares_none_again", days=told.within_days))
        terminal.out.print()
        return
    count, failures = len(told.recurring), sum(len(each.failures) for each in told.recurring)
    terminal.paragraph(say("fleet_spares_again", runs=f"{count:,}", failures=f"{failures:,}", days=told.within_days))
    table = terminal.listing(say, "fleet_spares", "scanner", "port", "cause", "times", "hours", "first", "rows",
                             right=("times", "hours"))  # fmt: skip
    for each in told.recurring[:_MOST]:
        rows = ", ".join(str(own.row) for own in each.failures[:_MOST])
        table.add_row(
            escape(each.scanner), escape(each.port or say("port_unknown")), say(f"fleet_cause_{each.cause}"),
            f"{len(each.failures):,}", f"{each.hours:,.0f}", f"{instant(each.failures[0].start):%Y-%m-%d}",
            rows + (" …" if len(each.failures) > _MOST else ""),
        )  # fmt: skip
    terminal.show(table)
    terminal.out.print()
