"""Evidence that facts state: it adds up, is shown, is recorded, and comes out the same in a replay."""

from __future__ import annotations

from importlib import metadata
from typing import Any

import pytest
from journeys import Post, decisions, file, truck

from aforo.domain.event import Assessed
from aforo.domain.threat import THREATS
from aforo.domain.units import MICRO, PPB, probability_ppb
from aforo.flow import journey
from aforo.flow.replay import decisions_of, replay
from aforo.flow.selection import Selection
from aforo.flow.stated import WHOLE, Fact
from aforo.log.store import Log
from aforo.routing import policy as policies

#: As documents were that had one weight for what is proven and for what is only claimed of custody.
OLD = b"\n".join(line for line in policies.default_document().splitlines() if b"_claimed = " not in line)
QUIET = policies.default_document().split(b"[stated.list]")[0]


def different(log: Log) -> list[Any]:
    code = metadata.version("aforo")
    return [each for group in decisions_of(log) for each in replay(group, log, code) if each.differences]


def adds_up(line: Selection) -> None:
    for threat in line.threats.values():
        total = round(threat.base * MICRO) + sum(round(each.log_odds * MICRO) for each in threat.evidence)
        assert round(threat.probability * PPB) == probability_ppb(total)


def stated(line: Selection, source: str, code: str) -> dict[str, float]:
    return {
        threat: each.log_odds
        for threat, said in line.threats.items()
        for each in said.evidence
        if (each.source, each.code) == (source, code)
    }


def pair(own: str, **second: Any) -> list[dict[str, Any]]:
    """Two declarations of one truck that agree on everything but what is given."""
    same = {"crossing_id": f"X{own}", "tractor_id": f"TR-{own}", "driver_id": f"DR-{own}", "seal_id": f"UL{own}"}
    return [truck(f"{own}1", **same), truck(f"{own}2", **same | second)]


def test_a_contradiction_adds_what_the_policy_says_whatever_becomes_of_the_truck(post: Post) -> None:
    # Few are examined at the first rate and nearly all at the second, whatever the model thinks of them.
    with post.node(rate=0.01) as node:
        plain = file(node, *(pair(f"P{i}") for i in range(12)))
        lines = file(node, *(pair(f"C{i}", seal_id=f"UL9{i}") for i in range(6)))
    with post.node(rate=0.95) as node:
        lines += file(node, *(pair(f"C{i}", seal_id=f"UL9{i}") for i in range(6, 12)))
        assert different(node.log) == []
        recorded = decisions(node.log)
        events = node.log.read(types=[Assessed.TYPE])
    assert all(not each.stated and not each.contradictions for each in recorded[:12])
    for line in (*plain, *lines):
        adds_up(line)
    assert {line.basis is None for line in lines} == {True, False}
    for line in lines:
        assert stated(line, "contradiction", "seal_differs") == {"contraband": 0.7, "theft": 0.7}
        own = line.crossing_id.removeprefix("X")
        other = own.replace("C", "UL9")
        assert f"Contradictions: seal: {own}1 says UL{own}, {own}2 says {other}." in line.reasons.en
        assert f"Contradicciones: candado: {own}1 dice UL{own}, {own}2 dice {other}." in line.reasons.es
        assert "seal" not in line.public_reason.en
    k = THREATS.index("contraband")
    for decided in recorded[12:]:
        assert ("contradiction", "seal_differs", k, 700_000, WHOLE) in decided.stated
    assert all(isinstance(each.payload, Assessed) and each.payload.evidence for each in events[12:])


def test_the_policy_weighs_and_what_it_does_not_name_adds_nothing_and_is_told(post: Post) -> None:
    with post.node() as node:
        weighed = file(node, pair("A", driver_id="DR-other"))[0]
    with post.node(policy=QUIET) as node:
        silent = [file(node, pair(f"B{i}", driver_id="DR-other"))[0] for i in range(12)]
        assert different(node.log) == []
        last = decisions(node.log)[-1]
    assert stated(weighed, "contradiction", "driver_differs")
    assert last.stated == ()
    assert [each.code for each in last.contradictions] == ["driver_differs"]
    assert None in {line.basis for line in silent}
    for line in silent:
        adds_up(line)
        assert not stated(line, "contradiction", "driver_differs")
        own = line.crossing_id.removeprefix("X")
        assert f"driver: {own}1 and {own}2 do not name the same one" in line.reasons.en
        assert "DR-other" not in line.reasons.en


def test_any_source_states_facts_of_one_declaration_or_of_all(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    facts = {0: [Fact("list", "confirmed", 1), Fact("list", "confirmed", 1), Fact("list", "unheard-of")]}
    with post.node() as node:
        monkeypatch.setattr(journey, "facts_of", lambda *_: facts)
        line, _ = file(node, pair("L"))
        monkeypatch.undo()
        (decided,) = decisions(node.log)
        assert different(node.log) == []
        again = file(node, pair("L"))
    adds_up(line)
    assert [each[:2] for each in decided.stated] == [("list", "confirmed")] * 2
    assert {each[4] for each in decided.stated} == {1}
    # The declaration that it speaks of is the riskier one for it, and speaks for the crossing.
    assert stated(line, "list", "confirmed") == {"contraband": 1.5, "misdeclaration": 1.0}
    assert "on a sanctions list" in line.reasons.en
    assert again[0].threats == line.threats


@pytest.mark.parametrize(("policy", "theft"), [(policies.default_document(), 0.75), (OLD, 1.5)])
def test_what_is_claimed_of_custody_says_so_and_comes_out_the_same_by_any_policy(
    policy: bytes, theft: float, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = {0: [Fact("custody", "broken_claimed"), Fact("custody", "suspect")]}
    with post.node(policy=policy) as node:
        monkeypatch.setattr(journey, "facts_by_crossing", lambda *_: facts)
        (line,) = file(node, [truck("K")])
        monkeypatch.undo()
        (decided,) = decisions(node.log)
        assert different(node.log) == []
    adds_up(line)
    assert stated(line, "custody", "broken_claimed")["theft"] == theft
    assert stated(line, "custody", "suspect")["theft"] == 0.7
    assert {code for _, code, *_ in decided.stated} == {"broken_claimed", "suspect"}
    assert "claimed, unsigned: a seal of its trip was opened" in line.reasons.en
    assert "afirmado, sin firma: un candado de su viaje se abrió" in line.reasons.es
    # By whichever policy is in force later.
    with post.node() as node:
        assert different(node.log) == []
