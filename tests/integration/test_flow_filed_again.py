"""An amendment is a new one whenever its sender means a new one, and what is answered as accepted stands."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from journeys import Post, payloads, truck

from aforo.domain.event import Decided, Filed
from aforo.flow.correspondence import Reply, answer
from aforo.flow.crossing_events import events_of
from aforo.flow.earlier import amendment_of, filed_before, standing
from aforo.flow.filer import Filer
from aforo.flow.node import Node
from aforo.flow.order import order_of
from aforo.flow.override import override
from aforo.flow.receiving import Message, receive
from aforo.flow.replay import decisions_of, replay
from aforo.intake.together import Letter

if TYPE_CHECKING:
    from journeys import Learnt

SAMPLES = Path(__file__).resolve().parents[1] / "samples" / "intake"
TRIP: dict[str, Any] = {
    "data": "ACE_TRIP", "tripNumber": "ZQXW00073", "estimatedArrivalDateTime": "2026-03-02 09:30:00",
    "truck": {"number": "T7", "type": "TR", "vinNumber": "3ZZXW1234A5678901",
              "licensePlate": {"number": "71BZ9K", "stateProvince": "NL"}},
    "drivers": [{"firstName": "Ofelia", "lastName": "Quirarte", "fastCardNumber": "42701234567801"}],
}  # fmt: skip
CREATE = TRIP | {"operation": "CREATE", "usPortOfArrival": "2304"}
DELETE = {"data": "ACE_TRIP", "operation": "DELETE", "tripNumber": "ZQXW00073"}


FILER = Filer("sender")


@pytest.fixture
def post(learnt: Learnt, tmp_path: Path) -> Post:
    """A border post on the day after the messages were filed."""
    made = Post(learnt, tmp_path / "post")
    made.clock.now = datetime(2026, 3, 9, 18, tzinfo=UTC)
    return made


def sent(node: Node, data: bytes | str | dict[str, Any], key: str = "") -> Reply:
    body = data if isinstance(data, bytes) else data.encode() if isinstance(data, str) else json.dumps(data).encode()
    (letter,) = receive([Message(body, FILER, key)], node)
    assert isinstance(letter, Letter), letter
    (reply,) = answer([letter], [FILER], node)
    return reply


def said(reply: Reply) -> tuple[list[bool], set[str]]:
    """Of each filing whether it is a repetition, and what is said of the message beside what its samples are odd in."""
    codes = {each.code for each in reply.told.problems}
    return [each.repeated for each in reply.filings], codes & {
        "superseded", "filed_anew", "crossing_stays", "filed_before_otherwise",
    }  # fmt: skip


def stands(node: Node, which: str) -> list[dict[str, Any]]:
    """The declarations that stand in the crossing of one."""
    events = events_of(which, node.log)
    filed: list[Filed] = [each for _, each in filed_before(events, events[-1].event.version)]
    return [dict(filed[place].declaration) for place in standing([amendment_of(each) for each in filed])]


def held(node: Node, which: str) -> None:
    override(node.log, which, "hold", "Ana", "A tip.")


def ordered(node: Node, which: str) -> str:
    decided, order = order_of(events_of(which, node.log))
    assert decided is not None
    return order.examination if order else decided.examination


def replays(node: Node) -> bool:
    made = [each for group in decisions_of(node.log) for each in replay(group, node.log, node.force.code)]
    return bool(made) and not any(each.differences for each in made)


def manifest(number: int, at: str, m13: str = "", weight: int = 900, trip: str = "T26030201", *, bill: str = "") -> str:
    """A 309 of one shipment; `at` is the time in GS05, `m13` the amendment code."""
    amends = {"R": "M13*QXFT*2304*R*Z000461*8*04***QXFT~\n", "D": "M13*QXFT*2304*D*Z000461*****QXFT~\n", "": ""}[m13]
    body = (
        f"M10*QXFT*J*MX**TRACTOR*{trip}***X~\nP4*2304*20260302~\nLX*1~\n{amends}"
        f"M11*{bill or 'Z000461'}*20199*8*CTN*{weight}*K******QXFT~\nVID*TL**7781~\nN10*8*GLASSWARE*GW*J*701349~\n"
    )
    return _interchange(number, at, "SO", "309", body)


def consist(number: int, at: str, purpose: str, seal: str) -> str:
    """A 358 of an empty truck; `purpose` is M1013."""
    body = f"M10*QXFT*J*MX**TRACTOR*T26030202***X****{purpose}~\nP4*2304*20260302~\nVID*TL**53021**{seal}*****E~\n"
    return _interchange(number, at, "BD", "358", body)


def _interchange(number: int, at: str, code: str, kind: str, body: str) -> str:
    return (
        f"ISA*00*{'':10}*00*{'':10}*02*{'QXFT':15}*ZZ*{'CUSTOMS':15}*260302*{at}*U*00401*{number:09d}*0*P*>~\n"
        f"GS*{code}*QXFT*CUSTOMS*20260302*{at}*{number}*X*004010~\nST*{kind}*0001~\n{body}"
        f"SE*{body.count('~') + 2}*0001~\nGE*1*{number}~\nIEA*1*{number:09d}~\n"
    )


def declaration(own: str, minute: int, **fields: Any) -> dict[str, Any]:
    return truck(own, **fields) | {"filed_at": f"2026-03-09T11:{minute:02}:00-06:00"}


def trips(number: int, value: str) -> str:
    return json.dumps(TRIP | {"operation": "UPDATE", "usPortOfArrival": value})


def manifests(number: int, value: str) -> str:
    return manifest(number, f"09{number + 20}", "R", int(value))


def consists(number: int, value: str) -> str:
    return consist(number, f"09{number + 20}", "05", value)


def corrections(number: int, value: str) -> str:
    return (SAMPLES / "wco" / "amendment.xml").read_text().replace(">98<", f">{value}<")


#: Of each format whose amendments have no identifier of their own: an amendment to a value, the crossing, and what
#: shows the value.
AMENDING: dict[str, tuple[Callable[[int, str], str], str, Callable[[dict[str, Any]], str]]] = {
    "borderconnect": (trips, "ZQXW00073", lambda row: str(row["port"])),
    "309": (manifests, "QXFTZ000461", lambda row: f"{row['gross_mass_kg']:.0f}"),
    "358": (consists, "QXFTT26030202", lambda row: str(row["seal_id"])),
    "wco": (corrections, "26GB0AFOXX1234567A/2", lambda row: f"{row['gross_mass_kg']:.0f}"),
}
ORIGINALS: dict[str, str] = {
    "borderconnect": json.dumps(CREATE),
    "309": manifest(1, "0915"),
    "358": consist(1, "0915", "00", "1000"),
    "wco": (SAMPLES / "wco" / "import_minimal.xml").read_text(),
}


@pytest.mark.parametrize("form", list(AMENDING))
def test_there_and_back_are_three_amendments_and_the_last_one_stands(post: Post, form: str) -> None:
    made, crossing, value_of = AMENDING[form]
    there, back = {"borderconnect": ("2305", "2304")}.get(form, ("8000", "7000"))
    with post.node() as node:
        sent(node, ORIGINALS[form])
        for number, value in enumerate((there, back, there), 2):
            post.clock.move(minutes=5)
            # In one form the time is that of receipt: there only a key tells another message from the same one.
            assert said(sent(node, made(number, value), f"key {number}")) == ([False], set())
            assert [value_of(row) for row in stands(node, crossing)] == [value]
        assert replays(node)


@pytest.mark.parametrize("form", list(AMENDING))
def test_what_is_sent_again_is_a_repetition_that_says_whether_it_still_stands(post: Post, form: str) -> None:
    made, crossing, value_of = AMENDING[form]
    there, back = {"borderconnect": ("2305", "2304")}.get(form, ("8000", "7000"))
    first, second = made(2, there), made(3, back)
    with post.node() as node:
        sent(node, ORIGINALS[form])
        post.clock.move(minutes=5)
        sent(node, first)
        assert said(sent(node, first)) == ([True], set())
        post.clock.move(minutes=5)
        sent(node, second)
        position = node.log.position()
        post.clock.move(minutes=5)
        assert said(sent(node, second)) == ([True], set())
        reply = sent(node, first)
        assert said(reply) == ([True], {"superseded"})
        assert [value_of(row) for row in stands(node, crossing)] == [back]
        if not reply.sets:  # answers in X12 are counted
            assert node.log.position() == position
    (warning,) = (each for each in reply.told.problems if each.code == "superseded")
    assert warning.gravity == "warning"
    assert "later filings took its place" in warning.reason.en
    assert "presentaciones posteriores" in warning.reason.es


ANEW: dict[str, tuple[Callable[[int], Any], Callable[[int], Any], str]] = {
    "borderconnect": (lambda _: CREATE, lambda _: DELETE, "ZQXW00073"),
    "309": (lambda n: manifest(n, f"09{n + 20}"), lambda n: manifest(n, f"09{n + 20}", "D"), "QXFTZ000461"),
    "json": (
        lambda n: declaration("a", n),
        lambda n: declaration(f"a-{n}", n, amends="a", action="cancel"),
        "a",
    ),
}


@pytest.mark.parametrize("form", list(ANEW))
def test_what_was_cancelled_is_filed_anew_and_amended_by_its_name(post: Post, form: str) -> None:
    file, cancel, own = ANEW[form]
    with post.node() as node:
        (first,) = sent(node, file(1), "1").filings
        held(node, own)
        for number in (2, 4):
            post.clock.move(minutes=5)
            assert said(sent(node, cancel(number), f"key {number}")) == ([False], set())
            assert stands(node, own) == []
            post.clock.move(minutes=5)
            anew = sent(node, file(number + 1), f"key {number + 1}")
            assert said(anew) == ([False], {"filed_anew"})
            (row,) = stands(node, own)
            (filing,) = anew.filings
            assert (row["declaration_id"], row["amends"]) == (filing.declaration_id, own)
            # What an officer ordered outlasts the cancellation.
            assert (filing.public.crossing, ordered(node, own)) == (first.public.crossing, "hold")
            assert said(sent(node, file(number + 1), f"key {number + 1}")) == ([True], set())
            assert said(sent(node, file(1), "1")) == ([True], {"superseded"})
            assert len(stands(node, own)) == 1
        assert replays(node)


def test_cancelled_and_filed_anew_in_one_message(post: Post) -> None:
    def lines(*each: dict[str, Any]) -> str:
        return "".join(json.dumps(row) + "\n" for row in each)

    with post.node() as node:
        sent(node, declaration("a", 1))
        both = lines(declaration("a-2", 2, amends="a", action="cancel"), declaration("a", 3, value_usd=7.0))
        assert said(sent(node, both)) == ([False, False], {"filed_anew"})
        assert [row["value_usd"] for row in stands(node, "a")] == [7.0]
        assert said(sent(node, both)) == ([True, True], set())
        # The other way round it is filed again while it stands.
        turned = lines(declaration("a", 4, value_usd=8.0), declaration("a-4", 4, amends="a", action="cancel"))
        reply = sent(node, turned)
        assert said(reply) == ([False], {"filed_before_otherwise"})
        assert stands(node, "a") == []


def test_what_stands_is_not_filed_again_otherwise(post: Post) -> None:
    with post.node() as node:
        sent(node, declaration("a", 1))
        sent(node, declaration("a-2", 2, amends="a", action="replace"))
        assert said(sent(node, declaration("a", 3))) == ([], {"filed_before_otherwise"})
        # What amends under its own identifier is no original.
        sent(node, declaration("a-4", 4, amends="a", action="cancel"))
        again = declaration("a-4", 5, amends="a", action="cancel")
        assert said(sent(node, again)) == ([], {"filed_before_otherwise"})


def substituted(number: int) -> str:
    text = (SAMPLES / "carta_porte" / "export_31.xml").read_text()
    if number == 1:
        return text
    related = (
        '<cfdi:CfdiRelacionados TipoRelacion="04">'
        '<cfdi:CfdiRelacionado UUID="5d0f3b1e-8c1a-4f6e-a9d2-7c3b5e1f0a42"/></cfdi:CfdiRelacionados><cfdi:Emisor '
    )
    text = text.replace("<cfdi:Emisor ", related, 1).replace('UUID="5d0f3b1e-8c1a', 'UUID="aaaaaaaa-8c1a')
    text = text.replace(
        related.partition('UUID="')[2][:36].replace("5d0f3b1e", "aaaaaaaa"),
        "5d0f3b1e" + related.partition('UUID="')[2][8:36],
        1,
    )
    return text.replace("CCC3A7E1-52C4", "CCC3A7E1-52C5")


def rectified(number: int) -> str:
    head, rectification, _ = (SAMPLES / "pedimento" / "rectification_and_transit.csv").read_text().splitlines()
    if number == 1:
        original = rectification.replace("260734126000119", "260734126000100").replace(",R1,", ",A1,")
        return "\n".join([head, original.replace(",260734126000100,A1,1,", ",,,1,"), ""])
    return "\n".join([head, rectification, ""])


#: Of each format: what is filed, and what amends or cancels it and names another crossing; its declaration; whether
#: its warning is due, which it is not where the format has no crossing but the declaration's own number.
MOVING: dict[str, tuple[Callable[[int], Any], str, bool]] = {
    "309": (
        lambda n: manifest(n, f"09{n + 20}", "R" if n > 1 else "", trip="T26030201" if n == 1 else "T26030299"),
        "QXFTZ000461",
        True,
    ),
    "309_deletion": (
        lambda n: manifest(n, f"09{n + 20}", "D" if n > 1 else "", trip="T26030201" if n == 1 else "T26030299"),
        "QXFTZ000461",
        True,
    ),
    "carta_porte": (substituted, "5D0F3B1E-8C1A-4F6E-A9D2-7C3B5E1F0A42", True),
    "pedimento": (rectified, "260734126000100", False),
    "json": (
        lambda n: (
            declaration("a", 1, crossing_id="A")
            if n == 1
            else declaration("b", 2, crossing_id="B", amends="a", action="replace")
        ),
        "a",
        True,
    ),
    "json_cancel": (
        lambda n: (
            declaration("a", 1, crossing_id="A")
            if n == 1
            else declaration("b", 2, crossing_id="B", amends="a", action="cancel")
        ),
        "a",
        True,
    ),
}


@pytest.mark.parametrize("form", list(MOVING))
def test_an_amendment_is_part_of_the_crossing_of_what_it_amends(post: Post, form: str) -> None:
    made, own, warned = MOVING[form]
    with post.node() as node:
        before = sent(node, made(1))
        (crossing,) = {each.public.crossing for each in before.filings}
        held(node, own)
        after = sent(node, made(2))
        assert after.told.good, after.told.problems
        assert said(after) == ([False] * len(after.filings), {"crossing_stays"} if warned else set())
        assert {each.public.crossing for each in after.filings} == {crossing}
        assert not {each.declaration_id for each in before.filings} & {
            row["declaration_id"] for row in stands(node, own)
        }
        assert ordered(node, own) == "hold"
        assert len({each.event.stream for each in node.log.read(types=[Filed.TYPE])}) == 1
        assert replays(node)
    for each in after.told.problems:
        if each.code == "crossing_stays":
            assert each.gravity == "warning"
            assert "cancel it and file it anew" in each.reason.en
            assert "preséntelo de nuevo" in each.reason.es


def test_within_one_message_too(post: Post) -> None:
    rows = [
        declaration("a", 1, crossing_id="A"),
        declaration("b", 2, crossing_id="B", amends="a", action="replace"),
        declaration("c", 3, crossing_id="C", amends="b", action="replace"),
    ]
    with post.node() as node:
        reply = sent(node, "".join(json.dumps(row) + "\n" for row in reversed(rows)))
        assert {each.public.crossing for each in reply.filings} == {"A"}
        assert [row["declaration_id"] for row in stands(node, "a")] == ["c"]


def test_an_amendment_that_names_a_trip_makes_no_trip_of_a_shipment_s_crossing(post: Post) -> None:
    """Else a trip that lists the shipment would not take it in."""
    with post.node() as node:
        sent(node, declaration("S", 1, shipment_id="S"))
        sent(node, declaration("S-2", 2, shipment_id="S", crossing_id="T", amends="S", action="replace"))
        assert not node.trucks.trucks["S"].trip
        reply = sent(node, declaration("T-S", 3, shipment_id="S", crossing_id="T"))
        assert {each.public.crossing for each in reply.filings} == {"T"}
        assert [row["declaration_id"] for row in stands(node, "T")] == ["S-2", "T-S"]


def test_a_trip_that_is_filed_anew_is_not_cancelled_beside_its_shipments(post: Post) -> None:
    with post.node() as node:
        sent(node, CREATE)
        sent(node, declaration("entry", 1, crossing_id="ZQXW00073", carrier_id="ZQXW"))
        sent(node, DELETE)
        post.clock.move(minutes=5)
        sent(node, CREATE, "anew")
        last = payloads(node.log.stream("crossing/ZQXW00073"), Decided)
    codes = [{found.code for found in each.contradictions} for each in last]
    assert ["cancelled_beside" in each for each in codes] == [False, False, True, False]
    assert not any("empty_differs" in each for each in codes)
