"""`aforo fleet contract|target`: what suppliers promised and what ports aim at, in force in the store."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.markup import escape

from aforo.cli import terminal
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.log import AsJson, Keys, Store, log_to_read, made_log
from aforo.cli.port_live import contents
from aforo.fleet import contract as contracts_of
from aforo.fleet import target as targets_of
from aforo.fleet.contract import Contract, ContractError
from aforo.fleet.target import Targets
from aforo.flow import documents
from aforo.flow.documents import NothingToRollBackError
from aforo.flow.fleet_documents import TARGETS, FleetKind, Kept, kept, put_contract, put_targets
from aforo.log.artefacts import ArtefactChangedError, ArtefactMissingError
from aforo.log.store import ConcurrencyError, Log
from aforo.settings import officer

By = Annotated[str, typer.Option("--by", help="Who puts it in force (default: the user of this machine).")]
_Hash = Annotated[str, typer.Argument(metavar="hash", help="The hash of a version, or how it begins.")]


class Put(msgspec.Struct, frozen=True):
    """A document that is in force now."""

    name: str
    version: int
    hash: str


def register(group: typer.Typer) -> None:
    """Add the commands to `aforo fleet`."""
    contract = typer.Typer(no_args_is_help=True, help="Contracts of scanners: put in force, listed, shown, taken back.")
    for name, command in (
        ("put", contract_put), ("list", contract_list), ("show", contract_show), ("rollback", contract_rollback),
    ):  # fmt: skip
        contract.command(name)(command)
    target = typer.Typer(no_args_is_help=True, help="Targets of ports: put in force, listed, shown, taken back.")
    for name, aim in (
        ("put", target_put), ("list", target_list), ("show", target_show), ("rollback", target_rollback),
    ):  # fmt: skip
        target.command(name)(aim)
    group.add_typer(contract, name="contract")
    group.add_typer(target, name="target")


def contract_put(
    files: Annotated[list[Path], typer.Argument(metavar="file", help="Contracts (TOML).")],
    by: By = "",
    store: Store = None,
    keys: Keys = None,
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """Put contracts in force. A version holds from the day that it says; versions before keep the days before that.
    All are checked before any is put."""
    say = Sentences("aforo.cli", lang)
    bodies = [(file, contents(file, say)) for file in files]
    for file, body in bodies:
        _checked(file, body, contracts_of.parse, say)

    def one(log: Log, body: bytes, who: str) -> Put:
        made = put_contract(log, body, who, origin=log.marks)
        return Put(made.id, made.version, made.hash)

    _put(bodies, one, by, store, keys, as_json, say)


def target_put(
    file: Annotated[Path, typer.Argument(help="Targets (TOML).")],
    by: By = "",
    store: Store = None,
    keys: Keys = None,
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """Put targets in force, in place of those before."""
    say = Sentences("aforo.cli", lang)
    body = contents(file, say)
    _checked(file, body, targets_of.parse, say)

    def one(log: Log, body: bytes, who: str) -> Put:
        made = put_targets(log, body, who, origin=log.marks)
        return Put(TARGETS, made.version, made.hash)

    _put([(file, body)], one, by, store, keys, as_json, say)


def contract_list(store: Store = None, keys: Keys = None, as_json: AsJson = False, lang: LanguageOption = "") -> None:
    """Contracts in all their versions, and from when until when each holds."""
    _list("fleet_contract", store, keys, as_json, Sentences("aforo.cli", lang))


def target_list(store: Store = None, keys: Keys = None, as_json: AsJson = False, lang: LanguageOption = "") -> None:
    """Targets in all their versions, and which are in force."""
    _list("fleet_targets", store, keys, as_json, Sentences("aforo.cli", lang))


def contract_show(which: _Hash, store: Store = None, keys: Keys = None, lang: LanguageOption = "") -> None:
    """Write a version of a contract as it was put, so that a report can be made with it again."""
    _show("fleet_contract", which, store, keys, Sentences("aforo.cli", lang))


def target_show(which: _Hash, store: Store = None, keys: Keys = None, lang: LanguageOption = "") -> None:
    """Write a version of targets as it was put."""
    _show("fleet_targets", which, store, keys, Sentences("aforo.cli", lang))


def contract_rollback(
    name: Annotated[str, typer.Argument(help="The contract, by its id.")],
    by: By = "",
    store: Store = None,
    keys: Keys = None,
    lang: LanguageOption = "",
) -> None:
    """Take the version that was put in force last out of force: those before hold as they did."""
    _roll_back("fleet_contract", name, by, store, keys, Sentences("aforo.cli", lang))


def target_rollback(by: By = "", store: Store = None, keys: Keys = None, lang: LanguageOption = "") -> None:
    """Take the targets in force out of force: those before are in force again."""
    _roll_back("fleet_targets", TARGETS, by, store, keys, Sentences("aforo.cli", lang))


def _checked(file: Path, body: bytes, parse: Callable[[bytes], Contract | Targets], say: Sentences) -> None:
    try:
        parse(body)
    except ContractError as error:
        terminal.fail(escape(say.of(error.text)), where=escape(str(file)), to_do=say("fleet_document_to_do"))


def _put(
    bodies: list[tuple[Path, bytes]],
    one: Callable[[Log, bytes, str], Put],
    by: str,
    store: str | None,
    keys: str | None,
    as_json: bool,
    say: Sentences,
) -> None:
    who, made = by.strip() or officer(), []
    with made_log(store, keys) as log:
        for file, body in bodies:
            try:
                made.append(one(log, body, who))
            except ContractError as error:
                terminal.fail(escape(say.of(error.text)), where=escape(str(file)), to_do=say("fleet_document_to_do"))
            except ConcurrencyError:
                terminal.fail(say("port_put_raced"), to_do=say("port_put_raced_to_do"), code=terminal.FOUND)
    if as_json:
        terminal.emit(made)
        return
    for each in made:
        told = say("fleet_document_put", name=each.name, version=each.version, hash=each.hash[:16])
        terminal.out.print(told, markup=False)


def _list(kind: FleetKind, store: str | None, keys: str | None, as_json: bool, say: Sentences) -> None:
    with log_to_read(store, keys) as log:
        found = [each for each in kept(log) if each.kind == kind]
    if as_json:
        terminal.emit({"documents": found})
    elif not found:
        terminal.out.print(say("fleet_documents_none"), markup=False)
    else:
        table = terminal.listing(say, "fleet_document", "name", "version", "holds", "by", "at", "hash")
        for each in found:
            cells = (
                each.name,
                str(each.version),
                _holds(each, say),
                each.by,
                f"{each.at:%Y-%m-%d %H:%M}Z",
                each.hash[:16],
            )
            table.add_row(*map(escape, cells))
        terminal.show(table)


def _holds(each: Kept, say: Sentences) -> str:
    """When a version holds, in words."""
    if not each.in_force:
        return say("fleet_document_not_in_force")
    if each.holds_from is None:
        return say("fleet_document_in_force")
    if each.holds_until is None:
        return say("fleet_document_since", since=each.holds_from)
    return say("fleet_document_until", since=each.holds_from, until=each.holds_until)


def _show(kind: FleetKind, which: str, store: str | None, keys: str | None, say: Sentences) -> None:
    with log_to_read(store, keys) as log:
        found = {each.hash for each in kept(log) if each.kind == kind and which and each.hash.startswith(which)}
        if len(found) != 1:
            terminal.fail(say("fleet_document_unknown", hash=escape(which)), to_do=say("fleet_document_unknown_to_do"))
        try:
            body = log.artefacts.get(found.pop())
        except (ArtefactMissingError, ArtefactChangedError):
            told = say("fleet_document_damaged", hash=escape(which))
            terminal.fail(told, to_do=say("fleet_document_damaged_to_do"), code=terminal.FOUND)
    typer.echo(body.decode(), nl=False)


def _roll_back(kind: FleetKind, name: str, by: str, store: str | None, keys: str | None, say: Sentences) -> None:
    with made_log(store, keys) as log:
        try:
            gone, now = documents.roll_back(log, kind, name, by.strip() or officer(), origin=log.marks)
        except NothingToRollBackError:
            told = say("fleet_document_none", name=escape(name))
            terminal.fail(told, to_do=say("fleet_document_unknown_to_do"), code=terminal.FOUND)
        except ConcurrencyError:
            terminal.fail(say("port_put_raced"), to_do=say("port_put_raced_to_do"), code=terminal.FOUND)
    terminal.out.print(say("fleet_document_gone", name=name, hash=gone[:16]), markup=False)
    if now is not None:
        terminal.out.print(say("fleet_document_again", hash=now[:16]), markup=False)
