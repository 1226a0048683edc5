"""A party's page: its history, what the memory holds of it, whom it comes with, and what of it is recorded."""

from __future__ import annotations

from datetime import timedelta

import msgspec
from journeys import NOW, Post, file, truck
from listed import NAMED, lists

from aforo.domain.event import PersonRead
from aforo.exams.outcomes import Report
from aforo.flow.challenge import contest
from aforo.flow.companions import MOST_CROSSINGS
from aforo.flow.decision_explained import explain
from aforo.flow.entities import look_up
from aforo.flow.entity_shown import EntityPage, parties, record_opening, show_entity
from aforo.flow.handles import LENGTH, handle_of, party_of
from aforo.flow.node import Node
from aforo.flow.reports import report
from aforo.log.keys import KeyStore


def page(kind: str, identifier: str, node: Node, *, names: bool = False) -> EntityPage:
    handle = look_up(kind, identifier, "luz", "token", node).handle
    return opened(handle, "luz", "token", node, names=names)


def opened(handle: str, reader: str, token: str, node: Node, *, names: bool = False) -> EntityPage:
    made = show_entity(handle, node, names=names)
    assert made is not None
    return record_opening(made, reader, token, node)


def test_a_handle_is_opaque_the_same_and_cannot_be_made_up(post: Post) -> None:
    with post.log() as log:
        keys: KeyStore = log.keys
        handle = handle_of("carrier", 0xC0FFEE, keys)
        assert (len(handle), handle) == (LENGTH, handle_of("carrier", 0xC0FFEE, keys))
        assert handle.isalnum()
        assert party_of(handle, keys) == ("carrier", 0xC0FFEE)
        assert handle_of("driver", 0xC0FFEE, keys)[:8] != handle[:8]
        for wrong in ("", "a" * LENGTH, handle[:-1], handle[:-1] + ("a" if handle[-1] != "a" else "b"), "é" * LENGTH):
            assert party_of(wrong, keys) is None


def test_the_history_and_who_came_with_it(post: Post) -> None:
    with post.node() as node:
        file(node, truck("H-1", driver_id="D-9"), truck("H-2", driver_id="D-9"))
        report([Report(1, None, "H-1", True, True, "contraband", None, NOW)], node, "dora")
        post.clock.move(days=20)
        at = (NOW + timedelta(days=20)).isoformat()
        file(node, truck("H-3", driver_id="D-9", carrier_id="CA-2", filed_at=at))
        made = page("driver", "d 9", node)
        assert [each.crossing_id for each in made.crossings] == ["H-3", "H-2", "H-1"]
        assert made.crossings_seen == 3
        assert (made.crossings[2].found, made.crossings[2].threat) == (True, "contraband")
        assert made.crossings[0].found is None
        carriers = [each for each in made.companions if each.kind == "carrier"]
        assert [(each.together, each.new) for each in carriers] == [(2, False), (1, True)]
        other = opened(carriers[1].handle, "luz", "token", node, names=False)
        assert other.kind == "carrier"
        # Of who is new itself, no link is new.
        assert {each.new for each in other.companions} == {False} or all(
            each.first > other.first_seen for each in other.companions if each.new
        )


def test_an_amendment_is_no_second_time_together(post: Post) -> None:
    with post.node() as node:
        file(node, truck("A-1", driver_id="D-1"))
        file(node, truck("A-2", driver_id="D-1", amends="A-1", action="replace", crossing_id="A-1"))
        made = page("driver", "D-1", node)
        assert made.crossings_seen == 1
        assert {each.together for each in made.companions} == {1}


def test_what_is_kept_of_a_party_is_bounded(post: Post) -> None:
    with post.node() as node:
        file(node, [truck(f"B-{n:02}", crossing_id=f"B-{n:02}") for n in range(MOST_CROSSINGS + 5)])
        made = page("carrier", "CA-1", node)
        assert len(made.crossings) == MOST_CROSSINGS
        assert made.crossings_seen == MOST_CROSSINGS + 5
        assert made.crossings[0].crossing_id == f"B-{MOST_CROSSINGS + 4:02}"


def test_what_the_memory_says_now_is_what_the_next_filing_is_told(post: Post) -> None:
    with post.node() as node:
        for n in range(3):
            file(node, truck(f"M-{n}", driver_id="D-M"))
            report([Report(1, None, f"M-{n}", True, n != 1, "contraband", None, NOW)], node, "dora")
        made = page("driver", "D-M", node)
        assert made.memory is not None
        (found,) = [each for each in made.posteriors if each.threat == "contraband"]
        assert found.rate.value is not None
        assert found.rate.low < found.rate.value < found.rate.high
        assert found.found > 1.5
        assert found.shift > 0
        # The driver's own term, as the evidence of the next filing has it (`history` is shared with others).
        at = node.clock().isoformat()
        file(node, truck("M-9", driver_id="D-M", filed_at=at))
        decision = node.log.stream("crossing/M-9")[-1].event.event_id
        told = explain(decision, node)
        assert told is not None
        contraband = told.waterfalls[0].threats[0]
        own = sum(term.micro for term in contraband.terms if (term.source, term.code) == ("memory", "driver"))
        weights = node.force.risk.combiner
        history = weights.weights[weights.sources.index("history")][0]
        assert abs(found.weighed - own - round(found.shift * 1e6 * history)) <= 2


def test_names_are_told_to_who_asks_and_that_is_recorded(post: Post) -> None:
    with post.node() as node:
        file(node, truck("N-1", driver_id="D-7", driver_name="Ana Robles"))
        made = page("driver", "D-7", node)
        assert made.names == {}
        stream = f"read/person/{made.party}"
        before = len(node.log.stream(stream))
        again = opened(made.handle, "luz", "token", node, names=False)
        assert len(node.log.stream(stream)) == before  # the same reader, a moment later
        assert b"Ana" not in msgspec.json.encode(again)
        named = opened(made.handle, "luz", "token", node, names=True)
        assert named.names == {"driver_id": "D-7", "driver_name": "Ana Robles"}
        last = node.log.stream(stream)[-1]
        assert last.payload == PersonRead("", ("driver_id", "driver_name"), "token", made.party)
        assert b"Ana" not in last.body
        opened(made.handle, "eva", "token-2", node)
        assert node.log.stream(stream)[-1].event.actor == "eva"


def test_hits_and_challenges_of_a_party_are_on_its_page(post: Post) -> None:
    with post.node(lists=lists()) as node:
        file(node, truck("L-1", driver_id="D-L", driver_name=NAMED))
        contest(node.log, "L-1", "carrier", "It was empty.", (), actor="carrier")
        made = page("driver", "D-L", node)
        assert made.hits
        assert {each.crossing_id for each in made.hits} == {"L-1"}
        assert [each.crossing_id for each in made.challenges] == ["L-1"]
        assert page("carrier", "CA-1", node).hits == []


def test_the_parties_of_a_crossing_lead_to_their_pages(post: Post) -> None:
    with post.node() as node:
        file(node, truck("P-1"))
        found = parties("P-1", node)
        assert found is not None
        kinds = [each.kind for each in found]
        assert kinds == ["importer", "exporter", "broker", "carrier", "driver", "tractor"]
        for each in found:
            shown = opened(each.handle, "luz", "token", node, names=False)
            assert (shown.kind, [own.crossing_id for own in shown.crossings]) == (each.kind, ["P-1"])
        assert parties("NOBODY", node) is None
        assert show_entity("a" * LENGTH, node, names=False) is None
