"""Coverage over HTTP: what staff read of it, and that nobody else does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

import httpx
import pytest
from boards import Written, truck
from journeys import NOW, Post
from listening import Listening, listening

from aforo.api.access import Rate, permitting
from aforo.domain.role import ROLES, Asking
from aforo.domain.scanner import ScannerReported
from aforo.domain.trip import Sealed, SealRead, TripOpened

if TYPE_CHECKING:
    from journeys import Learnt

READERS = {"officer", "supervisor", "analyst", "auditor"}


@pytest.fixture(scope="module")
def served(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    with listening(Post(learnt, tmp_path_factory.mktemp("served")), rate=Rate(1e6, 1e6)) as made:
        said = Written()
        for number in range(20):
            truck(said, f"T-{number}", NOW - timedelta(hours=20, minutes=number), "world-trade")
        at = NOW - timedelta(days=2)
        said.say("trip/T", TripOpened("export", "CA-1", NOW, crossing="T-1"), at)
        said.say("trip/T", Sealed("D-1", "S-1", crossing="T-1"), at)
        said.say("trip/T", SealRead("S-1", reader="gate"), at + timedelta(hours=1))
        # Of one whose trip tells its crossing a seal is put on, and nobody reads it; what is read before is no seal's.
        said.say("trip/U", TripOpened("export", "CA-1", NOW, crossing="T-2"), at)
        said.say("trip/U", SealRead("S-2"), at)
        said.say("trip/U", Sealed("D-2", "S-2"), at)
        said.say("scanner/N-1", ScannerReported("commissioned", port="world-trade", kind="HE"), NOW - timedelta(days=9))
        said.put(made.log)
        yield made


def test_staff_read_what_documents_and_log_have_of_each_bridge(served: Listening) -> None:
    answer = served.as_("analyst").get("/v1/coverage", params={"days": 7})
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["official"] is True
    assert (told["since"], told["until"]) == ("2024-03-14", "2024-03-21")
    (bridge,) = [each for each in told["bridges"] if each["bridge"] == "world-trade"]
    known = {each["name"]: each for each in bridge["known"]}
    assert (known["sealed"]["part"], known["sealed"]["whole"]) == (2, 20)
    assert (known["seals_read"]["part"], known["seals_read"]["whole"]) == (1, 20)
    assert known["in_service"]["sources"] == ["log"]
    for each in known.values():
        assert [said["en"] for said in each["sources_said"]] == each["sources"]
    assert any(said["es"] != said["en"] for each in known.values() for said in each["sources_said"])
    assert known["scanners"]["assumed"] is True
    assert known["scanners"]["notes"][0].keys() == {"en", "es"}
    assert {each["refused"] for each in told["gaps"]} >= {"assumed"}
    assert all(each["within"] for each in told["moves"]["held"])


def test_nobody_but_staff_who_plan_decide_and_check_reads_it(served: Listening) -> None:
    asking: tuple[Asking, ...] = (*ROLES, "anyone")
    assert {each for each in asking if permitting(each, "read_coverage", True)} == READERS
    for role in ROLES:
        answer = served.as_(role).get("/v1/coverage")
        assert (answer.status_code == 200) == (role in READERS), role
    assert httpx.get(f"{served.address}/v1/coverage", trust_env=False).status_code == 401


def test_the_public_form_has_nothing_of_it(served: Listening) -> None:
    told = httpx.get(f"{served.address}/v1/scoreboard/public", trust_env=False).text
    assert "in_service" not in told
    assert "sealed" not in told
    assert "seals_read" not in told
