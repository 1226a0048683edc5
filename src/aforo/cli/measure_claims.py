"""`aforo measure claims`: what is claimed about the corridor, computed again from the published tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Literal, Protocol, TypeVar

import msgspec
import polars as pl
import typer
from rich.markup import escape
from rich.text import Text as Styled

from aforo.cli import terminal
from aforo.cli.data import of_file, tell_problems
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.log import AsJson
from aforo.domain.problem import Problem
from aforo.domain.text import Text
from aforo.intake import bts, seizures, texas_bridges, transborder
from aforo.scoreboard import shipped
from aforo.scoreboard.claim_tables import Tables
from aforo.scoreboard.claim_verdicts import Verdict, judge
from aforo.scoreboard.claims import Claims, Source
from aforo.scoreboard.claims_reading import MOST_BYTES, ClaimsError, parse

TableName = Literal["crossings", "bridges", "transborder", "seizures"]
_STYLES = {"reproduced": "green", "differs_by": "bold red", "not_in_the_data": "dim"}


class Read(Protocol):
    """What a reader of published figures gives."""

    @property
    def frame(self) -> pl.DataFrame: ...
    @property
    def problems(self) -> tuple[Problem, ...]: ...
    @property
    def found(self) -> dict[str, int]: ...


class Input(msgspec.Struct, frozen=True):
    """A file that was read: SHA-256, first and last month (null where it holds none), and what is wrong with it."""

    table: TableName
    file: str
    sha256: str
    first: str | None
    last: str | None
    problems: list[Problem]
    counts: dict[str, int]


class DocumentTold(msgspec.Struct, frozen=True):
    """Which document of claims was judged."""

    id: str
    version: int
    hash: str
    name: Text


class Judged(msgspec.Struct, frozen=True):
    """What `measure claims` says. `counts` is how many claims have each verdict, `problems` are those between files."""

    document: DocumentTold
    inputs: list[Input]
    counts: dict[str, int]
    claims: list[Verdict]
    sources: dict[str, Source]
    problems: list[Problem]


_Read = TypeVar("_Read", bound=Read)


def claims(
    crossings: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Counts of trucks by port and month (BTS), as `aforo data get bts` takes them."
        ),
    ] = None,
    bridges: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Counts of trucks by Texas bridge and month (CBP).")
    ] = None,
    transborder_files: Annotated[
        list[Path] | None,
        typer.Option(
            "--transborder",
            metavar="FILE",
            help="TransBorder freight (BTS): a CSV file or a folder of them; repeat for several.",
        ),
    ] = None,
    seizure_files: Annotated[
        list[Path] | None,
        typer.Option(
            "--seizures",
            metavar="FILE",
            help="Drug seizures (CBP): a CSV file or a folder of them; repeat for several.",
        ),
    ] = None,
    document: Annotated[
        Path | None, typer.Option("--claims", metavar="FILE", help="Judge the claims of this document (TOML) instead.")
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="ID", help="Only this claim; repeat for several.")
    ] = None,
    as_json: AsJson = False,
    language: LanguageOption = "",
) -> None:
    """Compute published claims again from raw data: reproduced, differs by, or not in the data, and why.

    Exit 1 where a claim differs, or a part of a file cannot be read.
    """
    say = Sentences("aforo.cli", language)
    told = _document(document, say)
    chosen = [each for each in told.claims if not only or each.id in only]
    if unknown := [each for each in only or () if each not in {claim.id for claim in told.claims}]:
        terminal.fail(escape(say("claims_no_claim", claim=unknown[0])), to_do=say("claims_no_claim_to_do"))
    files = {
        "crossings": [crossings] if crossings else [],
        "bridges": [bridges] if bridges else [],
        "transborder": _files(transborder_files, say),
        "seizures": _files(seizure_files, say),
    }
    inputs: list[Input] = []
    with terminal.progress(say("claims_reading"), total=sum(map(len, files.values()))) as advance:
        counted = _read("crossings", files["crossings"], bts.read, inputs, advance, say)
        by_bridge = _read("bridges", files["bridges"], texas_bridges.read, inputs, advance, say)
        freight = _read("transborder", files["transborder"], transborder.read, inputs, advance, say)
        seized = _read("seizures", files["seizures"], seizures.read, inputs, advance, say)
    joint_freight = transborder.together(freight) if freight else None
    joint_seizures = seizures.together(seized) if seized else None
    tables = Tables(
        counted[0].frame if counted else None,
        by_bridge[0].frame if by_bridge else None,
        joint_freight.frame if joint_freight else None,
        joint_seizures.frame if joint_seizures else None,
    )
    verdicts = [judge(each, told, tables) for each in chosen]
    joint: list[Read] = [each for each in (joint_freight, joint_seizures) if each is not None]
    judged = Judged(
        DocumentTold(told.id, told.version, told.hash, told.name),
        inputs,
        dict(Counter(each.verdict for each in verdicts)),
        verdicts,
        {key: source for key, source in told.sources.items() if key in {each.source for each in verdicts}},
        [problem for each in joint for problem in each.problems],
    )
    if as_json:
        terminal.emit(judged)
    else:
        _tell(judged, joint, say)
    problems = [*judged.problems, *(problem for each in inputs for problem in each.problems)]
    if judged.counts.get("differs_by") or any(problem.gravity == "refusal" for problem in problems):
        raise typer.Exit(terminal.FOUND)


def _document(file: Path | None, say: Sentences) -> Claims:
    if file is None:
        return shipped.claims()
    try:
        if file.stat().st_size > MOST_BYTES:
            raise ClaimsError("claims.too_large", most=MOST_BYTES // 1024)
        return parse(file.read_bytes())
    except ClaimsError as wrong:
        terminal.fail(escape(say.of(wrong.text)), where=escape(str(file)), to_do=say("claims_document_to_do"))
    except OSError as wrong:
        terminal.fail(say("file_unusable", why=wrong.strerror), where=escape(str(file)), to_do=say("port_file_to_do"))


def _files(given: Sequence[Path] | None, say: Sentences) -> list[Path]:
    """The files that were named, and the CSV files of the folders that were."""
    found: list[Path] = []
    for path in given or ():
        if not path.is_dir():
            found.append(path)
            continue
        inside = sorted(each for each in path.iterdir() if each.suffix.lower() == ".csv" and each.is_file())
        if not inside:
            terminal.fail(say("claims_no_csv"), where=escape(str(path)), to_do=say("port_file_to_do"))
        found += inside
    return list(dict.fromkeys(found))


def _read(
    table: TableName,
    files: Sequence[Path],
    read: Callable[[bytes], _Read],
    inputs: list[Input],
    advance: Callable[[int], None],
    say: Sentences,
) -> list[_Read]:
    """What each file of a table holds; what is to be told of it is added to `inputs`."""
    made: list[_Read] = []
    for file in files:
        data, name = of_file(file, say)
        own = read(data)
        months: list[date] = own.frame["month"].unique().to_list()
        first, last = (f"{edge(months):%Y-%m}" if months else None for edge in (min, max))
        inputs.append(Input(table, name, sha256(data).hexdigest(), first, last, list(own.problems), own.found))
        made.append(own)
        advance(1)
    return made


def _tell(judged: Judged, joint: Sequence[Read], say: Sentences) -> None:
    table = terminal.listing(say, "claims_col", "claim", "published", "computed", "verdict")
    for each in judged.claims:
        computed = "–" if each.computed_said is None else say.of(each.computed_said)
        verdict = Styled(_verdict(each, say), style=_STYLES[each.verdict])
        table.add_row(escape(say.of(each.name)), escape(say.of(each.published_said)), escape(computed), verdict)
    terminal.show(table)
    terminal.out.print()
    for each in judged.claims:
        if each.why or each.verdict != "reproduced":
            _explain(each, judged.sources[each.source], say)
    for own in judged.inputs:
        span = own.first or say("claims_nothing")
        span += f"–{own.last}" if own.last != own.first else ""
        terminal.paragraph(say("claims_input", file=own.file, span=span, hash=own.sha256[:12]))
        tell_problems(own.problems, own.counts, say)
    for each_joint in joint:
        tell_problems(each_joint.problems, each_joint.found, say)
    told = judged.document
    counts = {kind: judged.counts.get(kind, 0) for kind in _STYLES}
    terminal.paragraph(say("claims_document", name=say.of(told.name), version=told.version, hash=told.hash[:12]))
    terminal.paragraph(say("claims_counts", claims=len(judged.claims), **counts), style="bold")


def _verdict(own: Verdict, say: Sentences) -> str:
    if own.by_said is not None:
        if own.by_percent is None or own.published.unit == "percent":
            return say("claims_differs_by", by=say.of(own.by_said))
        return say("claims_differs_by_percent", by=say.of(own.by_said), percent=own.by_percent.replace("-", "−"))
    if own.verdict == "differs_by":
        return say("claims_differs" if own.computed else f"claims_differs_in_{own.differs_in}")
    return say(f"claims_{own.verdict}")


def _explain(own: Verdict, source: Source, say: Sentences) -> None:
    """One claim as it was said, by whom, and why its verdict is what it is."""
    terminal.paragraph(f"{own.claim}: {say.of(own.said)} ({say.of(source.told)})")
    for each in own.why:
        terminal.paragraph(f"  · {say.of(each)}")
