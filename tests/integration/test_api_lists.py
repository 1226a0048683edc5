"""Lists over HTTP: which are in use and how old, whom a name resembles, and what persons say of hits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from journeys import Post, truck
from listed import NAMED, PUBLISHED, lists
from listening import Listening, listening

from aforo.api.access import Rate
from aforo.domain.event import PersonRead

if TYPE_CHECKING:
    from journeys import Learnt


@pytest.fixture(scope="module")
def served(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    post = Post(learnt, tmp_path_factory.mktemp("served"))
    with listening(post, rate=Rate(1e6, 1e6), lists=lists()) as made:
        yield made


def test_what_is_in_use_and_what_is_missing_or_stale_is_told(served: Listening, learnt: Learnt, post: Post) -> None:
    told = served.as_("analyst").get("/v1/lists").json()
    assert told["screening"]
    assert told["alarms"] == ["bis", "un"]  # there are none of these
    (ofac,) = [each for each in told["lists"] if each["publisher"] == "ofac"]
    assert (ofac["entries"], ofac["freshness"]["stale"]) == (3, False)
    assert "lists" not in served.nobody.get("/readyz").text  # who is not screened is not for everybody
    with listening(post) as bare:
        assert bare.as_("officer").get("/v1/lists").json() == {"screening": False, "lists": [], "alarms": []}
        assert bare.as_("officer").post("/v1/lists/check", json={"name": NAMED}).status_code == 404


def test_an_old_list_is_stale(learnt: Learnt, post: Post) -> None:
    with listening(post, lists=lists(at=PUBLISHED.replace(month=1))) as made:
        (ofac,) = [each for each in made.as_("officer").get("/v1/lists").json()["lists"] if each["publisher"] == "ofac"]
        assert ofac["freshness"]["stale"]


def test_a_name_is_checked_with_reasons(served: Listening) -> None:
    officer = served.as_("officer")
    (hit,) = officer.post("/v1/lists/check", json={"name": NAMED, "kind": "person"}).json()["hits"]
    assert (hit["publisher"], hit["entry_id"], hit["name"]) == ("ofac", "7001", "QUINTANAR OSORNO, Ladislao")
    assert hit["score"] == 1_000_000 + sum(part["share"] for part in hit["parts"])
    assert "left out" in hit["reason"]["en"]
    born = {"name": NAMED, "kind": "person", "born": "1990"}
    assert officer.post("/v1/lists/check", json=born).json()["hits"] == []
    by_number = {"name": "Otro", "identifiers": ["GTA-010203-AB1"]}
    assert officer.post("/v1/lists/check", json=by_number).json()["hits"][0]["identifier"]
    for bad in ({}, {"name": ""}, {"name": "x" * 301}, {"name": "x", "kind": "dog"}, {"name": "x", "born": "57"}):
        assert officer.post("/v1/lists/check", json=bad).status_code == 400


def test_a_hit_is_seen_read_and_answered(served: Listening) -> None:
    filed = truck("LI-1", driver_id="DR-L", driver_name=NAMED)
    assert served.carrier().post("/v1/filings", json=filed).status_code == 200
    officer = served.as_("officer")
    (hit,) = officer.get("/v1/lists/hits").json()["hits"]
    assert (hit["state"], hit["crossing_id"], hit["listed"]["programmes"]) == ("open", "LI-1", ["SDNTK"])
    assert NAMED not in officer.get("/v1/lists/hits").text
    shown = officer.get("/v1/crossings/LI-1").json()
    assert [(each["declaration_id"], each["name"], each["standing"]) for each in shown["listed"]] == [
        ("LI-1", "QUINTANAR OSORNO, Ladislao", "possible")
    ]
    decision = officer.get(f"/v1/decisions/{shown['selection'][0]['decision']}?replay=true").json()
    assert decision["listed"] == shown["listed"]
    assert decision["replay"]["equal"]
    url = f"/v1/lists/hits/{hit['hit']}"
    assert officer.get(url).json() == hit
    assert officer.get(f"{url}?persons=true").json()["name"] == NAMED
    read = served.log.stream("read/LI-1")[-1].payload
    assert isinstance(read, PersonRead)
    assert read.fields == ("driver_name",)
    answer = {"verdict": "dismissed", "reason": "Born in 1990."}
    wrong = served.as_("supervisor").post(f"{url}/answer", json=answer | {"reason": f"{NAMED} is another"})
    assert (wrong.status_code, wrong.json()["problems"][0]["code"]) == (422, "hit_names_person")
    done = served.as_("supervisor").post(f"{url}/answer", json=answer).json()
    assert (done["state"], done["answered_by"]) == ("dismissed", "supervisor")
    assert officer.get("/v1/lists/hits").json()["hits"] == []
    assert len(officer.get("/v1/lists/hits?answered=true").json()["hits"]) == 1
    assert officer.get("/v1/lists/hits/none").status_code == 404
    assert officer.post("/v1/lists/hits/none/answer", json=answer).status_code == 404
    told = served.carrier().get("/v1/filings/LI-1").text
    assert "listed" not in told.lower().replace("unlisted", "")
    assert NAMED.lower() not in told.lower()
