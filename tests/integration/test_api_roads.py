"""Documents of the roads over HTTP; and a truck that leaves its road, from what its seal says to what is asked."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from at_custody import key_of
from journeys import Learnt, Post, truck
from listening import Listening, listening
from nacl.signing import SigningKey
from priced import COLOMBIA, book, different, put_in_force, stand
from sealed import opened
from straight import NAME, corridor, on_the_road, strayed
from under_seal import KEY, report, sealed_trip

from aforo.api.custody_weighing import CustodyWeighing
from aforo.custody import limits
from aforo.custody.recorded import heard_of
from aforo.domain.clock import microseconds
from aforo.domain.decision import STRICTNESS
from aforo.domain.event import Decided
from aforo.domain.trip import SealRead, TripCaused
from aforo.flow.alert_watch import Watch
from aforo.flow.alerts import Alerts
from aforo.flow.custody_watch import CustodyWatch
from aforo.flow.order import order_of
from aforo.flow.telemetry import Statement, record
from aforo.intake.seal_block import FIRST, encode
from aforo.log.store import Log
from aforo.routing.policy import PolicyError, default_document, parse


def put(made: Listening, document: bytes, kind: str = "corridor", status: int = 200) -> dict[str, object]:
    answer = made.as_("supervisor").put(f"/v1/roads/{kind}", json={"document": document.decode()})
    assert answer.status_code == status, answer.text
    found: dict[str, object] = answer.json()
    return found


def last(log: Log, crossing: str) -> Decided:
    decided, _ = order_of(log.stream(f"crossing/{crossing}"))
    assert decided is not None
    return decided


def custody_of(decided: Decided) -> set[str]:
    return {code for source, code, *_ in decided.stated if source == "custody"}


def look(made: Listening) -> None:
    CustodyWatch(made.log).look()
    Watch(made.log).look()


def test_documents_are_put_in_force_listed_read_and_rolled_back(post: Post) -> None:
    with listening(post) as made:
        officer = made.as_("officer")
        assert officer.get("/v1/roads").json() == {"documents": []}
        first, second = put(made, corridor()), put(made, corridor(version="2"))
        assert first["hash"] != second["hash"]
        assert second["document"] == corridor(version="2").decode()
        put(made, b'id = "yards"\nversion = "1"\n', "fences")
        put(made, (limits.shipped_document()), "limits")
        listed = officer.get("/v1/roads").json()["documents"]
        assert [(each["kind"], each["name"], each["trips"]) for each in listed] == [
            ("corridor", NAME, 0), ("fences", "yards", 0), ("limits", "alerts", 0),
        ]  # fmt: skip
        sealed_trip(made, "T-1", corridor=NAME)
        assert officer.get(f"/v1/roads/corridor/{NAME}").json()["trips"] == 1
        back = made.as_("supervisor").post(f"/v1/roads/corridor/{NAME}/rollback").json()
        assert back["documents"][0]["hash"] == first["hash"]
        assert officer.get(f"/v1/roads/corridor/{NAME}").json()["document"] == corridor().decode()
        assert officer.get("/v1/roads/corridor/elsewhere").status_code == 404
        assert officer.get("/v1/roads/rivers/elsewhere").status_code == 404


def test_all_that_is_wrong_with_a_document_is_said(post: Post) -> None:
    wrong = corridor(
        more="""
[[dead_zone]]
id = "pass"
from_km = 900.0
until_km = 910.0
heard = { share = 0.1, source = "a book" }

[[stop]]
id = "inn"
name = "Inn"
lat = 26.0
lon = -100.0
radius = { metres = 100, source = "assumed" }

[[stop]]
id = "inn"
name = "Inn"
lat = 26.0
lon = -100.0
radius = { metres = 100, source = "assumed" }
"""
    ).replace(b"America/Monterrey", b"America/Nowhere")
    with listening(post) as made:
        told = put(made, wrong, status=422)
        problems = told["problems"]
        assert isinstance(problems, list)
        assert {each["code"] for each in problems} == {
            "road_source_unknown", "road_zone", "road_id_twice", "road_dead_zone",
        }  # fmt: skip
        assert all(each["reason"]["es"] for each in problems)
        put(made, b"id = [", status=422)
        put(made, b"[saves]\n", "limits", status=422)
        assert made.as_("officer").get("/v1/roads").json() == {"documents": []}


def test_a_trip_names_a_corridor_that_is_in_force(post: Post) -> None:
    with listening(post) as made:
        body = {"regime": "export", "carrier": "CA-1", "corridor": "nowhere",
                "deadline": (made.log.clock() + timedelta(days=1)).isoformat()}  # fmt: skip
        answer = made.carrier().put("/v1/trips/T-1", json=body)
        assert answer.status_code == 422
        assert answer.json()["problems"][0]["code"] == "trip_corridor"


def ordinary(learnt: Learnt, own: str) -> dict[str, object]:
    """A truck of parties that are known from before: what is explored is new ones."""
    parties = ("importer_id", "exporter_id", "broker_id", "carrier_id", "hs6", "gross_mass_kg", "value_usd", "packages")
    known = learnt.future.filter(learnt.labels["outcome"] == 0).select(parties).row(3, named=True)
    return truck(own, bridge="Colombia", **known)


def test_a_truck_that_leaves_its_road_is_an_alert_and_is_examined(post: Post, learnt: Learnt) -> None:
    """What a seal says over the API ends in an alert and in another examination, with the evidence in the decision."""
    with post.log() as log:
        put_in_force(log, book(COLOMBIA, steep=1.5, units=4))
    with listening(post) as made:
        weighing = CustodyWeighing(made.desk, made.log)
        made.desk.do(lambda node: stand(node, waiting=30.0, up=4)).result()
        filed = ordinary(learnt, "a")
        carrier = str(filed["carrier_id"])
        made.as_("officer").post("/v1/filings", json=filed)
        before = last(made.log, "a")
        assert before.examination == "release"
        assert custody_of(before) == set()
        put(made, corridor())
        since = sealed_trip(made, "T-1", carrier, corridor=NAME, crossing="a")
        start = microseconds(since)
        report(made, "T-1", opened(strayed(on_the_road(start, 60), 30, 40), 32, 33), carrier)
        look(made)
        kinds = sorted(each.kind for each in Alerts(made.log).open() if each.subject == "trip/T-1")
        assert kinds == ["custody_broken", "trip_astray"]
        (told,) = weighing.look()
        after = last(made.log, "a")
        assert custody_of(after) == {"astray", "broken"}
        assert (told.was, told.now) == ("release", after.examination)
        assert STRICTNESS[after.examination] > STRICTNESS["release"]
        assert "order_raised" in {each.kind for each in Alerts(made.log).open()}
        # It is in the waterfall, in words, and the decision comes out the same when it is made again.
        shown = made.as_("officer").get(f"/v1/decisions/{told.decision}").text
        assert "a seal of its trip was opened, removed or swapped where it may not be" in shown
        assert "salió de su corredor" in shown
        assert different(made.log) == []
        # Nothing new is nothing to decide.
        assert weighing.look() == []
        # A further filing of the same truck knows of it too.
        amended = ordinary(learnt, "a2") | {"amends": "a", "action": "replace"}
        made.as_("officer").post("/v1/filings", json=amended)
        assert custody_of(last(made.log, "a")) == {"astray", "broken"}


def test_what_nobody_signed_is_claimed_until_somebody_vouches_for_it(post: Post) -> None:
    """Whoever reaches the line of a seal without a key can say that it was opened: that is told, and weighs less."""
    with listening(post) as made:
        weighing, officer = CustodyWeighing(made.desk, made.log), made.as_("officer")
        officer.post("/v1/filings", json=truck("a", bridge="Colombia"))
        since = sealed_trip(made, "T-1", crossing="a", key="")
        lines = [
            line("T-1-seal", index + 1, since + timedelta(minutes=40 + 2 * index), *said)
            for index, said in enumerate([("Normal", "Close"), ("Event-Door", "Open")])
        ]
        answer = made.carrier().post("/v1/custody/readings/seal_text", content="\n".join(lines)).json()
        assert (answer["readings"], answer["problems"]) == (2, [])
        look(made)
        (claimed,) = weighing.look()
        assert custody_of(last(made.log, "a")) >= {"broken_claimed"}
        shown = officer.get(f"/v1/decisions/{claimed.decision}")
        assert "claimed, unsigned: a seal of its trip was opened, removed or swapped where it may not be" in shown.text
        assert "afirmado, sin firma: un candado de su viaje se abrió, se quitó o se cambió" in shown.text
        was = added(claimed.decided, "broken_claimed")
        # A gateway that signs took the same from the seal.
        gate = SigningKey(b"8" * 32)
        device = {"kind": "gateway", "supplier": "Norte", "promise_s": 600, "tolerance_s": 60, "key": key_of(gate)}
        assert made.as_("supervisor").put("/v1/devices/gate-1", json=device).status_code == 200
        readings = heard_of((each.event, each.payload) for each in made.log.stream("device/T-1-seal")).readings
        block = encode("T-1-seal", "gate-1", 1, 0, FIRST, readings, lambda said: gate.sign(said).signature)
        blocks = {"blocks": [base64.b64encode(block).decode()]}
        assert made.carrier().post("/v1/custody/blocks", json=blocks).json()["problems"] == []
        look(made)
        (proven,) = weighing.look()
        assert "broken" in custody_of(last(made.log, "a"))
        assert "broken_claimed" not in custody_of(last(made.log, "a"))
        assert "claimed, unsigned" not in officer.get(f"/v1/decisions/{proven.decision}").text
        now = added(proven.decided, "broken")
        assert [2 * each for each in was] == now, "a claim weighs half of what is proven"
        assert different(made.log) == []
        assert weighing.look() == []


def line(device: str, index: int, at: datetime, kind: str, door: str) -> str:
    """A message of a plain-text seal that stands by the road, far from where it may be opened."""
    own = at.astimezone(UTC)
    return (
        f"##S,eSeal,{device},ABCD,1.0,{kind},{index},{own:%Y-%m-%d},{own:%H:%M:%S},120,A,"
        f"26.400000N 100.00{index}000W,40,80,{door},0,0:0:0:0,3.9,-71,E##"
    )


def added(decided: Decided, code: str) -> list[int]:
    """What a fact of custody adds to the threats, in micro-log-odds."""
    return [micro for source, own, _, micro, _ in decided.stated if (source, own) == ("custody", code)]


def evidence_by(made: Listening, trip: str, client: httpx.Client) -> object:
    """On what ground a trip is told to be evidence, by itself and in the list of its crossing."""
    alone = client.get(f"/v1/trips/{trip}").json()
    listed = client.get("/v1/trips", params={"crossing": alone["crossing"]}).json()["trips"]
    assert alone in listed
    return alone["evidence_by"]


def in_order(client: httpx.Client) -> list[str]:
    """The trips of a crossing as they are told of with it."""
    return [each["trip"] for each in client.get("/v1/custody", params={"crossing": "a"}).json()["custody"]]


def test_no_carrier_makes_evidence_about_the_crossing_of_another(post: Post) -> None:
    """Who hauls may be another than who filed, so the trip is taken; its seal says nothing of a truck that no filing
    and no authority says that it is on."""
    with listening(post) as made:
        weighing, officer = CustodyWeighing(made.desk, made.log), made.as_("officer")
        officer.post("/v1/filings", json=truck("a", bridge="Colombia"))
        put(made, corridor())
        for trip, carrier in (("T-1", "CA-1"), ("T-2", "CA-9")):
            since = sealed_trip(made, trip, carrier, corridor=NAME, crossing="a")
            start = microseconds(since)
            drive = on_the_road(start, 60) if trip == "T-1" else opened(strayed(on_the_road(start, 60), 30, 40), 32, 33)
            report(made, trip, drive, carrier)
        look(made)
        assert ("trip_astray", "trip/T-2") in {(each.kind, each.subject) for each in Alerts(made.log).open()}
        assert weighing.look() == []
        amended = truck("a2", bridge="Colombia") | {"amends": "a", "action": "replace"}
        officer.post("/v1/filings", json=amended)
        assert custody_of(last(made.log, "a")) == set()
        assert [evidence_by(made, each, officer) for each in ("T-1", "T-2")] == ["carrier", None]
        assert in_order(officer) == ["T-1", "T-2"], "what is evidence comes before what was announced later"
        # A reader's read says that the seal passed, and not that it is on this truck.
        read = SealRead("MX T-2", "", "Colombia/booth", "reader-1")
        record([Statement(read, "trip/T-2", made.log.clock(), "read")], made.log, actor="gate")
        assert weighing.look() == []
        # An officer reads the number at the truck.
        officer.post("/v1/trips/T-2/seal-read", json={"seal_id": "MX T-2"})
        (told,) = weighing.look()
        assert custody_of(last(made.log, "a")) == {"astray", "broken"}
        assert told.crossing == "a"
        assert evidence_by(made, "T-2", officer) == "authority"
        assert in_order(officer) == ["T-2", "T-1"]
        assert evidence_by(made, "T-2", made.carrier("CA-9")) is None, "carriers are not told what is evidence"
        assert different(made.log) == []


def test_what_an_authority_vouched_for_is_one_crossing(post: Post) -> None:
    """Its carrier may name another crossing until it is sealed; the word of the authority stays behind."""
    with listening(post) as made:
        officer, carrier = made.as_("officer"), made.carrier("CA-9")
        for name in ("a", "b"):
            officer.post("/v1/filings", json=truck(name, bridge="Colombia"))
        deadline = made.log.clock() + timedelta(days=1)
        body = {"regime": "export", "carrier": "CA-9", "deadline": deadline.isoformat()}
        assert carrier.put("/v1/trips/T-2", json=body | {"crossing": "a"}).status_code == 200
        grounds = []
        for client, crossing in ((officer, "a"), (carrier, "a"), (carrier, "b"), (carrier, "a"), (officer, "b")):
            answer = client.put("/v1/trips/T-2", json=body | {"crossing": crossing})
            assert answer.status_code == 200, answer.text
            grounds.append(evidence_by(made, "T-2", officer))
        assert grounds == ["authority", "authority", None, "authority", "authority"]


def test_late_data_takes_the_evidence_back_and_the_crossing_is_decided_again(post: Post) -> None:
    """Two fixes far out are a deviation, until what lay between them comes: it was on the road meanwhile."""
    with listening(post) as made:
        weighing = CustodyWeighing(made.desk, made.log)
        made.as_("officer").post("/v1/filings", json=truck("a", bridge="Colombia"))
        put(made, corridor())
        since = sealed_trip(made, "T-1", corridor=NAME, crossing="a")
        readings = on_the_road(microseconds(since), 60)
        far = strayed(strayed(readings, 31, 32, 0.06), 35, 36, 0.06)
        early = encode("T-1-seal", "T-1-seal", 2, 0, FIRST, far[[31, 35]], lambda said: KEY.sign(said).signature)
        answer = made.carrier().post("/v1/custody/blocks", json={"blocks": [base64.b64encode(early).decode()]})
        assert answer.status_code == 200
        look(made)
        weighing.look()
        assert "astray" in custody_of(last(made.log, "a"))
        report(made, "T-1", readings)
        look(made)
        (again,) = weighing.look()
        assert again.crossing == "a"
        assert "astray" not in custody_of(last(made.log, "a"))
        caused = [each.payload for each in made.log.stream("causes/T-1")][-1]
        assert isinstance(caused, TripCaused)
        assert ("deviation", "late_data") in {(each.kind, each.why) for each in caused.withdrawn}
        assert different(made.log) == []
        assert weighing.look() == []


def test_a_trip_that_an_authority_moves_to_another_crossing_is_evidence_of_that_alone(post: Post) -> None:
    with listening(post) as made:
        weighing, officer = CustodyWeighing(made.desk, made.log), made.as_("officer")
        for name in ("a", "b"):
            officer.post("/v1/filings", json=truck(name, bridge="Colombia"))
        put(made, corridor())
        since = sealed_trip(made, "T-1", corridor=NAME, crossing="a")
        report(made, "T-1", strayed(on_the_road(microseconds(since), 60), 30, 40))
        look(made)
        weighing.look()
        assert [custody_of(last(made.log, each)) for each in ("a", "b")] == [{"astray"}, set()]
        stands = officer.get("/v1/trips/T-1").json()
        body = {name: stands[name] for name in ("regime", "carrier", "deadline", "places", "corridor")}
        assert officer.put("/v1/trips/T-1", json=body | {"crossing": "b"}).status_code == 200
        assert {each.crossing for each in weighing.look()} == {"a", "b"}
        assert [custody_of(last(made.log, each)) for each in ("a", "b")] == [set(), {"astray"}]
        assert different(made.log) == []
        assert weighing.look() == []
        # It may be for none any more.
        assert officer.put("/v1/trips/T-1", json=body).status_code == 200
        assert [each.crossing for each in weighing.look()] == ["b"]
        assert custody_of(last(made.log, "b")) == set()


def test_another_document_takes_the_evidence_back_and_no_order(post: Post) -> None:
    with listening(post) as made:
        weighing = CustodyWeighing(made.desk, made.log)
        made.as_("officer").post("/v1/filings", json=truck("a", bridge="Colombia"))
        put(made, corridor())
        since = sealed_trip(made, "T-1", corridor=NAME, crossing="a")
        report(made, "T-1", strayed(on_the_road(microseconds(since), 60), 30, 40))
        look(made)
        (told,) = weighing.look()
        ordered = last(made.log, "a")
        assert custody_of(ordered) == {"astray"}
        put(made, corridor(half_width=9_000, version="2"))
        made.as_("officer").post("/v1/trips/T-1/seal-read", json={"seal_id": "MX T-1"})
        look(made)
        (again,) = weighing.look()
        assert custody_of(last(made.log, "a")) == set()
        assert STRICTNESS[again.now] >= STRICTNESS[told.now], "an order is an officer's to lower"
        assert different(made.log) == []


def test_an_intact_seal_lowers_nothing(post: Post) -> None:
    """A truck that must be examined is, whatever its seal says."""
    from test_flow_selection import MANDATORY
    from test_flow_selection import put_in_force as put_rules_in_force

    with post.log() as log:
        put_rules_in_force(log, MANDATORY)
    with listening(post) as made:
        weighing = CustodyWeighing(made.desk, made.log)
        made.as_("officer").post("/v1/filings", json=truck("w", bridge="Colombia", seal_id="WATCHED"))
        before = last(made.log, "w")
        assert before.mandatory
        put(made, corridor())
        since = sealed_trip(made, "T-1", corridor=NAME, crossing="w")
        report(made, "T-1", on_the_road(microseconds(since), 60))
        look(made)
        assert weighing.look() == []
        assert last(made.log, "w") == before


def test_a_policy_by_which_a_seal_lowers_what_is_feared_is_refused() -> None:
    document = default_document() + b'intact = { contraband = -1.0, source = "assumed" }\n'
    with pytest.raises(PolicyError, match="intact"):
        parse(document)
