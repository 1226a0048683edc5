"""The document that a command of plans is given: a file, or one that ships by its name."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, NoReturn, TypeVar

import typer
from rich.markup import escape

from aforo.cli import terminal
from aforo.cli.language import Sentences
from aforo.ports.directory import Directory
from aforo.twin.plan_documents import MOST_BYTES, PlanError

SeedOption = Annotated[int | None, typer.Option(min=0, max=2**31, help="In place of the document's own.")]
WorkersOption = Annotated[int, typer.Option(min=1, max=64, help="Futures at a time.")]
#: Futures at a time unless it is said.
WORKERS = min(4, os.cpu_count() or 1)

T = TypeVar("T")


def document_of(name: str, ready: Mapping[str, bytes], say: Sentences) -> bytes:
    """The bytes of a file, or of the document that ships under this name; leaves with an error in words."""
    path = Path(name)
    try:
        if path.is_file():
            if path.stat().st_size > MOST_BYTES:
                terminal.fail(say("plan_document_too_large", bytes=MOST_BYTES), where=escape(name))
            return path.read_bytes()
    except OSError as wrong:
        words = Sentences("aforo.cli")
        terminal.fail(escape(words("file_unusable", why=wrong)), to_do=words("no_such_file_to_do"))
    except ValueError:
        pass  # a name with a null byte is no file's
    if name not in ready:
        known = ", ".join(ready)
        terminal.fail(escape(say("plan_unknown", name=name, known=known)), to_do=escape(say("port_plan_do")))
    return ready[name]


def parsed_with(
    parse: Callable[[bytes, Directory], T], document: bytes, ports: Directory, name: str, say: Sentences
) -> T:
    """The plan of a document; leaves with an error in words for what is wrong with it."""
    try:
        return parse(document, ports)
    except PlanError as wrong:
        fail(wrong, name, say)


def fail(wrong: PlanError, name: str, say: Sentences) -> NoReturn:
    """Leave with what is wrong with a plan."""
    to_do = say("ports_do" if wrong.code == "plan_document_port" else "port_plan_do")
    terminal.fail(escape(say.of(wrong.text)), where=escape(name), to_do=to_do)
