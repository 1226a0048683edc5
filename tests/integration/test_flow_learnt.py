"""What the record teaches of filers has its effect on live decisions, which name it and replay with it to the bit."""

from __future__ import annotations

import hashlib
import threading
from datetime import timedelta
from functools import partial
from typing import Any

import msgspec
import numpy as np
import pytest
from journeys import NOW, Post, file, truck
from priced import WORLD_TRADE, book, different, put_in_force, stand

from aforo.api.aims import Aiming
from aforo.api.desk import Desk
from aforo.bootstrap import open_node, renew_bridges, save_state
from aforo.domain.routed import Routed
from aforo.domain.threat import Threat
from aforo.exams.outcomes import Report
from aforo.flow.at_booth import arrive
from aforo.flow.coming import by_hour, way_to
from aforo.flow.habits import Habits
from aforo.flow.learnt import Learnt
from aforo.flow.node import Node
from aforo.flow.order import order_of
from aforo.flow.prices import (
    NAMED_DIGITS,
    BookError,
    BridgePolicy,
    Index,
    OfBridge,
    Prices,
    neutral,
    parse_index,
    parse_policy,
)
from aforo.flow.reports import report
from aforo.flow.targets import targets_of
from aforo.log.projections import Follower
from aforo.log.store import Log
from aforo.routing import policy as policies
from aforo.routing.choice import CLASSES, EXPECTED, PORTAL, QUARTERS
from aforo.routing.lateness import Believed
from aforo.routing.trips import MOST_ALIKE

HONEST, EMPTY = "CA-HONEST", "CA-EMPTY"


def routed(node: Node, crossing: str) -> Routed:
    decided, _ = order_of(node.log.stream(f"crossing/{crossing}"))
    assert decided is not None
    assert decided.routing is not None
    return decided.routing


def now(node: Node) -> str:
    return node.clock().isoformat(timespec="seconds")


def teach(node: Node, learnt: Learnt | None = None) -> list[str]:
    """Learn from the record, put it in force, and take it up, as a server does."""
    learnt = learnt or Learnt(node.log)
    assert learnt.look(targets_of(node))
    moved = learnt.put(node, "test")
    renew_bridges(node)
    stand(node)
    return moved


def policy(node: Node) -> BridgePolicy:
    assert node.bridges is not None
    return parse_policy(node.log.artefacts.get(node.bridges.prices.index.bridges[WORLD_TRADE].policy))


def believed(node: Node) -> Believed:
    assert node.bridges is not None
    hash_ = node.bridges.prices.index.bridges[WORLD_TRADE].filers
    return msgspec.json.decode(node.log.artefacts.get(hash_), type=Believed)


def hash_of(node: Node, carrier: str) -> int:
    return int(node.keys.identity_hashes("carrier", [carrier])[0])


def a_day(node: Node, post: Post, day: int, empty: str = EMPTY) -> None:
    """Five honest filers file four trucks each, which come an hour later, and another one ten that do not."""
    file(node, [truck(f"{empty}-{day}-{n}", carrier_id=empty, filed_at=now(node)) for n in range(10)])
    honest = [
        truck(f"{HONEST}-{day}-{n}", carrier_id=f"{HONEST}-{n % 5}" if n % 5 else HONEST, filed_at=now(node))
        for n in range(20)
    ]
    file(node, honest)
    post.clock.move(minutes=61)
    for n in range(20):
        arrive(f"{HONEST}-{day}-{n}", node, "booth", WORLD_TRADE)
    post.clock.move(hours=23)


@pytest.fixture
def priced(post: Post) -> Post:
    with post.log() as log:
        put_in_force(log, book(steep=0.0001))
    return post


def test_no_room_is_kept_for_a_filer_whose_trucks_do_not_come_and_decisions_replay_with_that(priced: Post) -> None:
    with priced.node() as node:
        stand(node)
        learnt = Learnt(node.log)
        for day in range(3):
            a_day(node, priced, day)
        file(node, truck("midnight", filed_at=now(node)))
        before = routed(node, "midnight")
        assert teach(node, learnt) == [WORLD_TRADE]
        assert believed(node) == Believed(others=True, but=(hash_of(node, EMPTY),))
        assert teach(node, learnt) == []
        for own, carrier in (("empty", EMPTY), ("honest", HONEST), ("stranger", "CA-NEW")):
            file(node, truck(own, carrier_id=carrier, filed_at=now(node)))
        priced.clock.move(minutes=10)
        file(node, truck("asks", filed_at=now(node)))
        after = routed(node, "asks")
        # Of "midnight", "honest" and "stranger" each a scan is on the list, of "empty" none.
        assert after.listed is not None
        minutes = routed(node, "honest").minutes[PORTAL]  # where a scan before arrival is made
        assert minutes
        assert sum(work for _, work in after.listed) == pytest.approx(3 * minutes)
        assert (after.filer, after.book != before.book) == (hash_of(node, "CA-1"), True)
        assert different(node.log) == []
        # What is said of the trucks to come leaves them out as well.
        way = way_to(node.log, WORLD_TRADE)
        assert way is not None
        assert sum(by_hour(way, WORLD_TRADE).values()) == 4
        (body,) = {node.log.artefacts.get(each.filers) for each in index(node) if each.filers}
        assert EMPTY.encode() not in body
        save_state(node)
    with priced.node() as node:  # a restart believes as before
        stand(node)
        priced.clock.move(minutes=1)
        file(node, truck("again", filed_at=now(node)))
        listed = routed(node, "again").listed
        assert listed is not None
        assert sum(work for _, work in listed) == pytest.approx(4 * minutes)
        assert different(node.log) == []


def test_a_book_is_named_by_whose_filings_are_believed_and_as_before_where_nothing_was_learnt() -> None:
    def name(own: OfBridge) -> str:
        return next(iter(Prices(Index({"b": own}), lambda hash_: b"")._named))  # decisions name it, nothing else tells

    plain = hashlib.sha256(msgspec.json.encode(("policy", []))).hexdigest()[:NAMED_DIGITS]
    assert name(OfBridge("policy")) == plain
    names = {name(OfBridge("policy", filers=filers)) for filers in ("", "one", "other")}
    assert len(names) == 3
    assert parse_index(Index({"b": OfBridge("p", filers="f")}).document()).bridges["b"].filers == "f"
    before = BridgePolicy("b", "priced", neutral("b").params)
    assert before.document() == msgspec.json.encode({"bridge": "b", "policy": "priced", "params": before.params})


@pytest.mark.parametrize(
    "wrong", [{"late": (0.5,)}, {"late": (1.5,) * CLASSES}, {"alike": ((1.0,),)}, {"alike": ((0.5,) * MOST_ALIKE,)}]
)
def test_what_is_learnt_is_read_only_as_it_can_be(wrong: dict[str, Any]) -> None:
    document = msgspec.structs.replace(neutral("b"), **wrong).document()
    with pytest.raises(BookError):
        parse_policy(document)
    prices = Prices(Index({"b": OfBridge(filers="f")}), lambda hash_: b"{")
    with pytest.raises(BookError):
        prices.believes("b", 1)


def index(node: Node) -> Any:
    assert node.bridges is not None
    return node.bridges.prices.index.bridges.values()


def test_where_nobody_reports_arrivals_nothing_is_learnt_of_who_does_not_come(priced: Post) -> None:
    with priced.node() as node:
        stand(node)
        file(node, [truck(f"t{n}", filed_at=now(node)) for n in range(20)])
        priced.clock.move(minutes=90)
        report([Report(1, "t0", None, True, False, None, None, None)], node)
        priced.clock.move(days=1)
        file(node, truck("next", filed_at=now(node)))
        assert teach(node) == []


def test_what_is_taken_back_on_the_list_was_listed_in_vain_and_what_is_filed_again_was_not(priced: Post) -> None:
    with priced.node() as node:
        stand(node)
        file(node, truck("seen", carrier_id=HONEST, filed_at=now(node)))
        for n in range(6):
            file(node, truck(f"back{n}", carrier_id=EMPTY, filed_at=now(node)))
            file(node, truck(f"moved{n}", carrier_id=HONEST, filed_at=now(node)))
        priced.clock.move(minutes=50)
        for n in range(6):
            for own, carrier in ((f"back{n}", EMPTY), (f"moved{n}", HONEST)):
                file(node, truck(f"{own}-x", amends=own, action="cancel", carrier_id=carrier, filed_at=now(node)))
            file(node, truck(f"moved{n}-y", crossing_id=f"moved{n}", carrier_id=HONEST, filed_at=now(node)))
        priced.clock.move(minutes=40)
        for own in ("seen", *(f"moved{n}" for n in range(6))):
            arrive(own, node, "booth", WORLD_TRADE)
        file(node, truck("more", carrier_id=HONEST, filed_at=now(node)))
        priced.clock.move(days=1)
        # It is known once the bridge has told of what was later.
        arrive("more", node, "booth", WORLD_TRADE)
        priced.clock.move(days=1)
        file(node, truck("next", filed_at=now(node)))
        assert teach(node) == [WORLD_TRADE]
        assert node.bridges is not None
        assert not node.bridges.prices.believes(WORLD_TRADE, hash_of(node, EMPTY))
        assert node.bridges.prices.believes(WORLD_TRADE, hash_of(node, HONEST))


def test_who_files_as_it_comes_is_expected_at_the_forecast_s_rate(priced: Post) -> None:
    with priced.node() as node:
        stand(node)
        for n in range(30):
            file(node, truck(f"late{n}", filed_at=now(node)))
            arrive(f"late{n}", node, "booth", WORLD_TRADE)
        priced.clock.move(days=1)
        file(node, truck("next", filed_at=now(node)))
        before = routed(node, "next")
        assert teach(node) == [WORLD_TRADE]
        late = policy(node).late
        assert len(late) == CLASSES
        assert min(late) == 1.0
        file(node, truck("after", filed_at=now(node)))
        after = routed(node, "after")
        assert after.book != before.book
        assert node.bridges is not None
        own = node.bridges.prices.named(after.book)
        assert own is not None
        # What files too late is all of the work, in each quarter hour and class.
        expected = np.array(own.numbers[EXPECTED : EXPECTED + QUARTERS * 2 * CLASSES]).reshape(QUARTERS, 2, CLASSES)
        assert expected[:, 0].any()
        assert np.array_equal(expected[:, 0], expected[:, 1])
        assert different(node.log) == []


def test_trips_of_one_tractor_that_look_alike_are_worth_what_outcomes_say(priced: Post) -> None:
    with priced.node() as node:
        stand(node)
        number = 0
        for _ in range(4):
            for pair in range(10):
                for part in range(3):
                    own = f"s{number}-{pair}-{part}"
                    file(node, truck(own, tractor_id=f"T{number}{pair}", filed_at=now(node)))
                    arrive(own, node, "booth", WORLD_TRADE)
                    found = part > 0  # the parts of a load hide something, the first of them is not known by it
                    threat: Threat | None = "contraband" if found else None
                    report([Report(1, own, None, True, found, threat, None, None, carried_out="secondary")], node)
                number += 1
            priced.clock.move(hours=26)
        file(node, truck("next", filed_at=now(node)))
        assert routed(node, "s0-0-2").alike[0] == 3
        assert routed(node, "next").alike == ()
        assert teach(node) == [WORLD_TRADE]
        tractor, parties = policy(node).alike
        assert tractor[0] == 1.0
        assert min(tractor[1:3]) > 1.5
        first, second = (truck(own, tractor_id="TR-SPLIT", filed_at=now(node)) for own in ("p1", "p2"))
        file(node, first)
        (line,) = file(node, second)
        one, two = routed(node, "p1"), routed(node, "p2")
        # "next" was of the same parties and goods, and "p2" is of the tractor of "p1" too.
        assert (one.alike, one.raised) == ((1, 2), parties[1])
        assert (two.alike, two.raised) == ((2, 3), max(tractor[1], parties[2]))
        assert two.raised > one.raised
        assert f"Its worth is {two.raised:.1f} times what the filing alone says: 3 trips" in line.reasons.en
        assert f"Vale {two.raised:.1f} veces" in line.reasons.es
        assert "trips" not in line.public_reason.en
        assert one.prevented[1]
        assert two.prevented[1] == pytest.approx(one.prevented[1] / one.raised * two.raised, rel=0.25)
        assert different(node.log) == []


def test_a_record_of_any_length_is_read_beside_the_desk_and_once(priced: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    target = b'[routing.default.least_rate.scanner]\nshare = 0.9\nsource = "test"\n'
    document = policies.default_document() + b"\n" + target
    with priced.node() as node:
        stand(node)
        a_day(node, priced, 0)
    read: list[tuple[str, int]] = []
    reads = Log.read

    def seen(log: Log, after: int = 0, **more: Any) -> Any:
        events = reads(log, after, **more)
        read.append((threading.current_thread().name, len(events)))
        return events

    with priced.log() as log:
        desk = Desk(lambda: open_node(log, priced.model, 0.1, document, actor="tester"))
        with desk, Aiming(desk, log, every=3600.0) as aiming:
            desk.do(lambda node: None).result()
            monkeypatch.setattr(Log, "read", seen)
            aiming.look()
            own = [count for thread, count in read if thread != "desk"]
            assert sum(own) >= 40
            assert sum(count for thread, count in read if thread == "desk") == 0
            read.clear()
            aiming.look()
            assert sum(count for _, count in read) == 0


def test_a_long_look_is_stopped_between_pages_and_goes_on_where_it_was(priced: Post) -> None:
    with priced.node() as node:
        stand(node)
        for day in range(2):
            a_day(node, priced, day)
        whole = Habits()
        whole.apply(node.log.read(types=whole.types, limit=100_000))
        parts, looks = Habits(), 0
        while True:
            follower, kept = Follower(node.log, parts, batch=7), iter([False, True])
            heard = follower.look(partial(next, kept))
            follower.save()
            if not heard:
                break
            parts, looks = Habits(), looks + 1
        assert looks > 5
        assert parts.dump() == whole.dump()
    assert NOW + timedelta(days=2) <= priced.clock()
