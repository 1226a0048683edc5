"""Answers over HTTP: in the sender's format or as it asks, and of the selection only when the policy says so."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from journeys import Post, clock_of, of_the_day, truck
from listening import Listening, listening
from test_api_access import operations
from test_flow_selection import BANDED, MANDATORY, put_in_force

from aforo.api.access import Rate
from aforo.domain.event import Noted, Numbered

if TYPE_CHECKING:
    from journeys import Learnt

SAMPLES = Path(__file__).resolve().parents[1] / "samples" / "intake" / "x12"
X12, PAGE, TEXT = {"Accept": "application/edi-x12"}, {"Accept": "text/html"}, {"Accept": "text/plain"}


#: Words of the officers' class, as keys or as codes; and what in a log leads back to how it was decided.
SECRETS = re.compile(
    r'"(?:evidence|log_odds|probability|control_?propensity|propensity|value|price|basis|control|rules?|model|score|lot|'
    r"mandatory|features|artefacts|decision|examination|threats?|seconded_by|shadow)\"|watched-seal|brackets"
)


@pytest.fixture(scope="module")
def served(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    with listening(Post(learnt, tmp_path_factory.mktemp("served")), rate=Rate(1e6, 1e6)) as made:
        yield made


def sample(name: str) -> bytes:
    return of_the_day((SAMPLES / name).read_bytes())


def interchange(name: str, number: int) -> bytes:
    """A 309 of one shipment of the carrier QXFT: the number of shipment and trip, and of the interchange."""
    text = sample("309_one_shipment.edi").decode()
    return text.replace("000000108", f"{number:09d}").replace("000480", name).replace("T26030210", f"T{name}").encode()


def segments(body: bytes, name: str) -> list[list[str]]:
    parts = [each.split("*") for each in body.decode("ascii").replace("\n", "").split("~")]
    return [each for each in parts if each[0] == name]


def sent(made: Listening, body: bytes, **headers: str) -> httpx.Response:
    return made.carrier("QXFT").post("/v1/filings", content=body, headers=headers)


def test_x12_is_answered_in_x12_and_in_whatever_else_is_asked_for(served: Listening) -> None:
    own = sent(served, interchange("000124", 7), Accept="*/*")
    assert (own.status_code, own.headers["content-type"]) == (200, "application/edi-x12")
    (st,), (isa,), (m10,) = segments(own.content, "ST"), segments(own.content, "ISA"), segments(own.content, "M10")
    assert (st[1], isa[6].strip(), isa[8].strip(), m10[1]) == ("355", "CUSTOMS", "QXFT", "QXFT")
    assert ["K1", "ACCEPTED"] in segments(own.content, "K1")
    kinds = {
        "application/json": "application/json",
        "text/html, */*;q=0.1": "text/html; charset=utf-8",
        "text/plain": "text/plain; charset=utf-8",
        "application/edi-x12;q=0.5, text/html;q=0.4": "application/edi-x12",
    }
    for accept, kind in kinds.items():
        told = sent(served, interchange("000124", 7), Accept=accept)
        assert (told.status_code, told.headers["content-type"]) == (200, kind)
        assert "no-store" in told.headers["cache-control"]
    assert sent(served, interchange("000124", 7), Accept="application/json").json()["filings"][0]["repeated"]


def test_a_set_that_is_refused_says_where_and_what_to_mend_in_x12(served: Listening) -> None:
    bad = sent(served, interchange("000125", 8).replace(b"N10*24*", b"N10*xx*"), Accept="*/*")
    assert (bad.status_code, bad.headers["content-type"]) == (422, "application/edi-x12")
    assert ["K1", "REFUSED"] in segments(bad.content, "K1")
    assert ["N9", "ZZ", "x12_number", "segment 20 N1001"] in segments(bad.content, "N9")
    as_json = sent(served, interchange("000125", 8).replace(b"N10*24*", b"N10*xx*"), Accept="application/json").json()
    assert (as_json["status"], as_json["answer"]["status"]) == (422, "refused")
    assert as_json["answer"]["grounds"][0]["citation"]
    assert as_json["problems"][0]["code"] == "x12_number"


def test_a_set_that_its_sender_may_not_file_says_which_segment_to_mend(served: Listening) -> None:
    anothers = served.carrier("CA-1").post("/v1/filings", content=interchange("000130", 13))
    assert anothers.status_code == 422
    assert ["N9", "ZZ", "carrier_not_yours", "segment 2 M1001"] in segments(anothers.content, "N9")
    sent(served, interchange("000131", 14))
    other = sent(served, interchange("000131", 15).replace(b"N10*24*", b"N10*23*"))
    assert ["N9", "ZZ", "filed_before_otherwise", "segment 9 M1101"] in segments(other.content, "N9")
    amending = sent(served, sample("309_amendments.edi"))
    astray = [each[3] for each in segments(amending.content, "N9") if each[2] == "amends_nothing_of_yours"]
    assert astray == ["segment 6 M1101", "segment 10 M1304"]
    as_json = served.carrier("CA-1").post("/v1/filings", content=json.dumps(truck("W", carrier_id="CA-2")))
    assert as_json.json()["problems"][0]["place"] == "record 1, carrier_id"


def test_each_set_of_a_file_has_an_answer_of_its_own_and_numbers_never_repeat(served: Listening) -> None:
    both = interchange("000126", 9) + interchange("000127", 10).replace(b"N10*24*", b"N10*xx*")
    told = sent(served, both, Accept="*/*")
    assert told.status_code == 200
    assert [each[1] for each in segments(told.content, "K1") if each[1] in ("ACCEPTED", "REFUSED")] == [
        "ACCEPTED", "REFUSED",
    ]  # fmt: skip
    numbers = [each[13] for each in segments(told.content, "ISA")]
    clock_of(served.log).move(seconds=1)
    numbers += [each[13] for each in segments(sent(served, both, Accept="*/*").content, "ISA")]
    assert len(set(numbers)) == 4
    assert sorted(map(int, numbers)) == list(range(int(min(numbers)), int(min(numbers)) + 4))


def test_who_writes_anothers_identifier_in_isa_learns_and_takes_none_of_its_numbers(served: Listening) -> None:
    def number(client: httpx.Client, body: bytes) -> int:
        return int(segments(client.post("/v1/filings", content=body).content, "ISA")[0][13])

    own, other = served.carrier("QXFT"), served.carrier("EVIL")
    first = number(own, interchange("000140", 20))
    head, _, rest = interchange("000141", 21).partition(b"~")
    theirs = head + b"~" + rest.replace(b"QXFT", b"EVIL")
    assert [number(other, theirs), number(other, interchange("000142", 22))] == [1, 2]
    assert number(own, interchange("000143", 23)) == first + 1


def test_two_carriers_whose_trips_come_out_as_one_name_do_not_meet(served: Listening) -> None:
    """Behind a SCAC of fewer letters a number may go on like one of four."""
    own = sent(served, interchange("000144", 24), Accept="application/json").json()["filings"][0]
    short = interchange("000145", 25).replace(b"M10*QXFT*", b"M10*QX*").replace(b"*T000145*", b"*FTT000144*")
    told = served.carrier("QX").post("/v1/filings", content=short, headers={"Accept": "application/json"}).json()
    assert [each["code"] for each in told["mend"] if each["code"] == "name_taken"] == ["name_taken"]
    assert own["crossing_id"] == "QXFTT000144"
    assert told["filings"][0]["crossing_id"] not in {"", own["crossing_id"]}


def test_what_is_no_filing_is_not_answered_in_x12(served: Listening) -> None:
    """An answer to an answer would go back and forth for ever."""
    notice = sample("350_status.edi")
    told = served.as_("officer").post("/v1/filings", content=notice)
    assert told.headers["content-type"] == "application/json"
    assert (told.json()["status"], told.json()["mend"][0]["code"]) == ("noted", "notice_kept")


def test_an_event_that_nothing_is_done_with_is_kept_and_answered_as_received_not_acted_on(served: Listening) -> None:
    told = sent(served, sample("353_events.edi"), Accept="*/*")
    assert (told.status_code, told.headers["content-type"]) == (200, "application/edi-x12")
    said = {each[1] for each in segments(told.content, "K1")}
    assert "RECEIVED, NOT ACTED ON" in said
    assert not {each for each in said if "ACCEPTED" in each or "LEGAL GROUND" in each}
    sent(served, sample("353_events.edi"), Accept="*/*")
    kept = [each.payload for each in served.log.read(types=[Noted.TYPE])]
    events = [(each.source, len(each.senders)) for each in kept if isinstance(each, Noted) and each.kind == "353"]
    assert events == [("x12", 1)] * 2, "each is kept, and kept once where it is sent again"


def test_json_is_answered_in_json_or_as_a_page(served: Listening) -> None:
    client, body = served.carrier(), json.dumps(truck("PAGE"))
    assert client.post("/v1/filings", content=body).headers["content-type"] == "application/json"
    assert client.post("/v1/filings", content=body, headers=X12).headers["content-type"] == "application/json"
    page = client.post("/v1/filings", content=body, headers=PAGE)
    assert "Su presentación" in page.text
    assert "PAGE" in page.text
    assert client.get("/v1/filings/PAGE", headers=TEXT).text.startswith("ACCEPTED\n")
    bad = client.post("/v1/filings", content=json.dumps(truck("BAD", hs6="12")), headers=PAGE)
    assert (bad.status_code, "hs6_format" in bad.text) == (422, True)


def test_a_declaration_that_came_in_x12_is_shown_in_x12_under_one_number(served: Listening) -> None:
    sent(served, interchange("000128", 11))
    client = served.carrier("QXFT")
    first, again = (client.get("/v1/filings/QXFTZ000128", headers=X12) for _ in range(2))
    assert (first.status_code, first.content) == (200, again.content)
    assert segments(first.content, "ST")[0][1] == "355"
    assert client.get("/v1/filings/QXFTZ000128", headers={"Accept": "application/json"}).json()["status"] == "accepted"
    assert served.carrier("CA-1").get("/v1/filings/QXFTZ000128", headers=X12).status_code == 404


def test_a_look_of_anybody_but_the_filer_takes_no_control_number(served: Listening) -> None:
    sent(served, interchange("000132", 16))
    before = len(served.log.read(types=[Numbered.TYPE]))
    for role in ("auditor", "officer"):
        for headers in (X12, {"Accept": "*/*"}):
            looked = served.as_(role).get("/v1/filings/QXFTZ000132", headers=headers)
            assert (looked.status_code, looked.headers["content-type"]) == (200, "application/json")
    assert len(served.log.read(types=[Numbered.TYPE])) == before
    own = served.carrier("QXFT").get("/v1/filings/QXFTZ000132", headers=X12)
    assert len(served.log.read(types=[Numbered.TYPE])) == before + 1
    assert served.as_("auditor").get("/v1/filings/QXFTZ000132", headers=X12).content == own.content


def test_no_route_and_no_form_shows_a_carrier_anything_of_an_officers_class(post: Post) -> None:
    """Every route that a carrier may use, in every form, before and after the booth, examined, held and refused."""
    with post.log() as log:
        put_in_force(log, BANDED, MANDATORY)
    with listening(post, rate=Rate(1e6, 1e6)) as made:
        texts: list[str] = []
        client, officer = made.carrier(), made.as_("officer")
        forms = ("*/*", "application/json", "text/html", "text/plain", "application/edi-x12")

        def seen(name: str) -> None:
            for accept in forms:
                for method, path, _ in operations(made):
                    url = path.replace("{declaration_id}", name).replace("{crossing_id}", name)
                    url += "?seconds=0" if path == "/v1/events" else ""  # a stream that ends
                    # The public feed is the same to everybody (tests/unit/test_public_feed); its figures have values.
                    if not path.startswith("/v1/feed") and (path != "/v1/subscriptions" or method == "get"):
                        told = client.request(method, url, headers={"Accept": accept})
                        texts.append(f"{told.headers} {told.text}")

        for trip in ("T1", "T2"):
            body = json.dumps(truck(trip, seal_id="WATCHED"))
            texts += [client.post("/v1/filings", content=body, headers={"Accept": each}).text for each in forms]
            texts.append(client.post("/v1/filings", content=json.dumps(truck(trip, seal_id="OTHER"))).text)
            seen(trip)
            officer.post(f"/v1/crossings/{trip}/arrival")
            seen(trip)
            order = {"examination": "hold" if trip == "T1" else "secondary", "reason": "watched-seal"}
            officer.post(f"/v1/crossings/{trip}/override", json=order)
            seen(trip)
            found = {"crossing_id": trip, "examined": 1, "outcome": int(trip == "T1")}
            officer.post("/v1/outcomes", content=json.dumps(found))
            seen(trip)
        ids = [stored.event.event_id for stored in made.log.read(types=["crossing.decided", "crossing.overridden"])]
        assert len(texts) > 200
        assert {"held", "released"} <= {client.get(f"/v1/filings/{trip}").json()["status"] for trip in ("T1", "T2")}
        for text in texts:
            assert not SECRETS.search(text), SECRETS.search(text)
            assert not [own for own in ids if own in text]
