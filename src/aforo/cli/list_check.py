"""`aforo lists check NAME…|FILE`: whom names resemble on the published lists, and why."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.text import Text as RichText

from aforo.cli import terminal
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.log import AsJson
from aforo.domain.clock import system_clock
from aforo.domain.watchlist import (
    PARTY_KINDS,
    PUBLISHERS,
    STALE_AFTER_DAYS,
    Freshness,
    PartyKind,
    Publisher,
    Watchlist,
)
from aforo.flow.listed_names import Found, found_of
from aforo.flow.screening import COLUMNS
from aforo.intake.batch import printable
from aforo.intake.lists import copies
from aforo.intake.lists.publishers import Loaded
from aforo.intake.lists.sources import Sources, SourcesError, load
from aforo.intake.registry import recognise
from aforo.risk.screening import Hit, Party, Screener
from aforo.settings import lists_folder

Folder = Annotated[
    Path | None, typer.Option("--lists", help="The folder of the lists' copies (AFORO_LISTS, or the data folder).")
]

#: Parties that are screened at once.
_BATCH = 1_000
#: Longer lines of a file are no names.
_MOST_CHARS = 1_000


class Checked(msgspec.Struct, frozen=True):
    """One party as `--json` has it, one object a line. `alarms` are publishers whose list is missing or stale."""

    name: str
    kind: PartyKind
    hits: list[Found]
    alarms: list[Publisher]


def check(
    names: Annotated[
        list[str],
        typer.Argument(metavar="name|file", help="Names; or a file: declarations, or text with one name a line."),
    ],
    kind: Annotated[
        str, typer.Option(help="What the names are of: person, firm, vessel, aircraft or unknown.")
    ] = "unknown",
    born: Annotated[str | None, typer.Option(help="A year or a day of birth: 1957, or 1957-07-02.")] = None,
    identifier: Annotated[list[str] | None, typer.Option(help="A number: RFC, CURP, passport, IMO.")] = None,
    folder: Folder = None,
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """Say whom names resemble on the lists, and why. Exit 1 where there is a hit, a list is missing or
    stale, or a file was not read whole."""
    say = Sentences("aforo.cli", lang)
    if kind not in PARTY_KINDS:
        terminal.fail(
            say("lists_kind", kind=printable(kind)), to_do=say("lists_kind_to_do", kinds=", ".join(PARTY_KINDS))
        )
    if born is not None and not _is_birth(born):
        terminal.fail(say("lists_born"), to_do=say("lists_born_to_do"))
    home = lists_folder(folder)
    try:
        sources = load(None, home)
    except SourcesError as wrong:
        terminal.fail(say.of(wrong.text), where=str(home), to_do=say("lists_sources_to_do"))
    lists = loaded(home, say).lists
    if not lists:
        terminal.fail(say("lists_none", folder=home), to_do=say("lists_to_do"))
    now = system_clock()
    fresh = {each.publisher for each in lists if not freshness(each, sources, now).stale}
    alarms = [publisher for publisher in PUBLISHERS if publisher not in fresh]
    with terminal.progress(say("lists_reading")):
        screener = Screener(lists)
    hit = False
    unread: list[str] = []
    parties = _parties(names, kind, born, tuple(identifier or ()), say, unread)
    while batch := [party for _, party in zip(range(_BATCH), parties, strict=False)]:
        for party, hits in zip(batch, screener.screen(batch), strict=True):
            hit |= bool(hits)
            if as_json:
                terminal.emit(Checked(party.name, party.kind, [found_of(each) for each in hits], alarms))
            else:
                _show(party, hits, say)
    if alarms and not as_json:
        told = say("lists_alarm", lists=", ".join(alarms))
        terminal.err.print(RichText.assemble((say("warning"), "bold yellow"), f": {told}"))
    for file in unread:
        told = say("lists_unread", file=file)
        terminal.err.print(RichText.assemble((say("warning"), "bold yellow"), f": {told}"))
    if hit or alarms or unread:
        raise typer.Exit(terminal.FOUND)


def loaded(home: Path, say: Sentences) -> Loaded:
    """The lists of a folder; leaves with an error in words where they cannot be read."""
    try:
        with terminal.progress(say("lists_reading")):
            return copies.load(home)
    except copies.CopyDamagedError as wrong:
        terminal.fail(say.of(wrong.text), where=str(home), to_do=say("lists_copy_to_do"), code=terminal.FOUND)
    except OSError as wrong:
        terminal.fail(say("file_unusable", why=wrong), to_do=say("lists_copy_to_do"))


def freshness(watchlist: Watchlist, sources: Sources, now: datetime) -> Freshness:
    """How old a list is, by what its source says of when it is stale."""
    source = sources.get(watchlist.publisher)
    return watchlist.freshness(now, STALE_AFTER_DAYS if source is None else source.stale_after_days)


def _is_birth(text: str) -> bool:
    try:
        datetime.strptime(text, "%Y" if len(text) == 4 else "%Y-%m-%d")  # noqa: DTZ007 - a day, no instant
    except ValueError:
        return False
    return True


def _parties(
    names: list[str], kind: PartyKind, born: str | None, identifiers: tuple[str, ...], say: Sentences, unread: list[str]
) -> Iterator[Party]:
    for name in names:
        path = Path(name)
        if len(name) < _MOST_CHARS and "\0" not in name and path.is_file():
            try:
                yield from _of_file(path, kind, say, unread)
            except OSError as wrong:
                terminal.fail(say("file_unusable", why=wrong), to_do=say("lists_file_to_do"))
        else:
            yield Party(name, kind, born, identifiers)


def _of_file(path: Path, kind: PartyKind, say: Sentences, unread: list[str]) -> Iterator[Party]:
    """The parties that declarations name, each once; or the lines of a text. A file of which something was refused, or
    which names nobody, is added to `unread`: no hit there would clear nobody."""
    if (form := recognise(path)) is not None:
        seen: set[Party] = set()
        refused = False
        for batch in form.read(path):
            refused |= bool(batch.refused) or batch.stopped
            for column, of_kind in COLUMNS.items():
                for name in batch.table[column].drop_nulls().unique(maintain_order=True):
                    party = Party(name, of_kind)
                    if party not in seen:
                        seen.add(party)
                        yield party
        if refused or not seen:
            unread.append(printable(path.name))
        return
    with path.open("rb") as stream:
        number = 0
        while line := stream.readline(4 * _MOST_CHARS):
            number += 1
            text = line.decode("utf-8-sig", "replace").strip()
            if len(line) >= 4 * _MOST_CHARS or b"\0" in line:
                terminal.fail(
                    say("lists_no_names", file=printable(path.name), line=number), to_do=say("lists_file_to_do")
                )
            if text:
                yield Party(text, kind)


def _show(party: Party, hits: tuple[Hit, ...], say: Sentences) -> None:
    shown = printable(party.name)
    if not hits:
        terminal.out.print(say("lists_no_hit", name=shown), markup=False)
        return
    terminal.out.print(say("lists_hits", name=shown, count=len(hits)), markup=False, style="bold")
    table = terminal.listing(say, "lists", "score", "list", "entry", "name", "programmes", "why", right=("score",))
    for hit in hits:
        table.add_row(
            f"{hit.score / 10_000:.1f}",
            hit.watchlist,
            hit.entry.entry_id,
            RichText(printable(hit.entry.names[0].text)),
            RichText(", ".join(hit.entry.programmes)),
            RichText(say.of(hit.reason)),
        )
    terminal.show(table)
