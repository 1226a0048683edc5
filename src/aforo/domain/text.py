"""Bilingual texts: every sentence that a person reads exists in English and in Spanish.

A room keeps its sentences in two catalogues beside its code, `messages.en.toml` and `messages.es.toml`: a flat table
from code to a template with named `{fields}`. A test holds the two complete and equal in their fields.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any

import msgspec


class Text(msgspec.Struct, frozen=True):
    """One sentence in both languages."""

    en: str
    es: str

    def told(self, language: str) -> str:
        """What a reader of a language is told: Spanish for `es`, else English."""
        return self.es if language == "es" else self.en


class Catalogue:
    """The sentences of one room, by code."""

    def __init__(self, en: dict[str, str], es: dict[str, str]) -> None:
        self._en = en
        self._es = es
        self.codes = frozenset(en) | frozenset(es)

    def template(self, code: str) -> Text:
        return Text(self._en[code], self._es[code])

    def say(self, code: str, **fields: Any) -> Text:
        """The sentence of `code` with its fields filled in; a Text is filled in in each language.

        Raises KeyError for an unknown code or field.
        """
        en = es = fields
        if any(isinstance(value, Text) for value in fields.values()):
            en = {name: value.en if isinstance(value, Text) else value for name, value in fields.items()}
            es = {name: value.es if isinstance(value, Text) else value for name, value in fields.items()}
        return Text(self._en[code].format(**en), self._es[code].format(**es))


@cache
def catalogue(package: str) -> Catalogue:
    """The catalogue that lies in `package` (for example `aforo.intake`)."""
    folder = resources.files(package)
    en, es = (
        tomllib.loads((folder / f"messages.{language}.toml").read_text(encoding="utf-8")) for language in ("en", "es")
    )
    return Catalogue(en, es)
