"""The language that a command speaks: that of `--lang`, else that of the environment."""

from __future__ import annotations

from typing import Annotated

import typer

from aforo.cli import terminal
from aforo.domain.text import Text, catalogue

LanguageOption = Annotated[str, typer.Option("--lang", help="en or es; by default that of LANG.")]


class Sentences:
    """The sentences of one room, in one language."""

    def __init__(self, package: str, language: str = "") -> None:
        self._catalogue = catalogue(package)
        self._language = language or terminal.language()
        if self._language not in ("en", "es"):
            terminal.fail("--lang is neither en nor es / --lang no es en ni es", to_do="--lang en, --lang es")

    def __call__(self, code: str, **fields: object) -> str:
        return self.of(self._catalogue.say(code, **fields))

    def of(self, text: Text) -> str:
        """The text in this language."""
        return text.es if self._language == "es" else text.en
