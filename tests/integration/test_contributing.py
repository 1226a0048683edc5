"""The page on adding a message format is followed word for word, in a copy of the sources.

A block with a title is a file, or lines that are added to one (`append`), or a change of one (`diff`); the commands of
the `console` blocks then run in the copy, and the family's suite passes for the new format with no test edited.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from test_docs import missing_line, steps_of

REPOSITORY = Path(__file__).resolve().parents[2]
PAGE = REPOSITORY / "docs" / "contributing" / "formats.md"
#: What the copy has of the repository.
COPIED = ("tests/samples/intake", "tests/unit/test_intake_messages.py", "tests/unit/test_intake_message_holes.py")
BLOCK = re.compile(r'^```(\w+) title="([^"]+)"( append)?\n(.*?)^```$', re.MULTILINE | re.DOTALL)
SECONDS = 300


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    folder = tmp_path / "copy"
    leave = shutil.ignore_patterns("__pycache__", "assets", ".mypy_cache")
    shutil.copytree(REPOSITORY / "src" / "aforo", folder / "src" / "aforo", ignore=leave)
    for name in (*COPIED, "tests/format_samples.py", "pyproject.toml"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if (REPOSITORY / name).is_dir():
            shutil.copytree(REPOSITORY / name, folder / name)
        else:
            shutil.copy(REPOSITORY / name, folder / name)
    return folder


def changed(text: str, diff: str) -> str:
    """A text with the change of a block: its lines of ` ` and `-` become those of ` ` and `+`."""
    lines = diff.splitlines()
    before = "\n".join(line[1:] for line in lines if not line.startswith("+"))
    after = "\n".join(line[1:] for line in lines if not line.startswith("-"))
    assert text.count(before) == 1, f"the file has these lines not once:\n{before}"
    return text.replace(before, after)


def test_a_format_is_added_as_the_page_says(copy: Path) -> None:
    page = PAGE.read_text(encoding="utf-8")
    for language, name, appended, block in BLOCK.findall(page):
        path = copy / name
        path.parent.mkdir(parents=True, exist_ok=True)
        known = path.read_text(encoding="utf-8") if path.exists() else ""
        if language == "diff":
            assert known, name
            block = changed(known, block)
        elif appended:
            assert known, name
            block = f"{known.rstrip()}\n{block}"
        else:
            assert not known, f"{name} exists already"
        path.write_text(block, encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AFORO_", "XDG_"))}
    environment |= {
        "HOME": str(copy), "LANG": "C.UTF-8", "COLUMNS": "200", "NO_COLOR": "1",
        "PYTHONPATH": f"{copy / 'src'}{os.pathsep}{copy / 'tests'}",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }  # fmt: skip
    steps = steps_of(page, 1)
    assert len(steps) >= 2
    for step in steps:
        done = subprocess.run(
            ["/bin/sh", "-c", step.code],
            cwd=copy,
            env=environment,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        told = f"{step.code}\n{done.stdout}{done.stderr}"
        assert done.returncode == 0, told
        assert missing_line(step.prints, done.stdout) is None, told
