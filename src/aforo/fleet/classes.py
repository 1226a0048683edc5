"""What a device is by its kind: a scanner, or one of those that live the same life beside them.

Readers of tags and seals, plate cameras and weighbridges are ordered, fielded, break and are repaired like scanners,
and are reported in the same log. Figures of scanners are of scanners alone, so that no reader makes the fleet look
larger.
"""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np

from aforo.fleet.record import ABSENT, Record

DeviceClass = Literal["scanner", "reader", "camera", "weighbridge"]
DEVICE_CLASSES: tuple[DeviceClass, ...] = get_args(DeviceClass)

#: The words for a kind that is no scanner, as `_word` writes them.
_WORDS: dict[DeviceClass, frozenset[str]] = {
    "reader": frozenset({
        "reader", "rfid", "rfid-reader", "tag-reader", "seal-reader", "eseal-reader", "e-seal-reader", "gate-reader",
        "lector", "lector-rfid", "lector-de-sellos", "lectora",
    }),
    "camera": frozenset({
        "camera", "plate-camera", "plate-reader", "lpr", "lpr-camera", "alpr", "anpr", "anpr-camera",
        "license-plate-reader", "licence-plate-reader", "license-plate-camera", "licence-plate-camera", "camara",
        "cámara", "camara-de-placas", "cámara-de-placas",
    }),
    "weighbridge": frozenset({
        "weighbridge", "weigh-bridge", "weigh-in-motion", "wim", "scale", "truck-scale", "bascula", "báscula",
    }),
}  # fmt: skip


def class_of(kind: str | None) -> DeviceClass:
    """The class of a kind as a log has it: by its word, or by that before a colon or slash (`weighbridge: 120 t`).

    A kind that is none of these words is a scanner's, and so is a device of which no report gave a kind: the log is
    that of scanners.
    """
    if kind is None:
        return "scanner"
    for word in (_word(kind), _word(kind.replace("/", ":").partition(":")[0])):
        for own, words in _WORDS.items():
            if word in words:
                return own
    return "scanner"


def classes(record: Record) -> list[DeviceClass]:
    """The class of each device of a record, by code: that of the last kind that a report gave."""
    of_kind = [class_of(kind) for kind in record.names.kinds]
    kinds = record.last(record.kind).tolist()
    return ["scanner" if kind == ABSENT else of_kind[kind] for kind in kinds]


def only(record: Record, wanted: DeviceClass, known: list[DeviceClass]) -> Record:
    """The reports of devices of a class, codes and all as they are; `known` are the classes of the record's devices."""
    own = np.array([each == wanted for each in known], dtype=np.bool_)
    if own.all():
        return record
    rows = own[record.scanner]
    columns = (name for name in record.__dataclass_fields__ if name != "names")
    return Record(record.names, **{name: getattr(record, name)[rows] for name in columns})


def _word(kind: str) -> str:
    return "-".join(kind.replace("_", " ").replace("-", " ").casefold().split())
