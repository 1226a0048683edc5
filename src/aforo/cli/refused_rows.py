"""How commands say beside their figures which rows of input these lack, and which bounds they are so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import typer

from aforo.cli import terminal
from aforo.cli.language import Sentences
from aforo.domain.input_refusal import RefusedRows
from aforo.domain.text import Text
from aforo.scoreboard.input_refusals import RefusedShown, words_of


def show_refused(refused: Iterable[RefusedRows | RefusedShown], say: Sentences) -> None:
    """The rows that figures lack, a sentence for each source; nothing where they lack none. Beside the figures, not
    after them: who copies the table has it."""
    for each in refused:
        terminal.paragraph(say.of(_words(each)), style="bold")


def refused_told(refused: Sequence[RefusedRows | RefusedShown]) -> list[dict[str, Any]]:
    """The same for machines: each with its words."""
    return [msgspec.to_builtins(each) | {"words": msgspec.to_builtins(_words(each))} for each in refused]


def leave_refused(refused: Sequence[RefusedRows | RefusedShown]) -> None:
    """Leave with a finding where figures lack rows."""
    if refused:
        raise typer.Exit(terminal.FOUND)


def with_refused(figures: Any, refused: Sequence[RefusedRows | RefusedShown]) -> dict[str, Any]:
    """An answer for machines, with the rows that its figures lack."""
    told: dict[str, Any] = msgspec.to_builtins(figures)
    return told | {"refused": refused_told(refused)}


def _words(each: RefusedRows | RefusedShown) -> Text:
    return words_of(each) if isinstance(each, RefusedRows) else each.words
