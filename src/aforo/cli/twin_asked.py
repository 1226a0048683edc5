"""The scenario and the counts that a command of the twin is given, read and checked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.markup import escape

from aforo.cli import terminal
from aforo.cli.data import Kind, newest, tell_problems
from aforo.cli.language import Sentences
from aforo.cli.port_documents import directory_of
from aforo.domain.input_refusal import RefusedRows
from aforo.domain.text import catalogue
from aforo.intake.lists.copies import newest as newest_copy_folder
from aforo.ports import shipped as ships
from aforo.ports.directory import Directory
from aforo.routing.choice import POLICIES
from aforo.settings import data_folder
from aforo.twin import calibration_document, volumes
from aforo.twin import scenario as scenarios
from aforo.twin.border import Border, counted
from aforo.twin.calibration_document import CalibrationError
from aforo.twin.scenario import Scenario, ScenarioError
from aforo.twin.volumes import Published

CountsOption = Annotated[
    Path | None,
    typer.Option(
        "--counts",
        help="Trucks by port and month (BTS table); by default the newest copy of `aforo data get bts`, else 2024.",
    ),
]
WaitCeiling = Annotated[
    float | None,
    typer.Option(min=0.1, max=1440.0, help="Policy capacity: minutes at the scanner up to which it is filled."),
]
CalibrationOption = Annotated[
    Path | None,
    typer.Option("--calibration", metavar="file", help="Capacity factors of `aforo twin calibrate` (TOML), applied."),
]
#: No table of counts is larger.
_MOST_BYTES = 500_000_000


@dataclass(frozen=True)
class Asked:
    """What the command line says in place of the scenario's own; None where it says nothing."""

    replications: int | None = None
    seed: int | None = None
    policy: str | None = None
    wait_ceiling: float | None = None


def asked(name: str, changed: Asked, ports: Directory, lang: str) -> Scenario:
    """The scenario of a file, or one that ships, at these ports; leaves with an error in words for what is wrong."""
    say = Sentences("aforo.twin", lang)
    path = Path(name)
    shipped = scenarios.ready()
    if path.is_file():
        if path.stat().st_size > scenarios.MOST_BYTES:
            terminal.fail(say("scenario_too_large", bytes=scenarios.MOST_BYTES), where=escape(name))
        document = path.read_bytes()
    elif name in shipped:
        document = shipped[name]
    else:
        terminal.fail(escape(say("scenario_unknown", name=name)), to_do=escape(say("scenario_unknown_do")))
    try:
        scenario = scenarios.parse(document, ports)
    except ScenarioError as wrong:
        to_do = say("ports_do" if wrong.code == "scenario_port" else "scenario_do")
        terminal.fail(escape(say.of(wrong.text)), where=escape(name), to_do=to_do)
    own = {name: value for name, value in vars(changed).items() if value is not None}
    if changed.policy is not None and changed.policy not in POLICIES:
        known = ", ".join(POLICIES)
        terminal.fail(escape(say("policy_unknown", name=changed.policy, known=known)), where="--policy")
    return msgspec.structs.replace(scenario, **own)


def border_with(
    file: Path | None,
    say: Sentences,
    store: str | None = None,
    keys: str | None = None,
    folder: Path | None = None,
    calibration: Path | None = None,
) -> Border:
    """The port documents that ship, under those in force in a log and those of a folder, and the trucks counted.

    Counts are those of a file, else of the newest copy of `aforo data get bts`, over those that ship: what is simulated
    may be of months and ports that neither has. A calibration multiplies the times of primary in the documents. Tells
    which rows are refused, on standard error; leaves with an error
    in words where there is no count.
    """
    border = _counted_border(
        file, say, ships.directory() if store is None and folder is None else directory_of(store, keys, folder, say)
    )
    return border if calibration is None else _calibrated_border(border, calibration, say)


def _counted_border(file: Path | None, say: Sentences, ports: Directory) -> Border:
    """The trucks counted of a file, of the newest copy, or those that ship, at these ports."""
    template = catalogue("aforo.twin").say
    if file is not None:
        read = counted_in(file, say)
        refused = [each for each in read.problems if each.gravity == "refusal"]
        tell_problems(refused, read.found, Sentences("aforo.cli"), terminal.err)
        lost = RefusedRows.of("counts", file.name, read.problems, read.found)
        return Border(ports, volumes.over_shipped(read.counts), template("counts_file", file=file.name), lost)
    home = data_folder()
    if newest_copy_folder(home, Kind.bts.value) is None:
        return counted(ports)
    table, taken_at = newest(home, Kind.bts, Sentences("aforo.cli"))
    try:
        kept = volumes.published(table)
    except ValueError:
        terminal.fail(escape(say("counts_unusable", file=home)), to_do=say("counts_unusable_do"))
    lost = RefusedRows.of("counts", Kind.bts.value, kept.problems, kept.found)
    return Border(ports, volumes.over_shipped(kept.counts), template("counts_kept", day=f"{taken_at:%Y-%m-%d}"), lost)


def _calibrated_border(border: Border, file: Path, say: Sentences) -> Border:
    """The border with the factors of a calibration; leaves with an error in words where the file is none."""
    try:
        document = file.read_bytes() if file.stat().st_size <= calibration_document.MOST_BYTES else b"\xff"
        calibration = calibration_document.parse(document)
    except (OSError, CalibrationError) as wrong:
        told = say("calibration_unusable", file=file, why=wrong)
        terminal.fail(escape(told), where="--calibration", to_do=say("calibration_unusable_do"))
    return replace(
        border,
        ports=calibration_document.calibrated(border.ports, calibration),
        calibration=calibration,
        calibration_sha256=calibration_document.digest(document),
    )


def counted_in(file: Path, say: Sentences) -> Published:
    """The counts of a file; leaves with an error in words where it has none."""
    try:
        if file.stat().st_size > _MOST_BYTES:
            raise ValueError
        return volumes.published(file.read_bytes())
    except (OSError, ValueError):
        terminal.fail(escape(say("counts_unusable", file=file)), to_do=say("counts_unusable_do"))
