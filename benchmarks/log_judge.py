"""A judge of proofs for `log_attacks`: commands of `aforo`, one after another, in a process of its own.

It stands in an empty folder, with nothing of the environment that names a store or keys: what it knows of a log is what
a command names, the log's public key and files. One process for many commands, since each would take a second to begin.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self


class Judge:
    """The process, from outside; use it as a context manager."""

    def __init__(self, folder: Path) -> None:
        """`folder` is empty and its own."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AFORO_")}
        path = [str(Path(__file__).resolve().parent), *filter(None, [os.environ.get("PYTHONPATH")])]
        self._process = subprocess.Popen(
            [sys.executable, "-c", "import log_judge; log_judge.judge()"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=folder,
            env={**kept, "PYTHONPATH": os.pathsep.join(path)},
        )  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait(30)

    def says(self, *arguments: str | Path) -> int:
        """The exit code of `aforo` with these arguments."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps([str(each) for each in arguments]), file=self._process.stdin, flush=True)
        return int(self._process.stdout.readline())


def judge() -> None:
    """Run what is asked for, a line of arguments each, and answer with its exit code."""
    from click.testing import CliRunner
    from typer.main import get_command

    from aforo.cli import complete_app

    command, answers = get_command(complete_app()), sys.stdout
    for line in sys.stdin:
        arguments = json.loads(line)
        made = CliRunner().invoke(command, arguments)
        if not isinstance(made.exception, SystemExit | None):
            print(arguments, repr(made.exception), file=sys.stderr)
        print(made.exit_code, file=answers, flush=True)
