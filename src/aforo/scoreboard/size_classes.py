"""Bridges by how many trucks come, and the gap between the classes: what mid-sized ones have beside large ones.

Published documents speak of mid-sized crossings and do not say what is one, so the bounds are assumed and can be given.
All bridges are counted, not a sample of them: there is no interval of chance. What a figure rests on is told instead:
of how many bridges it is known, of how many it is assumed, and from where to where it goes if any one of them is left
out. Where that is too little, the gap is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, get_args

import msgspec

from aforo.scoreboard.protections import AS_THEY_ARE, PROTECTIONS, Protected, Protection

Size = Literal["large", "mid", "small"]
SIZES: Final[tuple[Size, ...]] = get_args(Size)
#: A bridge is mid-sized from so many trucks a day on, and large from so many: assumed.
MID, LARGE = 100.0, 1_000.0
#: Of fewer bridges nothing is said.
FEWEST: Final = 3
#: Why there is no gap: the protection is known of too few bridges, or of less than half of them, or most of what is
#: known is assumed.
Refused = Literal["few", "partly", "assumed"]


class OfClass(msgspec.Struct, frozen=True):
    """A protection in a class: of `bridges` in it `stated` have a figure, `assumed` of which are assumed. `value` is
    the sum for each thousand trucks a day of those bridges, or their mean (see `protections.AS_THEY_ARE`); `least` and
    `most` are what it is if any one bridge is left out. All None where it is known of none."""

    size: Size
    bridges: int
    stated: int
    assumed: int
    value: float | None = None
    least: float | None = None
    most: float | None = None


class Gap(msgspec.Struct, frozen=True):
    """A protection by class, and mid-sized less large with what it is if any one bridge is left out; None with the
    reason in `refused`."""

    name: Protection
    classes: tuple[OfClass, ...]
    difference: float | None = None
    least: float | None = None
    most: float | None = None
    refused: Refused | None = None


def size_of(bridge: Protected, mid: float = MID, large: float = LARGE) -> Size | None:
    """The class of a bridge; None where nobody counted its trucks."""
    if bridge.trucks is None:
        return None
    return "large" if bridge.trucks >= large else "mid" if bridge.trucks >= mid else "small"


def gaps(bridges: Sequence[Protected], mid: float = MID, large: float = LARGE) -> tuple[Gap, ...]:
    """Every protection that any bridge has, by class."""
    by_size = {size: [each for each in bridges if size_of(each, mid, large) == size] for size in SIZES}
    return tuple(
        _gap(name, by_size) for name in PROTECTIONS if any(each.of(name) for own in by_size.values() for each in own)
    )


def _gap(name: Protection, by_size: dict[Size, list[Protected]]) -> Gap:
    classes = tuple(_class(name, size, by_size[size]) for size in SIZES)
    large, mid = classes[0], classes[1]
    if min(large.stated, mid.stated) < FEWEST:
        return Gap(name, classes, refused="few")
    if any(2 * each.stated < each.bridges for each in (large, mid)):
        return Gap(name, classes, refused="partly")
    if any(2 * each.assumed > each.stated for each in (large, mid)):
        return Gap(name, classes, refused="assumed")
    own, others = _stated(name, by_size["mid"]), _stated(name, by_size["large"])
    whole = _value(name, own) - _value(name, others)
    left_out = [_value(name, kept) - _value(name, others) for kept in _without_one(own)]
    left_out += [_value(name, own) - _value(name, kept) for kept in _without_one(others)]
    return Gap(name, classes, whole, min(left_out), max(left_out))


def _class(name: Protection, size: Size, bridges: Sequence[Protected]) -> OfClass:
    own = _stated(name, bridges)
    assumed = sum(known.assumed for each in own if (known := each.of(name)) is not None)
    if not own:
        return OfClass(size, len(bridges), 0, 0)
    left_out = [_value(name, kept) for kept in _without_one(own)]
    ends = (min(left_out), max(left_out)) if left_out else (None, None)
    return OfClass(size, len(bridges), len(own), assumed, _value(name, own), *ends)


def _stated(name: Protection, bridges: Sequence[Protected]) -> list[Protected]:
    """Those of which it is known, and to be compared."""
    return [each for each in bridges if each.rate(name) is not None]


def _without_one(bridges: Sequence[Protected]) -> list[list[Protected]]:
    """The bridges without each of them, where others are left."""
    return [[other for other in bridges if other is not each] for each in bridges] if len(bridges) > 1 else []


def _value(name: Protection, bridges: Sequence[Protected]) -> float:
    """A class as one: the sum for each thousand trucks a day of these bridges, or their mean."""
    values = [known.value for each in bridges if (known := each.of(name)) is not None]
    if name in AS_THEY_ARE:
        return sum(values) / len(values)
    return 1_000.0 * sum(values) / sum(each.trucks or 0.0 for each in bridges)
