"""The pages of `--help`: a command's words in the reader's language, and examples of its use.

Two catalogues beside this file hold the words, `help.es.toml` and `examples.toml`. No other page reads them.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tomllib
from collections.abc import Iterator
from copy import copy
from functools import cache
from importlib import resources
from typing import Any

from rich.box import HORIZONTALS
from rich.console import Console, Group
from rich.panel import Panel
from rich.text import Text
from typer import rich_utils

from aforo.cli import terminal
from aforo.cli.language import Sentences

#: No page is wider: a line of more columns is hard to read.
WIDEST = 100
#: The choices of an option that are longer than this are told in its sentence, where they can be wrapped.
_LONGEST_CHOICES = 30
#: The words of the parser for the kinds of values, and ours.
_KINDS = {
    "str": "text",
    "int": "number",
    "float": "number",
    "int range": "number",
    "float range": "number",
    "path": "path",
    "Path": "path",
    "%Y-%m-%d": "day",
}
WORD = re.compile(r"[^\W\d_][\w-]*")
_parser_page = rich_utils.rich_format_help


@cache
def examples() -> dict[str, list[dict[str, str]]]:
    """The examples of each command, by the words that call it: what is run and, where it needs one, a sentence."""
    found: dict[str, list[dict[str, str]]] = _catalogue("examples.toml")
    return found


@cache
def spanish() -> dict[str, dict[str, str]]:
    """The Spanish of each command by the words that call it, of shared sentences, and of the names of values."""
    found: dict[str, dict[str, str]] = _catalogue("help.es.toml")
    return found


def _catalogue(name: str) -> Any:
    return tomllib.loads((resources.files("aforo.cli") / name).read_text(encoding="utf-8"))


def value_name(metavar: str) -> str:
    """The name of a value in lower case and in the reader's language: of `{FILE}` it is `{file}` or `{archivo}`."""
    metavar = metavar.lower()
    if terminal.language() != "es":
        return metavar
    names = spanish()["values"]
    return WORD.sub(lambda word: names.get(word[0], word[0]), metavar)


def parameter_name(parameter: Any) -> str:
    """The name of an option or argument in an error: an option by its long spelling, an argument as its page has it."""
    long = [each for each in parameter.opts if each.startswith("--")]
    return long[0] if long else value_name(parameter.metavar or parameter.name or "")


def translation(path: str, parameter: Any) -> str | None:
    """The Spanish of an option or argument: that of its command, else that of its sentence wherever it stands."""
    own = spanish().get(path, {})
    return own.get(key_of(parameter)) or spanish()["shared"].get(parameter.help or "")


def key_of(parameter: Any) -> str:
    """The key of a parameter in a command's table: an option's long spelling, an argument's name in the code."""
    return next((each for each in parameter.opts if each.startswith("--")), parameter.name or "")


def print_page(*, obj: Any, ctx: Any, markup_mode: Any) -> None:
    """Print the help of a command in the reader's language, and its examples below."""
    path = " ".join(_names(ctx)) or "aforo"
    before = rich_utils.MAX_WIDTH
    rich_utils.MAX_WIDTH = _width()
    try:
        _parser_page(obj=localised(obj, ctx, path), ctx=ctx, markup_mode=markup_mode)
        if found := examples().get(path):
            Console(width=_width()).print(_panel(found), markup=False)
    finally:
        rich_utils.MAX_WIDTH = before


def _names(context: Any) -> list[str]:
    """The words that call the command of a context, without the program's own name."""
    return [] if context.parent is None else [*_names(context.parent), context.info_name or ""]


def _width() -> int:
    """The columns of a page: those of the terminal, or of COLUMNS, and no more than can be read."""
    columns = shutil.get_terminal_size((WIDEST, 24)).columns if sys.stdout.isatty() else _stated_columns()
    return min(WIDEST, columns)


def _stated_columns() -> int:
    columns = os.environ.get("COLUMNS", "")
    return int(columns) if columns.isdigit() and int(columns) else WIDEST


def localised(command: Any, context: Any, path: str) -> Any:
    """A copy of a command with its words in the reader's language."""
    page = copy(command)
    option = command.get_help_option(context)
    page.params = [_parameter(each, context, path) for each in command.params]
    page._help_option = None if option is None else _parameter(option, context, path)
    page.help = _help(command, path)
    if hasattr(command, "commands"):
        page.commands = dict(_children(command, path))
    return page


def _help(command: Any, path: str) -> str | None:
    """What a command does, in the reader's language."""
    if path == "aforo":
        return Sentences("aforo.cli")("help")
    english: str | None = command.help
    return spanish().get(path, {}).get("help", english) if terminal.language() == "es" else english


def _children(command: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Copies of the commands of a group, each with the words that its group's page shows."""
    for name, child in command.commands.items():
        page = copy(child)
        if path == "aforo":
            page.help = Sentences("aforo.cli")(f"help_{name}")
        else:
            page.help = _help(child, f"{path} {name}")
        yield name, page


def _parameter(parameter: Any, context: Any, path: str) -> Any:
    """A copy of an option or argument with its sentence, the name of its value, and its choices."""
    page = copy(parameter)
    if terminal.language() == "es":
        page.help = translation(path, parameter) or parameter.help
    if limits := _limits(parameter):
        page.help, page.min, page.max = f"{page.help} ({limits})", None, None
    kind = parameter.display_type(context).strip("<>")
    is_choice = parameter.type_descriptor.is_choice
    if is_choice and len(kind) > _LONGEST_CHOICES:
        choices = kind.removeprefix("list[").removesuffix("]").replace("|", ", ")
        page.help = f"{page.help} {Sentences('aforo.cli')('parser_choices', choices=choices)}"
        page.display_type = lambda ctx: ""
        is_choice = False
        kind = key_of(parameter).lstrip("-")
    if parameter.param_type_name == "argument":
        page.metavar = value_name(parameter.metavar or parameter.name)
        if not is_choice:
            page.display_type = lambda ctx: ""
    elif getattr(parameter, "is_flag", False):
        page.metavar = ""
    elif not is_choice or parameter.metavar is not None:
        kind = kind.removeprefix("list[").removesuffix("]")
        page.metavar = value_name(parameter.metavar or _KINDS.get(kind, kind))
    return page


def _limits(parameter: Any) -> str:
    """The least and the greatest number that an option takes, if it has either."""
    least, most = parameter.min, parameter.max
    if most is None:
        return "" if least is None else f"x>={least}"
    return f"x<={most}" if least is None else f"{least}<=x<={most}"


def _panel(found: list[dict[str, str]]) -> Panel:
    """The examples, each under its sentence; no border stands beside a line that is to be copied."""
    language = terminal.language()
    lines: list[Text] = []
    for each in found:
        if language in each:
            lines.append(Text(f"# {each[language]}", style="dim"))
        lines.append(Text(each["run"], style="bold cyan"))
    title = Sentences("aforo.cli")("parser_examples")
    return Panel(
        Group(*lines),
        box=HORIZONTALS,
        title=title,
        title_align=rich_utils.ALIGN_OPTIONS_PANEL,
        border_style=rich_utils.STYLE_OPTIONS_PANEL_BORDER,
    )
