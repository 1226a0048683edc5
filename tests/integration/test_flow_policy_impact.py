"""A policy tried on the record where bridges have prices: what it would decide is what it decides."""

from __future__ import annotations

import msgspec
import pytest
from journeys import Learnt, Post, file
from priced import COLOMBIA, WORLD_TRADE, book, different, put_in_force, stand

from aforo.bootstrap import renew_policy
from aforo.flow.at_booth import arrive
from aforo.flow.policies import RecordedPolicies
from aforo.flow.policy_draft import DraftError, Figure, changes, drafted, edited
from aforo.log.store import Log
from aforo.routing.policy import default_document, parse
from aforo.trials.policy_impact import policy_impact

THREATS = ("contraband", "people", "theft", "misdeclaration")


def draft_of(version: str, **figures: float) -> bytes:
    anew = [Figure(path.replace("__", "."), value, "Accord 12") for path, value in figures.items()]
    return edited(parse(default_document()), "default", version, anew)


def put(document: bytes, log: Log) -> None:
    recorded = RecordedPolicies(log)
    code = recorded.add(document, "ana")
    recorded.promote(code, "shadow", "luz")
    recorded.promote(code, "active", "luz")


def test_more_harm_buys_more_examinations_and_dock_minutes_are_told_where_they_are_known(
    post: Post, learnt: Learnt
) -> None:
    with post.log() as log:
        put_in_force(log, book(steep=0.4), book(COLOMBIA, steep=0.4))
    with post.node() as node:
        stand(node, waiting=30.0)
        file(node, learnt.future[:150])
        more = parse(draft_of("6", **{f"harm__{threat}": 60_000 for threat in THREATS}))
        impact = policy_impact(more, "default@6", node, 150)
        assert impact.crossings == 150
        assert 0 < impact.routed < 150
        assert impact.dock_minutes_before is not None
        assert impact.dock_minutes_after is not None
        assert any(each.before == "release" for each in impact.options)
        assert impact.scans_after + impact.by_hand_after > impact.scans_before + impact.by_hand_before
        assert sum(each.finds_after for each in impact.bridges) > sum(each.finds_before for each in impact.bridges)
        assert {each.group for each in impact.threats} == set(THREATS)
        assert impact.changed.low < (impact.changed.value or 0.0) < impact.changed.high
        assert different(node.log) == [], "looking changes nothing"


def test_what_the_impact_says_is_what_is_decided_once_the_policy_is_in_force(post: Post, learnt: Learnt) -> None:
    with post.log() as log:
        put_in_force(log, book(steep=0.4), book(COLOMBIA, steep=0.4))
    document = draft_of("6", people__hold_from=0.002, **{"detection__scan_then_decide__contraband": 0.1})
    with post.node() as node:
        stand(node)
        file(node, learnt.future[:80])
        told = policy_impact(parse(document), "default@6", node, 80)
        put(document, node.log)
        renew_policy(node)
        assert node.force.policy.version == "6"
        priced = (WORLD_TRADE, COLOMBIA)
        held = {each.crossing_id for each in told.examples if each.after == "hold" and each.bridge in priced}
        assert held
        # What it says would be held is, when the truck comes and is decided again.
        for crossing in sorted(held):
            assert arrive(crossing, node, "booth").instruction == "hold"


def test_a_draft_keeps_what_it_does_not_change(post: Post) -> None:
    base = parse(default_document())
    made = drafted(draft_of("6", harm__theft=300))
    assert [(each.path, each.before, each.after) for each in changes(base, made)] == [("harm.theft", 600, 300)]
    assert msgspec.structs.replace(made, version="5", harm=base.harm) == base
    with pytest.raises(DraftError) as wrong:
        drafted(default_document().replace(b"minutes = 600", b'minutes = "x"', 1))
    assert wrong.value.place == "harm.contraband.minutes"
