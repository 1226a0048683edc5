"""The folder of a sweep: what it asks, its points, what was solved for it and what it came to.

`sweep.json` says what is swept, with the points of the design; `results.jsonl` has a line for each border-year as soon
as it is done; `policies/` has what was solved, by a digest of what it was solved from.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterable
from functools import cache
from importlib import resources
from importlib.metadata import version
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final

import msgspec

from aforo.twin.border import Border
from aforo.twin.cells import Cell, cells_of
from aforo.twin.outcomes import FIGURES
from aforo.twin.scenario import Scenario
from aforo.twin.sweep_points import Design, points_of

#: The form of these files.
_FORM: Final = 2
_CLAIM, _RESULTS, _POLICIES = "sweep.json", "results.jsonl", "policies"
#: No line of results and no claim is longer.
_MOST_BYTES: Final = 200_000_000
#: The rooms that decide what a border-year comes to, and libraries that have a say in the last bit.
_ROOMS: Final = ("domain", "measures", "ports", "risk", "routing", "twin")
_LIBRARIES: Final = ("llvmlite", "numba", "numpy", "scipy")

#: By key of a cell and replication, its figures.
Results = dict[str, dict[int, dict[str, float]]]


class Claim(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a folder holds: a digest of what is asked, the program that began it, and the points of the design."""

    form: int
    scenario: str
    asked: str
    code: str
    design: Design
    points: list[tuple[Any, ...]]


class OtherSweepError(Exception):
    """The folder holds another sweep, or something else."""


class OtherProgramError(Exception):
    """The folder's sweep was begun by another version of the program, whose figures may differ in a bit."""


class Folder:
    """See the module. What is only looked for is never made: `get` and `put` do nothing where no sweep lies."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()

    def claimed(self, scenario: Scenario, border: Border, design: Design) -> tuple[Design, list[Cell]]:
        """Make the folder this sweep's, or see that it is; the design as it is kept there, and the cell of each
        of its points.

        Raises OtherSweepError, OtherProgramError, OSError; ScenarioError for a design that cannot be, or a point that
        is no scenario: then nothing is made.
        """
        # As it is read again: a date is a text from the first run on.
        design = msgspec.json.decode(msgspec.json.encode(design), type=Design)
        asked = asked_of(scenario, border, design)
        path = self.path / _CLAIM
        if path.exists():
            try:
                held = msgspec.json.decode(path.read_bytes(), type=Claim)
            except msgspec.MsgspecError as wrong:
                raise OtherSweepError from wrong
            if (held.form, held.asked) != (_FORM, asked):
                raise OtherSweepError
            if held.code != code():
                raise OtherProgramError
            for left in (self.path / _POLICIES).glob("*.new"):
                left.unlink(missing_ok=True)
            return design, cells_of(scenario, design.fields, held.points, border.ports)
        points = points_of(design)
        if self.path.exists() and (not self.path.is_dir() or any(self.path.iterdir())):
            raise OtherSweepError
        cells = cells_of(scenario, design.fields, points, border.ports)
        self.path.mkdir(parents=True, exist_ok=True)
        own = Claim(_FORM, scenario.name, asked, code(), design, points)
        written(path, msgspec.json.format(msgspec.json.encode(own), indent=0))
        return design, cells

    def results(self) -> Results:
        """What is done; a line that a kill or a full disk cut short is not."""
        found: Results = {}
        path = self.path / _RESULTS
        for line in path.read_bytes().split(b"\n") if path.exists() else ():
            try:
                key, number, figures = msgspec.json.decode(line, type=tuple[str, int, dict[str, float | None]])
            except msgspec.MsgspecError:
                continue
            if tuple(figures) == FIGURES:
                own = {name: float("nan") if value is None else value for name, value in figures.items()}
                found.setdefault(key, {}).setdefault(number, own)
        return found

    def add(self, years: Iterable[tuple[str, int, dict[str, float]]]) -> None:
        """Add border-years, each on a line of its own, durably. Begins with a line's end in case the last one was cut
        short. Raises OSError."""
        lines = b"".join(
            msgspec.json.encode((key, number, {name: figures[name] for name in FIGURES})) + b"\n"
            for key, number, figures in years
        )
        if lines:
            with (self.path / _RESULTS).open("ab") as file:
                file.write(b"\n" + lines)
                file.flush()
                os.fsync(file.fileno())

    def get(self, key: str) -> bytes | None:
        """What was solved under a key."""
        try:
            return (self.path / _POLICIES / key).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def put(self, key: str, content: bytes) -> None:
        """Keep what was solved, where this is the folder of a sweep: another machine may not see it. Raises OSError."""
        if (self.path / _CLAIM).exists():
            (self.path / _POLICIES).mkdir(exist_ok=True)
            written(self.path / _POLICIES / key, content)


def written(path: Path, content: bytes) -> None:
    """Put a file there, whole or not at all, though others do the same at once. Raises OSError."""
    new = path.with_name(f"{path.name}.{secrets.token_hex(4)}.new")
    try:
        with new.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except OSError:
        new.unlink(missing_ok=True)
        raise


def asked_of(scenario: Scenario, border: Border, design: Design) -> str:
    """A digest of what is asked: scenario, counts, port documents, design, figures and calibration."""
    counts = sorted((code, sorted(months.items())) for code, months in border.counts.items())
    documents = [each.sha256 for each in scenario.documents(border.ports).used()]
    asked = (scenario, counts, documents, design, FIGURES, border.calibration_sha256)
    return hashlib.sha256(msgspec.json.encode(asked)).hexdigest()


@cache
def code() -> str:
    """A digest of what decides a figure to the last bit: the sources and data of the rooms that make it, and the
    versions of libraries that compute."""
    digest = hashlib.sha256()
    for name in _LIBRARIES:
        digest.update(f"{name} {version(name)}\n".encode())
    for room in _ROOMS:
        for place, file in _files(resources.files("aforo") / room, room):
            content = file.read_bytes()
            digest.update(f"{place} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def _files(folder: Traversable, place: str) -> Iterable[tuple[str, Traversable]]:
    """Sources and data beneath a folder, in order; not the words in which things are told."""
    for each in sorted(folder.iterdir(), key=lambda file: file.name):
        name = f"{place}/{each.name}"
        if each.is_dir():
            yield from _files(each, name)
        elif each.name.endswith((".py", ".toml", ".csv", ".json")) and not each.name.startswith("messages."):
            yield name, each
