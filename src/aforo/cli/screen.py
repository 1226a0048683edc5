"""`aforo screen`: declarations in, an explained and recorded selection out."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, BinaryIO

import msgspec
import polars as pl
import typer
from rich.markup import escape
from rich.table import Table

from aforo.bootstrap import open_node, save_state
from aforo.cli import terminal
from aforo.cli.found import told
from aforo.cli.garbage import no_search_for_cycles
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.list_check import Folder
from aforo.cli.lists_used import lists_to_use
from aforo.cli.log import Keys, Store, refusals
from aforo.cli.node import ModelOption, RateOption, node_refusals
from aforo.cli.outputs import keep_apart, kept_in
from aforo.cli.writing import Writing
from aforo.flow.crossings import brought_together
from aforo.flow.journey import Screened, settle
from aforo.flow.node import Node
from aforo.flow.notices import keep_notices
from aforo.flow.quarantine import contradictions, quarantine
from aforo.flow.rule_trace import RuleAccount
from aforo.flow.selection import Selection
from aforo.intake import declarations
from aforo.intake.batch import IntakeBatch, Summary
from aforo.intake.mapping import Mapping, MappingError, load
from aforo.intake.registry import recognise
from aforo.log.opened import open_log
from aforo.log.sequencer import Sequencing
from aforo.log.writer import written_apart
from aforo.routing.decide import BASIS_OF_CODE
from aforo.settings import settings

#: Rows that are decided and recorded in one transaction.
BATCH_ROWS = 8_192
#: Files that are this large together are worth a second process, which starts in a second.
_LARGE_BYTES = 2_000_000


@dataclass
class Tally:
    """What a run did, for its last words. `examined` counts crossings by basis, `examined_before` those to be examined
    among what was filed before; `superseded` repetitions whose place later filings took, `anew` what takes the place of
    what was cancelled; `astray` filings that amend what nobody knows, `staying` those that name another crossing than
    that of what they amend; `noted` records that declare nothing and are kept, `unread` files that are no tables or are
    damaged; `rules` tells of those in shadow and those that failed."""

    declarations: int = 0
    crossings: int = 0
    examined: Counter[str] = field(default_factory=Counter)
    control: int = 0
    repeated: int = 0
    examined_before: int = 0
    superseded: int = 0
    anew: int = 0
    astray: int = 0
    staying: int = 0
    refused: int = 0
    noted: int = 0
    unread: int = 0
    seconds: float = 0.0
    price: float = 0.0
    rules: RuleAccount = field(default_factory=RuleAccount)


def register(app: typer.Typer) -> None:
    app.command("screen")(command)


def command(
    files: Annotated[list[Path], typer.Argument(metavar="file", help="Declaration tables, or messages of the trade.")],
    model: ModelOption,
    rate: RateOption = 0.05,
    output: Annotated[Path, typer.Option("--out", "-o", help="The selection (NDJSON); - for standard output.")] = Path(
        "-"
    ),
    policy: Annotated[Path | None, typer.Option(help="A policy document (TOML) in place of the shipped one.")] = None,
    mapping: Annotated[Path | None, typer.Option(help="A mapping file (TOML) for another schema.")] = None,
    store: Store = None,
    keys: Keys = None,
    lists: Folder = None,
    json: Annotated[bool, typer.Option("--json", help="The summary as one JSON object.")] = False,
    lang: LanguageOption = "",
) -> None:
    """Assess and decide declarations, record it all in the log, and write a selection with its reasons."""
    say = Sentences("aforo.cli", lang)
    for file in files:
        if not file.is_file():
            terminal.fail(say("no_such_file", file=file), to_do=say("no_such_file_to_do"))
    where = settings(store, keys)
    keep_apart({"-o": output}, [*files, policy, mapping, *kept_in(model), where.store, where.keys], lang)
    with node_refusals(say, model, where):
        renames = _renames(mapping, say)
        document = policy.read_bytes() if policy else None
        with ExitStack() as stack:
            with refusals(where.store):
                log = stack.enter_context(open_log(where))
                stack.enter_context(log.database.serve(alone=True))
                stack.enter_context(log.database.decisions.keep())
            large = sum(file.stat().st_size for file in files) >= _LARGE_BYTES
            stack.enter_context(written_apart(log) if large else Sequencing(log))
            node = open_node(log, model, rate, document, lists=lists_to_use(lists, say))
            sink = sys.stdout.buffer if str(output) == "-" else stack.enter_context(output.open("wb"))
            summary, tally = Summary(), Tally()
            for file in files:
                _screen_file(file, renames, node, sink, summary, tally)
            sink.flush()
            save_state(node)
    _last_words(tally, summary, say, json, quiet=str(output) == "-")
    if tally.refused or tally.unread:
        raise typer.Exit(terminal.FOUND)


def _renames(mapping: Path | None, say: Sentences) -> Mapping | None:
    try:
        return load(mapping) if mapping else None
    except MappingError as error:
        terminal.fail(escape(say.of(error.text)), where=escape(str(mapping)), to_do=say("screen_to_do"))


def _screen_file(
    file: Path, renames: Mapping | None, node: Node, sink: BinaryIO, summary: Summary, tally: Tally
) -> None:
    """Screen one file; a line is written only once what it says is durable in the log."""
    started = time.perf_counter()
    warnings: dict[int, tuple[str, ...]] = {}
    refused_in_reading: list[int] = []  # by the thread that reads, beside the tally of this one

    form = None if renames else recognise(file)
    source = declarations.NAME if form is None else form.NAME

    def batches() -> Iterator[IntakeBatch]:
        if form is None or form.NAME == declarations.NAME:
            yield from declarations.read(file, mapping=renames, batch_rows=BATCH_ROWS)
        else:
            yield from form.read(file)

    def tables() -> Iterator[pl.DataFrame]:
        for batch in batches():
            summary.add(batch.findings)
            warnings.update(batch.warnings())
            refused_in_reading.append(len(batch.refused))
            tally.unread += any(each.gravity == "refusal" and not each.records.any() for each in batch.findings)
            quarantine(batch.refused, node, source)
            keep_notices(batch.notices, node, source)
            tally.noted += len(batch.notices)
            yield batch.table

    def answer(done: Screened, lines: list[str]) -> None:
        sink.write("".join(f"{line}\n" for line in lines).encode())
        again = [msgspec.json.decode(line, type=Selection) for line in lines[done.filings.table.height :]]
        tally.examined_before += len({line.crossing_id for line in again if line.examination != "release"})

    first = next(batches(), None)
    grouped = first is not None and not first.fields.isdisjoint(("crossing_id", "amends"))
    together = brought_together((batch.table for batch in batches()), tables()) if grouped else tables()
    with (
        terminal.progress(file.name) as advance,
        ThreadPoolExecutor(1) as reader,
        Writing(node, source, answer) as writing,
        no_search_for_cycles(),
    ):
        for table in _one_ahead(together, reader):
            if not table.height:
                continue
            settled = settle(table, node, warnings, writing.ready, source)
            writing.put(settled, table)
            filings, decisions = settled.filings, settled.decisions
            refused = contradictions(table, filings.contradicted)
            quarantine(refused, node, source)
            tally.refused += len(refused)
            tally.declarations += table.height
            tally.repeated += len(filings.repeated)
            tally.superseded += len(filings.superseded)
            tally.anew += len(filings.anew)
            tally.astray += len(filings.astray)
            tally.staying += len(filings.staying)
            tally.crossings += len(settled.batch.names)
            tally.rules.add(settled.batch, settled.judged, node.force)
            tally.control += int((decisions.lots.lot < decisions.lots.control_ppb).sum())
            tally.examined.update(
                basis for code in decisions.basis.tolist() if (basis := BASIS_OF_CODE[code]) is not None
            )
            for number in table["record"].to_list():
                warnings.pop(number, None)
            advance(table.height)
    tally.refused += sum(refused_in_reading)
    tally.seconds += time.perf_counter() - started
    tally.price = node.price.price / 1e9


def _one_ahead(tables: Iterator[pl.DataFrame], reader: ThreadPoolExecutor) -> Iterator[pl.DataFrame]:
    """The tables, each read while the one before it is decided."""
    coming = reader.submit(next, tables, None)
    while (table := coming.result()) is not None:
        coming = reader.submit(next, tables, None)
        yield table


def _last_words(tally: Tally, summary: Summary, say: Sentences, json: bool, *, quiet: bool) -> None:
    if json:
        if quiet:  # standard output holds the selection
            terminal.err.print_json(msgspec.json.encode(tally).decode())
        else:
            terminal.emit(tally)
        return
    console = terminal.err if quiet else terminal.out
    table = Table(title=say("screen_title"), title_justify="left")
    table.add_column("")
    table.add_column("", justify="right")
    rows: list[tuple[str, str]] = [
        (say("screen_declarations"), f"{tally.declarations:,}"),
        (say("screen_crossings"), f"{tally.crossings:,}"),
        (say("screen_examined"), f"{tally.examined.total():,}"),
        *((f"  {say(f'basis_{basis}')}", f"{count:,}") for basis, count in sorted(tally.examined.items())),
        (say("screen_control"), f"{tally.control:,}"),
        (say("screen_price"), f"{tally.price:,.1f}"),
        (say("screen_repeated"), f"{tally.repeated:,}"),
        *([(say("screen_examined_before"), f"{tally.examined_before:,}")] if tally.repeated else []),
        (say("screen_refused"), f"{tally.refused:,}"),
        *([(say("screen_noted"), f"{tally.noted:,}")] if tally.noted else []),
        *([(say("screen_unread"), f"{tally.unread:,}")] if tally.unread else []),
        (say("screen_seconds"), f"{tally.seconds:,.1f}"),
    ]
    for row in rows:
        table.add_row(*row)
    terminal.show(table, console)
    crossings = f"{tally.crossings:,}"
    for rule, failed in sorted(tally.rules.failed.items()):
        account = {"rule": rule, "failed": f"{failed.crossings:,}", "crossings": crossings, "why": say.of(failed.why)}
        console.print(say("screen_rule_failed", **account), markup=False)
    for rule, fired in sorted(tally.rules.shadow.items()):
        console.print(say("screen_rule_shadow", rule=rule, fired=f"{fired:,}", crossings=crossings), markup=False)
    for sentence, count in (
        ("screen_superseded", tally.superseded),
        ("screen_anew", tally.anew),
        ("screen_astray", tally.astray),
        ("screen_staying", tally.staying),
    ):
        if count:
            console.print(say(sentence, count=f"{count:,}"), markup=False)
    for line in told(summary):
        console.print(line, markup=False)
