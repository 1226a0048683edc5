"""`aforo plan`: plans that are made from figures that can be defended."""

from __future__ import annotations

import typer

from aforo.cli.plan_economics import plan_economics
from aforo.cli.plan_scanners import plan_scanners


def register(app: typer.Typer) -> None:
    """Add the group of commands to `app`."""
    group = typer.Typer(no_args_is_help=True, help="Plans: where scanners go, and what minutes are worth.")
    group.command("scanners")(plan_scanners)
    group.command("economics")(plan_economics)
    group.callback()(lambda: None)
    app.add_typer(group, name="plan")
