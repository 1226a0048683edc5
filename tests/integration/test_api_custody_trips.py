"""What a carrier may change of its own trip over HTTP once it bears a seal, and what only an authority does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from journeys import Post
from listening import Listening, listening
from sealed import MINUTE, opened
from test_api_custody import _iso, code, driven, now_of, open_trip, register, seal, sealed_trip, signed

from aforo.api import custody as custody_api
from aforo.api.access import Rate
from aforo.custody.live import Stands
from aforo.custody.trip import KnownTrip
from aforo.domain.clock import instant, microseconds
from aforo.domain.event import new_event
from aforo.domain.trip import Sealed, TripCause, TripCaused, Unsealed
from aforo.flow import trip_acts
from aforo.flow.custody import Custody
from aforo.flow.custody_shown import StandingShown
from aforo.log.ids import event_id

if TYPE_CHECKING:
    from journeys import Learnt


@pytest.fixture(scope="module")
def served(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    with listening(Post(learnt, tmp_path_factory.mktemp("served")), rate=Rate(1e6, 1e6)) as made:
        yield made


def state(made: Listening, trip: str) -> str:
    return str(made.as_("officer").get(f"/v1/trips/{trip}/custody").json()["state"])


def broken_trip(made: Listening, name: str) -> None:
    since = sealed_trip(made, name)
    blocks = signed(f"{name}-seal", opened(driven(31, microseconds(since)), 12, 14))
    assert made.carrier("CA-1").post("/v1/custody/blocks", json={"blocks": blocks}).status_code == 200
    assert state(made, name) == "broken"


def anew(made: Listening, trip: str, **changes: Any) -> dict[str, Any]:
    """A trip announced again as it stands, but for some changes."""
    stands = made.carrier("CA-1").get(f"/v1/trips/{trip}").json()
    return {"regime": stands["regime"], "carrier": stands["carrier"], "deadline": stands["deadline"]} | changes


def put(made: Listening, trip: str, **changes: Any) -> httpx.Response:
    return made.carrier("CA-1").put(f"/v1/trips/{trip}", json=anew(made, trip, **changes))


def test_no_carrier_allows_an_opening_after_it_happened(served: Listening) -> None:
    broken_trip(served, "excused")
    everywhere = [{"name": "yard", "latitude": 26, "longitude": -100.2, "radius_m": 20_000, "use": "open"}]
    later = (now_of(served) + timedelta(days=30)).isoformat()
    for changed in (
        {"places": everywhere}, {"deadline": later}, {"regime": "domestic"}, {"supplier": "Norte"},
        {"convoy": "c"}, {"authorised": ["Rosa Vega"]},
    ):  # fmt: skip
        assert code(put(served, "excused", **changed)) == "trip_sealed", changed
    assert state(served, "excused") == "broken"
    assert put(served, "excused").status_code == 200, "the same again is no change"
    assert put(served, "excused", crossing="CA-TRIP-1", carta_porte="CCC").json()["crossing"] == "CA-TRIP-1"
    body = anew(served, "excused", deadline=later)
    assert served.as_("officer").put("/v1/trips/excused", json=body).status_code == 200


def test_what_is_cause_to_act_stays_evidence_of_its_crossing(served: Listening) -> None:
    broken_trip(served, "evidence")
    assert put(served, "evidence", crossing="CA-TRIP-2").status_code == 200
    log, at = served.log, microseconds(now_of(served))
    cause = TripCause("opened:1", "opened", "evidence-seal", at, at, at, 2**62, "device")
    version = log.versions(["causes/evidence"]).get("causes/evidence", 0)
    now = log.clock()
    who = {"occurred_at": now, "recorded_at": now, "actor": "node"}
    log.append([new_event(event_id(now), TripCaused((cause,)), "causes/evidence", version + 1, **who)])
    assert code(put(served, "evidence", crossing="CA-TRIP-3")) == "trip_sealed_for"
    assert put(served, "evidence", crossing="CA-TRIP-2", carta_porte="CCC").status_code == 200


def test_no_carrier_changes_what_a_seal_was_put_on_for(served: Listening) -> None:
    """A load that was sealed under one Carta Porte went on under another, also after its seal was broken."""
    named = {"crossing": "CA-TRIP-7", "carta_porte": "CCC-1"}
    assert open_trip(served, "bound", **named).json()["authorised"] == 0, "nobody is named who alone may seal it"
    assert put(served, "bound", **named | {"carta_porte": "CCC-2"}).status_code == 200, "it bears no seal yet"
    named["carta_porte"] = "CCC-2"
    assert register(served, "bound-seal").status_code == 200
    (bound,) = seal(served, "bound", "bound-seal").json()["seals"]
    assert {name: bound[name] for name in named} == named
    for name in named:
        for other in ("other", ""):
            answer = put(served, "bound", **named | {name: other})
            assert code(answer) == "trip_sealed_for"
            assert answer.json()["problems"][0]["reason"]["es"].startswith("Este viaje ya llevó candado")
    officer = served.as_("officer")
    body = anew(served, "bound", **named | {"carta_porte": "CCC-3"})
    assert officer.put("/v1/trips/bound", json=body).status_code == 200
    assert officer.post("/v1/trips/bound/unseal", json={"device": "bound-seal", "authority": "CBP"}).status_code == 200
    assert code(put(served, "bound", **named)) == "trip_sealed_for", "nor once it was taken off"
    (bound,) = officer.get("/v1/trips/bound").json()["seals"]
    assert (bound["crossing"], bound["carta_porte"]) == ("CA-TRIP-7", "CCC-2")
    record = [each.payload for each in served.log.stream("trip/bound")]
    acts = [(each.crossing, each.carta_porte) for each in record if isinstance(each, Sealed | Unsealed)]
    assert acts == [("CA-TRIP-7", "CCC-2"), ("CA-TRIP-7", "CCC-3")], "the record has both"


def test_a_carrier_names_after_the_sealing_what_was_not_named_yet(served: Listening) -> None:
    sealed_trip(served, "unnamed")
    (bound,) = served.carrier("CA-1").get("/v1/trips/unnamed").json()["seals"]
    assert (bound["crossing"], bound["carta_porte"]) == (None, None)
    assert put(served, "unnamed", carta_porte="CCC-1").json()["carta_porte"] == "CCC-1"
    told = put(served, "unnamed", carta_porte="CCC-1", crossing="CA-TRIP-8").json()
    assert (told["crossing"], told["seals"][0]["crossing"]) == ("CA-TRIP-8", None), "it was not put on for that"
    assert code(put(served, "unnamed", carta_porte="CCC-2", crossing="CA-TRIP-8")) == "trip_sealed_for"


def test_a_seal_that_stands_is_not_put_on_again(served: Listening) -> None:
    """It would end what the seal was until then: broken would be intact."""
    broken_trip(served, "again")
    before = served.log.versions(["trip/again"])["trip/again"]
    since = served.carrier("CA-1").get("/v1/trips/again").json()["seals"][0]["since"]
    for changes in ({}, {"at": since}):
        answer = seal(served, "again", "again-seal", **changes)
        assert (answer.status_code, len(answer.json()["seals"])) == (200, 1), "who asks again is answered the same"
    assert served.log.versions(["trip/again"])["trip/again"] == before
    later = instant(microseconds(now_of(served))).isoformat()
    for changes in ({"at": later}, {"seal_id": "MX 2"}):
        assert code(seal(served, "again", "again-seal", **changes)) == "device_seals_this"
    assert state(served, "again") == "broken"
    officer = served.as_("officer").post
    assert officer("/v1/trips/again/unseal", json={"device": "again-seal", "authority": "CBP"}).status_code == 200
    assert len(seal(served, "again", "again-seal").json()["seals"]) == 2


def test_a_device_is_bound_once_by_two_at_once(served: Listening, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other binds it after this one saw that it was free."""
    sealed_trip(served, "faster")
    assert open_trip(served, "slower").status_code == 200
    assert register(served, "wanted").status_code == 200
    served.as_("officer").post("/v1/trips/faster/unseal", json={"device": "faster-seal", "authority": "CBP"})
    asked, sealed_by = [], Custody.sealed_by

    def seen(custody: Custody, device: str) -> KnownTrip | None:
        found = sealed_by(custody, device)
        if device == "wanted" and not asked:
            asked.append(device)
            assert seal(served, "faster", device).status_code == 200
        return found

    monkeypatch.setattr(Custody, "sealed_by", seen)
    assert code(seal(served, "slower", "wanted")) == "device_seals_another"
    assert served.as_("officer").get("/v1/devices/wanted").json()["trip"] == "faster"


def test_a_device_on_another_carriers_load_tells_its_own_carrier_nothing_of_it(
    served: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed_trip(served, "lent")
    at = microseconds(now_of(served) - timedelta(minutes=1))
    monkeypatch.setattr(Custody, "stands", lambda *_: Stands(at, 257_000_000, -1_003_000_000, (), 0, "device"))
    assert served.carrier("CA-1").get("/v1/devices/lent-seal").json()["trip"] == "lent"
    assert register(served, "lent-seal", carrier="CA-2").status_code == 200
    for path in ("/v1/devices/lent-seal", "/v1/devices"):
        told = served.carrier("CA-2").get(path).json()
        (device,) = (each for each in told.get("devices", [told]) if each["device"] == "lent-seal")
        assert (device["trip"], device["stands"], device["silent"]) == (None, None, False)
    seen = served.as_("officer").get("/v1/devices/lent-seal").json()
    assert (seen["trip"], seen["stands"]["latitude"]) == ("lent", 25.7)
    off = served.as_("officer").post("/v1/trips/lent/unseal", json={"device": "lent-seal", "authority": "CBP"})
    assert off.status_code == 200
    other = served.carrier("CA-2")
    told = other.get("/v1/devices/lent-seal").json()
    assert (told["trip"], told["stands"]) == (None, None), "where that load was last"
    said = {"regime": "export", "carrier": "CA-2", "deadline": (now_of(served) + timedelta(days=1)).isoformat()}
    assert other.put("/v1/trips/next", json=said).status_code == 200
    assert other.post("/v1/trips/next/seal", json={"device": "lent-seal", "seal_id": "MX 2"}).status_code == 200
    told = other.get("/v1/devices/lent-seal").json()
    assert (told["trip"], told["stands"]) == ("next", None)


def test_no_carrier_keeps_an_authority_from_recording_what_it_sees(
    served: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed_trip(served, "full")
    monkeypatch.setattr(trip_acts, "MOST_EVENTS", served.log.versions(["trip/full"])["trip/full"])
    assert code(put(served, "full")) == "trip_events_many"
    read = served.as_("officer").post("/v1/trips/full/seal-read", json={"seal_id": "MX 9"})
    assert (read.status_code, state(served, "full")) == (200, "broken")


@pytest.mark.parametrize(
    "name", ["V%23opened", "T%C2%A01", "%E2%80%AE1-T", "e%CC%81", "%20T", "T%20%20T", "%EF%BF%BD" * 101]
)
def test_no_trip_is_called_what_reads_as_another(served: Listening, name: str) -> None:
    """Alerts name a cause as TRIP#CAUSE: that of a trip `V#opened` read as one of the trip `V`."""
    assert code(open_trip(served, name)) == "trip_name"


def test_the_custody_of_a_crossing_at_every_instant_and_as_it_was_known(served: Listening) -> None:
    since = sealed_trip(served, "for-one")
    assert open_trip(served, "for-one", crossing="CR-7").status_code == 200
    start = microseconds(since)
    blocks = signed("for-one-seal", opened(driven(31, start), 12, 14))
    served.carrier("CA-1").post("/v1/custody/blocks", json={"blocks": blocks})
    officer = served.as_("officer")
    now = officer.get("/v1/custody", params={"crossing": "CR-7"}).json()
    before, began = _iso(start + 20 * MINUTE), _iso(start)

    def state(**asked: str) -> list[tuple[str, str]]:
        answer = officer.get("/v1/custody", params={"crossing": "CR-7", **asked})
        return [(each["trip"], each["state"]) for each in answer.json()["custody"]]

    assert [(each["trip"], each["state"]) for each in now["custody"]] == [("for-one", "broken")]
    assert state(at=before) == [("for-one", "intact")], "it was opened later"
    assert officer.get("/v1/trips/for-one/custody", params={"at": before}).json()["state"] == "intact"
    assert state(known_by=began) == [], "nobody had announced it"
    assert state(at=_iso(start - MINUTE)) == [("for-one", "unsealed")]
    assert served.carrier("CA-1").get("/v1/custody", params={"crossing": "CR-7"}).json()["custody"] == now["custody"]
    assert served.carrier("CA-2").get("/v1/custody", params={"crossing": "CR-7"}).json()["custody"] == []
    assert officer.get("/v1/custody", params={"crossing": "CR-2"}).json()["custody"] == []
    assert officer.get("/v1/custody", params={"crossing": "CR-7", "at": before[:-1]}).status_code == 400


def test_no_more_trips_of_a_crossing_are_judged_than_may_be_and_the_rest_is_told_of(
    served: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    officer = served.as_("officer")
    said = {"regime": "export", "carrier": "CA-1", "deadline": (now_of(served) + timedelta(days=1)).isoformat()}
    assert officer.put("/v1/trips/vouched", json={**said, "crossing": "CR-8"}).status_code == 200
    for number in range(4):
        assert open_trip(served, f"claimed-{number}", crossing="CR-8").status_code == 200
    assert open_trip(served, "claimed-1", crossing="CR-8").status_code == 200, "announced anew it is not newer"
    other = {**said, "carrier": "CA-2", "crossing": "CR-8"}
    assert served.carrier("CA-2").put("/v1/trips/of-another", json=other).status_code == 200
    assert officer.post("/v1/trips/claimed-3/discharge", json={"where": "customs"}).status_code == 200
    judged: list[str] = []

    def standing_of(custody: Custody, trip: str, *known: Any) -> StandingShown:
        judged.append(trip)
        return judge(custody, trip, *known)

    judge = custody_api.standing_of
    monkeypatch.setattr(custody_api, "standing_of", standing_of)
    monkeypatch.setattr(custody_api, "MOST_ASKED", 3)

    def told(client: httpx.Client, *trips: str) -> tuple[list[str], int]:
        judged.clear()
        answer = client.get("/v1/custody", params={"crossing": "CR-8", "trip": trips}).json()
        names = [each["trip"] for each in answer["custody"]]
        assert judged == names
        return names, answer["left_out"]

    assert told(officer) == (["vouched", "of-another", "claimed-2"], 3)
    assert told(officer, "claimed-0", "vouched") == (["claimed-0", "vouched", "of-another"], 3)
    assert told(served.carrier("CA-1")) == (["claimed-2", "claimed-1", "claimed-0"], 2), "its own are counted alone"
    assert told(served.carrier("CA-2")) == (["of-another"], 0)
    monkeypatch.setattr(custody_api, "MOST_ASKED", 50)
    every = ["vouched", "of-another", "claimed-2", "claimed-1", "claimed-0", "claimed-3"]
    assert told(officer) == (every, 0), "what is over comes last"
