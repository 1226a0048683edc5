"""How the model of diversion did on the closure that it was not fitted on, beside what was counted: El Paso, 2023.

What the model says is synthetic. Its shares are of the trucks that are turned away; monthly counts cannot tell what is
lost from what is put off.
"""

from __future__ import annotations

from typing import Final

import msgspec
import numpy as np

from aforo.domain.units import Float64Array
from aforo.twin.diversion import FITTED, drawn_shares
from aforo.twin.diversion_fit import alternatives_of
from aforo.twin.shocks import known

DRAWS, SEED = 4_000, 1
_ENDS: Final = (0.025, 0.5, 0.975)
_EL_PASO: Final = "el_paso_2023"
#: What counts showed of the gross loss of El Paso and Ysleta: the share that each alternative gained, September and
#: October 2023 (Bureau of Transportation Statistics, against what `expected_counts` expects).
_OBSERVED: Final = {"Santa Teresa": (0.25, 0.50), "Tornillo": (0.10, 0.13)}
#: Trucks a month as counted (Bureau of Transportation Statistics): September and October 2022, August to November 2023.
MONTHS: Final = ("2022-09", "2022-10", "2023-08", "2023-09", "2023-10", "2023-11")
COUNTED: Final[dict[str, tuple[int | None, ...]]] = {
    "Ysleta": (54_607, 55_033, 62_030, 37_144, 37_188, 54_194),
    "El Paso (Bridge of the Americas)": (14_794, 14_650, 11_190, 5_203, 5_859, 9_739),
    "Tornillo": (None, None, 7, 2_785, 3_423, 453),
    "Santa Teresa": (13_293, 12_800, 13_558, 20_032, 26_046, 12_687),
}


class Held(msgspec.Struct, frozen=True):
    """The model against counts: the share of what was lost that an alternative gained in a month."""

    name: str
    month: str
    counted: float
    share: float
    low: float
    high: float

    @property
    def within(self) -> bool:
        """Whether what was counted lies between the ends."""
        return self.low <= self.counted <= self.high


def held_against_el_paso() -> tuple[Held, ...]:
    """What the model says of El Paso in 2023, beside what was counted."""
    shocks = known()
    shock = shocks.named(_EL_PASO)
    options = alternatives_of(shock, shocks)
    months = shock.shown()
    drawn = drawn_shares(FITTED, options, [shock.age(month) for month in months], DRAWS, SEED)
    found = []
    for at, (year, month) in enumerate(months):
        for place, option in enumerate(options):
            low, middle, high = _quantiles(drawn[:, at, place])
            counted = _OBSERVED[option.name][at]
            found.append(Held(option.name, f"{year}-{month:02}", counted, middle, low, high))
    return tuple(found)


def _quantiles(drawn: Float64Array) -> tuple[float, float, float]:
    low, middle, high = np.quantile(drawn, _ENDS)
    return float(low), float(middle), float(high)
