"""`aforo measure control-plan`: how many random examinations give which interval, and where a rate is refused."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any

import polars as pl
import typer
from rich.markup import escape
from rich.table import Table

from aforo.cli import terminal
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.outputs import keep_apart
from aforo.intake import declarations
from aforo.intake import mapping as mappings
from aforo.measures.control import ABSENT, ControlPlan, PlanParameters, Stratum, make_plan, strata_of
from aforo.measures.control_outlook import PREVALENCES, PlanRow, outlooks

DAYS_A_YEAR = 365.25


def register(app: typer.Typer) -> None:
    """Add the group of commands to `app`."""
    group = typer.Typer(no_args_is_help=True, help="Measures, and what the data can carry.")
    group.command("control-plan")(control_plan)
    group.callback()(lambda: None)
    app.add_typer(group, name="measure")


class WrongInputError(ValueError):
    """The input cannot be planned from; the message is a catalogue code and its fields."""

    def __init__(self, code: str, **fields: object) -> None:
        super().__init__(code)
        self.code, self.fields = code, fields


def control_plan(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="A history of declarations, or strata with yearly crossings (CSV or TOML)."
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
    """
    say = Sentences("aforo.measures", language)
    keep_apart({"-o": out}, [source, mapping], language)
    tried = tuple(prevalence or PREVALENCES)
    try:
        if not all(0.0 < share < 1.0 for share in tried):
            raise WrongInputError("plan.prevalence")
        parameters = PlanParameters(rate=rate, floor_share=floor_share, minimum=minimum)
        plan = make_plan(read_strata(source, mapping, years), parameters)
    except WrongInputError as wrong:
        terminal.fail(escape(say(wrong.code, **wrong.fields)), where=escape(str(source)), to_do=say("plan.to_do"))
    except (ValueError, OSError) as wrong:
        terminal.fail(escape(str(wrong)), where=escape(str(source)), to_do=say("plan.to_do"))
    rows = outlooks(plan, tried)
    if out is not None:
        out.write_bytes(plan.dump())
    if as_json:
        terminal.emit({"plan": plan, "outlook": rows})
        return
    _show(plan, rows, tried, say)
    if out is not None:
        terminal.out.print(say("plan.written", file=str(out)), markup=False)


def read_strata(source: Path, mapping: Path | None, years: float | None) -> list[Stratum]:
    """The strata of a file of strata or of a history. Raises WrongInputError, ValueError, OSError."""
    if source.suffix == ".toml":
        with source.open("rb") as stream:
            return _strata([_flat(row) for row in tomllib.load(stream).get("stratum", [])])
    if source.suffix == ".csv":
        with source.open("rb") as stream:
            header = stream.readline().decode("utf-8-sig", errors="replace").strip().split(",")
        if "crossings" in [name.strip().lower() for name in header]:
            frame = pl.read_csv(source, infer_schema=False).rename(lambda name: name.strip().lower())
            return _strata(frame.to_dicts())
    return _history(source, mapping, years)


def _flat(row: Any) -> dict[str, Any]:
    if not isinstance(row, dict):
        raise WrongInputError("plan.stratum", number=1)
    return row


def _strata(rows: list[dict[str, Any]]) -> list[Stratum]:
    made = []
    for number, row in enumerate(rows, start=1):
        try:
            crossings = float(row["crossings"])
            made.append(
                Stratum(
                    str(row["port"]), str(row.get("lane") or ABSENT), str(row.get("programme") or ABSENT), crossings
                )
            )
        except (KeyError, TypeError, ValueError) as wrong:
            raise WrongInputError("plan.stratum", number=number) from wrong
    return made


def _history(source: Path, mapping: Path | None, years: float | None) -> list[Stratum]:
    """Crossings counted once each, by the first of their declarations, per year of the history's span."""
    columns = ["declaration_id", "crossing_id", "amends", "filed_at", "port", "lane", "trade_programme"]
    batches = []
    with terminal.progress(source.name) as advance:
        for batch in declarations.read(source, mapping=None if mapping is None else mappings.load(mapping)):
            batches.append(batch.table.select(columns))
            advance(batch.records)
    table = pl.concat(batches) if batches else pl.DataFrame()
    if table.height == 0:
        raise WrongInputError("plan.no_crossings")
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
        table.add_column(say("plan.at", prevalence=f"{100 * share:.3g}"), justify="right")
    for row in rows:
        name = say("control.all") if row.level == "all" else row.name
        cells = [
            f"{100 * o.low:.3g}–{100 * o.high:.3g} %" if o.carried else say("plan.counts", finds=f"{o.finds:.3g}")
            for o in row.outlooks
        ]
        table.add_row(escape(name), f"{row.crossings:,.0f}", f"{row.examinations:,.0f}", *cells)
    terminal.out.print(table)
    planned = say(
        "plan.summary",
        strata=len(plan.strata),
        pools=len(plan.pools),
        least=f"{min(p.propensity_ppb for p in plan.pools) / 1e7:.3g}",
        most=f"{max(p.propensity_ppb for p in plan.pools) / 1e7:.3g}",
    )
    terminal.out.print(planned, markup=False)
    for outlook in rows[0].outlooks:
        terminal.out.print(say.of(outlook.words), markup=False)
