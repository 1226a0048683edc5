"""The application: each command is a module of this package with a `register(app)`; this file lists them."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from importlib import import_module, metadata
from pathlib import Path
from typing import Annotated

import typer

from aforo.cli.wrong_use import Spoken

app = typer.Typer(
    name="aforo",
    cls=Spoken,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Inspect by risk, and keep the trade moving.",
)

#: Modules of this package that register a command, in the order of the help page.
COMMANDS: tuple[str, ...] = (
    "demo",
    "tour",
    "check",
    "learn",
    "screen",
    "serve",
    "edge",
    "watch",
    "sandbox",
    "accounts",
    "tokens",
    "subscriptions",
    "override",
    "outcomes",
    "challenge",
    "alerts",
    "replay",
    "lottery",
    "erase",
    "log",
    "witness",
    "bundle",
    "backup",
    "restore",
    "doctor",
    "twin",
    "plan",
    "world",
    "backtest",
    "pilot",
    "measure",
    "rules",
    "lists",
    "data",
    "port",
    "prices",
    "fleet",
    "seal",
)


@app.callback(invoke_without_command=True)
def aforo(
    version: Annotated[bool, typer.Option("--version", help="Print the version and the commit, and leave.")] = False,
) -> None:
    if version:
        typer.echo(release())
        raise typer.Exit


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


def called(arguments: Sequence[str]) -> Sequence[str]:
    """The commands that a command line needs: only what is called is imported, since others may be slow to load."""
    name = arguments[0].replace("-", "_") if arguments else ""
    return (name,) if name in COMMANDS else () if name == "__version" else COMMANDS
