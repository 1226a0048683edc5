"""Decimal numbers as they are written, made whole numbers of a smaller unit exactly: no float stands between."""

from __future__ import annotations

import re
from typing import Final

#: A number with its sign, fraction and exponent; longer ones are nobody's measurement.
_NUMBER: Final = re.compile(r"([+-]?)([0-9]{1,20})(?:\.([0-9]{1,30}))?(?:[eE]([+-]?[0-9]{1,2}))?", re.ASCII)

#: How many of the unit kept are in one of the unit written, as numerator and denominator.
Scale = tuple[int, int]
ONE: Final[Scale] = (1, 1)
HUNDREDTHS: Final[Scale] = (100, 1)
THOUSANDTHS: Final[Scale] = (1_000, 1)
MILLIONTHS: Final[Scale] = (1_000_000, 1)
#: Centimetres a second of km/h, mph (1609.344 m) and knots (1852 m).
KMH: Final[Scale] = (250, 9)
MPH: Final[Scale] = (44_704, 1_000)
KNOTS: Final[Scale] = (463, 9)


def scaled(text: str, scale: Scale, least: int, most: int) -> int | None:
    """The number in the unit kept, halves to the even; None where text is no number, or it is not within both."""
    matched = _NUMBER.fullmatch(text)
    if matched is None:
        return None
    sign, whole, fraction, exponent = matched.groups()
    fraction = fraction or ""
    places = len(fraction) - int(exponent or 0)
    over = int(whole + fraction) * scale[0] * 10 ** max(-places, 0)
    under = scale[1] * 10 ** max(places, 0)
    value, rest = divmod(over, under)
    value += 2 * rest > under or (2 * rest == under and value % 2)
    value = -value if sign == "-" else value
    return value if least <= value <= most else None
