"""The demonstration's sentences in the language of who looks, and figures as people read them."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from aforo.domain.text import Text, catalogue

_CATALOGUE = catalogue("aforo.demo")


class Speaker:
    """Sentences of the catalogue in one language, `en` or `es`."""

    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(self, code: str, **fields: object) -> str:
        return self.of(_CATALOGUE.say(code, **fields))

    def of(self, text: Text) -> str:
        """A bilingual text in this language."""
        return text.told(self.language)


def clock_time(at: datetime, zone: str, *, seconds: bool = False) -> str:
    """The time of day with the short name of its zone: 08:14 CDT."""
    return at.astimezone(ZoneInfo(zone)).strftime("%H:%M:%S %Z" if seconds else "%H:%M %Z")


def percent(fraction: float, digits: int = 1) -> str:
    """A fraction in per cent, without the sign."""
    return f"{100 * fraction:.{digits}f}"


def minutes(amount: float) -> str:
    """Truck-minutes with one decimal."""
    return f"{amount:,.1f}"
