"""`aforo measure control-plan`: how many random examinations give which interval, and where a rate is refused."""

from __future__ import annotations

import csv
import math
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

import polars as pl
import typer
from rich.markup import escape
from rich.table import Table

from aforo.cli import terminal
from aforo.cli.forum import adopt, list_definitions, propose, retire
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.measure_claims import claims
from aforo.cli.measure_counts import counts
from aforo.cli.measure_coverage import measure_coverage
from aforo.cli.measure_feed import feed
from aforo.cli.measure_refused import refused_command, settle_command
from aforo.cli.measure_report import measure_report
from aforo.cli.measure_town import measure_town
from aforo.cli.outputs import keep_apart
from aforo.cli.refused_rows import leave_refused, refused_told, show_refused
from aforo.cli.scoreboard import publish, scoreboard
from aforo.domain.input_refusal import RefusedTally
from aforo.intake import declarations
from aforo.intake import mapping as mappings
from aforo.measures.control import ABSENT, PPB, ControlPlan, PlanError, PlanParameters, Stratum, make_plan, strata_of
from aforo.measures.control_outlook import PREVALENCES, PlanRow, outlooks
from aforo.measures.figures import expected, percent

DAYS_A_YEAR = 365.25


def register(app: typer.Typer) -> None:
    """Add the group of commands to `app`."""
    group = typer.Typer(no_args_is_help=True, help="Measures, and what the data can carry.")
    group.command("control-plan")(control_plan)
    group.command("scoreboard")(scoreboard)
    group.command("definitions")(list_definitions)
    group.command("propose")(propose)
    group.command("adopt")(adopt)
    group.command("retire")(retire)
    group.command("publish")(publish)
    group.command("claims")(claims)
    group.command("coverage")(measure_coverage)
    group.command("report")(measure_report)
    group.command("feed")(feed)
    group.command("town")(measure_town)
    group.command("counts")(counts)
    group.command("refused")(refused_command)
    group.command("settle")(settle_command)
    group.callback()(lambda: None)
    app.add_typer(group, name="measure")


def control_plan(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="file", help="A history of declarations, or strata with yearly crossings (CSV or TOML)."
        ),
    ],
    rate: Annotated[float, typer.Option(help="The share of crossings that is examined.")] = 0.05,
    floor_share: Annotated[float, typer.Option(help="The share of the examinations that is random.")] = 0.10,
    minimum: Annotated[float, typer.Option(help="Random examinations a year that a pool should have.")] = 30.0,
    prevalence: Annotated[
        list[float] | None,
        typer.Option(help="A true rate to try; repeat for several. 0.025, 0.0025, 0.0005 unless given."),
    ] = None,
    years: Annotated[float | None, typer.Option(help="How long the history lasted; by default its own span.")] = None,
    mapping: Annotated[Path | None, typer.Option(help="A TOML document that renames a history's columns.")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Write the plan document (JSON) to this file.")
    ] = None,
    language: LanguageOption = "",
    as_json: Annotated[bool, typer.Option("--json", help="The plan and its outlook as one JSON object.")] = False,
) -> None:
    """Plan the random control sample by port, lane and programme, and say what it will be able to say.

    Strata are rows of port, lane, programme, crossings (a year): a CSV with these columns, or TOML tables `stratum`.
    Exit 1 where rows of a history could not be read: strata lack them.
    """
    say, words = Sentences("aforo.measures", language), Sentences("aforo.cli", language)
    for file in filter(None, (source, mapping)):
        if not file.is_file():
            terminal.fail(escape(words("no_such_file", file=file)), to_do=words("no_such_file_to_do"))
    keep_apart({"-o": out}, [source, mapping], language)
    tried = tuple(prevalence or PREVALENCES)
    parameters = _parameters(rate, floor_share, minimum, tried, years, say)
    try:
        tally = RefusedTally("history", source.name)
        plan = make_plan(read_strata(source, mapping, years, tally), parameters)
    except WrongRowError as wrong:
        place = f"{source}, {say(f'plan.{wrong.unit}', number=wrong.number)}"
        terminal.fail(say("plan.stratum"), where=escape(place), to_do=say("plan.to_do"))
    except PlanError as wrong:
        terminal.fail(escape(say(wrong.code, **wrong.fields)), where=escape(str(source)), to_do=say("plan.to_do"))
    except mappings.MappingError as wrong:
        terminal.fail(escape(say.of(wrong.text)), where=escape(str(mapping)))
    except OSError as wrong:
        terminal.fail(escape(words("file_unusable", why=wrong)), to_do=words("no_such_file_to_do"))
    rows = outlooks(plan, tried)
    if out is not None:
        try:
            out.write_bytes(plan.dump())
        except OSError as error:
            terminal.fail(escape(words("cannot_write", why=error)), to_do=words("cannot_write_to_do"))
    if as_json:
        terminal.emit({"plan": plan, "outlook": rows, "refused": refused_told(tally.refused)})
        leave_refused(tally.refused)
        return
    _show(plan, rows, tried, say)
    show_refused(tally.refused, say)
    if out is not None:
        terminal.out.print(say("plan.written", file=str(out)), markup=False)
    leave_refused(tally.refused)


class WrongRowError(ValueError):
    """A row of a file of strata is none: the number of the `line`, or of the `table`, that it stands in."""

    def __init__(self, unit: Literal["line", "table"], number: int) -> None:
        super().__init__(f"{unit} {number}")
        self.unit, self.number = unit, number


def _parameters(
    rate: float, floor_share: float, minimum: float, tried: tuple[float, ...], years: float | None, say: Sentences
) -> PlanParameters:
    """What governance sets, as the options say; leaves with an error that names the option that is wrong."""
    try:
        for share in tried:
            if not 0.0 < share < 1.0:
                raise PlanError("plan.prevalence", value=share)
        if years is not None and not 0.0 < years < math.inf:
            raise PlanError("plan.years", value=years)
        return PlanParameters(rate=rate, floor_share=floor_share, minimum=minimum)
    except PlanError as wrong:
        name = wrong.fields.get("name", wrong.code.removeprefix("plan."))
        option = f"--{str(name).replace('_', '-')}"
        told = say(wrong.code, **wrong.fields | {"name": option})
        terminal.fail(told, to_do=say("plan.option_to_do", option=option))


def read_strata(source: Path, mapping: Path | None, years: float | None, tally: RefusedTally) -> list[Stratum]:
    """The strata of a file of strata or of a history, whose refused rows are counted.

    Raises WrongRowError, PlanError, MappingError, OSError.
    """
    if source.suffix == ".toml":
        try:
            tables = tomllib.loads(source.read_text(encoding="utf-8")).get("stratum", [])
        except ValueError as wrong:
            raise PlanError("plan.no_toml", why=wrong) from wrong
        listed = tables if isinstance(tables, list) else [tables]
        return [_stratum(row, "table", number) for number, row in enumerate(listed, start=1)]
    if source.suffix == ".csv":
        with source.open("rb") as stream:
            header = stream.readline().decode("utf-8-sig", errors="replace").strip().split(",")
        if "crossings" in [name.strip().lower() for name in header]:
            return _rows(source)
    return _history(source, mapping, years, tally)


def _rows(source: Path) -> list[Stratum]:
    """The strata of a CSV file, a line each."""
    with source.open(encoding="utf-8-sig", newline="") as stream:
        try:
            reader = csv.reader(stream)
            header = [name.strip().lower() for name in next(reader)]
            return [_stratum(dict(zip(header, row, strict=False)), "line", reader.line_num) for row in reader if row]
        except (UnicodeDecodeError, csv.Error) as wrong:
            raise PlanError("plan.no_text") from wrong


def _stratum(row: Any, unit: Literal["line", "table"], number: int) -> Stratum:
    try:
        port, crossings = str(row["port"]).strip(), float(row["crossings"])
        lane, programme = (str(row.get(name) or "").strip() or ABSENT for name in ("lane", "programme"))
    except (AttributeError, KeyError, TypeError, ValueError) as wrong:
        raise WrongRowError(unit, number) from wrong
    if not port or not 0.0 <= crossings < math.inf:
        raise WrongRowError(unit, number)
    return Stratum(port, lane, programme, crossings)


def _history(source: Path, mapping: Path | None, years: float | None, tally: RefusedTally) -> list[Stratum]:
    """Crossings counted once each, by the first of their declarations, per year of the history's span."""
    columns = ["declaration_id", "crossing_id", "amends", "filed_at", "port", "lane", "trade_programme"]
    batches = []
    with terminal.progress(source.name) as advance:
        for batch in declarations.read(source, mapping=None if mapping is None else mappings.load(mapping)):
            batches.append(batch.table.select(columns))
            tally.add(len(batch.refused), batch.refusal_reasons)
            advance(batch.records)
    table = pl.concat(batches) if batches else pl.DataFrame()
    if table.height == 0:
        raise PlanError("plan.no_crossings")
    crossings = table.filter(pl.col("amends").is_null()).unique(
        pl.coalesce("crossing_id", "declaration_id"), keep="first", maintain_order=True
    )
    if years is None:
        first, last = table.select(pl.col("filed_at").min().alias("a"), pl.col("filed_at").max().alias("b")).row(0)
        years = max((last - first).days + 1, 1) / DAYS_A_YEAR
    return strata_of(crossings["port"], crossings["lane"], crossings["trade_programme"], years)


def _show(plan: ControlPlan, rows: list[PlanRow], tried: tuple[float, ...], say: Sentences) -> None:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in ("pool", "crossings", "examinations"):
        table.add_column(say(f"plan.{column}"), justify="left" if column == "pool" else "right")
    for share in tried:
        table.add_column(say("plan.at", prevalence=percent(share)), justify="right")
    for row in rows:
        name = say("control.all") if row.level == "all" else row.name
        cells = [
            f"{percent(o.low)}–{percent(o.high)} %" if o.carried else say("plan.counts", finds=expected(o.finds))
            for o in row.outlooks
        ]
        table.add_row(escape(name), f"{row.crossings:,.0f}", f"{row.examinations:,.0f}", *cells)
    terminal.show(table)
    planned = say(
        "plan.summary",
        strata=len(plan.strata),
        pools=len(plan.pools),
        least=percent(min(p.propensity_ppb for p in plan.pools) / PPB),
        most=percent(max(p.propensity_ppb for p in plan.pools) / PPB),
    )
    terminal.out.print(planned, markup=False)
    for outlook in rows[0].outlooks:
        terminal.out.print(say.of(outlook.words), markup=False)
