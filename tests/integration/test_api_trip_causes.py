"""What was found of a trip, over HTTP: all of it for staff, the seals' own record for its carrier."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from journeys import Post
from listening import Listening, listening
from sealed import opened
from straight import NAME, corridor, on_the_road, strayed
from test_custody_causes_apart import FENCES
from under_seal import look, report, sealed_trip

from aforo.api.custody_examples import CAUSES
from aforo.domain.clock import microseconds
from aforo.domain.role import Role
from aforo.flow import roads

if TYPE_CHECKING:
    from journeys import Learnt

TRIP = "MTY-LRD-0201"


@pytest.fixture(scope="module")
def served(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    """A truck that left its road through a watched town, with its seal open."""
    with listening(Post(learnt, tmp_path_factory.mktemp("caused"))) as made:
        for document in (corridor(), FENCES):
            roads.put(made.log, roads.checked(document), "tester")
        start = microseconds(sealed_trip(made, TRIP, corridor=NAME))
        report(made, TRIP, opened(strayed(on_the_road(start, 60), 11, 18), 14, 16))
        look(made)
        yield made


def asked(made: Listening, role: Role) -> dict[str, Any]:
    answer = made.as_(role).get(f"/v1/trips/{TRIP}/causes")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize("role", ["officer", "supervisor", "analyst", "auditor", "administrator"])
def test_staff_is_told_all_with_what_asks_nobody(served: Listening, role: Role) -> None:
    found = asked(served, role)
    assert (found["trip"], found["more"]) == (TRIP, 0)
    by_kind = {each["kind"]: each for each in found["causes"]}
    assert {"deviation", "geofence_watched", "opened"} <= by_kind.keys()
    watched = by_kind["geofence_watched"]
    assert (watched["place"], watched["asks"], watched["grade"]) == ("Hideout", False, "device")
    assert all(by_kind[kind]["asks"] for kind in ("deviation", "opened"))
    assert all(each.keys() == CAUSES["causes"][0].keys() for each in found["causes"])


def test_a_carrier_is_told_of_its_own_seals_and_no_other_carrier_anything(served: Listening) -> None:
    answer = served.carrier("CA-1").get(f"/v1/trips/{TRIP}/causes")
    assert ([each["kind"] for each in answer.json()["causes"]], answer.json()["more"]) == (["opened"], None)
    for word in ("Hideout", "geofence", "deviation", NAME):
        assert word not in answer.text
    assert served.carrier("CA-2").get(f"/v1/trips/{TRIP}/causes").status_code == 404
    assert served.as_("officer").get("/v1/trips/nothing/causes").status_code == 404
