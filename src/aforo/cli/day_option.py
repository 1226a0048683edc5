"""Days in options: no command is asked about one that no input may name."""

from __future__ import annotations

from datetime import datetime

from aforo.cli import terminal
from aforo.cli.language import Sentences
from aforo.domain.clock import EARLIEST, LATEST, is_valid_day


def valid_day(day: datetime | None) -> datetime | None:
    """The day that an option names; of no year that an input may name, it is wrong use."""
    if day is not None and not is_valid_day(day.date()):
        say = Sentences("aforo.cli", terminal.language())
        told = say("day_range", day=f"{day.date()}", first=EARLIEST.year, last=LATEST.year - 1)
        terminal.fail(told, to_do=say("day_range_to_do"))
    return day
