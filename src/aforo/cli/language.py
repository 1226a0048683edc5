"""The language that a command speaks: that of `--lang`, else that of the environment."""

from __future__ import annotations

from typing import Annotated

import typer

from aforo.cli import terminal
from aforo.domain.text import Text, catalogue


def _chosen(language: str) -> str:
    """Speak it at once: what else the command line has wrong is then said in it."""
    if language not in ("", "en", "es"):
        terminal.speak("")
        terminal.fail("--lang is neither en nor es / --lang no es en ni es", to_do="--lang en, --lang es")
    terminal.speak(language)
    return language


LanguageOption = Annotated[
    str, typer.Option("--lang", callback=_chosen, is_eager=True, help="en or es; by default that of LANG.")
]


class Sentences:
    """The sentences of one room, in one language: by default that which the command speaks."""

    def __init__(self, package: str, language: str = "") -> None:
        self._catalogue = catalogue(package)
        self._language = language or terminal.language()

    def __call__(self, code: str, **fields: object) -> str:
        return self.of(self._catalogue.say(code, **fields))

    def of(self, text: Text) -> str:
        """The text in this language."""
        return text.told(self._language)
