"""What is wrong with the value of an option or an argument, in the reader's language."""

from __future__ import annotations

import re
from typing import Any

import typer
from typer.core import TyperGroup

from aforo.cli.language import Sentences

#: What the parser says of a value, and the sentence that says it here.
_KINDS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"is not one of (?P<choices>.+?)\.?$"), "usage_choice"),
    (re.compile(r"greater than or equal to (?P<least>\S+)$"), "usage_least"),
    (re.compile(r"less than or equal to (?P<most>\S+)$"), "usage_most"),
    (re.compile(r"valid integer"), "usage_whole"),
    (re.compile(r"valid number"), "usage_number"),
    (re.compile(r"does not match the formats? '%Y-%m-%d'"), "usage_day"),
)


class WrongUseError(typer.BadParameter):
    """A value that a command cannot take, told in a sentence of our own."""

    def format_message(self) -> str:
        """The sentence as it is."""
        return self.message


class Spoken(TyperGroup):
    """The group of all commands: what it tells of a wrong value is in the language of the command."""

    def make_context(self, *arguments: Any, **extra: Any) -> Any:
        try:
            return super().make_context(*arguments, **extra)
        except typer.BadParameter as error:
            raise _spoken(error) from None

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            raise _spoken(error) from None


def _spoken(error: typer.BadParameter) -> WrongUseError:
    say = Sentences("aforo.cli")
    param = error.param
    # An option by its long spelling, an argument as the help writes it.
    names = [] if param is None else [each for each in param.opts if each.startswith("--")]
    name = names[0] if names else "" if param is None else (param.name or "").upper()
    # Nothing was given, where the parser has nothing to say of a value.
    if not error.message:
        return WrongUseError(say("usage_missing", name=name), ctx=error.ctx)
    for pattern, code in _KINDS:
        if found := pattern.search(error.message):
            return WrongUseError(say(code, name=name, **found.groupdict()), ctx=error.ctx)
    why = error.message.removeprefix("Value error, ")
    return WrongUseError(say("usage_value", name=name, why=why), ctx=error.ctx)
