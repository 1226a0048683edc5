"""The days of a week and the clock of a day, as documents write them."""

from __future__ import annotations

from typing import Annotated, Final, Literal, get_args

from msgspec import Meta

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
#: In the order of `datetime.weekday()`.
DAYS: Final[tuple[Day, ...]] = get_args(Day)
Clock = Annotated[
    str,
    Meta(pattern=r"^(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00)$(?!\n)", description="a local time, 00:00 to 24:00"),
]
