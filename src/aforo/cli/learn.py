"""`aforo learn`: a labelled history in, a model folder out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import numpy as np
import polars as pl
import typer
from rich.markup import escape

from aforo.cli import found, terminal
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.log import Keys, open_keys
from aforo.cli.overlap import content_of, once
from aforo.cli.refused_rows import leave_refused, show_refused
from aforo.domain.declaration import ENTITY_KINDS
from aforo.domain.input_refusal import RefusedRows, RefusedTally
from aforo.domain.table import LABEL_SCHEMA
from aforo.domain.text import Text
from aforo.flow import briefing
from aforo.flow.crossings import name_crossings
from aforo.intake import declarations
from aforo.intake.batch import Summary
from aforo.intake.mapping import MappingError, load
from aforo.log.keys import KeyStore
from aforo.risk import artefacts
from aforo.risk.columns import crossing_keys
from aforo.risk.hashtable import UInt64Array
from aforo.risk.history import HISTORY_COLUMNS, learn_history, outcomes_of
from aforo.risk.memory import Outcomes
from aforo.risk.model import FEWEST_FINDINGS
from aforo.settings import settings

#: Rows whose crossings are named at once.
_ROWS_AT_ONCE = 100_000
#: What columns of a history are called that no declaration has.
_CONTENT, _IDENTITY, _OUTCOME = "content hash", "identity of ", "outcome: "


class Report(msgspec.Struct, frozen=True):
    """What was learnt, for machines.

    `rows` are declarations, each counted once: `repeated` were in the files again, and `refused` could not be taken,
    `contradicting` of them because they stand in an earlier file with other content. `first` and `last` are the filings
    of the earliest and the latest that the model was fitted on; it has no trees where too few violations were found.
    `refused_rows` has the refused by file and reason.
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
    refused_rows: tuple[RefusedRows, ...] = ()


class NoLabelError(LookupError):
    """A file, which is named, lacks the column that was asked for as the label; `text` says which columns it has."""

    def __init__(self, file: Path, text: Text) -> None:
        super().__init__(file)
        self.text = text


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("learn")(command)


def command(
    histories: Annotated[list[Path], typer.Argument(metavar="history", help="Labelled declaration tables.")],
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
    """Learn entity memory, model and weights from what was examined, and write them as a model folder.

    Exit 1 where rows could not be read, or contradict each other: the model lacks them.
    """
    say = Sentences("aforo.cli", lang)
    for file in histories:
        if not file.is_file():
            terminal.fail(escape(say("no_such_file", file=file)), to_do=say("no_such_file_to_do"))
    if model.exists() and not model.is_dir():
        terminal.fail(escape(say("not_a_folder", folder=model)), to_do=say("not_a_folder_to_do"))
    summary = Summary()
    key_store = open_keys(settings(store, keys).keys)
    try:
        history = _read(histories, mapping, label, summary, key_store)
    except NoLabelError as error:
        told = say("learn_no_column", column=label)
        to_do = f"{say.of(error.text)}. {say('learn_no_column_to_do')}"
        terminal.fail(escape(told), where=escape(str(error)), to_do=to_do)
    except MappingError as error:
        terminal.fail(escape(say.of(error.text)), where=escape(str(mapping)), to_do=say("screen_to_do"))
    except OSError as error:
        terminal.fail(escape(say("file_unusable", why=error)), to_do=say("screen_to_do"))
    finally:
        mark = key_store.identity_mark()
        key_store.close()
    if not history.rows or not history.labelled:
        what = "learn_no_records" if not history.rows else "learn_no_labels"
        terminal.fail(say(what), where=escape(", ".join(map(str, histories))), to_do=say(f"{what}_to_do"))
    table, identities, outcomes, repeated, contradicting = history.whole()
    crossing = _crossings(table)
    strata, span, rows = briefing.strata_of_history(table), _span(table), table.height
    table = table.select(HISTORY_COLUMNS)
    with terminal.progress(say("learn_progress"), rows) as advance:
        lesson = learn_history(table, identities, outcomes, progress=advance, crossing=crossing)
    try:
        manifest = artefacts.save(model, lesson.artefacts, lesson.memory, mark)
        brief = briefing.brief_history(strata, lesson.features, lesson.artefacts)
        (model / briefing.FILE).write_bytes(msgspec.json.encode(brief))
    except OSError as error:
        terminal.fail(escape(say("cannot_write", why=error)), to_do=say("cannot_write_to_do"))
    training = manifest.training
    report = Report(
        str(model), rows, training.rows, training.violations, training.first, training.last,
        history.refused + contradicting, manifest.artefacts, training.data, repeated, contradicting,
        len(lesson.artefacts.ensemble.root), history.refused_rows(contradicting),
    )  # fmt: skip
    if json:
        terminal.emit(report)
    else:
        _print(report, span, summary, say)
        show_refused(report.refused_rows, say)
    leave_refused(report.refused_rows)


class _History:
    """The good rows of all files, of which only what is learnt from is kept: identities as keyed hashes, outcomes, and
    a hash of the content, by which a row that comes again is told from one that contradicts."""

    def __init__(self) -> None:
        self.rows = self.refused = 0
        self.labelled = False
        self.tallies: list[RefusedTally] = []
        self._parts: list[pl.DataFrame] = []

    def take(self, table: pl.DataFrame, labels: pl.DataFrame | None, keys: KeyStore) -> None:
        """The rows of one batch."""
        self.rows += table.height
        self.labelled |= labels is not None
        empty = {name: pl.Series([None] * table.height, dtype=kind) for name, kind in LABEL_SCHEMA.items()}
        labels = pl.DataFrame(empty) if labels is None else labels
        hashes = {kind: pl.Series(keys.identity_hashes(kind, table[f"{kind}_id"].to_list())) for kind in ENTITY_KINDS}
        known = outcomes_of(labels)._asdict()
        self._parts.append(
            table.select(*HISTORY_COLUMNS, "declaration_id", "crossing_id").with_columns(
                content_of(table, labels).alias(_CONTENT),
                *(column.alias(f"{_IDENTITY}{kind}") for kind, column in hashes.items()),
                *(pl.Series(f"{_OUTCOME}{name}", column) for name, column in known.items()),
            )
        )

    def refused_rows(self, contradicting: int) -> tuple[RefusedRows, ...]:
        """The refused rows by file, and those that contradict an earlier one."""
        rows = tuple(one for each in self.tallies for one in each.refused)
        names = ", ".join(each.source for each in self.tallies)
        tally = RefusedTally("history", names)
        if contradicting:
            tally.add(contradicting, {"contradicting": contradicting})
        return (*rows, *tally.refused)

    def whole(self) -> tuple[pl.DataFrame, dict[str, UInt64Array], Outcomes, int, int]:
        """Every declaration once: the table, identities by kind and outcomes, and how many rows repeated an earlier one
        and how many contradicted one. Nothing is kept here afterwards."""
        columns: dict[str, pl.Series] = {}
        for name in self._parts[0].columns:
            # Column by column, so that never all of the history lies in memory twice.
            columns[name] = pl.concat([part[name] for part in self._parts], rechunk=True)
            self._parts = [part.drop(name) for part in self._parts]
        counts, repeated, contradicting = once(columns["declaration_id"], columns.pop(_CONTENT))
        if repeated or contradicting:
            columns = {name: column.filter(counts) for name, column in columns.items()}
        identities = {kind: columns.pop(f"{_IDENTITY}{kind}").to_numpy() for kind in ENTITY_KINDS}
        outcomes = Outcomes(*(columns.pop(f"{_OUTCOME}{name}").to_numpy() for name in Outcomes._fields))
        return pl.DataFrame(columns), identities, outcomes, repeated, contradicting


def _crossings(table: pl.DataFrame) -> UInt64Array:
    """The key of each row's crossing. Names are texts of Python for a moment: where no row depends on another, of a
    part of the table at a time."""
    if table["amends"].null_count() < table.height:
        return crossing_keys(name_crossings(table, lambda _: {}))
    parts = [crossing_keys(name_crossings(part, lambda _: {})) for part in table.iter_slices(_ROWS_AT_ONCE)]
    return np.concatenate(parts)


def _read(histories: list[Path], mapping: Path | None, label: str | None, summary: Summary, keys: KeyStore) -> _History:
    """The good rows of all files. Raises NoLabelError, MappingError, OSError."""
    renames = load(mapping) if mapping else None
    history = _History()
    for file in histories:
        tally = RefusedTally("history", file.name)
        history.tallies.append(tally)
        for batch in declarations.read(file, mapping=renames, label=label):
            lacking = next((each for each in batch.findings if each.code == "label_missing"), None)
            if lacking is not None:
                raise NoLabelError(file, lacking.text)
            summary.add(batch.findings)
            history.refused += len(batch.refused)
            tally.add(len(batch.refused), batch.refusal_reasons)
            if batch.table.height:
                history.take(batch.table, batch.labels, keys)
    return history


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
