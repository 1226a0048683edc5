"""The command line is of one piece: what one command takes its neighbours take, and `python -m aforo` is `aforo`."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import typer
from typer.testing import CliRunner

from aforo.cli import complete_app
from aforo.log.keys import KeyStore
from aforo.log.store import Log


def commands(command: Any, path: str = "") -> Iterator[tuple[str, set[str]]]:
    """Every command under one, with its options."""
    own = getattr(command, "commands", None)
    if own is None:
        yield path.strip(), {option for parameter in command.params for option in parameter.opts}
    for name, under in (own or {}).items():
        yield from commands(under, f"{path} {name}")


def test_whatever_takes_a_store_takes_its_keys() -> None:
    found = dict(commands(typer.main.get_command(complete_app())))
    assert "--store" in found["alerts list"]
    assert not [name for name, options in found.items() if "--store" in options and "--keys" not in options]


def test_the_keys_that_are_named_are_those_that_are_used(tmp_path: Path) -> None:
    store, apart = str(tmp_path / "log.sqlite"), str(tmp_path / "apart.sqlite")
    with closing(KeyStore(apart)) as keys, Log.open(f"sqlite:///{store}", keys):
        pass
    for command in (("alerts", "measures"), ("lottery", "reveal", "--before", "2026-01-01"), ("challenge", "list")):
        named = CliRunner().invoke(complete_app(), [*command, "--store", store, "--keys", apart])
        assert named.exit_code == 0, named.output
        assert CliRunner().invoke(complete_app(), [*command, "--store", store]).exit_code == 2


def test_the_package_runs_as_the_command_does() -> None:
    told = [
        subprocess.run([sys.executable, "-m", name, "check", "none.csv"], capture_output=True, text=True, timeout=60)
        for name in ("aforo", "aforo.cli")
    ]
    assert [each.returncode for each in told] == [2, 2]
    assert told[0].stderr == told[1].stderr != ""
