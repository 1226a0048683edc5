"""The port documents that a simulation is built by: those that ship, and over them those of a log and of a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from aforo.cli import terminal
from aforo.cli.language import Sentences
from aforo.cli.log import log_to_read
from aforo.flow.live_bridges import directory_in_use
from aforo.log.artefacts import ArtefactChangedError, ArtefactMissingError
from aforo.ports import shipped
from aforo.ports.directory import Directory
from aforo.ports.reading import MOST_BYTES, PortError, read

PortStore = Annotated[
    str | None,
    typer.Option(
        "--store", metavar="log", help="Build bridges by the port documents in force in this log: a file or a URL."
    ),
]
PortKeys = Annotated[str | None, typer.Option("--keys", metavar="file", help="The key store of --store.")]
PortFolder = Annotated[
    Path | None,
    typer.Option("--port-documents", metavar="folder", help="Build bridges by the port documents (TOML) of a folder."),
]


def directory_of(store: str | None, keys: str | None, folder: Path | None, say: Sentences) -> Directory:
    """The port documents that ship, under those in force in a log, under those of a folder: a later document takes the
    place of one before it of the same port. Leaves with an error in words for a document that is not sound."""
    documents = list(shipped.documents().values())
    common = Sentences("aforo.cli")
    if store is not None:
        with log_to_read(store, keys) as log:
            try:
                documents += directory_in_use(log).documents.values()
            except PortError as wrong:
                terminal.fail(escape(common.of(wrong.text)), where="--store", to_do=common("port_mend"))
            except (ArtefactMissingError, ArtefactChangedError) as wrong:
                terminal.fail(escape(str(wrong)), where="--store")
    if folder is not None:
        documents += _of_folder(folder, say)
    return Directory.of(documents)


def _of_folder(folder: Path, say: Sentences) -> list[bytes]:
    """The port documents of a folder by their names; leaves with an error in words where there is none, or one that
    cannot be read."""
    common = Sentences("aforo.cli")
    try:
        files = sorted(each for each in folder.iterdir() if each.suffix == ".toml")
    except OSError as wrong:
        terminal.fail(
            escape(common("file_unusable", why=wrong)), where="--port-documents", to_do=say("port_documents_do")
        )
    if not files:
        terminal.fail(escape(say("port_documents_none", folder=folder)), to_do=say("port_documents_do"))
    found, codes = [], dict[str, Path]()
    for file in files:
        try:
            with file.open("rb") as opened:
                document = opened.read(MOST_BYTES + 1)
        except OSError as wrong:
            terminal.fail(escape(common("file_unusable", why=wrong)), where=escape(str(file)))
        port, faults = read(document)
        if port is None or faults:
            terminal.fail(escape(common.of(faults[0].text)), where=escape(str(file)), to_do=common("port_mend"))
        if port.code in codes:
            told = say("port_documents_twice", port=port.code, one=codes[port.code].name, other=file.name)
            terminal.fail(escape(told), to_do=say("port_documents_do"))
        codes[port.code] = file
        found.append(document)
    return found
