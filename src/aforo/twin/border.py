"""What a scenario is run on: the documents of ports, and the trucks that were counted there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from aforo.domain.input_refusal import RefusedRows
from aforo.domain.text import Text, catalogue
from aforo.ports import shipped as ships
from aforo.ports.directory import Directory
from aforo.twin import volumes
from aforo.twin.calibration_document import Calibration
from aforo.twin.working_days import Month

#: Trucks a month by port code.
Counts = Mapping[str, Mapping[Month, int]]


@dataclass(frozen=True)
class Border:
    """The port documents by which bridges are built, trucks a month by port code, and where those come from.

    `refused` are the rows of counts that could not be read. `calibration` is the one whose factors the documents of
    `ports` have already, with the SHA-256 of its file.
    """

    ports: Directory
    counts: Counts
    origin: Text = field(default_factory=lambda: catalogue("aforo.twin").template("counts_shipped"))
    refused: tuple[RefusedRows, ...] = ()
    calibration: Calibration | None = None
    calibration_sha256: str = ""


def shipped() -> Border:
    """The documents and the counts of 2024 that come with the product."""
    return Border(ships.directory(), volumes.shipped())


def counted(ports: Directory) -> Border:
    """These documents, with the counts of 2024 that ship."""
    return Border(ports, volumes.shipped())
