"""What rules leave behind that decides nothing: recorded, replayed, and counted for whoever runs a day."""

from __future__ import annotations

import json
from operator import methodcaller
from pathlib import Path

from journeys import Post, decisions, file, truck
from test_cli_screen import screen, write
from test_flow_replay import different, replayed, tamper
from test_flow_selection import BANDED, MANDATORY, put_in_force

from aforo.domain.event import Decided
from aforo.domain.threat import THREATS
from aforo.flow.selection import Selection
from aforo.log.store import Log
from aforo.risk.rules import parse
from aforo.risk.rules.recorded import RecordedRules

RATIO = """
id = "ratio"
version = "1"
condition = "value_usd / packages > 100"
author = "Ana"
source = "assumed"
reason = {en = "Dear packages.", es = "Bultos caros."}
public_reason = {en = "The packages have to be counted.", es = "Hay que contar los bultos."}
[[band]]
from = 0.0
misdeclaration = 1.0
"""
CONTRABAND, MISDECLARATION = THREATS.index("contraband"), THREATS.index("misdeclaration")


def put_in_shadow(log: Log, *documents: str) -> None:
    recorded = RecordedRules(log)
    for text in documents:
        (rule,) = parse(text.encode())
        recorded.add(rule, "Ana")
        recorded.promote(rule.id, rule.version, "shadow", "Bea")


def rule_terms(line: Selection) -> list[tuple[str, float]]:
    """What rules add, named or in sum."""
    return [(k, e.log_odds) for k, threat in line.threats.items() for e in threat.evidence if e.source == "rule"]


def test_a_truck_gets_the_same_answer_in_a_file_and_alone_behind_a_rule_that_fails(post: Post) -> None:
    with post.log() as log:
        put_in_force(log, RATIO)
    with post.node() as node:
        told = file(node, [truck(f"z{i}", packages=0.0) for i in range(120)] + [truck("good")])
        (alone,) = file(node, truck("good2"))
        (good,) = (line for line in told if line.declaration_id == "good")
        assert rule_terms(good) == rule_terms(alone) == [("misdeclaration", 1.0)]
        assert different(node.log) == []
        assert len(replayed(node.log)) == 122
        failed = [decided.failed for decided in decisions(node.log)]
    assert failed == [("ratio@1",)] * 120 + [(), ()]


def test_what_a_shadow_rule_would_have_said_is_recorded_and_adds_nothing(post: Post) -> None:
    with post.log() as log:
        put_in_shadow(log, BANDED, MANDATORY, RATIO)
    with post.node() as node:
        lines = file(
            node,
            [
                truck("a", crossing_id="A", hs6="010121", packages=0.0),
                truck("a2", crossing_id="A"),
                truck("w", seal_id="WATCHED", hs6="010121", packages=1000.0),
                truck("quiet", hs6="010121", packages=1000.0),
                truck("gone", crossing_id="C"),
                truck("gone2", crossing_id="C", amends="gone", action="cancel"),
            ],
        )
        file(node, truck("a3", crossing_id="A", amends="a", action="replace", hs6="010121", packages=1000.0))
        assert not any(rule_terms(line) for line in lines)
        assert "mandatory" not in {line.basis for line in lines}
        first, watched, quiet, gone, again = decisions(node.log)
        # The score before the rules falls into the first band: 0.7 and −0.3.
        shadow = {(code, k, row): micro for code, k, micro, row in first.shadow}
        assert shadow == {
            ("brackets@1", CONTRABAND, 1): 700_000,
            ("brackets@1", MISDECLARATION, 1): -300_000,
            ("ratio@1", MISDECLARATION, 1): 1_000_000,
        }
        assert (first.failed, first.shadow_mandatory, first.rules) == (("ratio@1",), (), ())
        assert (watched.shadow, watched.shadow_mandatory, watched.mandatory) == ((), ("watched-seal@2",), ())
        for silent in (quiet, gone):
            assert (silent.shadow, silent.shadow_mandatory, silent.failed) == ((), (), ())
        # What stood before keeps its place before what is new: the row is that of `features`.
        assert {row for *_, row in again.shadow} == {0}
        assert again.failed == ()
        assert different(node.log) == []
        bodies = [stored.event.data for stored in node.log.read(types=[Decided.TYPE])]
    assert [{"shadow", "shadow_mandatory", "failed"} & body.keys() for body in bodies[2:4]] == [set(), set()]


def test_replay_compares_traces_where_the_log_has_them(post: Post) -> None:
    with post.log() as log:
        put_in_shadow(log, BANDED, RATIO)
    with post.node() as node:
        file(node, [truck("old", packages=0.0), truck("new", packages=0.0), truck("other", packages=0.0)])
    for name in ("shadow", "failed"):
        tamper(post, "old", methodcaller("pop", name))
    changed = tamper(post, "new", lambda data: data.update(shadow=[["brackets@1", 0, 1, 0]]))
    renamed = tamper(post, "other", lambda data: data.update(failed=["another@1"]))
    with post.log() as log:
        found = {each.event_id: [name for name, _, _ in each.differences] for each in different(log)}
    assert found == {changed: ["shadow"], renamed: ["failed"]}


def test_the_last_words_of_a_screening_name_rules_that_failed_and_those_in_shadow(post: Post, tmp_path: Path) -> None:
    with post.log() as log:
        put_in_force(log, RATIO)
        put_in_shadow(log, BANDED, MANDATORY)
    rows = [truck(f"z{i}", packages=0.0) for i in range(3)] + [truck("a"), truck("b", hs6="010121")]
    code, told, _, _ = screen(post, write(tmp_path, rows), "--json")
    assert code == 0
    rules = json.loads(told)["rules"]
    assert rules["shadow"] == {"brackets@1": 4, "watched-seal@2": 0}
    assert rules["failed"]["ratio@1"]["crossings"] == 3
    assert rules["failed"]["ratio@1"]["why"]["en"].startswith("the expression engine said")
    rows = [truck(f"y{i}", packages=0.0) for i in range(2)] + [truck("c")]
    code, told, _, _ = screen(post, write(tmp_path, rows), "--lang", "es")
    assert code == 0
    told = " ".join(told.split())
    assert "La regla ratio@1 falló en 2 de 3 cruces" in told
    assert "el motor de expresiones dijo" in told
    assert "La regla brackets@1 está en sombra: se activó en 3 de 3 cruces" in told
    assert "watched-seal@2 está en sombra: se activó en 0 de 3" in told
