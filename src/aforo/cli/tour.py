"""`aforo tour`: one synthetic day of crossings, screened, examined, recorded and checked before one's eyes."""

from __future__ import annotations

import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from aforo.cli import terminal
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.node import RateOption
from aforo.demo.account import Account, Stage, give
from aforo.demo.scene import Scale
from aforo.demo.sentences import Speaker
from aforo.demo.show import show

#: The width of what is written to a file or a pipe, which has none.
_PIPE_WIDTH = 120
_STANDARD = Scale()


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("tour")(command)


def command(
    seed: Annotated[int, typer.Option(help="The same seed and sizes show the same day.", min=0)] = 7,
    rate: RateOption = 0.05,
    weeks: Annotated[int, typer.Option(help="Weeks of history to learn from.", min=2, max=500)] = _STANDARD.weeks,
    crossings_per_week: Annotated[
        int, typer.Option(help="Crossings a week, of the history and of the day.", min=50, max=50_000)
    ] = _STANDARD.crossings_per_week,
    keep: Annotated[
        Path | None, typer.Option(metavar="folder", help="Keep the log, the model and the files in this new folder.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="The same as one JSON object.")] = False,
    lang: LanguageOption = "",
) -> None:
    """Screen a SYNTHETIC day of crossings: the selection with its reasons, one truck's whole story, the measures.

    Nothing but the package is needed, nothing real is touched: the log lies in a folder of its own.
    """
    say = Sentences("aforo.demo", lang)
    if keep is not None and keep.exists() and (not keep.is_dir() or any(keep.iterdir())):
        terminal.fail(say("folder_not_empty", folder=keep), to_do=say("folder_not_empty_to_do"))
    with ExitStack() as stack:
        if keep is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="aforo-demo-")))
        else:
            folder = keep
            folder.mkdir(parents=True, exist_ok=True)
        scale = Scale(weeks, crossings_per_week)
        try:
            account = give(folder, seed, rate, scale, _stage(say), kept=keep is not None)
        except ValueError as problem:
            terminal.fail(say("wrong_sizes", problem=problem), to_do=say("wrong_sizes_to_do"))
    if json:
        terminal.emit(account)
    else:
        _print(account, Speaker(lang or terminal.language()))
    if account.log.findings or account.replays.different or not account.tampering.findings:
        raise typer.Exit(terminal.FOUND)


def _stage(say: Sentences) -> Stage:
    """Progress on standard error for each stage."""
    return lambda code, total: terminal.progress(say(code), total)


def _print(account: Account, say: Speaker) -> None:
    console = Console(highlight=False)
    if not sys.stdout.isatty():
        console = Console(highlight=False, width=_PIPE_WIDTH)
    for part in show(account, say, console.width):
        console.print(part, markup=False)
