"""The lists that a command screens parties against: the folder that it is told, else the one where they are kept."""

from __future__ import annotations

from pathlib import Path

from aforo.cli import terminal
from aforo.cli.language import Sentences
from aforo.domain.clock import system_clock
from aforo.flow.lists import Lists
from aforo.intake.lists.copies import CopyDamagedError
from aforo.intake.lists.sources import SourcesError
from aforo.risk.screening.in_use import alarms
from aforo.settings import lists_folder


def lists_to_use(given: Path | None, say: Sentences) -> Lists:
    """The lists of a folder; leaves with an error in words where they cannot be read, or where the folder that was
    named has none. That there are none, or that one is stale, is told on standard error."""
    home = lists_folder(given)
    try:
        with terminal.progress(say("lists_reading")):
            lists = Lists(home)
    except (CopyDamagedError, SourcesError) as wrong:
        terminal.fail(say.of(wrong.text), where=str(home), to_do=say("lists_copy_to_do"), code=terminal.FOUND)
    except OSError as wrong:
        terminal.fail(say("file_unusable", why=wrong), to_do=say("lists_copy_to_do"))
    current = lists()
    if current is None:
        if given is not None:
            terminal.fail(say("lists_none", folder=home), to_do=say("lists_to_do"))
        return lists
    if stale := alarms(current.freshness(system_clock())):
        terminal.err.print(say("lists_alarm", lists=", ".join(stale)), markup=False)
    return lists
