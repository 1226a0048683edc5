"""What a verdict rests on, over HTTP: the bundle that both verifiers take, the way of a trip, where trips are now."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import httpx
import msgspec
import pytest
from journeys import Post
from listening import Listening, listening
from sealed import drive, opened
from second_verifier import second
from test_api_custody import line
from under_seal import BREACH, SOUND, breached, planned, report, sealed_trip, signed, sound

from aforo.api.access import Rate
from aforo.custody.bundle import Withheld, read
from aforo.custody.bundle_verdict import verified
from aforo.domain.clock import microseconds
from aforo.domain.trip import BundleGiven, CustodyStated, Unsealed
from aforo.flow import roads
from aforo.flow.custody_watch import CustodyWatch
from aforo.log import cosignatures
from aforo.log.checkpoint import opened as opened_note
from aforo.log.cosignature import WitnessSigner
from aforo.log.proof import last_checkpoint

if TYPE_CHECKING:
    from journeys import Learnt

WITNESS = WitnessSigner("witness.example", b"w" * 32)


@pytest.fixture(scope="module")
def served(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    post = Post(learnt, tmp_path_factory.mktemp("served"))
    with listening(post, rate=Rate(1e6, 1e6), witnesses=[WITNESS.public]) as made:
        breached(made, corridor=planned(made))
        sound(made)
        sound(made, "REY-1", "CA-2", regime="in_bond")
        yield made


def cosigned(made: Listening, seconds: int = 1_772_600_000) -> None:
    """The witness cosigns the newest checkpoint."""
    newest = last_checkpoint(made.log.database)
    assert newest is not None
    text = newest.note.partition("\n\n")[0] + "\n"
    cosignatures.keep(made.log.database, newest.size, {WITNESS.public.text: WITNESS.line(text, seconds)})


def bundle(made: Listening, client: httpx.Client, trip: str, **query: Any) -> httpx.Response:
    """The bundle of what the node states now, once a checkpoint covers that and is cosigned."""
    stated = client.post(f"/v1/trips/{trip}/statement").json()
    for _ in range(200):
        cosigned(made)
        answer = client.get(f"/v1/trips/{trip}/bundle", params={"statement": stated["event"], **query})
        if answer.status_code != 404:
            return answer
        assert answer.json()["type"] == "urn:aforo:problem:not_stated"
        time.sleep(0.05)
    raise AssertionError("no checkpoint covers the statement")


def test_a_bundle_over_http_is_taken_by_both_verifiers(served: Listening) -> None:
    officer = served.as_("officer")
    answer = bundle(served, officer, BREACH)
    assert answer.headers["content-disposition"] == f'attachment; filename="{BREACH}.bundle"'
    key = served.log.keys.signing.first(served.log.origin)
    verdict = verified(answer.content, key, WITNESS.public)
    assert {each.state for each in verdict.spans} >= {"open", "silent", "broken"}
    assert verdict.withheld == ()
    again = second().verify(answer.content, key.text, WITNESS.public.text)
    assert [each["state"] for each in again["spans"]] == [each.state for each in verdict.spans]


def test_what_was_stated_a_moment_ago_stands_until_something_comes(served: Listening) -> None:
    since = sealed_trip(served, "again")
    carrier = served.carrier("CA-1")
    first, twice = (carrier.post("/v1/trips/again/statement").json()["event"] for _ in range(2))
    assert first == twice
    report(served, "again", drive(5, start=microseconds(since), began=microseconds(since)))
    assert carrier.post("/v1/trips/again/statement").json()["event"] != first
    stated = served.log.stream("trip/again", types=(CustodyStated.TYPE,))
    assert [each.event.actor for each in stated] == ["node", "node"], "it is kept for good, and names no account"


def test_without_a_statement_or_a_witness_there_is_none(served: Listening) -> None:
    sealed_trip(served, "unstated")
    officer = served.as_("officer")
    assert officer.get("/v1/trips/unstated/bundle").json()["type"] == "urn:aforo:problem:not_stated"
    event = officer.post("/v1/trips/unstated/statement").json()["event"]
    for _ in range(200):
        told = officer.get("/v1/trips/unstated/proof").json()["statement"]
        if told["leaf"] is not None:
            break
        time.sleep(0.05)
    assert told == {**told, "event": event, "covered": False}, "no witness has cosigned it"
    assert officer.get("/v1/trips/unstated/bundle").status_code == 404
    assert officer.get("/v1/trips/unstated/bundle", params={"uncosigned": True}).status_code == 200
    assert officer.get("/v1/trips/nothing/bundle").json()["type"] == "urn:aforo:problem:not_found"


def test_a_carrier_is_shown_nothing_that_its_device_said_for_another(served: Listening) -> None:
    since = sealed_trip(served, "lent")
    carrier, other, officer = served.carrier("CA-1"), served.carrier("CA-2"), served.as_("officer")
    start = microseconds(since)
    report(served, "lent", drive(31, start=start, began=start))
    at = (since + timedelta(minutes=61)).isoformat()
    taken = officer.post("/v1/trips/lent/unseal", json={"device": "lent-seal", "authority": "CBP", "at": at})
    assert taken.status_code == 200, taken.text
    deadline = (served.log.clock() + timedelta(days=1)).isoformat()
    said = {"regime": "export", "carrier": "CA-2", "deadline": deadline}
    assert other.put("/v1/trips/borrowed", json=said).status_code == 200
    bound = {"device": "lent-seal", "seal_id": "MX 2", "at": at}
    assert officer.post("/v1/trips/borrowed/seal", json=bound).status_code == 200
    later = drive(35, start=start, began=start)
    report(served, "lent", opened(later, 33, 34)[30:])
    whole, own = (read(bundle(served, client, "lent").content) for client in (officer, carrier))
    hidden = [each for each in own.leaves if isinstance(each, Withheld)]
    assert [each for each in whole.leaves if isinstance(each, Withheld)] == []
    assert {each.why for each in hidden} == {"other_load"}
    assert {each.stream for each in hidden} == {"device/lent-seal"}
    assert len(hidden) == 2, "that it was bound, and the block that ends on it"
    key = served.log.keys.signing.first(served.log.origin)
    data = bundle(served, carrier, "lent").content
    assert b"borrowed" not in data
    assert verified(data, key, WITNESS.public).compared == (), "of the seal no states are told then"
    assert second().verify(data, key.text, WITNESS.public.text)["spans"] == []
    proofs = [client.get("/v1/trips/lent/proof").json() for client in (officer, carrier)]
    assert [each["total"] for each in proofs] == [8, 7]


def test_who_is_given_a_bundle_is_recorded_since_it_names_who_acted(served: Listening) -> None:
    since = sealed_trip(served, "given")
    carrier, officer = served.carrier("CA-1"), served.as_("officer")
    start = microseconds(since)
    report(served, "given", drive(5, start=start, began=start))
    assert officer.post("/v1/trips/given/unseal", json={"device": "given-seal", "authority": "CBP"}).status_code == 200
    (unsealed,) = served.log.stream("trip/given", types=(Unsealed.TYPE,))

    def given() -> list[tuple[str, str, str]]:
        said = [(each.event.actor, each.payload) for each in served.log.stream("bundle-given/given")]
        return [(actor, each.file, each.token) for actor, each in said if isinstance(each, BundleGiven)]

    data = bundle(served, carrier, "given").content
    assert f'"actor":"{unsealed.event.actor}"' in "".join(
        each.body.decode() for each in read(data).leaves if not isinstance(each, Withheld)
    ), "an administration that wants no names there gives its accounts badge numbers"
    ((actor, file, token),) = given()
    assert (actor, file) == (token, sha256(data).hexdigest())
    assert "CA-1" not in actor, "a carrier is recorded by its token"
    bundle(served, carrier, "given")
    assert len(given()) == 1, "once an hour"
    first = bundle(served, officer, "given").content
    assert [each[1] for each in given()] == [file, sha256(first).hexdigest()]
    assert given()[1][0] != actor
    assert b"bundle-given" not in bundle(served, officer, "given").content
    assert served.carrier("CA-2").get("/v1/trips/given/bundle").status_code == 404
    assert len(given()) == 2, "who is given none is not recorded"


def test_no_carrier_reads_in_a_bundle_where_trucks_are_watched(served: Listening) -> None:
    fence = b"""id = "watched"
version = "1"
[[fence]]
id = "hideout"
name = "Hideout"
use = "watched"
source = "assumed"
circle = { lat = 26.2, lon = -100.1, metres = 20000 }
"""
    roads.put(served.log, roads.checked(fence), "tester")
    try:
        start = microseconds(sealed_trip(served, "watched"))
        report(served, "watched", drive(31, start=start, began=start))
        (caused,) = served.log.stream("causes/watched")
        assert b"hideout" in caused.body.lower()
        for client in (served.carrier("CA-1"), served.as_("officer")):
            said = b"".join(
                each.body
                for each in read(bundle(served, client, "watched").content).leaves
                if not isinstance(each, Withheld)
            )
            assert b"trip.judged" in said
            for word in (b"trip.caused", b"hideout", b'"metres"'):
                assert word not in said.lower()
    finally:
        roads.put(served.log, roads.checked(b'id = "watched"\nversion = "2"\n', "fences"), "tester")


def test_what_a_verdict_rests_on_is_told_with_its_leaves_and_witnesses(served: Listening) -> None:
    officer = served.as_("officer")
    assert bundle(served, officer, BREACH).status_code == 200
    told = officer.get(f"/v1/trips/{BREACH}/proof").json()
    verdict = officer.get(f"/v1/trips/{BREACH}/custody").json()
    hashes = {each["hash"]: each for each in told["blocks"]}
    for fact in verdict["facts"]:
        for each in fact["rests_on"]:
            assert hashes[each]["leaf"] is not None
    assert told["grades"] == [{"grade": "device", "blocks": 10, "readings": 50}]
    assert told["log_keys"] == [served.log.keys.signing.first(served.log.origin).text]
    (witness,) = told["checkpoint"]["cosigned"]
    assert (witness["key"], witness["at"]) == (
        WITNESS.public.text,
        datetime.fromtimestamp(1_772_600_000, UTC).isoformat().replace("+00:00", "Z"),
    )
    checkpoint = opened_note(told["checkpoint"]["note"], served.log.keys.signing.first(served.log.origin))
    assert (checkpoint.size, checkpoint.root.hex()) == (told["checkpoint"]["size"], told["checkpoint"]["root"])
    assert told["statement"]["covered"] is True


def test_the_way_of_a_trip_by_state_with_its_gap_and_its_breach(served: Listening) -> None:
    told = served.as_("officer").get(f"/v1/trips/{BREACH}/track").json()
    assert (told["fixes"], told["doubted"], told["cut"]) == (50, 0, False)
    states = [each["state"] for each in told["pieces"]]
    assert states == ["intact", "open", "intact", "intact", "broken"]
    (hole,) = told["holes"]
    assert _minutes(hole["last"]["at"], hole["next"]["at"]) == 22
    assert 25_000 < hole["metres"] < 30_000
    breach = next(each for each in told["stretches"] if each["code"] == "opened")
    assert _minutes(breach["earliest"], breach["latest"]) == 2
    assert len(breach["points"]) == 2
    assert told["corridor"]["id"] == "monterrey-laredo"
    own = served.carrier("CA-1").get(f"/v1/trips/{BREACH}/track").json()
    assert (own["fixes"], own["corridor"]) == (50, None), "what its truck is held against no carrier reads"
    straight = served.as_("officer").get(f"/v1/trips/{SOUND}/track").json()
    (piece,) = straight["pieces"]
    assert len(piece["points"]) < 5, "of 61 fixes on a straight road few are drawn"
    assert straight["corridor"] is None
    whole = served.as_("officer").get(f"/v1/trips/{SOUND}/track", params={"tolerance_m": 0}).json()
    assert len(whole["pieces"][0]["points"]) > len(piece["points"])
    assert served.carrier("CA-2").get(f"/v1/trips/{BREACH}/track").status_code == 404


def test_the_list_is_asked_by_state_regime_and_carrier(served: Listening) -> None:
    CustodyWatch(served.log).look()
    officer = served.as_("officer")

    def names(**query: Any) -> set[str]:
        answer = officer.get("/v1/trips", params=query)
        assert answer.status_code == 200, answer.text
        return {each["trip"] for each in answer.json()["trips"]}

    assert BREACH in names(state="broken")
    assert SOUND not in names(state="broken")
    assert {BREACH, SOUND} <= names(state=["broken", "intact", "silent"])
    assert names(regime="in_bond") == {"REY-1"}
    assert names(carrier="ca-2") >= {"REY-1"}
    assert SOUND not in names(carrier="CA-2")
    assert officer.get("/v1/trips", params={"state": "perfect"}).status_code == 400
    first, second_ = (officer.get("/v1/trips", params={"limit": 1, "skip": each}).json() for each in (0, 1))
    assert first["total"] == second_["total"]
    assert first["trips"] != second_["trips"]
    (broken,) = [each for each in officer.get("/v1/trips").json()["trips"] if each["trip"] == BREACH]
    assert broken["judged"]["codes"] == ["opened"]


def test_a_trip_whose_broken_seal_was_taken_off_is_found_among_the_broken(served: Listening) -> None:
    breached(served, "OFF-1")
    officer = served.as_("officer")
    assert officer.post("/v1/trips/OFF-1/unseal", json={"device": "OFF-1-seal", "authority": "CBP"}).status_code == 200
    CustodyWatch(served.log).look()
    among = officer.get("/v1/trips", params={"state": "broken"}).json()["trips"]
    (found,) = [each for each in among if each["trip"] == "OFF-1"]
    assert (found["judged"]["state"], found["judged"]["before"]) == ("unsealed", "broken")


def test_where_trips_are_now(served: Listening) -> None:
    CustodyWatch(served.log).look()
    told = served.as_("officer").get("/v1/custody/now").json()
    by_name = {each["trip"]: each for each in told["trips"]}
    assert by_name[BREACH]["judged"]["state"] == "broken"
    track = served.as_("officer").get(f"/v1/trips/{BREACH}/track").json()
    assert by_name[BREACH]["last"] == track["pieces"][-1]["points"][-1] | {"grade": "device"}
    assert told["trips"][0]["judged"]["state"] == "broken", "the gravest first"
    own = served.carrier("CA-2").get("/v1/custody/now").json()
    assert {each["carrier"] for each in own["trips"]} == {"CA-2"}
    # What comes next moves it.
    since = datetime.fromisoformat(served.as_("officer").get(f"/v1/trips/{SOUND}").json()["seals"][0]["since"])
    start = microseconds(since)
    more = drive(3, start=start + 1, began=start, first=90)
    blocks = signed(f"{SOUND}-seal", more)
    assert served.carrier("CA-1").post("/v1/custody/blocks", json={"blocks": blocks}).status_code == 200
    after = {each["trip"]: each for each in served.as_("officer").get("/v1/custody/now").json()["trips"]}
    assert after[SOUND]["last"] == by_name[SOUND]["last"], "an earlier fix that comes late does not"


def test_fixes_that_are_ahead_of_time_move_nobody(served: Listening) -> None:
    since = sealed_trip(served, "ahead")
    start = microseconds(since)
    report(served, "ahead", drive(5, start=start, began=start))
    before = _now(served, "ahead")
    future = drive(5, start=start + 86_400_000_000, began=start, first=50)
    report(served, "ahead", future)
    assert _now(served, "ahead") == before


def test_where_a_trip_is_now_says_who_vouches_for_that(served: Listening) -> None:
    """A position that anybody may have claimed was told as one that the seal signed."""
    since = sealed_trip(served, "by-nobody", key="")
    sent = line("by-nobody-seal", 1, since + timedelta(minutes=2))
    answer = served.carrier("CA-1").post("/v1/custody/readings/seal_text", content=sent)
    assert answer.json()["problems"] == [], answer.text
    (found,) = [each for each in _whereabouts(served) if each["trip"] == "by-nobody"]
    assert found["last"]["grade"] == "unsigned"


def _whereabouts(made: Listening) -> list[dict[str, Any]]:
    trips: list[dict[str, Any]] = made.as_("officer").get("/v1/custody/now").json()["trips"]
    return trips


def _now(made: Listening, trip: str) -> Any:
    (found,) = [each for each in _whereabouts(made) if each["trip"] == trip]
    return msgspec.json.encode(found["last"])


def _minutes(one: str, other: str) -> int:
    return round((datetime.fromisoformat(other) - datetime.fromisoformat(one)).total_seconds() / 60)
