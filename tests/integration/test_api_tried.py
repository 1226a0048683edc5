"""Trying a message out: read, checked and told of as one that is filed, and nothing of it is filed."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from journeys import Post, truck
from listening import Listening, listening

import aforo.api.tried as routes_of_trials
from aforo.api.access import Rate
from aforo.api.trying import Trials, TrialsBusyError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from journeys import Learnt

CODES = ("CA-1", "SBXC", "SBX010101AB1")


@pytest.fixture(scope="module")
def served(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    post = Post(learnt, tmp_path_factory.mktemp("tried"))
    post.clock.now = datetime(2026, 3, 2, 15, tzinfo=UTC)  # Carta Porte 3.1 is in force
    with listening(post, rate=Rate(1e6, 1e6)) as made:
        yield made


def tried(served: Listening, text: str) -> dict[str, Any]:
    answer = served.as_("carrier", "carrier of all", CODES).post("/v1/tried", content=text.encode())
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    made: dict[str, Any] = answer.json()
    return made


def sample(served: Listening, kind: str) -> str:
    found = served.as_("carrier", "carrier of all", CODES).get("/v1/tried/samples").json()["samples"]
    return str(next(each["text"] for each in found if each["kind"] == kind))


@pytest.mark.parametrize(
    ("codes", "kinds"),
    [
        (("T-01",), {"json", "ndjson", "csv"}),
        (("T-01", "SYCN"), {"json", "ndjson", "csv", "x12", "mistaken"}),
        (("SYN010203XY9",), {"json", "ndjson", "csv", "carta_porte"}),
    ],
)
def test_every_sample_of_a_carrier_bears_a_code_of_its_own(
    served: Listening, codes: tuple[str, ...], kinds: set[str]
) -> None:
    carrier = served.as_("carrier", f"carrier {codes}", codes)
    found = carrier.get("/v1/tried/samples").json()["samples"]
    assert {each["kind"] for each in found} == kinds
    for each in found:
        made = carrier.post("/v1/tried", content=each["text"].encode()).json()
        assert "carrier_not_yours" not in {wrong["code"] for wrong in made["mend"]}, each["kind"]


@pytest.mark.parametrize(
    ("kind", "source", "records"),
    [
        ("json", "declarations_json", 1),
        ("ndjson", "declarations_json", 2),
        ("csv", "declarations", 2),
        ("x12", "x12", 1),
        ("carta_porte", "carta_porte", 1),
    ],
)
def test_a_sample_of_each_format_would_be_taken_is_understood_and_is_not_filed(
    served: Listening, kind: str, source: str, records: int
) -> None:
    text = sample(served, kind)
    assert "SYN" in text.upper()
    before = served.log.read()[-1:]
    made = tried(served, text)
    assert [each for each in made["mend"] if each["gravity"] == "refusal"] == []
    assert (made["format"], made["status"], made["records"], made["taken"]) == (source, "accepted", records, records)
    assert [each["record"] for each in made["understood"]] == list(range(1, records + 1))
    said = {each["column"]: each["value"] for each in made["understood"][0]["said"]}
    assert said["carrier_id"] in CODES
    assert not {"record", "filed_offset_minutes"} & said.keys()
    assert datetime.fromisoformat(said["filed_at"]).microsecond == 0
    assert served.log.read()[-1:] == before, "the log is as it was"


def test_what_is_wrong_is_told_at_its_segment_in_both_languages(served: Listening) -> None:
    made = tried(served, sample(served, "mistaken"))
    assert (made["status"], made["taken"], made["understood"]) == ("refused", 0, [])
    told = {each["code"]: each for each in made["mend"]}
    assert "SE01" in told["x12_count"]["place"]
    assert told["x12_count"]["reason"]["en"] != told["x12_count"]["reason"]["es"]


def test_it_is_told_of_as_when_it_is_filed(served: Listening) -> None:
    at = "2026-03-02T14:00:00Z"
    rows = [truck("T-1", carrier_id="CA-1", filed_at=at), truck("T-2", carrier_id="CA-1", hs6="87.08", filed_at=at)]
    rows.append(truck("T-3", carrier_id="X", filed_at=at))
    made = tried(served, json.dumps(rows))
    assert (made["status"], made["taken"]) == ("partly", 1)
    filed = served.as_("carrier", "carrier of all", CODES).post("/v1/filings", content=json.dumps(rows)).json()
    assert [(each["record"], each["code"]) for each in made["mend"]] == [
        (each["record"], each["code"]) for each in filed["mend"]
    ]
    assert {"carrier_not_yours", "hs6_format"} <= {each["code"] for each in made["mend"]}


def test_what_is_no_message_is_refused_as_when_it_is_filed_and_others_may_not_try(served: Listening) -> None:
    carrier = served.as_("carrier", "carrier of all", CODES)
    assert carrier.post("/v1/tried", content=b"Good morning").status_code == 415
    assert carrier.post("/v1/tried", content=b" ").status_code == 400
    assert served.as_("officer").post("/v1/tried", content=b"{}").status_code == 403
    assert served.nobody.post("/v1/tried", content=b"{}").status_code == 401


def test_a_trial_tells_nothing_of_what_others_filed(served: Listening) -> None:
    at = "2026-03-02T14:00:00Z"
    theirs = [truck("TAKEN", carrier_id="CA-2", filed_at=at, crossing_id="TAKEN-TRIP")]
    assert served.carrier("CA-2").post("/v1/filings", content=json.dumps(theirs)).status_code == 200

    def told(name: str) -> Any:
        """What is told of declarations, crossings and amendments by a name, with the name left out."""
        rows = [
            truck(name, carrier_id="CA-1", filed_at=at),
            truck("T-OWN", carrier_id="CA-1", filed_at=at, crossing_id=f"{name}-TRIP"),
            truck("T-AMENDS", carrier_id="CA-1", filed_at=at, amends=name, action="replace"),
            # A row of the other carrier's code is no way to learn what that one filed.
            truck("T-THEIRS", carrier_id="CA-2", filed_at=at, amends=name, action="replace"),
        ]
        made = [tried(served, json.dumps(part)) for part in (rows[:2], rows[2:])]
        return json.loads(json.dumps(made).replace(name, "NAME"))

    assert told("TAKEN") == told("NOBODYS")
    understood = tried(served, json.dumps(theirs[0] | {"carrier_id": "CA-1"}))["understood"][0]
    shown = {each["column"]: each["value"] for each in understood["said"]}
    assert (shown["declaration_id"], shown["crossing_id"]) == ("TAKEN", "TAKEN-TRIP")


def test_a_trial_knows_what_its_filer_filed_by_the_name_that_it_was_filed_under(served: Listening) -> None:
    at = "2026-03-02T14:00:00Z"
    mine = truck("SHARED", carrier_id="CA-1", filed_at=at)
    carrier = served.as_("carrier", "carrier of all", CODES)
    assert served.carrier("CA-2").post("/v1/filings", content=json.dumps(mine | {"carrier_id": "CA-2"})).is_success
    assert "name_taken" in carrier.post("/v1/filings", content=json.dumps(mine)).text
    amending = truck("SHARED-2", carrier_id="CA-1", filed_at=at, amends="SHARED", action="replace")
    made = tried(served, json.dumps(amending))
    assert (made["status"], made["mend"]) == ("accepted", [])
    assert tried(served, json.dumps(amending | {"amends": "NOBODYS"}))["mend"][0]["code"] == "amends_nothing_of_yours"


def test_trials_run_beside_what_others_ask_one_of_a_filer_and_two_in_all(
    served: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Semaphore(0), threading.Event()

    def slow(*given: Any) -> Any:
        begun.release()
        assert go_on.wait(30)
        return really(*given)

    really = routes_of_trials.tried
    monkeypatch.setattr(routes_of_trials, "tried", slow)
    text = sample(served, "json").encode()
    # A carrier's second token is no second place.
    again = httpx.Client(
        base_url=served.address,
        headers={"Authorization": f"Bearer {served.token('carrier', 'another', CODES)}"},
        trust_env=False,
    )
    first, second = served.as_("carrier", "carrier of all", CODES), served.carrier("CA-7")
    with again, ThreadPoolExecutor(2) as pool:
        running = [pool.submit(each.post, "/v1/tried", content=text) for each in (first, second)]
        assert all(begun.acquire(timeout=30) for _ in running)
        for each in (again, served.carrier("CA-8")):
            for _ in range(40):  # more than the threads that all look-ups share
                refused = each.post("/v1/tried", content=text)
                assert (refused.status_code, refused.json()["type"]) == (429, "urn:aforo:problem:trial_busy")
                assert int(refused.headers["retry-after"]) >= 1
        assert served.as_("officer").get("/v1/bridges").status_code == 200
        go_on.set()
        assert [each.result(30).status_code for each in running] == [200, 200]
    assert served.carrier("CA-8").post("/v1/tried", content=text).status_code == 200, "there is room again"


def test_who_hangs_up_keeps_the_place_until_the_trial_is_done() -> None:
    go_on = threading.Event()

    async def check() -> None:
        trials = Trials()
        gone = asyncio.create_task(trials.run("a", go_on.wait))
        await asyncio.sleep(0.05)
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone
        with pytest.raises(TrialsBusyError):
            await trials.run("a", go_on.wait)
        go_on.set()
        for _ in range(100):
            await asyncio.sleep(0.02)
            with contextlib.suppress(TrialsBusyError):
                assert await trials.run("a", lambda: True)
                return
        raise AssertionError("the place was not given back")

    asyncio.run(check())


def test_a_message_to_try_is_smaller_than_one_to_file(served: Listening) -> None:
    carrier = served.as_("carrier", "carrier of all", CODES)
    at = "2026-03-02T14:00:00Z"
    rows = [truck(f"L-{number}", carrier_id="CA-1", filed_at=at) for number in range(101)]
    assert carrier.post("/v1/tried", content=json.dumps(rows[:100])).json()["records"] == 100
    many = carrier.post("/v1/tried", content=json.dumps(rows))
    long = carrier.post("/v1/tried", content=json.dumps(rows[:2]) + " " * 128 * 1024)
    for told in (many, long):
        assert (told.status_code, told.json()["type"]) == (413, "urn:aforo:problem:trial_too_large")
        assert "128 KiB" in told.text
    assert carrier.post("/v1/filings", content=json.dumps(rows)).status_code == 200
