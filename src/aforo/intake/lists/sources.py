"""Where the lists' owners publish them: a TOML document, the shipped one or a user's."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from aforo.domain.text import Text, catalogue
from aforo.domain.watchlist import STALE_AFTER_DAYS, Publisher
from aforo.intake.lists.reading import PACKAGE


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One publisher's files by name, with the address of each, and after how many days a copy is stale."""

    files: dict[str, str]
    stale_after_days: Annotated[int, Meta(ge=1, le=365)] = STALE_AFTER_DAYS


Sources = dict[Publisher, Source]


class SourcesError(ValueError):
    """The document cannot be used; `text` says why."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


def shipped() -> bytes:
    """The document that ships with the product."""
    return (resources.files(PACKAGE) / "sources.toml").read_bytes()


def parse(document: bytes) -> Sources:
    """The sources of a document. Raises SourcesError."""
    try:
        return msgspec.toml.decode(document, type=Sources)
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError) as wrong:
        raise SourcesError(catalogue(PACKAGE).say("sources_unreadable", why=wrong)) from None


def load(path: Path | None, folder: Path) -> Sources:
    """The sources at `path`, else those of `sources.toml` in the folder of the lists, else those that ship.

    Raises SourcesError, OSError (where `path` is given and cannot be read).
    """
    own = folder / "sources.toml"
    if path is not None:
        return parse(path.read_bytes())
    return parse(own.read_bytes() if own.is_file() else shipped())
