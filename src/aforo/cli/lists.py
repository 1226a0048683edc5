"""`aforo lists`: fetch the published lists of denied and sanctioned parties, and say whom a name resembles on them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.table import Table
from rich.text import Text as RichText

from aforo.cli import list_check, list_hits, terminal
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.list_check import Folder
from aforo.cli.log import AsJson
from aforo.domain.clock import system_clock
from aforo.domain.problem import Problem
from aforo.domain.watchlist import PUBLISHERS, Freshness, Publisher
from aforo.intake.lists import copies
from aforo.intake.lists.fetch import FetchError, fetch
from aforo.intake.lists.publishers import Loaded, publisher_of, read_lists
from aforo.intake.lists.reading import MOST_BYTES
from aforo.intake.lists.sources import Sources, SourcesError, load
from aforo.settings import lists_folder

#: Kinds of problem that are told, the gravest first; --json has all.
_MOST_TOLD = 10
#: A list that comes with fewer than this share of the entries of its last copy is taken for a part of itself.
_SHRUNK = 0.5


class ListState(msgspec.Struct, frozen=True):
    """One publisher's list as `--json` has it; `freshness` and what follows are null where there is no list."""

    publisher: Publisher
    entries: int
    names: int
    freshness: Freshness | None
    published_at: datetime | None
    fetched_at: datetime | None
    digest: str | None
    copy: str | None


class Report(msgspec.Struct, frozen=True):
    """What `lists update` and `lists show` say: the lists, and what was found wrong with files.

    `counts` is how often each kind of problem was found; of each, `problems` has the first thousand.
    """

    folder: str
    lists: list[ListState]
    problems: list[Problem]
    counts: dict[str, int]


def register(app: typer.Typer) -> None:
    """Add the group of commands to `app`."""
    group = typer.Typer(no_args_is_help=True, help="Lists of denied and sanctioned parties: OFAC, BIS, United Nations.")
    group.command("update")(update)
    group.command("show")(show)
    group.command("check")(list_check.check)
    group.command("hits")(list_hits.hits)
    group.command("confirm")(list_hits.confirm)
    group.command("dismiss")(list_hits.dismiss)
    app.add_typer(group, name="lists")


def update(
    source: Annotated[
        Path | None, typer.Option("--from", help="Take the lists from the files of this folder instead.")
    ] = None,
    sources: Annotated[Path | None, typer.Option(help="A TOML document with the owners' addresses.")] = None,
    folder: Folder = None,
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """Download the lists from their owners and keep dated copies. Exit 1 where a list is missing, damaged or stale."""
    say = Sentences("aforo.cli", lang)
    home = lists_folder(folder)
    known = _sources(sources, home, say)
    problems: list[Problem] = []
    counts: Counter[str] = Counter()
    failed: list[str] = []
    before = {each.publisher: len(each.entries) for each in list_check.loaded(home, say).lists}
    gathered = _of_folder(source, say) if source is not None else _downloaded(known, say, failed)
    for fetched_at, files in gathered:
        loaded = read_lists(files, fetched_at)
        problems += loaded.problems
        for found in loaded.counts.values():
            counts.update(found)
        for watchlist in loaded.lists:
            if source is None and len(watchlist.entries) < _SHRUNK * before.get(watchlist.publisher, 0):
                counted = {"before": before[watchlist.publisher], "now": len(watchlist.entries)}
                failed.append(say("lists_shrank", publisher=watchlist.publisher, **counted))
                continue
            own = {name: data for name, data in files.items() if publisher_of(data) == watchlist.publisher}
            try:
                copies.keep(home, watchlist.publisher, own, fetched_at)
            except OSError as wrong:
                terminal.fail(say("cannot_write", why=wrong), to_do=say("lists_folder_to_do"))
    for each in failed:
        terminal.err.print(RichText.assemble((say("warning"), "bold yellow"), f": {each}"))
    _tell(home, known, problems, counts, as_json=as_json, failed=bool(failed), say=say)


def show(folder: Folder = None, as_json: AsJson = False, lang: LanguageOption = "") -> None:
    """Show the lists with their age. Exit 1 where one is missing or stale."""
    say = Sentences("aforo.cli", lang)
    home = lists_folder(folder)
    _tell(home, _sources(None, home, say), [], Counter(), as_json=as_json, failed=False, say=say)


def _sources(path: Path | None, home: Path, say: Sentences) -> Sources:
    try:
        return load(path, home)
    except SourcesError as wrong:
        terminal.fail(say.of(wrong.text), where=str(path or home), to_do=say("lists_sources_to_do"))
    except OSError as wrong:
        terminal.fail(say("file_unusable", why=wrong), to_do=say("lists_sources_to_do"))


def _of_folder(folder: Path, say: Sentences) -> list[tuple[datetime, Mapping[str, bytes]]]:
    """The files of a folder. They are as old as the oldest of a publisher's says: nobody knows when it was fetched."""
    if not folder.is_dir():
        terminal.fail(say("lists_no_folder", folder=folder), to_do=say("lists_no_folder_to_do"))
    by_publisher: dict[Publisher | None, dict[str, bytes]] = {}
    oldest: dict[Publisher | None, float] = {}
    for path in sorted(each for each in folder.iterdir() if each.is_file() and not each.name.startswith(".")):
        try:
            if path.stat().st_size > MOST_BYTES:
                terminal.err.print(say("lists_passed_over", file=path.name), markup=False)
                continue
            data = path.read_bytes()
            publisher = publisher_of(data)
            oldest[publisher] = min(oldest.get(publisher, path.stat().st_mtime), path.stat().st_mtime)
        except OSError as wrong:
            terminal.fail(say("file_unusable", why=wrong), to_do=say("lists_no_folder_to_do"))
        if publisher is None:
            terminal.err.print(say("lists_passed_over", file=path.name), markup=False)
        else:
            by_publisher.setdefault(publisher, {})[path.name] = data
    return [(datetime.fromtimestamp(oldest[each], UTC), files) for each, files in by_publisher.items()]


def _downloaded(sources: Sources, say: Sentences, failed: list[str]) -> list[tuple[datetime, Mapping[str, bytes]]]:
    """What the owners give. A list of which a file fails is left as it was: half of it would hide names."""
    gathered: list[tuple[datetime, Mapping[str, bytes]]] = []
    with terminal.progress(say("lists_downloading"), sum(len(source.files) for source in sources.values())) as advance:
        for source in sources.values():
            files = {}
            try:
                for name, address in source.files.items():
                    files[name] = fetch(address)
                    advance()
            except FetchError as wrong:
                failed.append(say.of(wrong.text))
            else:
                gathered.append((system_clock(), files))
    return gathered


def _tell(
    home: Path,
    sources: Sources,
    problems: list[Problem],
    counts: Counter[str],
    *,
    as_json: bool,
    failed: bool,
    say: Sentences,
) -> None:
    loaded = list_check.loaded(home, say)
    now = system_clock()
    states = [_state(publisher, loaded, home, sources, now) for publisher in PUBLISHERS]
    if as_json:
        terminal.emit(Report(str(home), states, problems, counts))
    else:
        _tables(states, problems, counts, say)
    refused = any(problem.gravity == "refusal" for problem in problems)
    if failed or refused or any(state.freshness is None or state.freshness.stale for state in states):
        raise typer.Exit(terminal.FOUND)


def _state(publisher: Publisher, loaded: Loaded, home: Path, sources: Sources, now: datetime) -> ListState:
    found = next((each for each in loaded.lists if each.publisher == publisher), None)
    if found is None:
        return ListState(publisher, 0, 0, None, None, None, None, None)
    copy = copies.newest(home, publisher)
    return ListState(
        publisher,
        len(found.entries),
        sum(len(entry.names) for entry in found.entries),
        list_check.freshness(found, sources, now),
        found.published_at,
        found.fetched_at,
        found.digest,
        None if copy is None else copy.name,
    )


def _tables(states: list[ListState], problems: list[Problem], counts: Counter[str], say: Sentences) -> None:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in ("list", "entries", "names", "as_of", "age", "state"):
        right = column in ("entries", "names", "age")
        table.add_column(say(f"lists_{column}"), justify="right" if right else "left")
    for state in states:
        fresh = state.freshness
        if fresh is None:
            table.add_row(state.publisher, "", "", "", "", RichText(say("lists_absent"), style="bold red"))
            continue
        table.add_row(
            state.publisher,
            f"{state.entries:,}",
            f"{state.names:,}",
            say(f"lists_{fresh.counted_from}", day=fresh.as_of.date().isoformat()),
            f"{fresh.age_days:.0f}",
            RichText(say("lists_stale"), style="bold red")
            if fresh.stale
            else RichText(say("lists_current" if fresh.counted_from == "published" else "lists_undated")),
        )
    terminal.show(table)
    firsts = {problem.code: problem for problem in reversed(problems)}
    for first in sorted(firsts.values(), key=lambda each: (each.gravity != "refusal", -counts[each.code]))[:_MOST_TOLD]:
        gravity = say("warning" if first.gravity == "warning" else "refusal")
        count = max(1, counts[first.code])
        terminal.out.print(f"{gravity} ×{count:,} ({first.place}): {say.of(first.reason)}", markup=False)
    if any(state.freshness is None or state.freshness.stale for state in states):
        terminal.out.print(say("lists_to_do"), markup=False)
