"""`aforo measure claims`: what is claimed about the corridor, computed again from the published tables."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.markup import escape
from rich.text import Text as Styled

from aforo.cli import terminal
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.log import AsJson
from aforo.cli.published_tables import Input, Published, claims_of, read_published, tell_read
from aforo.cli.refused_rows import show_refused, with_refused
from aforo.domain.problem import Problem
from aforo.domain.text import Text
from aforo.scoreboard.claim_verdicts import Verdict, judge
from aforo.scoreboard.claims import Source
from aforo.scoreboard.claims_told import counts_said, verdict_said

_STYLES = {"reproduced": "green", "differs_by": "bold red", "not_in_the_data": "dim"}


class DocumentTold(msgspec.Struct, frozen=True):
    """Which document of claims was judged."""

    id: str
    version: int
    hash: str
    name: Text


class Judged(msgspec.Struct, frozen=True):
    """What `measure claims` says. `counts` is how many claims have each verdict, `stated` how many of these rest on
    figures as published alone, which no input changes; `problems` are those between files."""

    document: DocumentTold
    inputs: list[Input]
    counts: dict[str, int]
    stated: dict[str, int]
    claims: list[Verdict]
    sources: dict[str, Source]
    problems: list[Problem]


CrossingsOption = Annotated[
    Path | None,
    typer.Option(metavar="file", help="Counts of trucks by port and month (BTS), as `aforo data get bts` takes them."),
]
BridgesOption = Annotated[
    Path | None, typer.Option(metavar="file", help="Counts of trucks by Texas bridge and month (CBP).")
]
TransborderOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--transborder",
        metavar="file",
        help="TransBorder freight (BTS): a CSV file or a folder of them; repeat for several.",
    ),
]
SeizuresOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--seizures", metavar="file", help="Drug seizures (CBP): a CSV file or a folder of them; repeat for several."
    ),
]


def claims(
    crossings: CrossingsOption = None,
    bridges: BridgesOption = None,
    transborder_files: TransborderOption = None,
    seizure_files: SeizuresOption = None,
    document: Annotated[
        Path | None, typer.Option("--claims", metavar="file", help="Judge the claims of this document (TOML) instead.")
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="id", help="Only this claim; repeat for several.")
    ] = None,
    as_json: AsJson = False,
    language: LanguageOption = "",
) -> None:
    """Compute published claims again from raw data: reproduced, differs by, or not in the data, and why.

    Exit 1 where a claim differs, or a part of a file cannot be read.
    """
    say = Sentences("aforo.cli", language)
    told = claims_of(document, say)
    chosen = [each for each in told.claims if not only or each.id in only]
    if unknown := [each for each in only or () if each not in {claim.id for claim in told.claims}]:
        terminal.fail(escape(say("claims_no_claim", claim=unknown[0])), to_do=say("claims_no_claim_to_do"))
    read = read_published(crossings, bridges, transborder_files, seizure_files, say)
    verdicts = [judge(each, told, read.tables) for each in chosen]
    judged = Judged(
        DocumentTold(told.id, told.version, told.hash, told.name),
        read.inputs,
        dict(Counter(each.verdict for each in verdicts)),
        dict(Counter(each.verdict for each in verdicts if each.stated)),
        verdicts,
        {key: source for key, source in told.sources.items() if key in {each.source for each in verdicts}},
        read.between,
    )
    if as_json:
        terminal.emit(with_refused(judged, read.refused))
    else:
        _tell(judged, read, say)
        show_refused(read.refused, say)
    if judged.counts.get("differs_by") or read.refused:
        raise typer.Exit(terminal.FOUND)


def _tell(judged: Judged, read: Published, say: Sentences) -> None:
    table = terminal.listing(say, "claims_col", "claim", "published", "computed", "verdict")
    for each in judged.claims:
        computed = "–" if each.computed_said is None else say.of(each.computed_said)
        verdict = Styled(verdict_said(each, say, say.of), style=_STYLES[each.verdict])
        table.add_row(escape(say.of(each.name)), escape(say.of(each.published_said)), escape(computed), verdict)
    terminal.show(table)
    terminal.out.print()
    for each in judged.claims:
        if each.why or each.verdict != "reproduced":
            _explain(each, judged.sources[each.source], say)
    tell_read(read, say)
    told = judged.document
    terminal.paragraph(say("claims_document", name=say.of(told.name), version=told.version, hash=told.hash[:12]))
    terminal.paragraph(counts_said(judged.claims, say), style="bold")


def _explain(own: Verdict, source: Source, say: Sentences) -> None:
    """One claim as it was said, by whom, and why its verdict is what it is."""
    terminal.paragraph(f"{own.claim}: {say.of(own.said)} ({say.of(source.told)})")
    for each in own.why:
        terminal.paragraph(f"  · {say.of(each)}")
