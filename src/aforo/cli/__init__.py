"""The command line: `commands` lists the commands, each of which is a module here.

This file imports next to nothing, so that an interrupt is met in good order however early it comes.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from aforo.cli import interrupt

if TYPE_CHECKING:
    import typer


def complete_app() -> typer.Typer:
    """The application with all its commands."""
    from aforo.cli import commands

    return commands.complete()


def main() -> None:
    """Entry point of the `aforo` command."""
    with interrupt.told_in_words():
        from aforo.cli import commands
        from aforo.cli.garbage import no_search_for_cycles
        from aforo.cli.language import use_language_of

        with no_search_for_cycles():
            use_language_of(sys.argv[1:])
            name = commands.called(sys.argv[1:])
            app = commands.overview() if name is None else commands.complete([name])
        app()
