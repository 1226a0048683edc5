"""`aforo fleet`: the scanner log is recorded and reported on, and which scanner is up."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from aforo.cli import fleet_documents, terminal
from aforo.cli.fleet_calendar import calendar_command
from aforo.cli.fleet_cost import cost as cost_command
from aforo.cli.fleet_refused import refused_command, settle_command
from aforo.cli.fleet_report import report as report_command
from aforo.cli.fleet_spares import spares_command
from aforo.cli.fleet_terms import CauseOption, ZoneOption, checked_zone, meanings
from aforo.cli.fleet_work_orders import from_work_orders, to_work_orders
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.log import AsJson, Keys, Store, log_to_read, made_log
from aforo.cli.port_live import contents, live_of, recorded, report
from aforo.flow.bridges_shown import ScannerShown, scanners_shown
from aforo.flow.fleet_documents import FleetDocuments
from aforo.flow.scanner_reports import refusals_of, reports_of, scans_of, terms_of, unplaced
from aforo.intake import scanner_log
from aforo.intake.scanner_terms import ScannerTerms


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    group = typer.Typer(
        no_args_is_help=True, help="Scanners: record what was reported of them, see which is up, report on a period."
    )
    group.command("load")(load)
    group.command("list")(listed)
    group.command("refused")(refused_command)
    group.command("settle")(settle_command)
    group.command("report")(report_command)
    group.command("calendar")(calendar_command)
    group.command("cost")(cost_command)
    group.command("spares")(spares_command)
    group.command("from-work-orders")(from_work_orders)
    group.command("to-work-orders")(to_work_orders)
    fleet_documents.register(group)
    app.add_typer(group, name="fleet")


def load(
    file: Annotated[Path, typer.Argument(help="The scanner log: CSV or NDJSON, reports and scans.")],
    zone: ZoneOption = "",
    cause: CauseOption = None,
    store: Store = None,
    keys: Keys = None,
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """Record reports and scans of scanners; what is told twice counts once. Exit 1 on a bad row: the record keeps how
    many rows were refused, and reports say which bounds their figures are until `aforo fleet settle`."""
    say = Sentences("aforo.cli", lang)
    terms = ScannerTerms(meanings(cause, say), checked_zone(zone, say))
    data = contents(file, say)
    with made_log(store, keys) as log:
        live = live_of(log, say)
        told = scanner_log.read(data, log.clock(), terms=terms_of(live, log.clock(), terms))
        said = [*reports_of(told.reports, log), *scans_of(told.scans)]
        done = recorded([*said, *refusals_of(told.tally, data, log)], log, say)
    counts = {
        "records": told.records,
        "reports": len(told.reports),
        "scans": len(told.scans),
        "repeated": told.repeated,
    }
    report(counts, done, [*told.problems, *unplaced(told.reports, live.ports)], as_json, say)


def listed(
    port: Annotated[str, typer.Option(help="Only those at this port or bridge, as reported.")] = "",
    store: Store = None,
    keys: Keys = None,
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """Scanners: which is in service, up or down, since when and why. A cause that no report gave is missing."""
    say = Sentences("aforo.cli", lang)
    with log_to_read(store, keys) as log:
        now = log.clock()
        live = live_of(log, say)
        days = FleetDocuments(log).targets().unaccounted_after_days
        found = scanners_shown(live.fleet(now, days), live.ports)
    wanted = port.strip().casefold()
    found = [each for each in found if not wanted or wanted == (each.port or "").casefold()]
    if as_json:
        terminal.emit({"now": now, "scanners": found})
    elif not found:
        terminal.out.print(say("fleet_none"), markup=False)
    else:
        terminal.show(_table(found, say))


def _place(each: ScannerShown, say: Sentences) -> str:
    """Where a scanner stands, as reported; that no bridge is known of it is said, for it counts at none then."""
    if each.port is None:
        return say("port_unknown")
    return each.port if each.bridge is not None else say("fleet_no_bridge", port=each.port)


def _table(found: list[ScannerShown], say: Sentences) -> Table:
    table = Table()
    for column in ("scanner", "kind", "port", "status", "since", "cause", "contract"):
        table.add_column(say(f"fleet_{column}"))
    for each in found:
        down = each.status in ("down", "maintenance")
        cause = ", ".join(say(f"fleet_cause_{name}") for name in each.causes) or say("fleet_cause_missing")
        if each.disputed is not None:
            cause += " · " + say("fleet_disputed", reporter=each.disputed)
        status = say(f"fleet_status_{each.status}")
        if each.status in ("waiting", "unaccounted") and each.stage is not None:
            status += f" ({say(f'fleet_stage_{each.stage}')})"
        cells = (
            each.scanner_id,
            each.kind or "",
            _place(each, say),
            status,
            say("port_unknown") if each.since is None else f"{each.since:%Y-%m-%d %H:%M}Z",
            cause if down else each.blocker or "",
            each.contract_id or "",
        )
        table.add_row(*map(escape, cells))
    return table
