"""The scenario and the counts that a command of the twin is given, read and checked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.markup import escape

from aforo.cli import terminal
from aforo.cli.data import tell_problems
from aforo.cli.language import Sentences
from aforo.ports import shipped as ships
from aforo.routing.choice import POLICIES
from aforo.twin import border, volumes
from aforo.twin import scenario as scenarios
from aforo.twin.border import Border
from aforo.twin.scenario import Scenario, ScenarioError
from aforo.twin.volumes import Published

CountsOption = Annotated[
    Path | None, typer.Option("--counts", help="Trucks by port and month (BTS table); by default those of 2024.")
]
#: No table of counts is larger.
_MOST_BYTES = 500_000_000


@dataclass(frozen=True)
class Asked:
    """What the command line says in place of the scenario's own; None where it says nothing."""

    replications: int | None = None
    seed: int | None = None
    policy: str | None = None


def asked(name: str, changed: Asked, lang: str) -> Scenario:
    """The scenario of a file, or one that ships; leaves with an error in words for what is wrong with it."""
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
        scenario = scenarios.parse(document, ships.directory())
    except ScenarioError as wrong:
        terminal.fail(escape(say.of(wrong.text)), where=escape(name), to_do=say("scenario_do"))
    own = {
        field: value for field in ("replications", "seed", "policy") if (value := getattr(changed, field)) is not None
    }
    if changed.policy is not None and changed.policy not in POLICIES:
        known = ", ".join(POLICIES)
        terminal.fail(escape(say("policy_unknown", name=changed.policy, known=known)), where="--policy")
    return msgspec.structs.replace(scenario, **own)


def border_with(file: Path | None, say: Sentences) -> Border:
    """The documents that ship, with the counts of a file over those that ship: what is simulated may be of months and
    ports that the file does not have. Tells which rows of it are refused, on standard error; leaves with an error in
    words where it has no count."""
    if file is None:
        return border.shipped()
    read = counted_in(file, say)
    refused = [each for each in read.problems if each.gravity == "refusal"]
    tell_problems(refused, read.found, Sentences("aforo.cli"), terminal.err)
    return Border(ships.directory(), volumes.over_shipped(read.counts))


def counted_in(file: Path, say: Sentences) -> Published:
    """The counts of a file; leaves with an error in words where it has none."""
    try:
        if file.stat().st_size > _MOST_BYTES:
            raise ValueError
        return volumes.published(file.read_bytes())
    except (OSError, ValueError):
        terminal.fail(escape(say("counts_unusable", file=file)), to_do=say("counts_unusable_do"))
