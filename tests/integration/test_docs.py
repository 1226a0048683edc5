"""The documentation's examples are run, in the order a reader would.

A ```console block holds commands (`$ …`, continued by a backslash or a here-document) and, under each, lines of what it
prints: each must appear in the output in that order, where `…` stands for anything. A command is expected to exit with
0, or with n where `# exits n` ends its line. A ```python block is run as a program. All blocks of one page run in one
empty folder with an empty home, unless `<!-- a new folder -->` starts afresh. What names `../shared/data` is skipped
where that is absent.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
PAGES = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs" / "guide").glob("*.md"))]
PAGES += sorted((REPOSITORY / "docs" / "reference").glob("*.md"))
PAGES += sorted((REPOSITORY / "docs" / "contributing").glob("*.md"))
# It changes the sources: test_contributing follows it in a copy of them.
PAGES.remove(REPOSITORY / "docs" / "contributing" / "formats.md")
# Needs a sandbox that runs meanwhile: test_sandbox runs it, block by block.
PAGES.remove(REPOSITORY / "docs" / "guide" / "first-filing.md")
NEW_FOLDER = "<!-- a new folder -->"
SHARED = "../shared/data"
SECONDS = 300


@dataclass
class Step:
    """One command, or one program, with what it is expected to print."""

    line: int
    language: str
    code: str
    exits: int = 0
    prints: list[str] = field(default_factory=list)


def steps_of_console(line: int, block: str) -> list[Step]:
    """The commands of one console block."""
    steps: list[Step] = []
    open_until: str | None = None  # the word that ends a here-document, or nothing after a backslash
    for offset, text in enumerate(block.splitlines()):
        if open_until is not None:
            steps[-1].code += "\n" + text
            if open_until == text or (not open_until and not text.endswith("\\")):
                open_until = None
        elif text.startswith("$ "):
            steps.append(Step(line + offset, "console", text[2:]))
            here = re.search(r"<<'?(\w+)'?$", text)
            open_until = here.group(1) if here else "" if text.endswith("\\") else None
        elif text.strip() and text.strip() != "…":
            steps[-1].prints.append(text)
    for step in steps:
        wanted = re.search(r"\s+# exits (\d)$", step.code)
        if wanted:
            step.exits = int(wanted.group(1))
            step.code = step.code[: wanted.start()]
    return steps


def steps_of(text: str, first_line: int) -> list[Step]:
    """The steps of a page, in order."""
    steps: list[Step] = []
    for match in re.finditer(r"^```(console|python)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        line = first_line + text.count("\n", 0, match.start()) + 1
        language, block = match.groups()
        steps += steps_of_console(line, block) if language == "console" else [Step(line, "python", block)]
    return steps


def walks() -> list[object]:
    """Each page, cut where it asks for a new folder."""
    found: list[object] = []
    for page in PAGES:
        line = 1
        for part in page.read_text(encoding="utf-8").split(NEW_FOLDER):
            steps = steps_of(part, line)
            if steps:
                name = page.relative_to(REPOSITORY).as_posix()
                found.append(pytest.param(steps, id=f"{name}:{steps[0].line}"))
            line += part.count("\n")
    return found


def run(step: Step, folder: Path, home: Path) -> subprocess.CompletedProcess[str]:
    """Runs one step as a reader would: the environment's programs first on the path, an empty home, no colours."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AFORO_", "XDG_"))}
    environment |= {
        "HOME": str(home),
        "NO_COLOR": "1",
        "COLUMNS": "200",
        "LANG": "C.UTF-8",
        "PYTHONIOENCODING": "utf-8",
    }
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    command = [sys.executable, "-c", step.code] if step.language == "python" else ["/bin/sh", "-c", step.code]
    return subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def missing_line(expected: list[str], output: str) -> str | None:
    """The first expected line that the output lacks, looking onwards from the one before. Runs of blanks are one."""
    printed = [" ".join(line.split()) for line in output.splitlines()]
    position = 0
    for line in expected:
        pattern = ".*".join(re.escape(" ".join(part.split())) for part in line.split("…"))
        while position < len(printed) and not re.fullmatch(pattern, printed[position]):
            position += 1
        if position == len(printed):
            return line
        position += 1
    return None


@pytest.mark.parametrize("steps", walks())
def test_the_examples_do_what_the_page_says(steps: list[Step], tmp_path: Path) -> None:
    folder, home = tmp_path / "folder", tmp_path / "home"
    folder.mkdir()
    home.mkdir()
    if any(SHARED in step.code for step in steps):
        if not (REPOSITORY / SHARED).is_dir():
            pytest.skip("the real inputs are absent: no folder ../shared/data beside the repository")
        (tmp_path / "shared").symlink_to(REPOSITORY.parent / "shared")
    for step in steps:
        done = run(step, folder, home)
        told = f"line {step.line}: {step.code}\n{done.stdout}"
        assert done.returncode == step.exits, told
        assert missing_line(step.prints, done.stdout) is None, (
            f"not printed: {missing_line(step.prints, done.stdout)}\n{told}"
        )


def test_a_wrong_example_is_found() -> None:
    [right, wrong] = steps_of("```console\n$ echo one two\none …\n$ false  # exits 1\n```\n", 1)
    assert (right.code, right.prints, right.exits) == ("echo one two", ["one …"], 0)
    assert (wrong.code, wrong.exits) == ("false", 1)
    assert missing_line(["one …"], "zero\none   two\n") is None
    assert missing_line(["one … two … three"], "one two three\n") is None
    assert missing_line(["two", "one"], "one\ntwo\n") == "one"
