"""Every logged decision comes out the same again, whatever has changed since; what was tampered with is named."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from datetime import date
from importlib import metadata
from typing import Any

import msgspec
import pytest
from journeys import Learnt, Post, decisions, file, truck
from test_flow_lottery import other_model
from test_flow_selection import BANDED, MANDATORY, put_in_force
from typer.testing import CliRunner

from aforo.cli import complete_app
from aforo.domain.event import Decided
from aforo.exams.outcomes import Report
from aforo.flow import lots
from aforo.flow.node import Node
from aforo.flow.override import override
from aforo.flow.replay import Replayed, decisions_of, replay
from aforo.flow.reports import report
from aforo.log.erasure import erase_person
from aforo.log.store import Log
from aforo.risk import lottery
from aforo.routing import policy as policies
from aforo.routing.rate import NANOMINUTES


def replayed(log: Log) -> list[Replayed]:
    code = metadata.version("aforo")
    return [each for group in decisions_of(log, batch=500) for each in replay(group, log, code)]


def different(log: Log) -> list[Replayed]:
    return [each for each in replayed(log) if each.differences]


def everything(node: Node, learnt: Learnt) -> None:
    """A history with crossings of every kind."""
    file(node, learnt.future[:150])
    file(node, [truck("a", crossing_id="A"), truck("a2", crossing_id="A"), truck("w", seal_id="WATCHED")])
    file(
        node,
        truck("a3", amends="a2", action="replace"),
        truck("b", tractor_id=None, filed_at="2024-03-20T23:50:00-06:00"),
    )
    file(node, [truck("g"), truck("g2", amends="g", action="cancel")], truck("alone", amends="never", action="cancel"))
    file(node, truck("b2", amends="b", action="cancel"))
    override(node.log, "A", "hold", "Ana", "A tip.")
    report([Report(1, "a", None, True, True, "people", 2.0, None)], node)
    file(node, truck("a4", crossing_id="A"), learnt.future[150:])


def test_all_comes_out_the_same_after_all_has_changed(
    post: Post, learnt: Learnt, monkeypatch: pytest.MonkeyPatch
) -> None:
    with post.log() as log:
        put_in_force(log, MANDATORY)
    with post.node() as node:
        everything(node, learnt)
        count = len(replayed(node.log))
        assert different(node.log) == []
        driver = node.keys.identity_hashes("driver", ["DR-a"])[0]
        assert erase_person(node.log, int(driver), "asked for", actor="tester") is not None
    # Another model, a rule, a policy, a rate, the product's version, days later.
    post.clock.move(days=40)
    with post.log() as log:
        put_in_force(log, BANDED)
    policy = (
        policies.default_document()
        .replace(b'version = "3"', b'version = "4"')
        .replace(b"minutes = 600", b"minutes = 90")
    )
    monkeypatch.setattr(metadata, "version", lambda name: "9.9.9")
    for folder in (post.model, other_model(learnt, post)):
        post.model = folder
        with post.node(rate=0.3, policy=policy) as node:
            file(node, truck(f"new-{folder}"), truck(f"newer-{folder}", amends=f"new-{folder}", action="replace"))
            file(node, truck(f"a-{folder}", crossing_id="A"))
    with post.log() as log:
        made = replayed(log)
        assert len(made) == count + 6
        assert [each for each in made if each.differences] == []
        codes = {each.code for each in decisions(log)}
    assert len(codes) == 2


def tamper(post: Post, declaration: str, change: Callable[[dict[str, Any]], None], type_: str = Decided.TYPE) -> str:
    """Change the last event of a type on a declaration's crossing, in the database itself; gives its identifier."""
    with sqlite3.connect(post.store) as db:
        rows = db.execute(
            "SELECT event_id, body FROM event WHERE stream = ? AND type = ?", (f"crossing/{declaration}", type_)
        )
        event_id, body = rows.fetchall()[-1]
        event = json.loads(body)
        change(event["data"])
        db.execute("UPDATE event SET body = ? WHERE event_id = ?", (json.dumps(event).encode(), event_id))
    db.close()
    return str(event_id)


TAMPERED: dict[str, Callable[[dict[str, Any]], None]] = {
    "examination": lambda data: data.update(examination="secondary"),
    "basis": lambda data: data.update(basis="mandatory"),
    "control": lambda data: data.update(control=True),
    "lot": lambda data: data.update(lot=data["lot"] ^ 1),
    "control_propensity": lambda data: data.update(control_propensity=data["control_propensity"] + 1),
    "propensity": lambda data: data.update(propensity=7),
    "value": lambda data: data.update(value=data["value"] + 1),
    "stratum": lambda data: data.update(stratum="elsewhere"),
    "mandatory": lambda data: data.update(mandatory=["a rule"]),
    "again": lambda data: data.update(again=not data.get("again", False)),
    "rules": lambda data: data.update(rules=[["x@1", 0, 1, 0]]),
}  # fmt: skip


def test_a_changed_field_of_a_decision_is_named(post: Post) -> None:
    """Of a crossing that was decided once, and of one that was decided again."""
    names = [f"{times}-{field}" for times in ("once", "twice") for field in TAMPERED]
    with post.node() as node:
        file(node, [truck(name) for name in names])
        again = [name for name in names if name.startswith("twice")]
        file(node, [truck(f"amended-{name}", amends=name, action="replace") for name in again])
    changed = {tamper(post, name, TAMPERED[name.split("-")[1]]): name for name in names}
    with post.log() as log:
        found = different(log)
    assert {each.event_id: each.crossing for each in found} == changed
    for each in found:
        assert each.crossing.split("-")[1] in {name for name, _, _ in each.differences}


def test_changed_inputs_come_out_as_another_risk(post: Post) -> None:
    with post.node() as node:
        file(node, truck("a", value_usd=5.0), truck("b"), truck("c"), truck("d"))
        features = {s.event.stream: s.payload.features for s in node.log.read(types=[Decided.TYPE])}
    named = {
        tamper(post, "b", lambda data: data.update(features=features["crossing/a"])),
        tamper(post, "c", lambda data: data.update(passages=3)),
        tamper(post, "d", lambda data: data.update(log_odds=[1, 2, 3, 4]), "crossing.assessed"),
    }
    with post.log() as log:
        found = {each.event_id: {name for name, _, _ in each.differences} for each in different(log)}
    assert len(found) == 3
    assert {"value", "lot", "log_odds"} <= set().union(*found.values())
    assert len(named & found.keys()) == 2  # the changed assessment is told with its decision


def test_lots_drawn_for_the_bridge_as_it_was_written_replay_and_verify(post: Post) -> None:
    """As a log has them whose artefact sets do not say what lots are drawn for."""
    with post.node() as node:
        file(node, truck("a"), truck("b", bridge=None), truck("c"), truck("c2", amends="c", action="replace"))
        names = msgspec.structs.replace(node.force.set, lots="bridge")
        assert b"lots" not in names.document()
        old = node.log.artefacts.put("set", names.document())
        key = lottery.day_key(node.keys.secret("lottery"), date(2024, 3, 20))
        drawn = {}
        for own, bridge in (("a", "World Trade"), ("b", "2304"), ("c", "World Trade")):
            tractor = int(node.keys.identity_hashes("tractor", [f"TR-{own}"])[0])
            drawn[own] = lottery.draw(key, tractor, bridge, 0)
    for own, lot in drawn.items():
        with sqlite3.connect(post.store) as db:
            rows = db.execute(
                "SELECT event_id, body FROM event WHERE stream = ? AND type = ?", (f"crossing/{own}", Decided.TYPE)
            ).fetchall()
            for place, (event_id, body) in enumerate(rows):
                event = json.loads(body)
                chance = event["data"]["control_propensity"]
                event["data"].update(lot=lot, control=lot < chance)
                if place == 0:  # what came later was decided with today's set, and keeps its lot
                    event["data"]["artefacts"] = old
                db.execute("UPDATE event SET body = ? WHERE event_id = ?", (json.dumps(event).encode(), event_id))
        db.close()
    post.clock.move(days=3)
    with post.log() as log:
        assert different(log) == []
        lots.reveal(log, date(2024, 3, 21), "tester")
        assert lots.check(log, date(2024, 3, 20)).good


UNREADABLE: list[tuple[Callable[[dict[str, Any]], None], str]] = [
    (lambda data: data.update(features="AAAA"), Decided.TYPE),
    (lambda data: data.update(features=""), Decided.TYPE),
    (lambda data: data.update(features=data["features"] * 2), Decided.TYPE),
    (lambda data: data.update(value="much"), Decided.TYPE),
    (lambda data: data.update(artefacts="0" * 64), Decided.TYPE),
    (lambda data: data.clear(), "crossing.assessed"),
    (lambda data: data.clear(), "crossing.filed"),
]


def test_what_cannot_be_read_any_more_is_named_and_stops_no_other(post: Post) -> None:
    with post.node() as node:
        file(node, [truck("a"), *(truck(f"b{i}") for i in range(len(UNREADABLE))), truck("c")])
    for i, (change, type_) in enumerate(UNREADABLE):
        tamper(post, f"b{i}", change, type_)
    with post.log() as log:
        made = replayed(log)
    assert len(made) == len(UNREADABLE) + 2
    assert sorted(each.crossing for each in made if each.differences) == [f"b{i}" for i in range(len(UNREADABLE))]


def test_a_changed_or_missing_document_is_named(post: Post) -> None:
    with post.node() as node:
        file(node, truck("a"), truck("b"))
    with sqlite3.connect(post.store) as db:
        stored = db.execute("SELECT hash, kind, body FROM artefact WHERE kind != 'memory'").fetchall()
        assert {kind for _, kind, _ in stored} >= {"model", "combiner", "rules", "policy", "plan", "set"}
        for hash_, kind, body in stored:
            for change in ("DELETE FROM artefact", "UPDATE artefact SET body = CAST(body || ' ' AS BLOB)"):
                db.execute(f"{change} WHERE hash = ?", (hash_,))
                db.commit()
                with post.log() as log:
                    made = replayed(log)
                assert [[name for name, _, _ in each.differences] for each in made] == [["artefacts"]] * 2, kind
                db.execute("INSERT OR REPLACE INTO artefact (hash, kind, body) VALUES (?, ?, ?)", (hash_, kind, body))
                db.commit()
        db.execute("DELETE FROM artefact WHERE kind = 'rules'")
        db.commit()
    db.close()
    code, text = run(post, "replay", "--all")
    assert code == 1
    assert "ArtefactMissingError" in text


def run(post: Post, *arguments: str) -> tuple[int, str]:
    made = CliRunner().invoke(
        complete_app(), [*arguments, "--store", post.store], env={"LANG": "C", "LC_ALL": "C", "COLUMNS": "200"}
    )
    assert made.exception is None or isinstance(made.exception, SystemExit), made.exception
    return made.exit_code, made.output


def test_the_command_replays_by_decision_crossing_and_declaration(post: Post) -> None:
    with post.node() as node:
        (first,) = file(node, truck("a", crossing_id="X"))
        file(node, truck("b", crossing_id="X"), truck("c"))
    for which, count in ((first.decision, 1), ("X", 2), ("b", 2), ("c", 1)):
        code, text = run(post, "replay", which, "--json")
        assert (code, json.loads(text)) == (0, {"decisions": count, "equal": count, "different": []})
    code, text = run(post, "replay", "--all")
    assert code == 0
    code, text = run(post, "replay", "nobody", "--lang", "es")
    assert code == 2
    assert "Ninguna decisión" in text
    assert run(post, "replay")[0] == 2
    event_id = tamper(post, "c", TAMPERED["value"])
    code, text = run(post, "replay", "--all", "--lang", "es")
    assert code == 1
    assert event_id in text
    assert "value" in text
    code, text = run(post, "replay", "c", "--json")
    assert code == 1
    assert json.loads(text)["different"][0]["event_id"] == event_id


def test_the_line_of_an_override_keeps_the_chance_that_it_overrode(post: Post) -> None:
    with post.node() as node:
        (was,) = file(node, truck("a"))
        made = override(node.log, was.decision, "secondary", "Ana", "The seal looks new.")
        assert (made.crossing, made.was, made.now) == ("a", was.examination, "secondary")
        (now,) = file(node, truck("a"))
        assert (now.basis, now.examination, now.decision) == ("override", "secondary", was.decision)
        assert (now.propensity, now.control, now.control_propensity) == (
            was.propensity, was.control, was.control_propensity,
        )  # fmt: skip
        assert "The seal looks new." in now.reasons.en
        assert "The seal looks new." in now.reasons.es
        assert "seal" not in now.public_reason.en
        assert now.threats == was.threats
        assert round(now.value * NANOMINUTES) == round(was.value * NANOMINUTES)
        assert different(node.log) == []
    line = msgspec.json.encode(now)
    assert b"Ana" not in line
