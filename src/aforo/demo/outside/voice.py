"""What a bridge's readers, scanners and officers say of its trucks, as it is handed in."""

from __future__ import annotations

from typing import Literal

from aforo.demo.outside import seeing
from aforo.demo.outside.breaking import Unit
from aforo.demo.outside.places import Shown
from aforo.demo.outside.saying import Finding, Passage, Saying, Stated, written
from aforo.demo.outside.timetable import Due
from aforo.domain.scanner import ScannerEvent

#: The contract that scanners are told to be under as they are commissioned: that of `demo/fleet_contract.toml`.
CONTRACT = "SYN-1"


class Voice:
    """The voice of one bridge; `out` is what it has said and nobody has handed in."""

    def __init__(self, shown: Shown, seed: int) -> None:
        self.out = Saying()
        self._id, self._seed = shown.bridge.id, seed
        self._readers: dict[str, str] = {each.place: each.id for each in shown.bridge.readers}

    def read(self, place: str, due: Due, at: int, lane: str = "") -> None:
        """A truck is read where there is a reader; `lane` is the class of the booth that reads it."""
        if (reader := self._readers.get(place)) is not None:
            row = {"reader": reader, "at": written(at), "plate": due.plate}
            self.out.reads.append(row | {"lane_class": lane} if lane else row)

    def seen(self, what: Literal["booth", "dock", "left"], crossing: str, at: int) -> None:
        """A truck is at its booth, at a dock, or leaves."""
        self.out.passages.append(Passage(what, crossing, at))

    def work(self, place: str, crossing: str, step: str, at: int, unit: str = "") -> None:
        """A truck waits for a resource, is served there, or has left it."""
        body = {"crossing_id": crossing, "resource": place, "step": step, "at": written(at)}
        if unit:
            body["unit"] = unit
        self.out.work.append(Stated(self._id, "work", body))

    def scanned(self, due: Due, alarm: bool, found: bool, unit: str, at: int, took: int, *, asks: bool) -> None:
        """What the image of a truck showed, and that an operator was at it for all that it took (microseconds), which
        is assumed; `asks` where the officer then asks what to do."""
        row: dict[str, object] = {"crossing_id": due.crossing, "examined": 1, "carried_out": "scan", "at": written(at)}
        row["image"] = "alarm" if alarm else "clear"
        if found or not alarm:
            row["outcome"] = int(found)
        self._examined(due, row, asks, found)
        minutes = f"{took / 60_000_000:.2f}"
        self.out.scanners.append(
            {"scanner_id": unit, "at": written(at), "conveyance": "truck", "operator_minutes": minutes}
        )

    def scanner(self, unit: Unit, event: ScannerEvent, at: int) -> None:
        """What becomes of a scanner: its kind and contract are told as it is commissioned, and why it is down where
        that is known."""
        said = {
            "scanner_id": unit.name, "event": event, "at": written(at), "port": self._id,
            "kind": unit.kind if event == "commissioned" else None, "reporter": f"SYN {self._id}",
            "contract_id": CONTRACT if event == "commissioned" else None,
            "cause": unit.cause(self._seed) if event == "down" else None,
        }  # fmt: skip
        self.out.scanners.append({column: value for column, value in said.items() if value is not None})

    def opened(self, due: Due, place: str, at: int) -> bool:
        """What an examination by hand came to; whether it found something."""
        found = seeing.by_hand(due, self._seed)
        how = "joint" if place == "joint" else "secondary"
        row: dict[str, object] = {"crossing_id": due.crossing, "examined": 1, "carried_out": how, "at": written(at)}
        self._examined(due, row | {"outcome": int(found)}, False, found)
        return found

    def _examined(self, due: Due, row: dict[str, object], asks: bool, found: bool) -> None:
        if found:
            row |= {"threat": due.threat, "severity": due.severity}
        self.out.findings.append(Finding(self._id, due.crossing, row, asks))
