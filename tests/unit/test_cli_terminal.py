"""Progress at a terminal: how far it is where that is known, and no question mark where it is not."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from aforo.cli import terminal


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
