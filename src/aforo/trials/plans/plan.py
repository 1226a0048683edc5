"""A plan: two scenarios to be compared, as they were asked for, with how far they are and what came out."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from aforo.domain.text import Text, catalogue
from aforo.ports import shipped as ships
from aforo.ports.directory import Directory
from aforo.twin.applied import counts_of
from aforo.twin.border import counted
from aforo.twin.of_port import ModelError, hourly_demand
from aforo.twin.replication import seed_of
from aforo.twin.scenario import Scenario, ScenarioError
from aforo.twin.volumes import shipped

State = Literal["waiting", "running", "done", "failed", "cancelled", "interrupted"]
#: The states in which nothing more happens by itself.
ENDED: Final = frozenset({"done", "failed", "cancelled", "interrupted"})
#: Trucks that the replications of both scenarios may have together: some minutes of one processor.
MOST_TRUCKS: Final = 60_000_000
#: The files of a plan's folder, and the folder in it of the port documents that it was made with.
PLAN, RESULT, PROGRESS, WHY, PORTS = "plan.json", "result.json", "progress", "why.json", "ports"

Name = Annotated[str, Meta(pattern=r"^[0-9a-f]{16}$(?!\n)")]


class Size(msgspec.Struct, frozen=True):
    """How large a plan is: bridges, days, replications, and trucks of all replications of both scenarios."""

    bridges: int
    days: int
    replications: int
    trucks: int


class Plan(msgspec.Struct, frozen=True):
    """One plan. `first` and `second` are the scenarios (TOML), `inputs` the SHA-256 of all that the result is made of.

    `done` of `of` replications are made; `kept` plans are not dropped to make room. Instants are the machine's.
    """

    plan: Name
    title: Text
    by: str
    asked_at: datetime
    state: State
    first: str
    second: str
    inputs: str
    size: Size
    code: str
    kept: bool = False
    note: str = ""
    done: int = 0
    started_at: datetime | None = None
    ended_at: datetime | None = None
    why: Text | None = None

    @property
    def of(self) -> int:
        """How many replications it has."""
        return self.size.replications

    @property
    def ended(self) -> bool:
        """Whether nothing more happens by itself."""
        return self.state in ENDED


class PlanError(ValueError):
    """A plan that cannot be run or kept; `text` says why, in both languages."""

    def __init__(self, code: str, **fields: object) -> None:
        self.code = code
        self.text: Text = catalogue("aforo.trials").say(code, **fields)
        super().__init__(self.text.en)


def size_of(first: Scenario, second: Scenario, ports: Directory) -> Size:
    """How large the comparison of two scenarios is at these ports. Raises ScenarioError for ports without counts."""
    trucks = 0.0
    for scenario in (first, second):
        counts = counts_of(scenario, counted(ports))
        for port, bridge in scenario.bridges(ports):
            try:
                hourly = hourly_demand(port, bridge, scenario.first, scenario.days, counts.get(port.code, {}))
            except ModelError as wrong:
                raise ScenarioError("scenario_no_count", why=wrong.text) from wrong
            trucks += float(hourly.sum()) * _most(scenario)
    replications = first.replications
    return Size(len(first.bridges(ports)), first.days, replications, round(trucks * replications))


def _most(scenario: Scenario) -> float:
    """How many times over its changes may make the traffic."""
    most = 1.0
    for change in (*scenario.before, *scenario.change):
        most *= max(1.0, getattr(change, "factor", 1.0))
    return most


def checked(first: Scenario, second: Scenario, ports: Directory) -> Size:
    """The size of a plan that may be run at these ports. Raises PlanError, ScenarioError."""
    if {(port.code, bridge.id) for port, bridge in first.bridges(ports)} != {
        (port.code, bridge.id) for port, bridge in second.bridges(ports)
    }:
        raise PlanError("plan_elsewhere")
    size = size_of(first, second, ports)
    if size.trucks > MOST_TRUCKS:
        raise PlanError("plan_too_large", trucks=f"{size.trucks:,}", most=f"{MOST_TRUCKS:,}")
    assert seed_of(first, 0) == seed_of(second, 0), "both meet the same trucks"
    return size


def inputs_of(first: str, second: str, documents: Mapping[str, bytes]) -> str:
    """The SHA-256 of all that a result follows from: both scenarios, the documents of their ports by code, the counts,
    and the version of the product."""
    ports = sorted((code, hashlib.sha256(document).hexdigest()) for code, document in documents.items())
    counts = sorted((code, *month, trucks) for code, months in shipped().items() for month, trucks in months.items())
    return hashlib.sha256(msgspec.json.encode((first, second, ports, counts, metadata.version("aforo")))).hexdigest()


def written(plan: Plan, folder: Path) -> None:
    """Write a plan into its folder, whole or not at all."""
    put(folder / PLAN, msgspec.json.encode(plan))


def put(path: Path, content: bytes) -> None:
    """Write a file, whole or not at all. Raises OSError."""
    beside = path.with_suffix(".new")
    try:
        beside.write_bytes(content)
        os.replace(beside, path)
    except OSError:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise


def documents_written(documents: Mapping[str, bytes], folder: Path) -> None:
    """Keep the port documents that a plan is made with, by code, in its folder."""
    (folder / PORTS).mkdir()
    for code, document in documents.items():
        put(folder / PORTS / f"{code}.toml", document)


def documents_of(folder: Path) -> Mapping[str, bytes]:
    """The port documents by code that a plan was made with; those that ship for one of a time when there were no
    others."""
    if not (folder / PORTS).is_dir():
        return ships.documents()
    return {each.stem: each.read_bytes() for each in sorted((folder / PORTS).glob("*.toml"))}


def read(folder: Path) -> Plan | None:
    """The plan of a folder; None where there is none that can be read."""
    try:
        return msgspec.json.decode((folder / PLAN).read_bytes(), type=Plan)
    except (OSError, msgspec.MsgspecError):
        return None
