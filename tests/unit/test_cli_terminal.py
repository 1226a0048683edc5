"""Progress at a terminal: how far it is where that is known, and no question mark where it is not."""

from __future__ import annotations

import ast
import io
import tomllib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

import aforo
from aforo.cli import terminal

#: What the code calls that is styled already when it is printed.
STYLED = ("table", "first", "line")


def shown(monkeypatch: pytest.MonkeyPatch, total: int | None) -> str:
    told = io.StringIO()
    monkeypatch.setattr(terminal, "err", Console(file=told, width=100, force_terminal=True, color_system=None))
    with terminal.progress("reading", total) as advance:
        advance(1_206)
    return told.getvalue()


def test_what_is_done_of_a_known_total(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "1206/5000" in shown(monkeypatch, 5_000)


def test_what_is_done_where_nobody_knows_how_much_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    told = shown(monkeypatch, None)
    assert "reading 1,206" in told
    assert "?" not in told.replace("\x1b[?25l", "").replace("\x1b[?25h", "")


def bracketed() -> list[str]:
    """Every sentence of the product that has brackets, in both languages, and a few that errors of others have."""
    found = ["is missing: pip install 'aforo[postgres]'", "a file called [bold].csv", "[/nothing] closes", r"C:\[a]\b"]
    for path in sorted(Path(aforo.__file__).parent.rglob("messages.*.toml")):
        sentences = tomllib.loads(path.read_text(encoding="utf-8")).values()
        found += [each for each in sentences if isinstance(each, str) and "[" in each]
    assert len(found) > 60
    return found


def printed(monkeypatch: pytest.MonkeyPatch, run: Callable[[], object]) -> str:
    told = io.StringIO()
    monkeypatch.setenv("COLUMNS", "5000")
    for name in ("err", "out"):
        console = Console(file=told, width=10_000, color_system=None, highlight=False, soft_wrap=True)
        monkeypatch.setattr(terminal, name, console)
    with suppress(typer.Exit):
        run()
    return told.getvalue()


@pytest.mark.parametrize("sentence", bracketed(), ids=str)
def test_a_sentence_with_brackets_is_printed_as_it_is(monkeypatch: pytest.MonkeyPatch, sentence: str) -> None:
    def table(cell: str) -> None:
        made = Table(title=cell)
        made.add_column(cell)
        made.add_row(cell)
        terminal.show(made, terminal.out)

    for said in dict.fromkeys((sentence, escape(sentence))):
        if said == r"C:\[a]\b":
            continue  # what is not escaped and looks as if it were loses a backslash
        error = printed(monkeypatch, lambda said=said: terminal.fail(said, where=said, to_do=said))  # type: ignore[misc]
        assert error == f"error: {sentence} ({sentence})\n  → {sentence}\n"
        assert printed(monkeypatch, lambda said=said: table(said)).count(sentence) == 3  # type: ignore[misc]
    assert printed(monkeypatch, lambda: terminal.paragraph(sentence, console=terminal.out)).split() == sentence.split()


def test_no_sentence_is_printed_with_markup() -> None:
    """Whatever is printed is a styled text, or says `markup=False`: in what is neither, brackets vanish."""
    loose = []
    for path in sorted(Path(aforo.__file__).parent.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for call in ast.walk(tree):
            if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "print"):
                continue
            said = {each.arg: ast.unparse(each.value) for each in call.keywords}
            words = [ast.unparse(each) for each in call.args]
            styled = all(each.startswith(("RichText", "Styled", "_styled")) or each in STYLED for each in words)
            if said.get("markup") != "False" and not styled:
                loose.append(f"{path.name}:{call.lineno}: {', '.join(words)}")
    assert loose == []
