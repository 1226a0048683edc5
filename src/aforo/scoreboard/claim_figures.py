"""Figures of claims: how exact a published one is, whether a computed one agrees, and how both are written."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Final

from aforo.domain.text import Text, catalogue
from aforo.scoreboard.claims import SCALES, Published

#: Digits after the point beyond which no difference is looked for.
MOST_PLACES: Final = 9
#: A figure of fewer digits may have two of them exchanged by chance.
_FEWEST_DIGITS: Final = 5


def places_of(figure: str) -> int:
    """The digits after the point of a figure as it was published."""
    return len(figure.partition(".")[2])


def in_scale(value: Fraction, published: Published) -> Fraction:
    """A value in the scale in which a figure was published (millions)."""
    return value / SCALES[published.scale]


def agrees(value: Fraction, published: Published) -> bool:
    """Whether a value, in the figure's unit and scale, is what was published: within half of the last digit that was
    given, or beyond the limit where the figure is one."""
    figure = Fraction(published.figure)
    if published.bound is not None:
        return value > figure if published.bound == "over" else value < figure
    step = Fraction(published.step) if published.step else Fraction(1, 10 ** places_of(published.figure))
    return abs(value - figure) <= step / 2


def digits_exchanged(value: Fraction, published: Published) -> str | None:
    """The figure with two neighbouring digits exchanged, where that agrees: a slip of the pen. None where none does."""
    figure = published.figure
    if published.bound is not None or sum(each.isdigit() for each in figure) < _FEWEST_DIGITS:
        return None
    for place, (one, other) in enumerate(pairwise(figure)):
        if one.isdigit() and other.isdigit() and one != other:
            meant = figure[:place] + other + one + figure[place + 2 :]
            if agrees(value, Published(figure=meant, unit=published.unit, step=published.step)):
                return meant
    return None


def cut_off(value: Fraction, published: Published) -> bool:
    """Whether the figure is the value with its further digits cut off where they should have been rounded."""
    if published.bound is not None:
        return False
    step = Fraction(published.step) if published.step else Fraction(1, 10 ** places_of(published.figure))
    toward_nothing = abs(value) // step * step
    return toward_nothing * (1 if value > 0 else -1) == Fraction(published.figure) and not agrees(value, published)


def places_shown(value: Fraction, published: Published) -> int:
    """Digits after the point that a value is written with: those of the figure, one more where it has more, and as many
    as it takes to be seen to differ."""
    if published.unit == "direction":
        return 0
    places = places_of(published.figure)
    if value * 10**places == value * 10**places // 1:
        return places
    places += 1
    while (
        places < MOST_PLACES and not agrees(value, published) and _rounded(value, places) == Fraction(published.figure)
    ):
        places += 1
    return places


def written(value: Fraction, places: int, *, signed: bool = False) -> str:
    """A number with so many digits after the point, commas between thousands, and a sign where one is asked for."""
    number = round(value * 10**places)
    whole, part = divmod(abs(number), 10**places)
    sign = "−" if number < 0 else "+" if signed else ""
    return f"{sign}{whole:,}" + (f".{part:0{places}d}" if places else "")


def exact(value: Fraction) -> str:
    """A number for machines: its digits, at most nine after the point."""
    told = written(value, MOST_PLACES).replace(",", "").replace("−", "-")
    return told.rstrip("0").rstrip(".")


def said(figure: str, published: Published, *, points: bool = False) -> Text:
    """A number with its scale and unit in words; `points` are what two percentages differ by."""
    words = catalogue("aforo.scoreboard")
    unit = "points" if points and published.unit == "percent" else published.unit
    return words.say(f"unit.{unit}", amount=words.say(f"scale.{published.scale}", figure=figure))


def said_as_published(published: Published) -> Text:
    """A figure as it was published, in words."""
    words = catalogue("aforo.scoreboard")
    if published.unit == "direction":
        return words.say(f"direction.{published.figure}")
    told = said(written(Fraction(published.figure), places_of(published.figure)), published)
    return words.say(f"bound.{published.bound}", figure=told) if published.bound else told


def _rounded(value: Fraction, places: int) -> Fraction:
    return Fraction(round(value * 10**places), 10**places)
