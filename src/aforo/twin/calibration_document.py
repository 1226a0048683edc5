"""The document of a calibration: capacity factors of bridges, the waits they were fitted to, and each base's check.

The factor multiplies the service times of primary of a lane class. A run under the calibration takes `applied`.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from aforo.domain.text import Text
from aforo.ports.directory import Directory
from aforo.twin.capacity_fit import STEP
from aforo.twin.wait_samples import SampleLane
from aforo.twin.wait_worlds import with_factors

#: A base fails its check where the share within is lower than expected by more than this.
ALLOWANCE: Final = 0.1
#: A calibration is a few kilobytes.
MOST_BYTES: Final = 2_000_000

Verdict = Literal["checked", "failed", "too_few", "no_trucks", "no_model"]
Factor = Annotated[float, Meta(gt=0.0, le=100.0)]
Share = Annotated[float, Meta(ge=0.0, le=1.0)]


class HeldOut(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The check on readings of days that were not fitted: how many, and the share within the predicted interval.

    `nominal` is the share expected within, `width` the mean width of the interval in minutes. `factor` was fitted to
    the other days. `uncalibrated` is the share within under the document's own figures, with an error fitted to them.
    `published` is the mean published wait, `bias` that less the twin's at the same hours, with 95 % limits over days.
    """

    readings: int
    days: int
    factor: Factor
    within: Share
    nominal: Share
    width: float
    uncalibrated: Share
    uncalibrated_nominal: Share
    published: float
    bias: float
    bias_low: float
    bias_high: float

    @property
    def passed(self) -> bool:
        """Whether enough readings lie within, and the mean of the published waits is met as far as days can tell.

        An error that is fitted wide enough holds any reading, and days that differ enough hide any bias. So the bias
        must be known better than the mean published wait itself, or than a step of rounding.
        """
        unbiased = abs(self.bias) <= STEP / 2.0 or self.bias_low <= 0.0 <= self.bias_high
        known = (self.bias_high - self.bias_low) / 2.0 <= max(self.published, float(STEP))
        return unbiased and known and self.within >= self.nominal - ALLOWANCE


class LaneFactor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the waits of one lane class of a bridge give.

    `factor` is the likeliest one, from `low` to `high` (95 %); an open limit is the end of what was tried. `applied` is
    the factor that a run takes. `error` is the scale of a reading's error in minutes. `published_mean` and the twin's
    means are of the same hours. `document` is the SHA-256 of the port document that was simulated.
    """

    port: str
    bridge: str
    lane: SampleLane
    verdict: Verdict
    readings: int
    days: int
    published_mean: float
    published_most: float
    document: str
    uncalibrated_mean: float | None = None
    calibrated_mean: float | None = None
    factor: Factor | None = None
    low: float | None = None
    high: float | None = None
    low_open: bool = False
    high_open: bool = False
    applied: Factor = 1.0
    error: float | None = None
    check: HeldOut | None = None

    @property
    def place(self) -> str:
        """The bridge as results name it."""
        return f"{self.port}/{self.bridge}"


class Calibration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Factors of lane classes, and what they were fitted to: the file of waits with its SHA-256 and its days."""

    format: Literal[1]
    made_at: datetime
    waits: str
    waits_sha256: str
    first: str
    last: str
    counts_en: str
    counts_es: str
    check_share: Annotated[float, Meta(gt=0.0, lt=1.0)]
    replications: int
    seed: int
    lanes: Annotated[tuple[LaneFactor, ...], Meta(max_length=1_000)]

    def factors_at(self, place: str) -> dict[SampleLane, float]:
        """The factors that a run takes at a bridge, by lane class; none where it has none."""
        return {each.lane: each.applied for each in self.of_bridge(place)}

    def of_bridge(self, place: str) -> tuple[LaneFactor, ...]:
        """The lane classes of one bridge, `port/bridge`."""
        return tuple(each for each in self.lanes if each.place == place)


class CalibrationError(ValueError):
    """The file is no calibration; the message says why."""


def dumped(calibration: Calibration) -> bytes:
    """A calibration as TOML."""
    lines = ["# Capacity factors of primary, fitted by `aforo twin calibrate`. The twin's waits are SYNTHETIC."]
    table = msgspec.to_builtins(calibration, builtin_types=(datetime,))
    lanes = table.pop("lanes")
    lines += [f"{name} = {_value(value)}" for name, value in table.items()]
    for lane in lanes:
        lines.append("\n[[lanes]]")
        check = lane.pop("check")
        lines += [f"{name} = {_value(value)}" for name, value in lane.items() if value is not None]
        if check is not None:
            pairs = ", ".join(f"{name} = {_value(value)}" for name, value in check.items())
            lines.append(f"check = {{ {pairs} }}")
    return ("\n".join(lines) + "\n").encode("utf-8")


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(round(value, 6))
    if isinstance(value, datetime):
        return value.isoformat()
    return msgspec.json.encode(value).decode("utf-8")


def parse(document: bytes) -> Calibration:
    """The calibration of a TOML document. CalibrationError says what is wrong."""
    if len(document) > MOST_BYTES:
        raise CalibrationError(f"> {MOST_BYTES} bytes")
    try:
        return msgspec.toml.decode(document, type=Calibration)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError, RecursionError, ValueError) as wrong:
        raise CalibrationError(str(wrong)) from wrong


def calibrated(ports: Directory, calibration: Calibration) -> Directory:
    """These documents with the service times of primary times the factors; their bytes stay those that were written."""
    changed = []
    for port in ports.ports:
        bridges = []
        for bridge in port.bridges:
            factors = calibration.factors_at(f"{port.code}/{bridge.id}")
            bridges.append(with_factors(bridge, factors) if factors else bridge)
        changed.append(msgspec.structs.replace(port, bridges=tuple(bridges)))
    return Directory(ports.documents, tuple(changed))


def digest(document: bytes) -> str:
    """The SHA-256 of a file."""
    return hashlib.sha256(document).hexdigest()


def counts_text(calibration: Calibration) -> Text:
    """Which counts of trucks the calibration was made with."""
    return Text(calibration.counts_en, calibration.counts_es)
