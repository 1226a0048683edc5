"""The formats that the product reads, and which of them a file is in.

A table's format is a module with the members of `Format`; a format of messages is one with those of
`message.MessageFormat`, listed in MESSAGES. Adding one means writing the module, listing it here, and giving the
family's conformance suite samples of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol, cast

from aforo.intake import borderconnect, carta_porte, declaration_json, declarations, pedimento, wco, x12
from aforo.intake import header as headers
from aforo.intake.batch import IntakeBatch
from aforo.intake.mapping import Mapping
from aforo.intake.message import MessageFormat, Messages

#: What of a file's beginning is enough to know its format.
HEAD_BYTES = 128 * 1024


class Format(Protocol):
    """What every format's module has."""

    NAME: str

    def recognises(self, head: bytes, name: str) -> bool:
        """Whether a file that begins with `head` and is called `name` is in this format."""
        ...

    def read(self, path: Path, *, mapping: Mapping | None = None) -> Iterator[IntakeBatch]:
        """The file in batches. Raises OSError, and nothing for what the file contains."""
        ...

    def read_bytes(
        self, data: bytes, name: str = "message", *, mapping: Mapping | None = None
    ) -> Iterator[IntakeBatch]:
        """As `read`, for a message in memory."""
        ...


TABLES: tuple[Format, ...] = (cast(Format, declarations),)
MESSAGES: tuple[Messages, ...] = (
    Messages(x12),
    Messages(borderconnect),
    Messages(cast(MessageFormat, declaration_json)),
    Messages(carta_porte),
    Messages(wco),
    Messages(pedimento),
)
#: The format that tells what is wrong with JSON of which nothing can be read.
_BROKEN = next(each for each in MESSAGES if each.NAME == declaration_json.NAME)
#: Messages first: their beginnings are less easily mistaken.
FORMATS: tuple[Format, ...] = (*MESSAGES, *TABLES)


def recognise(path: Path) -> Format | None:
    """The format of a file, by its beginning; None where no format knows it. Raises OSError."""
    with path.open("rb") as stream:
        return recognise_bytes(stream.read(HEAD_BYTES + 1), path.name)


def recognise_bytes(head: bytes, name: str = "message") -> Format | None:
    """The format of a message in memory, by its beginning; None where no format knows it. Broken JSON is taken for a
    declaration, and any other table for one of declarations: its sender is told what is wrong with it, or lacking."""
    known = next((each for each in FORMATS if each.recognises(head[:HEAD_BYTES], name)), None)
    if known is None and declaration_json.is_broken(head[: HEAD_BYTES + 1], HEAD_BYTES):
        return _BROKEN
    if known is None and not head.startswith(headers.BINARY_MARKS) and headers.is_table(head[:HEAD_BYTES]):
        return TABLES[0]
    return known
