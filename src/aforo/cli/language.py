"""The language that a command speaks: that of `--lang`, else that of the environment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from aforo.cli import terminal
from aforo.domain.text import Text, catalogue


def use_language_of(arguments: Sequence[str]) -> None:
    """Speak the language that a command line states, before it is parsed: help and errors are then in it."""
    stated = ""
    for word, following in zip(arguments, (*arguments[1:], ""), strict=True):
        value = following if word == "--lang" else word.removeprefix("--lang=") if word.startswith("--lang=") else ""
        stated = value if value in ("en", "es") else stated
    terminal.expect(stated)


def _chosen(context: typer.Context, language: str) -> str:
    """Speak it at once: what else the command line has wrong is then said in it. A command without the option speaks
    the language that `aforo --lang` states."""
    language = language or context.find_root().params.get("lang") or ""
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
