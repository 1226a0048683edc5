"""What a node remembers and decides with when it is opened with another model, and by whom that is put in force."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from journeys import Learnt, Post, decisions, file, truck
from typer.testing import CliRunner

from aforo.bootstrap import in_force
from aforo.cli import complete_app
from aforo.domain.event import ArtefactPromoted, ArtefactRegistered
from aforo.exams.outcomes import Report
from aforo.flow import briefing
from aforo.flow.projection import NodeState
from aforo.flow.reports import report
from aforo.log.store import Log
from aforo.risk import artefacts
from aforo.routing import policy as policies


def model_whose_history_ends(last: str, learnt: Learnt, place: Path) -> Path:
    """Another model folder: the same but for its history's last day."""
    folder = artefacts.load(learnt.folder)
    training = msgspec.structs.replace(folder.artefacts.training, last=last)
    artefacts.save(place, replace(folder.artefacts, training=training), folder.memory())
    memory = folder.memory()
    memory.settings = msgspec.structs.replace(memory.settings, glow=memory.settings.glow + 1)  # another snapshot
    artefacts.save(place, replace(folder.artefacts, training=training), memory)
    shutil.copy(learnt.folder / briefing.FILE, place / briefing.FILE)
    return place


def found(declaration: str) -> Report:
    return Report(1, declaration, None, True, True, "people", None, None)


@pytest.mark.parametrize(
    ("last", "filings", "findings"),
    [
        ("2024-02-25T00:00:00+00:00", 3, 2),
        ("2024-03-20T13:59:59+00:00", 3, 2),
        ("2024-03-20T14:00:00+00:00", 1, 2),  # the filings are of this second: the history has them
        ("2024-03-20T20:00:00+00:00", 1, 1),  # the first examination was found at 18:00
        ("", 1, 1),
    ],
)
def test_a_new_model_forgets_nothing_that_its_history_does_not_have(
    post: Post, learnt: Learnt, last: str, filings: int, findings: int
) -> None:
    """Two filings and a finding are in the log before the second model is registered, one of each comes after."""
    with post.node() as node:
        before = node.memory.filings, node.memory.findings
        file(node, truck("a"), truck("b"))
        post.clock.move(hours=6)
        report([found("a")], node)
    post.clock.move(hours=6)
    post.model = model_whose_history_ends(last, learnt, post.folder / "model-2")
    with post.node() as node:
        file(node, truck("c", filed_at="2024-03-20T17:00:00-06:00"))
        report([found("c")], node)
        live = node.memory.dump()
        assert (node.memory.filings - before[0], node.memory.findings - before[1]) == (filings, findings)
        for each in {made.artefacts for made in decisions(node.log)}:
            node.log.projections.drop(f"node/{each}/{NodeState.version}")
    with post.node() as node:
        assert node.memory.dump() == live


def staged(log: Log) -> list[object]:
    return [s.payload for s in log.read(types=[ArtefactRegistered.TYPE, ArtefactPromoted.TYPE])]


def outcomes(post: Post, *options: str) -> tuple[int, str]:
    reports = post.folder / "reports.csv"
    reports.write_text("declaration_id,outcome,threat\na,1,people\n")
    made = CliRunner().invoke(
        complete_app(),
        ["outcomes", str(reports), "-m", str(post.model), "--store", post.store, "--json", *options],
        env={"LANG": "C", "LC_ALL": "C", "COLUMNS": "200"},
    )
    assert made.exception is None or isinstance(made.exception, SystemExit), made.exception
    return made.exit_code, made.output


def test_reporting_outcomes_puts_nothing_else_in_force(post: Post) -> None:
    policy = policies.default_document().replace(b'version = "3"', b'version = "4"')
    with post.node(rate=0.3, policy=policy) as node:
        file(node, truck("a"))
        stages, now = staged(node.log), node.force.set
    code, told = outcomes(post)
    assert (code, json.loads(told)["examinations"]) == (0, 1)
    with post.log() as log:
        assert staged(log) == stages
        assert in_force(log) == now
    assert outcomes(post, "--rate", "0.2")[0] == 0
    with post.log() as log:
        asked = in_force(log)
    assert asked is not None
    assert (asked.rate, asked.policy) == (0.2, now.policy)


def test_where_what_is_in_force_cannot_be_read_it_says_what_to_do(post: Post) -> None:
    import sqlite3

    with post.node() as node:
        file(node, truck("a"))
        assert in_force(node.log) == node.force.set
    with sqlite3.connect(post.store) as db:
        db.execute("DELETE FROM artefact WHERE kind = 'set'")
    db.close()
    code, told = outcomes(post)
    assert code == 2
    assert "--rate and --policy" in told


def test_a_log_in_which_nothing_is_in_force_says_so(post: Post) -> None:
    with post.log() as log:
        assert in_force(log) is None
