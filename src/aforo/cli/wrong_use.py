"""What is wrong with a command line, and the parser's own words, in the reader's language."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from typing import Any

import typer
from typer import rich_utils
from typer.core import TyperGroup

from aforo.cli.help_pages import parameter_name, print_page, value_name
from aforo.cli.language import Sentences, use_language_of

#: What the parser says of a value, and the sentence that says it here.
_VALUES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"is not one of (?P<choices>.+?)\.?$"), "usage_choice"),
    (re.compile(r"greater than or equal to (?P<least>\S+)$"), "usage_least"),
    (re.compile(r"less than or equal to (?P<most>\S+)$"), "usage_most"),
    (re.compile(r"valid integer"), "usage_whole"),
    (re.compile(r"valid number"), "usage_number"),
    (re.compile(r"does not match the formats? '%Y-%m-%d'"), "usage_day"),
)
#: What the parser says of the command line as a whole.
_LINES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"^No such command '(?P<name>.*)'\. Did you mean (?P<known>.+)\?$"), "usage_no_command_but"),
    (re.compile(r"^No such command '(?P<name>.*)'\.$"), "usage_no_command"),
    (re.compile(r"^No such option: (?P<name>\S+) \(Possible options: (?P<known>.+)\)$"), "usage_no_option_but"),
    (re.compile(r"^No such option: (?P<name>\S+) Did you mean (?P<known>.+)\?$"), "usage_no_option_but"),
    (re.compile(r"^No such option: (?P<name>\S+)$"), "usage_no_option"),
    (re.compile(r"^Got unexpected extra argument\(s\) \((?P<words>.*)\)$"), "usage_extra"),
    (re.compile(r"^Option '(?P<name>.*)' requires"), "usage_needs_value"),
    (re.compile(r"^Option '(?P<name>.*)' does not take a value"), "usage_takes_none"),
    (re.compile(r"^Missing command"), "usage_missing_command"),
)
#: The parser's constants of its help and error pages, by the sentence that takes their place.
_WORDS = {
    "ARGUMENTS_PANEL_TITLE": "parser_arguments",
    "OPTIONS_PANEL_TITLE": "parser_options",
    "COMMANDS_PANEL_TITLE": "parser_commands",
    "ERRORS_PANEL_TITLE": "parser_error",
    "ABORTED_TEXT": "parser_aborted",
    "RICH_HELP": "parser_try",
    "DEFAULT_STRING": "parser_default",
    "REQUIRED_LONG_STRING": "parser_required",
    "ENVVAR_STRING": "parser_variable",
}


#: The parser's error of a command line and its formatter of lines of usage; typer makes no public names for them.
_UsageError: type[Any] = typer.BadParameter.__mro__[1]
_Formatter: type[Any] = TyperGroup.context_class.formatter_class


class Usage(_Formatter):  # type: ignore[misc]  # the base is known to the parser alone
    """The parser's formatter, whose line of usage has our words, and the names of values as the page has them."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, value_name(args), prefix or Sentences("aforo.cli")("parser_usage") + " ")


class WrongUseError(typer.BadParameter):
    """A value that a command cannot take, told in a sentence of our own."""

    def format_message(self) -> str:
        """The sentence as it is."""
        return self.message


class Spoken(TyperGroup):
    """The group of all commands: its help and what it says of a wrong command line are in the reader's language."""

    def main(self, args: Sequence[str] | None = None, *others: Any, **extra: Any) -> Any:
        arguments = sys.argv[1:] if args is None else list(args)
        use_language_of(arguments)
        use_words()
        return super().main(arguments, *others, **extra)

    def make_context(self, *arguments: Any, **extra: Any) -> Any:
        try:
            return super().make_context(*arguments, **extra)
        except _UsageError as error:
            raise _spoken(error) from None

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except _UsageError as error:
            raise _spoken(error) from None


def use_words() -> None:
    """Put our sentences in the place of the parser's words, which it keeps in constants of a module, and our pages of
    help in that of its own."""
    say = Sentences("aforo.cli")
    for constant, code in _WORDS.items():
        setattr(rich_utils, constant, say(code))
    rich_utils.rich_format_help = print_page
    TyperGroup.context_class.formatter_class = Usage


def _spoken(error: Any) -> Exception:
    """An error of the parser in a sentence of ours; one that only shows the help stays as it is."""
    if isinstance(error, WrongUseError) or not isinstance(error, typer.BadParameter):
        return error if isinstance(error, WrongUseError) else _line(error)
    say = Sentences("aforo.cli")
    param = error.param
    name = "" if param is None else parameter_name(param)
    # Nothing was given, where the parser has nothing to say of a value.
    if not error.message:
        return WrongUseError(say("usage_missing", name=name), ctx=error.ctx)
    for pattern, code in _VALUES:
        if found := pattern.search(error.message):
            return WrongUseError(say(code, name=name, **found.groupdict()), ctx=error.ctx)
    why = error.message.removeprefix("Value error, ")
    return WrongUseError(say("usage_value", name=name, why=why), ctx=error.ctx)


def _line(error: Any) -> Exception:
    """An error of the command line as a whole."""
    said = error.format_message()
    for pattern, code in _LINES:
        if found := pattern.search(said):
            return WrongUseError(Sentences("aforo.cli")(code, **found.groupdict()), ctx=error.ctx)
    return error  # type: ignore[no-any-return]
