"""What a seal, a tracker or a gate reports: readings in columns, one row a reading.

Batches of readings travel in columns (`READING`), as declarations do. A reading says what a device claims: who vouches
for it is its `Grade`, which stays with every fact that is derived from it.
"""

from __future__ import annotations

from typing import Final, Literal, get_args

import numpy as np
import numpy.typing as npt

#: Who vouches for what a device said: itself (it signed), the gateway that took it from the device, or nobody.
Grade = Literal["device", "gateway", "unsigned"]
#: The strongest first: the grade of what rests on several readings is the last of theirs in this order.
GRADES: tuple[Grade, ...] = get_args(Grade)

#: What made a device report. `unlock` is one by remote control or key; `tag` says that a tag was read (NFC, RFID);
#: `jammed` is the device's own alarm that somebody jams its radio or its satellites.
ReadingKind = Literal[
    "normal",
    "startup",
    "button",
    "termination",
    "door",
    "shock",
    "drop",
    "lock",
    "unlock",
    "tag",
    "gate",
    "tamper",
    "jammed",
]
#: A kind's number in columns and in blocks is its place here: new ones go to the end.
READING_KINDS: tuple[ReadingKind, ...] = get_args(ReadingKind)
#: What the door or the shackle is, by the number in columns and in blocks.
DOORS: tuple[Literal["unknown", "closed", "open"], ...] = ("unknown", "closed", "open")
CLOSED, OPEN = 1, 2

#: Absent in the signed columns.
ABSENT: Final = -(2**15)
#: Absent in the unsigned ones.
NO_SPEED, NO_BATTERY, NO_INTERVAL = 2**16 - 1, 2**16 - 1, 2**32 - 1

#: One reading. `at` is by the device's clock, in microseconds since 1970 UTC; `sequence` counts the device's readings
#: since its start. Latitude and longitude are in 1e-7 degree and mean nothing where `fix` is false (no satellites).
#: `speed` is in cm/s, `course` in hundredths of a degree, `battery` in millivolts, `signal` in dBm, `interval` what the
#: device says it will report by, in seconds; `heat` in hundredths of a degree Celsius. `tag` is the first eight bytes
#: of the SHA-256 of what tag was read, 0 where none was: tags may be personal, and are compared only.
READING = np.dtype(
    [
        ("at", "<i8"),
        ("sequence", "<u4"),
        ("kind", "u1"),
        ("door", "u1"),
        ("fix", "?"),
        ("latitude", "<i4"),
        ("longitude", "<i4"),
        ("speed", "<u2"),
        ("course", "<u2"),
        ("battery", "<u2"),
        ("signal", "<i2"),
        ("interval", "<u4"),
        ("heat", "<i2"),
        ("tag", "<u8"),
    ]
)
Readings = npt.NDArray[np.void]

#: So many values are sooner looked at one by one than handed to numpy.
FEW: Final = 30

#: Degrees are kept as integers of this fraction: 1.1 cm on the ground.
PER_DEGREE: Final = 10_000_000


def no_readings(count: int) -> Readings:
    """`count` readings that say nothing, to be filled: every field that may be absent is absent."""
    made = np.zeros(count, dtype=READING)
    made["speed"], made["battery"], made["interval"] = NO_SPEED, NO_BATTERY, NO_INTERVAL
    made["course"], made["signal"], made["heat"] = NO_SPEED, ABSENT, ABSENT
    return made


def lasted(readings: Readings) -> tuple[int, int]:
    """The earliest and the latest instant of readings, of which there is one at least."""
    at = readings["at"]
    # A seal that is on its way says one at a time: what numpy does before it begins takes longer than that.
    each = at.tolist() if len(at) <= FEW else (int(at.min()), int(at.max()))
    return min(each), max(each)


def weakest(grades: set[Grade]) -> Grade:
    """The grade of what rests on readings of these grades: that of the weakest; `unsigned` where there are none."""
    return max(grades, key=GRADES.index, default="unsigned")
