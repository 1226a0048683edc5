"""Names of persons and accounts once what they did is erased: in no row, no column and no file, under no key."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from acting import Act
from journeys import Post
from listening import listening
from test_retention import BEGUN, Years

from aforo.api.access import Rate
from aforo.custody.retention import Policy, read, shipped
from aforo.domain.event import new_event
from aforo.domain.handover import HandoverSigned
from aforo.domain.trip import CustodyStated, Discharged, Inspected, InspectedPoint, Sealed, TripOpened, Unsealed
from aforo.flow import handover, trip_acts
from aforo.flow.custody import Custody
from aforo.flow.custody_bundle import state_custody
from aforo.flow.custody_given import record_given
from aforo.flow.handover import HandoverRefusedError, hand_over, place_called, sign
from aforo.flow.names import NODE
from aforo.flow.node import Node
from aforo.flow.retention import erase_due
from aforo.log.ids import event_id
from aforo.log.store import Log

LATER = datetime(2026, 1, 1, tzinfo=UTC)
#: Of handovers alone: what else a post has recorded is not due.
SHORT = read(
    b'version="a"\ntrip={years=100,source="assumed"}\nreadings={years=100,source="assumed"}\n'
    b'handovers={years=1,source="assumed"}'
)


@pytest.fixture
def years(store_url: str, tmp_path: Path) -> Iterator[Years]:
    made = Years(store_url, tmp_path)
    with closing(made.keys), made.log:
        yield made


def test_nobody_who_acted_on_a_trip_is_named_once_it_is_erased(years: Years) -> None:
    """The bindings of its devices, what was judged and stated and the record of the erasure stay, and name the node."""
    names = ["the announcer", "the sealer", "the inspector", "the unsealer", "the discharger", "the reader"]
    announcer, sealer, inspector, unsealer, discharger = (Act(actor=each, origin="live") for each in names[:5])
    years.now, custody = BEGUN, years.custody
    trip_acts.open_(custody, "T0", TripOpened("export", "ABCD", BEGUN + timedelta(days=1)), **announcer)
    trip_acts.seal(custody, "T0", Sealed("seal-1", "MX 1"), **sealer)
    trip_acts.inspect(custody, "T0", Inspected("vvtt", (InspectedPoint("view", "pass"),)), **inspector)
    state_custody(Custody(years.log), "T0")
    record_given(years.log, "T0", b"a bundle", actor="the reader", token="token-1")
    trip_acts.unseal(custody, "T0", Unsealed("seal-1", "customs"), **unsealer)
    trip_acts.discharge(custody, "T0", Discharged("customs"), **discharger)
    held = years.held()
    assert [each.encode() in held for each in names] == [True] * 6
    (bound,) = years.log.stream("device/seal-1", types=("device.bound",))
    (stated,) = years.log.stream("trip/T0", types=(CustodyStated.TYPE,))
    assert (bound.event.actor, stated.event.actor) == (NODE, NODE)
    # Who sealed is told by the trip's own event, as long as that is kept.
    assert [each.event.actor for each in years.log.stream("trip/T0", types=("trip.sealed",))] == ["the sealer"]
    years.now = LATER
    erase_due(years.log, shipped(), LATER, "Five years are over.", actor="the archivist")
    held = years.held()
    assert [each for each in names if each.encode() in held] == []
    years.good()


def as_before(log: Log, place: str, page: bytes, by: str) -> None:
    """A handover as versions recorded it whose key named who signed."""
    hash_, at = log.artefacts.put("handover", page), log.clock()
    said, stream = HandoverSigned(place, at, at, "ana", hash_), handover.PREFIX + place
    version = log.versions([stream]).get(stream, 0) + 1
    key = f"handover:{place}:{hash_}:{by}"
    log.append(
        [new_event(event_id(at), said, stream, version, occurred_at=at, recorded_at=at, actor=by, idempotency_key=key)]
    )


@pytest.mark.parametrize("earlier", [False, True])
def test_who_signed_a_handover_is_in_no_key_and_signing_it_again_is_known_as_before(post: Post, earlier: bool) -> None:
    with listening(post, rate=Rate(1e6, 1e6)) as made:
        node = made.desk.node
        assert node is not None
        place = place_called("world-trade", node)
        assert place is not None
        page = hand_over(place, None, node).handover
        if earlier:
            as_before(made.log, place.id, msgspec.json.encode(page), "luz the officer")
        else:
            sign(page, "ana", "", "luz the officer", node)
        keys = [each.event.idempotency_key or "" for each in made.log.stream("handover/world-trade")]
        assert ["luz" in each for each in keys] == [earlier]
        signed = sign(page, "ana", "", "luz the officer", node)
        assert len(made.log.stream("handover/world-trade")) == 1, "sent twice, signed once"
        other = sign(page, "ana", "", "eva the officer", node)
        assert other.handover_id != signed.handover_id
        _erase(made.log, node, SHORT)
        stored = made.log.stream("handover/world-trade")
        assert [each.event.type for each in stored] == ["log.withheld"] * 2
        for name in (b"luz", b"eva"):
            assert not any(name in each.body for each in stored)
        assert not any(b"luz" in file.read_bytes() for file in post.folder.glob("log.sqlite*"))
        # What is recognised as a repeat stays so, and nothing of it comes back.
        for by in ("luz the officer", "eva the officer"):
            with pytest.raises(HandoverRefusedError, match="handover_stale"):
                sign(page, "ana", "", by, node)
        assert len(made.log.stream("handover/world-trade")) == 2
        assert sign(page, "eva", "", "mar the officer", node).by == "mar the officer"


def _erase(log: Log, node: Node, policy: Policy) -> None:
    far = node.clock() + timedelta(days=800)
    assert erase_due(log, policy, far, "A year is over.", actor="tester").events == 2
