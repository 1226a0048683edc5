"""`aforo fleet cost`: what the hours of outages cost in examinations not made and in minutes waited, by the twin."""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.markup import escape

from aforo.cli import terminal
from aforo.cli.fleet_bounds_shown import show_bounds
from aforo.cli.fleet_log import period_of, read_log, written
from aforo.cli.fleet_terms import CauseOption, ZoneOption, scanner_terms
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.log import AsJson
from aforo.cli.outputs import keep_apart
from aforo.cli.refused_rows import leave_refused, refused_told, show_refused
from aforo.cli.twin_asked import CountsOption, border_with
from aforo.domain.clock import instant
from aforo.domain.scanner import CAUSES
from aforo.domain.spreadsheet import cell
from aforo.fleet.bounds import bounds
from aforo.fleet.interruption_rule import newest_rule
from aforo.flow.fleet_cost import Cost, OutageCost, Pieces, outage_cost, pieces
from aforo.flow.fleet_log import record_of
from aforo.measures.intervals import Interval, shown
from aforo.routing.choice import POLICIES
from aforo.twin.border import Border
from aforo.twin.of_port import ModelError
from aforo.twin.unit_loss import Asked, UnitLoss, unit_loss

#: Scanners that are listed; -o and --json have all.
_MOST: Final = 10
#: A sentence names no more places of assumed figures than this.
_NAMED: Final = 6


def cost(
    log: Annotated[Path, typer.Argument(help="The scanner log: CSV or NDJSON.")],
    since: Annotated[
        str, typer.Option("--from", help="The period: from this day (UTC) or instant on; by default the first report.")
    ] = "",
    until: Annotated[str, typer.Option(help="… and before this one; by default until the last report.")] = "",
    counts: CountsOption = None,
    policy: Annotated[str, typer.Option(help="By which trucks are decided on: " + ", ".join(POLICIES))] = "priced",
    replications: Annotated[int, typer.Option(min=2, max=500, help="Weeks that are simulated of each bridge.")] = 10,
    seed: Annotated[int, typer.Option(min=0, max=2**31, help="Of the weeks.")] = 1,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Write what each scanner, port and cause cost, as CSV."),
    ] = None,
    zone: ZoneOption = "",
    cause: CauseOption = None,
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """What outages cost: each hour at what the twin says that it costs with so many units down. SYNTHETIC.

    Exit 1 on a row of the log that could not be read.
    """
    say = Sentences("aforo.cli", lang)
    if policy not in POLICIES:
        terminal.fail(say("fleet_cost_policy", name=escape(policy)), where="--policy", to_do=", ".join(POLICIES))
    keep_apart({"-o": out}, [log, counts], lang)
    read = read_log(log, None, say, scanner_terms(zone, cause, say))
    record = record_of(read)
    start, end = period_of(since, until, [record.at], "UTC", say)
    border = border_with(counts, Sentences("aforo.twin", lang))
    down = pieces(record, border.ports.ports, start, end)
    asked = Asked(policy, replications, seed)
    tables, lacking = _tables(down, border, asked, say)
    told = outage_cost(record, down, tables, (policy, replications, seed), start, end)
    lacking_rows = bounds(read.tally.not_counted, record, newest_rule())
    if out is not None:
        written(out, table_of(told), say)
    if as_json:
        terminal.emit(
            {
                "from": instant(start),
                "until": instant(end),
                "cost": told,
                "not_modelled": lacking,
                "counts": border.origin,
                "bounds": lacking_rows,
                "refused": refused_told(border.refused),
            }
        )
    else:
        _tell(told, lacking, say)
        terminal.paragraph(Sentences("aforo.twin", lang)("premise_counts", counts=say.of(border.origin)))
        show_bounds(lacking_rows, say)
        show_refused(border.refused, say)
        if out is not None:
            terminal.paragraph(say("fleet_report_written_costs", file=out))
    if read.counts.total():
        raise typer.Exit(terminal.FOUND)
    leave_refused(border.refused)


def _tables(down: Pieces, border: Border, asked: Asked, say: Sentences) -> tuple[dict[int, UnitLoss], dict[str, str]]:
    """The twin's tables of the places where scanners were down, by their number; and why others have none."""
    found: dict[int, UnitLoss] = {}
    lacking: dict[str, str] = {}
    with terminal.progress(say("fleet_cost_simulating"), len(down.sites) * asked.replications) as advance:
        for number, (port, bridge, place) in enumerate(down.sites):
            counts = dict(border.counts.get(port.code, {}))
            try:
                if not counts:
                    raise ModelError("model_no_count", port=port.name, month="–")
                found[number] = unit_loss(
                    port, bridge, place, down.most(number), counts, asked, min(4, os.cpu_count() or 1), advance
                )
            except ModelError as wrong:
                lacking[f"{bridge.id}/{place}"] = say.of(wrong.text)
            except ValueError:
                lacking[f"{bridge.id}/{place}"] = say("fleet_cost_none_stands")
    return found, lacking


def table_of(told: OutageCost) -> str:
    """What each cause, port and scanner cost, one line each; what is unknown is empty. The last column counts the
    figures of the port documents that all of it rests on and no source supports."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    limits = ("", "_low", "_high")
    measures = ("examinations_not_made", "examinations_per_hour", "minutes_waited", "minutes_waited_per_hour")
    writer.writerow(
        ("by", "name", "hours", "hours_no_bridge", "hours_no_model", *(m + each for m in measures for each in limits),
         "origin", "assumed_figures")
    )  # fmt: skip
    assumed = sum(map(len, told.assumed.values()))
    groups = (("all", (told.all,)), ("cause", told.causes), ("port", told.ports), ("scanner", told.scanners))
    for by, costs in groups:
        for own in costs:
            name = "unexplained" if own.name is None and by == "cause" else own.name
            figures = [
                cell(value)
                for interval in (own.examinations, own.per_hour, own.waited, own.waited_per_hour)
                for value in _rounded(interval)
            ]
            hours = (own.hours, own.unknown.get("no_bridge", 0.0), own.unknown.get("no_model", 0.0))
            writer.writerow((by, cell(name), *(round(each, 4) for each in hours), *figures, "synthetic", assumed))
    return text.getvalue()


def _rounded(interval: Interval | None) -> tuple[float | None, float | None, float | None]:
    if interval is None or interval.value is None:
        return None, None, None
    return round(interval.value, 4), round(interval.low, 4), round(interval.high, 4)


def _tell(told: OutageCost, lacking: dict[str, str], say: Sentences) -> None:
    terminal.paragraph(
        say("fleet_cost_title", start=f"{instant(told.start):%Y-%m-%d}", end=f"{instant(told.end):%Y-%m-%d}"),
        style="bold",
    )
    terminal.out.print(say("fleet_cost_synthetic"), style="red", markup=False)
    unexplained = say("fleet_report_unexplained")
    named = [(say(f"fleet_cause_{each.name}") if each.name in CAUSES else unexplained, each) for each in told.causes]
    _table("cause", [*named, (say("fleet_cost_all"), told.all)], say)
    unknown = say("port_unknown")
    _table("port", [(each.name or unknown, each) for each in told.ports], say)
    _table("scanner", [(each.name or unknown, each) for each in told.scanners[:_MOST]], say)
    for each in told.modelled:
        fields = {"bridge": each.bridge, "place": say(f"port_resource_{each.place}"), "units": each.units}
        terminal.paragraph(say("fleet_cost_modelled", **fields, down=each.down))
    for bridge, places in told.assumed.items():
        if places:
            some = ", ".join(places[:_NAMED]) + (" …" if len(places) > _NAMED else "")
            terminal.paragraph(say("fleet_cost_assumed", bridge=bridge, count=len(places), places=escape(some)))
    for place, why in lacking.items():
        terminal.paragraph(say("fleet_cost_lacking", place=place, why=why))
    reasons = told.all.unknown
    if reasons:
        hours = {name: f"{reasons.get(name, 0.0):,.0f}" for name in ("no_bridge", "no_model")}
        terminal.paragraph(say("fleet_cost_unknown", **hours))
    for other in told.others:
        device = say(f"fleet_device_{other.device}")
        fields = {"device": device, "count": f"{other.devices:,}", "hours": f"{other.hours:,.0f}"}
        terminal.paragraph(say("fleet_cost_others", **fields))
    terminal.paragraph(
        say("fleet_cost_how", weeks=told.weeks, policy=say(f"policy_{told.policy}"), seed=told.seed), style="dim"
    )


def _table(column: str, costs: list[tuple[str, Cost]], say: Sentences) -> None:
    if not costs:
        return
    numbers = ("hours", "no_hours", "examinations", "per_hour", "waited", "waited_per_hour")
    table = terminal.listing(say, "fleet_cost", column, *numbers, right=numbers)
    for each in table.columns[3:]:
        each.no_wrap = True
    for name, own in costs:
        table.add_row(
            escape(name), f"{own.hours:,.0f}", f"{sum(own.unknown.values()):,.0f}", shown(own.examinations, digits=0),
            shown(own.per_hour, digits=2), shown(own.waited, digits=0), shown(own.waited_per_hour, digits=2),
        )  # fmt: skip
    terminal.show(table)
    terminal.out.print()
