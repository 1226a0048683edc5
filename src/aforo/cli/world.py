"""`aforo world`: write a seeded synthetic history, to try selection on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import polars as pl
import typer
from rich.markup import escape

from aforo.cli import terminal
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.outputs import keep_apart
from aforo.trials import world as worlds


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("world")(world)


def world(
    out: Annotated[Path, typer.Option("--out", "-o", help="The history to write: .csv or .parquet.")],
    seed: Annotated[int, typer.Option(min=0, help="The same seed and sizes give the same bytes.")] = 7,
    weeks: Annotated[int, typer.Option(help="Weeks of history, from Monday 1 January 2024.")] = 104,
    rows_per_week: Annotated[int, typer.Option(help="Crossings a week.")] = 2000,
    prevalence: Annotated[float, typer.Option(help="The share of crossings that violate.")] = 0.025,
    truth: Annotated[Path | None, typer.Option(help="Write what only the world knows to this file.")] = None,
    truth_columns: Annotated[bool, typer.Option("--truth-columns", help="Keep them in the history as well.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
    lang: LanguageOption = "",
) -> None:
    """Write a seeded world: a labelled, wholly synthetic history with ten schemes and their honest look-alikes.

    The datasheet is docs/reference/world.md.
    """
    say = Sentences("aforo.cli", lang)
    for path in filter(None, (out, truth)):
        if path.suffix not in (".csv", ".parquet"):
            terminal.fail(escape(say("world_suffix", file=path.name)), to_do=say("world_suffix_to_do"))
    keep_apart({"-o": out, "--truth": truth}, [], lang)
    try:
        made = worlds.generate(seed, weeks, rows_per_week, prevalence)
    except ValueError:
        terminal.fail(say("world_sizes"), to_do=say("world_sizes_to_do"))
    history = made.history
    if truth_columns:
        history = history.join(made.truth, on="declaration_id", how="left", maintain_order="left")
    mark = {"aforo.synthetic": "true", "aforo.world.version": str(worlds.VERSION), "aforo.world.seed": str(seed)}
    try:
        _write(history, out, mark)
        if truth is not None:
            _write(made.truth, truth, mark)
    except OSError as error:
        terminal.fail(escape(say("cannot_write", why=error)), to_do=say("cannot_write_to_do"))
    hidden = made.truth.filter(pl.col("scheme").is_not_null())
    summary = {
        "history": str(out),
        "truth": None if truth is None else str(truth),
        "synthetic": True,
        "version": worlds.VERSION,
        "seed": seed,
        "rows": history.height,
        "violations": int(history["outcome"].sum()),
        "schemes": hidden["scheme"].n_unique(),
    }
    if as_json:
        terminal.emit(summary)
        return
    terminal.out.print(
        say(
            "world_made",
            file=out,
            rows=f"{summary['rows']:,}",
            weeks=weeks,
            seed=seed,
            violations=f"{summary['violations']:,}",
            schemes=summary["schemes"],
        ),
        markup=False,
    )


def _write(frame: pl.DataFrame, path: Path, mark: dict[str, str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".csv":
        frame.write_csv(path)
    else:
        frame.write_parquet(path, metadata=mark)
