"""`aforo port put|rollback`: port documents in force in the log; the prices of their bridges are solved anew."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.markup import escape

from aforo.bootstrap import policy_in_force
from aforo.cli import terminal
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.log import AsJson, Keys, Store, made_log
from aforo.flow import documents
from aforo.flow.documents import NothingToRollBackError
from aforo.flow.solving import NotSolvableError, solve_anew, tables_of, trucks_a_day, wanted, worth_of
from aforo.log.store import ConcurrencyError, Log
from aforo.ports import shipped
from aforo.ports.document import PortDocument
from aforo.ports.reading import MOST_BYTES, read
from aforo.settings import officer

By = Annotated[str, typer.Option("--by", help="Who puts it in force (default: the user of this machine).")]


class Put(msgspec.Struct, frozen=True):
    """One document: whether it is in force, whether anything changed by it, and the tables that were solved for it;
    `stale` are bridges whose tables could not be solved anew, and stay in use as they are."""

    port: str
    name: str
    hash: str
    stage: str
    changed: bool
    solved: list[str]
    stale: list[str]


class RolledBack(msgspec.Struct, frozen=True):
    """The document that was taken out of force, and the one that is in force now; null where there is none."""

    port: str
    hash: str
    now: str | None


def add(group: typer.Typer) -> None:
    """Add the commands to those of ports."""
    group.command("put")(put)
    group.command("rollback")(rollback)


def put(
    files: Annotated[
        list[Path], typer.Argument(metavar="file", help="Port documents (TOML), or codes of ports as shipped.")
    ],
    draft: Annotated[bool, typer.Option("--draft", help="Keep it as a draft, not in force yet.")] = False,
    by: By = "",
    store: Store = None,
    keys: Keys = None,
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """Put port documents in force: decisions are made by them from then on. All are checked before any is."""
    say = Sentences("aforo.cli", lang)
    bodies = [_body(file, say) for file in files]
    who = by.strip() or officer()
    made = []
    with made_log(store, keys) as log:
        for body, port in bodies:
            try:
                hash_, changed = documents.put(log, "port", port.code, body, port.version, who, activate=not draft)
            except ConcurrencyError:
                terminal.fail(say("port_put_raced"), to_do=say("port_put_raced_to_do"), code=terminal.FOUND)
            solved, stale = ([], []) if draft else _warm(log, port, who, say)
            active = documents.in_force(log, "port").get(port.code) == hash_
            made.append(Put(port.code, port.name, hash_, "active" if active else "draft", changed, solved, stale))
    if as_json:
        terminal.emit(made)
        return
    for each in made:
        sentence = "port_put_active" if each.stage == "active" else "port_put_draft"
        terminal.out.print(say(sentence, port=f"{each.name} ({each.port})", hash=each.hash[:16]), markup=False)
        if each.solved:
            terminal.out.print(say("port_put_solved", tables=", ".join(each.solved)), markup=False)
        for bridge in each.stale:
            terminal.out.print(say("port_put_stale", bridge=bridge), markup=False)


def _body(file: Path, say: Sentences) -> tuple[bytes, PortDocument]:
    """A document and its port; leaves with an error in words where it is not sound."""
    if not file.exists() and (body := shipped.documents().get(str(file))) is not None:
        data = body
    else:
        try:
            with file.open("rb") as opened:
                data = opened.read(MOST_BYTES + 1)
        except OSError as wrong:
            terminal.fail(
                say("file_unusable", why=wrong.strerror), where=escape(str(file)), to_do=say("port_file_to_do")
            )
    port, wrong_places = read(data)
    if port is None or wrong_places:
        terminal.fail(escape(say.of(wrong_places[0].text)), where=escape(str(file)), to_do=say("port_mend"))
    return data, port


def _warm(log: Log, port: PortDocument, by: str, say: Sentences) -> tuple[list[str], list[str]]:
    """Solve the tables of the port's bridges anew, of those that have any, for what the document says now."""
    solved: list[str] = []
    stale: list[str] = []
    for bridge in port.bridges:
        known = tables_of(log, bridge.id)
        if not known:
            continue
        try:
            wants = wanted(bridge, trucks_a_day(known), worth_of(log, policy_in_force(log)))
        except NotSolvableError:
            stale.append(bridge.id)
            continue
        with terminal.progress(bridge.name, len(wants)) as advance:
            for one, anew in solve_anew(log, wants, by):
                solved += [f"{one.bridge}/{one.day_class}/{one.resource}"] if anew else []
                advance()
    return solved, stale


def rollback(
    port: Annotated[str, typer.Argument(metavar="port", help="The code of a port.")],
    by: By = "",
    store: Store = None,
    keys: Keys = None,
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """Take the document in force out of force: the one before it is in force again, or none."""
    say = Sentences("aforo.cli", lang)
    with made_log(store, keys) as log:
        try:
            was, now = documents.roll_back(log, "port", port, by.strip() or officer())
        except NothingToRollBackError:
            terminal.fail(say("port_nothing", port=escape(port)), to_do=say("port_nothing_to_do"), code=terminal.FOUND)
        except ConcurrencyError:
            terminal.fail(say("port_put_raced"), to_do=say("port_put_raced_to_do"), code=terminal.FOUND)
    if as_json:
        terminal.emit(RolledBack(port, was, now))
        return
    terminal.out.print(
        say("port_rolled_back" if now else "port_rolled_back_none", port=port, now=(now or "")[:16]), markup=False
    )
