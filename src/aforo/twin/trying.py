"""The test world of filers who try: days of one bridge, the policies that decide there, and whether a ploy pays.

The bridge has booths and one pool of scanners, and more trucks than can be scanned. Who tries has something to hide;
what a scan finds of it is a chance that is known, so figures are expectations given what was scanned, and no luck of
the scan is in them. All of it is synthetic.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt
import scipy

from aforo.domain.threat import THREATS
from aforo.domain.units import Float64Array
from aforo.routing.choice import SCAN
from aforo.twin.draws import LANE, uniforms
from aforo.twin.filers import Filed, honest
from aforo.twin.network import HOUR, LANES, MINUTE, Network, Station, network_of
from aforo.twin.policy import Policy
from aforo.twin.run import run
from aforo.twin.traffic import Demand, Profile, Times, trucks_of
from aforo.twin.trucks import Fates

#: The bridge: scanners, minutes of a scan and their deviation, trucks of a mean day, hours in which they come.
SCANNERS, SCAN_MINUTES, SCAN_DEVIATION = 4, 3.0, 1.6
OPENS, CLOSES = 6, 22
#: How much days and hours differ from what is forecast: deviations of their logarithms.
DAY_SPREAD, HOUR_SPREAD = 0.15, 0.15
FALSE_ALARM: Final = 0.05
PROFILE: Final = Profile(
    prevalence={"contraband": 0.02, "people": 0.0, "theft": 0.0, "misdeclaration": 0.0},
    scan=(_SCAN := {"contraband": 0.7, "people": 0.9, "theft": 0.3, "misdeclaration": 0.4}),
    alone=_SCAN,
    false_alarm=FALSE_ALARM,
    lottery=0.0,
)

#: The chance that a scan finds what a truck hides, by threat; of one that hides nothing (−1) it finds nothing.
CHANCES: Final[Float64Array] = np.array([*(PROFILE.scan[threat] for threat in THREATS), 0.0])


@dataclass(frozen=True)
class Place:
    """A bridge of the world: its scanners and the trucks of a mean day."""

    scanners: int = SCANNERS
    trucks: float = 6_000.0
    stream: int = 1

    @property
    def load(self) -> float:
        """Offered minutes of scanning over those that the scanners have."""
        return self.trucks * SCAN_MINUTES / (self.scanners * 60.0 * (CLOSES - OPENS))

    def hourly(self) -> Float64Array:
        """float64[24]: trucks of each hour of the mean day, with two humps."""
        hour = np.arange(24) + 0.5
        shape = 0.6 + np.exp(-(((hour - 10.0) / 2.5) ** 2)) + 0.8 * np.exp(-(((hour - 17.0) / 2.0) ** 2))
        shape[(hour < OPENS) | (hour > CLOSES)] = 0.0
        hourly: Float64Array = self.trucks * shape / shape.sum()
        return hourly

    def network(self) -> Network:
        """The bridge from midnight to midnight and the hours after it."""
        detection = (FALSE_ALARM, *(PROFILE.scan[threat] for threat in THREATS))
        stations = [
            Station("booth", 60, service="booth", resource="booth", decides="primary"),
            Station(
                "scanner", self.scanners, service="scanner", resource="scanner", detection=detection,
                typical_minutes=SCAN_MINUTES,
            ),
        ]  # fmt: skip
        return network_of(
            stations, {"booth": {"release": None, "scan": "scanner"}, "scanner": None}, dict.fromkeys(LANES, "booth"),
            expected=np.concatenate((self.hourly(), np.zeros(24))), day_class=np.zeros(3, np.int64),
        )  # fmt: skip

    def day(self, seed: int, *, prediction: float = 0.5, eta_minutes: float = 10.0, share: float = 1.0) -> Filed:
        """An honest day by its seed: its level and hours differ from the forecast."""
        spread = uniforms(seed, self.stream, 0, 25, LANE)
        normal = scipy.special.ndtri(np.clip(spread, 1e-9, 1.0 - 1e-9))
        level = DAY_SPREAD * normal[24] + HOUR_SPREAD * normal[:24]
        hourly = self.hourly() * np.exp(level - (DAY_SPREAD**2 + HOUR_SPREAD**2) / 2.0)
        profile = msgspec.structs.replace(PROFILE, prediction=prediction)
        demand = Demand(
            self.stream, hourly, {"standard": 1.0}, {"standard": Times(0.5, 0.2)},
            {"scanner": Times(SCAN_MINUTES, SCAN_DEVIATION)}, profile,
        )  # fmt: skip
        return honest(trucks_of(demand, seed), seed, self.stream, eta_minutes=eta_minutes, share=share)


@dataclass(frozen=True)
class Day:
    """What a day was worth, truck-minutes: harm found less the minutes of those scanned; and of those who tried, by
    trip: the share of the harm that was found, the share of its trucks that were scanned, and the chance that one of
    them at least was caught."""

    worth: float
    found: Float64Array
    scanned: Float64Array
    caught: Float64Array
    #: By hour of the day: what was found, and what was expected to be among those scanned.
    by_hour: Float64Array
    #: Of every row of the day, whether it was scanned.
    rows: npt.NDArray[np.bool_]


def played_out(place: Place, filed: Filed, policy: Policy, seed: int) -> Day:
    """A day under a policy."""
    fates, _ = run(place.network(), filed.trucks, policy, seed=seed, port=place.stream)
    return figures(filed, fates)


def figures(filed: Filed, fates: Fates) -> Day:
    """The figures of a day; a scan of what is there finds it with its chance."""
    scanned = fates.exam_end >= 0
    chance = scanned * CHANCES[fates.threat]
    found = chance * filed.harm
    minutes = np.where(scanned, fates.exam_end - fates.primary_end, 0) / MINUTE
    worth = PROFILE.harm * float(found.sum()) - float(minutes.sum())
    tried = filed.trip >= 0
    trips = int(filed.trip.max(initial=-1)) + 1
    parts = np.bincount(filed.trip[tried], minlength=trips)
    expected = scanned * filed.trucks.prevented[:, SCAN] / PROFILE.harm
    hour = (fates.arrives // HOUR) % 24
    harm_found: Float64Array = np.bincount(filed.trip[tried], found[tried], trips).astype(np.float64)
    return Day(
        worth,
        harm_found,
        np.bincount(filed.trip[tried], scanned[tried], trips) / np.maximum(parts, 1),
        1.0 - np.exp(np.bincount(filed.trip[tried], np.log1p(-chance[tried]), trips)),
        np.stack((np.bincount(hour, found, 24), np.bincount(hour, expected, 24))),
        scanned,
    )
