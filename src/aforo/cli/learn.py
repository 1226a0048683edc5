"""`aforo learn`: a labelled history in, a model folder out."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Annotated

import msgspec
import polars as pl
import typer
from rich.markup import escape

from aforo.cli import found, terminal
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.log import Keys, open_keys
from aforo.cli.overlap import once
from aforo.domain.declaration import ENTITY_KINDS, PERSONAL_FIELDS
from aforo.domain.table import LABEL_SCHEMA
from aforo.flow import briefing
from aforo.flow.crossings import name_crossings
from aforo.intake import declarations
from aforo.intake.batch import Summary
from aforo.intake.mapping import MappingError, load
from aforo.risk import artefacts
from aforo.risk.columns import crossing_keys
from aforo.risk.history import learn_history, outcomes_of
from aforo.risk.model import FEWEST_FINDINGS
from aforo.settings import settings


class Report(msgspec.Struct, frozen=True):
    """What was learnt, for machines.

    `rows` are declarations, each counted once: `repeated` were in the files again, and `refused` could not be taken,
    `contradicting` of them because they stand in an earlier file with other content. `first` and `last` are the filings
    of the earliest and the latest that the model was fitted on; it has no trees where too few violations were found.
    """

    model: str
    rows: int
    examined: int
    violations: int
    first: str
    last: str
    refused: int
    artefacts: str
    data: str
    repeated: int
    contradicting: int
    trees: int


class NoLabelError(LookupError):
    """A file, which is named, lacks the column that was asked for as the label."""


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("learn")(command)


def command(
    histories: Annotated[list[Path], typer.Argument(metavar="HISTORY…", help="Labelled declaration tables.")],
    model: Annotated[Path, typer.Option("--model", "-m", help="The folder to write.")],
    label: Annotated[str | None, typer.Option(help="The column that holds the outcome (0/1).")] = None,
    mapping: Annotated[Path | None, typer.Option(help="A mapping file (TOML) for another schema.")] = None,
    store: Annotated[
        str | None, typer.Option(help="The log whose keys hash the identities; a path means SQLite.")
    ] = None,
    keys: Keys = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
    lang: LanguageOption = "",
) -> None:
    """Learn entity memory, model and weights from what was examined, and write them as a model folder."""
    say = Sentences("aforo.cli", lang)
    for file in histories:
        if not file.is_file():
            terminal.fail(escape(say("no_such_file", file=file)), to_do=say("no_such_file_to_do"))
    if model.exists() and not model.is_dir():
        terminal.fail(escape(say("not_a_folder", folder=model)), to_do=say("not_a_folder_to_do"))
    summary = Summary()
    try:
        tables, labels, refused = _read(histories, mapping, label, summary)
    except NoLabelError as error:
        told = say("learn_no_column", column=label)
        terminal.fail(escape(told), where=escape(str(error)), to_do=say("learn_no_column_to_do"))
    except MappingError as error:
        terminal.fail(escape(say.of(error.text)), where=escape(str(mapping)), to_do=say("screen_to_do"))
    except OSError as error:
        terminal.fail(escape(say("file_unusable", why=error)), to_do=say("screen_to_do"))
    if not tables or not labels:
        what = "learn_no_records" if not tables else "learn_no_labels"
        terminal.fail(say(what), where=escape(", ".join(map(str, histories))), to_do=say(f"{what}_to_do"))
    table, known, repeated, contradicting = once(pl.concat(tables), pl.concat(labels))
    outcomes = outcomes_of(known)
    with closing(open_keys(settings(store, keys).keys)) as key_store:
        identities = {kind: key_store.identity_hashes(kind, table[f"{kind}_id"].to_list()) for kind in ENTITY_KINDS}
        mark = key_store.identity_mark()
    table = table.with_columns(pl.lit(None, pl.String).alias(column) for column in PERSONAL_FIELDS)
    crossing = crossing_keys(name_crossings(table, lambda _: {}))
    with terminal.progress(say("learn_progress"), table.height) as advance:
        lesson = learn_history(table, identities, outcomes, progress=advance, crossing=crossing)
    try:
        manifest = artefacts.save(model, lesson.artefacts, lesson.memory, mark)
        (model / briefing.FILE).write_bytes(
            msgspec.json.encode(briefing.brief_history(table, lesson.features, lesson.artefacts))
        )
    except OSError as error:
        terminal.fail(escape(say("cannot_write", why=error)), to_do=say("cannot_write_to_do"))
    training = manifest.training
    report = Report(
        str(model), table.height, training.rows, training.violations, training.first, training.last,
        refused + contradicting, manifest.artefacts, training.data, repeated, contradicting,
        len(lesson.artefacts.ensemble.root),
    )  # fmt: skip
    if json:
        terminal.emit(report)
    else:
        _print(report, _span(table), summary, say)


def _read(
    histories: list[Path], mapping: Path | None, label: str | None, summary: Summary
) -> tuple[list[pl.DataFrame], list[pl.DataFrame], int]:
    """The good rows of all files and their labels, and how many records were refused.

    Raises NoLabelError, MappingError, OSError.
    """
    renames = load(mapping) if mapping else None
    tables: list[pl.DataFrame] = []
    labels: list[pl.DataFrame] = []
    refused = 0
    labelled = False
    for file in histories:
        for batch in declarations.read(file, mapping=renames, label=label):
            if any(each.code == "label_missing" for each in batch.findings):
                raise NoLabelError(file)
            summary.add(batch.findings)
            refused += len(batch.refused)
            if batch.table.height:
                tables.append(batch.table)
                labelled |= batch.labels is not None
                empty = {
                    name: pl.Series([None] * batch.table.height, dtype=kind) for name, kind in LABEL_SCHEMA.items()
                }
                labels.append(pl.DataFrame(empty) if batch.labels is None else batch.labels)
    return tables, labels if labelled else [], refused


def _span(table: pl.DataFrame) -> tuple[str, str]:
    """The days of the first and the last filing, as the filers' clocks had them, with the offsets of these clocks."""
    local = table.select(
        pl.col("filed_at"),
        day=(pl.col("filed_at") + pl.duration(minutes="filed_offset_minutes")).dt.strftime("%Y-%m-%d"),
        minutes=pl.col("filed_offset_minutes"),
    ).sort("filed_at")
    (_, first, before), (_, last, after) = local.row(0), local.row(-1)
    return first if before == after else f"{first} (UTC{_offset(before)})", f"{last} (UTC{_offset(after)})"


def _offset(minutes: int) -> str:
    hours, rest = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else '+'}{hours:02d}:{rest:02d}"


def _print(report: Report, span: tuple[str, str], summary: Summary, say: Sentences) -> None:
    first, last = span
    told = say(
        "learn_done",
        model=report.model,
        rows=f"{report.rows:,}",
        examined=f"{report.examined:,}",
        violations=f"{report.violations:,}",
        first=first,
        last=last,
    )
    terminal.out.print(told, markup=False)
    if report.repeated:
        terminal.out.print(say("learn_repeated", count=f"{report.repeated:,}"), markup=False)
    if report.contradicting:
        terminal.out.print(say("learn_contradicting", count=f"{report.contradicting:,}"), markup=False)
    if not report.violations:
        terminal.out.print(say("learn_nothing", fewest=FEWEST_FINDINGS), markup=False)
    elif not report.trees:
        terminal.out.print(say("learn_no_trees", fewest=FEWEST_FINDINGS), markup=False)
    terminal.out.print(say("learn_hash", hash=report.artefacts), markup=False)
    for line in found.told(summary):
        terminal.err.print(line, markup=False)
