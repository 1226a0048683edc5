"""What is encoded in columns is what the encoder makes of the same events, one by one."""

from __future__ import annotations

import itertools

import msgspec
from journeys import Post, file, truck
from test_flow_rule_trace import RATIO, put_in_shadow
from test_flow_selection import BANDED, MANDATORY, put_in_force

from aforo.domain.event import Assessed, Decided, Filed, Moved
from aforo.log.stored import StoredEvent, encode


def encoded_again(stored: StoredEvent) -> bytes:
    """The event's bytes as its types are encoded; of a filing, the declaration as it was written."""
    payload = stored.payload
    if isinstance(payload, Filed):
        written = msgspec.json.decode(stored.body, type=dict[str, msgspec.Raw])
        declaration = msgspec.json.decode(written["data"], type=dict[str, msgspec.Raw])["declaration"]
        payload = msgspec.structs.replace(payload, declaration=declaration)
    return encode(msgspec.structs.replace(stored.event, data=payload))


def test_every_event_of_a_batch_has_the_bytes_of_its_encoder(post: Post) -> None:
    with post.log() as log:
        put_in_force(log, BANDED, MANDATORY)
        put_in_shadow(log, RATIO)
    with post.node() as node:
        file(
            node,
            [
                *(truck(f"plain-{i}") for i in range(40)),
                truck('a "quoted" name\\with', crossing_id='Cruce "Ñandú"\\1', importer_id=None, seal_id=None),
                truck("second of it", crossing_id='Cruce "Ñandú"\\1', driver_name=None, importer_name=None),
                truck("failing", packages=0.0, seal_id="WATCHED"),
                truck("dear", packages=1.0),
                truck("west", filed_at="2024-03-20T11:00:00.123456-06:00"),
                truck("east", filed_at="2024-03-20T11:00:00.000001+05:30"),
                truck("utc", filed_at="2024-03-20T11:00:00Z", lane="fast", trade_programme="ctpat"),
                truck("nobody", amends="never heard of", action="replace"),
            ],
        )
        file(
            node, [truck("later", amends="plain-3", action="replace"), truck("gone", amends="plain-4", action="cancel")]
        )
        file(
            node,
            truck("loose", shipment_id="S-9"),
            [truck("listing", shipment_id="S-9", crossing_id="TRIP 9"), truck("beside", tractor_id="TR-plain-7")],
            truck("failing, mended", amends="failing", action="replace"),
        )
        events = [each for each in node.log.read() if isinstance(each.payload, Filed | Assessed | Decided | Moved)]
    decided = [each.payload for each in events if isinstance(each.payload, Decided)]
    assert any(each.again for each in decided)
    assert any(each.rules for each in decided)
    assert any(each.mandatory for each in decided)
    assert any(each.shadow for each in decided)
    assert any(each.failed for each in decided)
    assert all(any(getattr(each, name) for each in decided) for name in ("stated", "contradictions", "kept", "links"))
    assert any(isinstance(each.payload, Assessed) and each.payload.evidence for each in events)
    filed = [each.payload for each in events if isinstance(each.payload, Filed)]
    assert any(each.warnings for each in filed)
    assert any(each.sealed for each in filed)
    assert any(each.takes for each in filed)
    assert [each.body for each in events] == [encoded_again(each) for each in events]
    envelopes = [each.event for each in events]
    assert {(each.actor, each.origin, each.recorded_at) for each in envelopes} == {("tester", "live", post.clock())}
    for before, envelope in itertools.pairwise(envelopes):
        if envelope.type == Filed.TYPE:
            assert envelope.causation_id is None
            assert envelope.idempotency_key == f"declaration:{envelope.data['declaration']['declaration_id']}"
        elif envelope.type == Moved.TYPE:
            assert envelope.causation_id in {each.event_id for each in envelopes if each.type == Decided.TYPE}
        else:
            assert (envelope.causation_id, envelope.idempotency_key) == (before.event_id, None)
            assert (envelope.stream, envelope.version) == (before.stream, before.version + 1)
            assert envelope.occurred_at == envelope.recorded_at
