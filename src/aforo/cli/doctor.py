"""`aforo doctor`: what is wrong with a set-up, and what to do about it. It looks and changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.table import Table
from rich.text import Text as RichText

from aforo.cli import terminal
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.log import AsJson, Keys, Store
from aforo.cli.looks import documents, machine, record
from aforo.cli.looks import keys as key_looks
from aforo.cli.looks.finding import Finding, found
from aforo.log.address import UnknownStoreError, is_server, shown
from aforo.log.key_tables import is_present
from aforo.log.keyfile import KeyStoreForeignError, KeyStoreUnusableError
from aforo.log.keys import KeyStore
from aforo.settings import (
    Settings,
    backups_folder,
    carta_porte_schemas,
    checkpoints_folder,
    lists_folder,
    settings,
    wco_schemas,
)

_COLOURS = {"ok": "green", "warning": "yellow", "error": "red"}


class Beside(msgspec.Struct, frozen=True):
    """What is to be looked at beside the record and its keys, where it is named."""

    model: Path | None = None
    lists: Path | None = None
    backups: Path | None = None
    checkpoints: Path | None = None
    address: tuple[str, int] | None = None


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("doctor")(doctor)


def doctor(
    model: Annotated[
        Path | None, typer.Option("--model", "-m", help="The folder that `aforo learn` made, to be looked at too.")
    ] = None,
    lists: Annotated[Path | None, typer.Option(help="The folder of the lists; by default that of AFORO_LISTS.")] = None,
    backups: Annotated[
        Path | None, typer.Option(help="The folder of the backups; by default that of AFORO_BACKUPS.")
    ] = None,
    host: Annotated[str, typer.Option(help="The address that --port is looked at on.")] = "127.0.0.1",
    port: Annotated[
        int | None, typer.Option(help="A port that a server is to listen on: is it free?", min=1, max=65_535)
    ] = None,
    store: Store = None,
    keys: Keys = None,
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """Say what is wrong with a set-up, and what to do. Exit 1 where something is."""
    beside = Beside(
        model,
        lists_folder(lists),
        backups_folder(backups),
        checkpoints_folder(),
        None if port is None else (host, port),
    )
    findings = list(look(settings(store, keys), beside))
    if as_json:
        terminal.emit(findings)
    else:
        _show(findings, Sentences("aforo.cli", lang))
    if any(each.state == "error" for each in findings):
        raise typer.Exit(terminal.FOUND)


def look(where: Settings, beside: Beside) -> Iterator[Finding]:
    """Every look at a set-up, in the order in which one depends on another."""
    yield from documents.extras(where.store)
    yield documents.console()
    yield from machine.open_files()
    folders = {Path(url.removeprefix("sqlite:///")).parent for url in (where.store, where.keys) if _is_file(url)}
    for folder in sorted(folders):
        yield from machine.folder(folder)
    key_store = None
    try:
        if not is_present(where.keys):
            yield found("keys", "warning", "missing", keys=shown(where.keys))
        else:
            key_store = KeyStore(where.keys)
            yield from key_looks.key_store(key_store)
            yield from key_looks.tokens(where.keys)
    except (KeyStoreForeignError, KeyStoreUnusableError, OSError, ValueError) as error:
        yield found("keys", "error", "unusable", keys=shown(where.keys), problem=error)
    yield from record.store(where.store, key_store)
    if beside.model is not None:
        yield from documents.model(beside.model, key_store)
    if beside.lists is not None:
        yield from documents.lists(beside.lists)
    if beside.backups is not None:
        yield from documents.backups(beside.backups)
    if beside.checkpoints is not None:
        yield from documents.checkpoints(beside.checkpoints)
    yield from documents.schemas({"AFORO_WCO_SCHEMAS": wco_schemas(), "AFORO_CARTA_PORTE_XSD": carta_porte_schemas()})
    if beside.address is not None:
        yield machine.address(*beside.address)
    if key_store is not None:
        key_store.close()


def _is_file(url: str) -> bool:
    try:
        return not is_server(url)
    except UnknownStoreError:
        return False


def _show(findings: list[Finding], words: Sentences) -> None:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    table.add_column()
    table.add_column()
    for each in findings:
        said = words.of(each.said) + (f"\n→ {words.of(each.to_do)}" if each.to_do else "")
        table.add_row(RichText(words(f"doctor_{each.state}"), style=_COLOURS[each.state]), RichText(said))
    terminal.show(table)
