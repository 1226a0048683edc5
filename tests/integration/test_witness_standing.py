"""How witnesses stand, to who runs the node: in its health, in its figures, and to its doctor."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from prometheus_client.parser import text_string_to_metric_families
from recorded import START
from typer.testing import CliRunner
from witnessing import Node

from aforo.api import witness_standing
from aforo.api.counters import Counters
from aforo.api.readiness import Readiness
from aforo.api.witness_link import Cosigning, WitnessAt, WitnessRefusesError
from aforo.api.witness_standing import Witnesses
from aforo.cli import complete_app
from aforo.log import cosignatures
from aforo.log.checkpoint import Checkpoint
from aforo.log.cosignature import WitnessSigner
from aforo.log.witness import Submission

SIGNER = WitnessSigner("witness.example", b"w" * 32)
SILENT = WitnessSigner("silent.example", b"s" * 32)
AT = int(START.timestamp())


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    made = Node(tmp_path / "node")
    yield made
    made.close()


@pytest.fixture
def cosigning(node: Node, monkeypatch: pytest.MonkeyPatch) -> Cosigning:
    """Two witnesses, of which one answers."""

    def answered(self: WitnessAt, submission: Submission, patience: float = 0.0) -> str:
        if self.key == SILENT.public:
            raise WitnessRefusesError(503, None)
        return SIGNER.line(submission.note.partition("\n\n")[0] + "\n", AT)

    monkeypatch.setattr(WitnessAt, "add_checkpoint", answered)
    keys = (SIGNER.public, SILENT.public)
    return Cosigning(node.log, [WitnessAt("https://w.example", each) for each in keys])


def test_age_and_what_is_not_cosigned_yet(node: Node, cosigning: Cosigning) -> None:
    node.grow(7, "a")
    cosigning.look()
    node.grow(5, "b")
    one, other = Witnesses(node.log, cosigning).standing()
    assert (one.witness, one.behind, one.problem) == ("witness.example", 5, "")
    assert one.age_s is not None
    assert 0 < one.age_s < 60
    assert (other.witness, other.at, other.behind, other.problem) == ("silent.example", None, 12, "503")


def test_figures_tell_them_apart_and_a_contradiction_is_an_alarm(
    node: Node, cosigning: Cosigning, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    node.grow(3, "a")
    cosigning.look()
    witnesses, counters = Witnesses(node.log, cosigning), Counters()
    witness_standing.look_up(counters, witnesses)
    desk = cast(Any, SimpleNamespace(ready=True, waiting=0))
    sequencing = cast(Any, SimpleNamespace(behind_s=0.0, alive=True))
    ready = Readiness(node.log, desk, sequencing, witnesses=witnesses, now=iter(range(0, 99, 9)).__next__)
    assert ready.standing().checks["witnesses"] is True
    figures = told(counters)
    assert set(figures["aforo_witness_age_seconds"]) == {"witness.example"}
    assert figures["aforo_witness_behind_leaves"] == {"witness.example": 0.0, "silent.example": 3.0}
    assert figures["aforo_witness_contradicts"] == {"": 0.0}

    def refuses(self: WitnessAt, submission: Submission, patience: float = 0.0) -> str:
        raise WitnessRefusesError(422, None, Checkpoint(node.log.origin, 1_000, bytes(32)))

    monkeypatch.setattr(WitnessAt, "add_checkpoint", refuses)
    node.grow(1, "b")
    cosigning.look()
    assert ready.standing().checks["witnesses"] is False
    assert told(counters)["aforo_witness_contradicts"] == {"": 1.0}
    assert [each.levelname for each in caplog.records if "contradicts this log: it" in each.message] == ["ERROR"]


def told(counters: Counters) -> dict[str, dict[str, float]]:
    return {
        family.name: {next(iter(sample.labels.values()), ""): sample.value for sample in family.samples}
        for family in text_string_to_metric_families(counters.text().decode())
        if family.name.startswith("aforo_witness")
    }


def test_the_doctor_says_what_nobody_vouches_for(node: Node, cosigning: Cosigning) -> None:
    node.grow(7, "a")
    cosigning.look()
    place = ["--store", f"sqlite:///{node.folder / 'log.sqlite'}", "--keys", str(node.folder / "keys.sqlite")]

    def look() -> dict[str, Any]:
        node.close()
        said = CliRunner().invoke(complete_app(), ["doctor", "--json", *place], env={"AFORO_LISTS": "no/such/folder"})
        node.open()
        return {each["what"]: each for each in json.loads(said.output)}["witness"]

    assert look()["state"] == "ok"
    node.grow(5, "b")
    found = look()
    assert (found["state"], "5 are not vouched for" in found["said"]["en"]) == ("warning", True)
    with closing(node.log):
        (size,) = set(cosignatures.last_cosigned(node.log.database).values())
        broken = SIGNER.line("another text\n", AT)
        cosignatures.keep(node.log.database, size, {SIGNER.public.text: broken})
    found = look()
    assert (found["state"], bool(found["to_do"]["es"])) == ("error", True)
