"""The trade's own messages about one truck, of several formats and in several orders, become one crossing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from journeys import Post, decisions
from trips import sample

from aforo.flow.correspondence import Reply, answer
from aforo.flow.filer import Filer
from aforo.flow.node import Node
from aforo.flow.receiving import Message, receive
from aforo.intake.together import Letter

SCAC = "ZQXW"


def sent(node: Node, data: bytes | dict[str, Any], carriers: frozenset[str] | None = frozenset({SCAC})) -> Reply:
    body = data if isinstance(data, bytes) else json.dumps(data).encode()
    filer = Filer("sender", carriers)
    (letter,) = receive([Message(body, filer)], node)
    assert isinstance(letter, Letter), letter
    (reply,) = answer([letter], [filer], node)
    return reply


def crossings(reply: Reply) -> set[str]:
    return {each.public.crossing for each in reply.filings}


def shipment() -> dict[str, Any]:
    """The first shipment of the sample's trip, filed for itself, before anybody knows the trip."""
    (own, *_) = sample()["shipments"]
    return {"data": "ACE_SHIPMENT", "operation": "CREATE", **own}


def test_a_shipment_filed_before_its_trip_is_part_of_it(post: Post) -> None:
    trip = sample()
    with post.node() as node:
        before = sent(node, shipment())
        after = sent(node, trip)
        again = sent(node, trip)
        assert [each.repeated for each in again.filings] == [True] * len(after.filings)
        made = decisions(node.log)
    assert crossings(before) == {trip["shipments"][0]["shipmentControlNumber"]}
    assert crossings(after) == crossings(again) == {trip["tripNumber"]}
    assert after.told.good
    # The trip says of the shipment what the shipment said of itself.
    assert made[-1].contradictions == ()


def test_a_trip_that_says_otherwise_of_a_shipment_contradicts_it(post: Post) -> None:
    own = shipment()
    for line in own["commodities"]:
        line["quantity"] = 3 * line["quantity"] + 1
    with post.node() as node:
        sent(node, own)
        sent(node, sample())
        made = decisions(node.log)
    assert "packages_differs" in [each.code for each in made[-1].contradictions]


def edi(kind: str, code: str, number: int, *segments: str) -> bytes:
    head = f"ISA*00*{'':10}*00*{'':10}*02*{SCAC:15}*02*{'CUSTOMS':15}*240320*0915*U*00502*{number:09}*0*P*>"
    body = [f"ST*{kind}*0001", *segments, f"SE*{len(segments) + 2}*0001"]
    group = [f"GS*{code}*{SCAC}*CUSTOMS*20240320*0915*{number}*X*005020", *body, f"GE*1*{number}"]
    return "~".join([head, *group, f"IEA*1*{number:09}", ""]).encode()


@pytest.mark.parametrize("consist_first", [True, False])
def test_a_consist_and_the_shipment_that_it_lists(post: Post, consist_first: bool) -> None:
    truck = "VEH*1*1XQVT9EX0TD700123"
    consist = edi("358", "BD", 1, f"M10*{SCAC}*J*MX**TRACTOR*T100", truck, "P4*2304*20240320", "VID*TL**53021*H1",
                  f"MBL*{SCAC}*Z1")  # fmt: skip
    entry = {
        "declaration_id": "ENTRY-1", "filed_at": "2024-03-20T08:00:00-06:00", "carrier_id": SCAC, "port": "2304",
        "shipment_id": f"{SCAC}Z1", "hs6": "870829", "seal_id": "OTHER",
    }  # fmt: skip
    order = [consist, entry] if consist_first else [entry, consist]
    with post.node() as node:
        for each in order:
            reply = sent(node, each)
            assert reply.told.good, reply.told.problems
        last = decisions(node.log)[-1]
        assert {each.payload.into for each in node.log.read(types=["crossing.moved"])} == (
            set() if consist_first else {f"{SCAC}T100"}
        )
    assert crossings(reply) == {f"{SCAC}T100"}
    assert "seal_differs" in [each.code for each in last.contradictions]
