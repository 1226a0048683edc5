"""`aforo seal road`: corridors, fences and limits of alerts, put in force in the log, listed and taken out of force."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.markup import escape
from rich.table import Table

from aforo.cli import terminal
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.log import AsJson, Keys, Store, log_to_read, made_log
from aforo.custody import corridor
from aforo.flow import documents, roads
from aforo.flow.documents import NothingToRollBackError
from aforo.flow.roads import MOST_BYTES, Checked, InForce, RoadKind, RoadRefusedError, Roads
from aforo.log.store import ConcurrencyError
from aforo.settings import officer

_By = Annotated[str, typer.Option("--by", help="Who puts it in force (default: the user of this machine).")]


class Put(msgspec.Struct, frozen=True):
    """One document: its kind, what names it, its hash, whether it is in force, and whether anything changed by it."""

    kind: RoadKind
    name: str
    hash: str
    active: bool
    changed: bool


class RolledBack(msgspec.Struct, frozen=True):
    """The document that was taken out of force, and the one that is in force now; null where there is none."""

    kind: RoadKind
    name: str
    hash: str
    now: str | None


def add(group: typer.Typer) -> None:
    """Add the commands to those of seals."""
    own = typer.Typer(no_args_is_help=True, help="Corridors, fences and limits of alerts: what trips are judged by.")
    own.command("put")(put)
    own.command("list")(listed)
    own.command("rollback")(rollback)
    own.command("example")(example)
    group.add_typer(own, name="road")


def put(
    files: Annotated[
        list[Path], typer.Argument(metavar="file", help="Documents in TOML: corridors, fences, limits of alerts.")
    ],
    draft: Annotated[bool, typer.Option("--draft", help="Keep it as a draft, not in force yet.")] = False,
    by: _By = "",
    store: Store = None,
    keys: Keys = None,
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """Put documents in force: trips are judged by them from then on. All are checked before any is."""
    say = Sentences("aforo.cli", lang)
    checked = [_checked(file, say) for file in files]
    who = officer(by.strip() or None)
    made = []
    with made_log(store, keys) as log:
        for each in checked:
            try:
                hash_, changed = roads.put(log, each, who, activate=not draft)
            except ConcurrencyError:
                terminal.fail(say("port_put_raced"), to_do=say("port_put_raced_to_do"), code=terminal.FOUND)
            active = documents.in_force(log, each.kind).get(each.name) == hash_
            made.append(Put(each.kind, each.name, hash_, active, changed))
    if as_json:
        terminal.emit(made)
        return
    for done in made:
        sentence = "road_put_active" if done.active else "road_put_draft"
        what = say(f"road_kind_{done.kind}")
        terminal.out.print(say(sentence, what=what, name=done.name, hash=done.hash[:16]), markup=False)


def listed(store: Store = None, keys: Keys = None, as_json: AsJson = False, lang: LanguageOption = "") -> None:
    """The documents that are in force. Where no limits are, those that ship stand."""
    say = Sentences("aforo.cli", lang)
    with log_to_read(store, keys) as log:
        found = Roads(log).in_force()
    if as_json:
        terminal.emit({"documents": found})
    elif not found:
        terminal.out.print(say("road_none"), markup=False)
    else:
        terminal.show(_table(found, say))


def rollback(
    kind: Annotated[RoadKind, typer.Argument(help="What it is.")],
    name: Annotated[str, typer.Argument(help="Its id; `alerts` for limits.")],
    by: _By = "",
    store: Store = None,
    keys: Keys = None,
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """Take the document in force out of force: the one before it is in force again, or none."""
    say = Sentences("aforo.cli", lang)
    what = say(f"road_kind_{kind}")
    with made_log(store, keys) as log:
        try:
            was, now = documents.roll_back(log, kind, name, officer(by.strip() or None))
        except NothingToRollBackError:
            terminal.fail(
                say("road_nothing", what=what, name=escape(name)), to_do=say("road_nothing_to_do"), code=terminal.FOUND
            )
        except ConcurrencyError:
            terminal.fail(say("port_put_raced"), to_do=say("port_put_raced_to_do"), code=terminal.FOUND)
    if as_json:
        terminal.emit(RolledBack(kind, name, was, now))
        return
    sentence = "road_rolled_back" if now else "road_rolled_back_none"
    terminal.out.print(say(sentence, what=what, name=name, now=(now or "")[:16]), markup=False)


def example() -> None:
    """Print a corridor to begin with: synthetic, drawn roughly from Monterrey to Laredo, and good for trials alone."""
    terminal.out.print(corridor.example().decode(), markup=False, highlight=False, soft_wrap=True)


def _checked(file: Path, say: Sentences) -> Checked:
    """A document; leaves with all that is wrong in words where it is not sound."""
    try:
        with file.open("rb") as opened:
            data = opened.read(MOST_BYTES + 1)
    except OSError as wrong:
        terminal.fail(say("file_unusable", why=wrong.strerror), where=escape(str(file)), to_do=say("port_file_to_do"))
    try:
        return roads.checked(data)
    except RoadRefusedError as refused:
        *others, last = refused.problems
        for each in others:
            terminal.err.print(f"{file}: {each.place}: {say.of(each.reason)}", markup=False, highlight=False)
        terminal.fail(escape(say.of(last.reason)), where=escape(f"{file}: {last.place}"))


def _table(found: list[InForce], say: Sentences) -> Table:
    table = terminal.listing(say, "road", "kind", "name", "hash")
    for each in found:
        table.add_row(say(f"road_kind_{each.kind}"), escape(each.name), each.hash[:16])
    return table
