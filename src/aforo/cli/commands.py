"""The application: each command is a module of this package with a `register(app)`; this file lists them."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from importlib import import_module, metadata
from pathlib import Path
from typing import Annotated, Any

import typer

from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.wrong_use import Spoken
from aforo.domain.credential import command_credential, use_credential


def _present_name(token: str) -> str:
    """The name of an option today, by one that scripts of earlier versions may have."""
    return FORMER_NAMES.get(token, token)


#: Names of options that commands had in earlier versions, without their dashes, which still work and no page shows.
FORMER_NAMES = {"output": "out"}
_APPLICATION: dict[str, Any] = {
    "name": "aforo",
    "context_settings": {"token_normalize_func": _present_name},
    "cls": Spoken,
    "no_args_is_help": True,
    "add_completion": False,
    "pretty_exceptions_enable": False,
}
app = typer.Typer(**_APPLICATION, help="Inspect by risk, and keep the trade moving.")

#: The panels of the help page, by the code of their titles, each with its commands: modules of this package that
#: register a command of their name.
PANELS: dict[str, tuple[str, ...]] = {
    "try": ("demo", "tour", "sandbox", "world"),
    "screening": ("check", "learn", "screen", "outcomes", "override", "backtest", "pilot", "lists"),
    "node": ("serve", "edge", "watch", "accounts", "tokens", "subscriptions", "alerts", "challenge", "doctor"),
    "rules": ("rules", "lottery", "prices"),
    "fleet": ("fleet",),
    "custody": ("seal", "bundle"),
    "planning": ("port", "data", "twin", "plan"),
    "measures": ("measure",),
    "record": ("log", "replay", "witness", "backup", "restore", "erase"),
}
COMMANDS: tuple[str, ...] = tuple(name for names in PANELS.values() for name in names)


#: Commands that record nothing of their user's: they serve others, or make up what happens.
NOT_ACTING = ("demo", "tour", "serve", "watch", "sandbox", "twin", "plan", "world", "backtest", "pilot")


@app.callback(invoke_without_command=True)
def aforo(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and the commit, and leave.")] = False,
    lang: LanguageOption = "",
) -> None:
    if version:
        typer.echo(release())
        raise typer.Exit
    if context.invoked_subcommand not in NOT_ACTING:
        context.with_resource(use_credential(command_credential()))


def release() -> str:
    """The version of the product and the commit that it was made from, in brackets, where either is on record.

    A package holds the commit in a file; a checkout asks git.
    """
    version = metadata.version("aforo")
    package = Path(__file__).resolve().parents[1]
    written = package / "commit"
    if written.is_file():
        commit = written.read_text(encoding="utf-8").strip()
    elif (package.parents[1] / ".git").exists():
        command = ["git", "-C", str(package.parents[1]), "rev-parse", "HEAD"]
        try:
            commit = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()  # noqa: S603
        except OSError:
            commit = ""
    else:
        commit = ""
    return f"{version} ({commit[:12]})" if commit else version


def complete(names: Sequence[str] = COMMANDS) -> typer.Typer:
    """The application with the commands of these modules registered, all of them unless said otherwise."""
    if not (app.registered_commands or app.registered_groups):
        for name in names:
            import_module(f"aforo.cli.{name}").register(app)
    return app


def overview() -> typer.Typer:
    """The application as its help page shows it: each command by its name and one sentence in the reader's language.

    No module of a command is imported, so the page is printed at once.
    """
    say = Sentences("aforo.cli")
    page = typer.Typer(**_APPLICATION)
    page.callback(invoke_without_command=True)(aforo)
    page.info.help = say("help")
    for panel, names in PANELS.items():
        for name in names:
            page.command(name, help=say(f"help_{name}"), rich_help_panel=say(f"help_panel_{panel}"))(_absent)
    return page


def _absent() -> None:
    """Stands for a command on the help page, where none is called."""
    raise AssertionError("the help page calls no command")


def called(arguments: Sequence[str]) -> str | None:
    """The command that a command line calls; None where it calls none that there is.

    Only what is called is imported, since others may be slow to load.
    """
    words = iter(arguments)
    for word in words:
        if word == "--lang":
            next(words, None)
        elif not word.startswith("--lang="):
            name = word.replace("-", "_")
            return name if name in COMMANDS else None
    return None
