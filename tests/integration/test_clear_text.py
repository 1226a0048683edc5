"""No free text that is recorded in clear for ever names a person of a filing, by whatever route it comes."""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from journeys import Post, truck
from listening import Listening, listening

import aforo.api
from aforo.api.access import Rate
from aforo.api.clear_text import CLEAR_FIELDS
from aforo.domain.role import Role

if TYPE_CHECKING:
    from journeys import Learnt

LICENCE, PLATE, DRIVER = "LIC7788991", "PLT4E9B9", "Ximena Quintanilla"
AT = "2024-03-20T11:30:00Z"
INCIDENT: dict[str, Any] = {
    "kind": "closure", "place": "world-trade", "source": "port", "severity": 3, "started_at": AT,
}  # fmt: skip
POINTS = [{"point": "view"}]
#: By body: who sends it where, and what it holds beside its texts.
BODIES: dict[str, tuple[Role, str, dict[str, Any]]] = {
    "devices.Retired": ("supervisor", "/v1/devices/D/retire", {"why": "Broken."}),
    "devices.Rotated": ("supervisor", "/v1/devices/D/key", {"key": "A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="}),
    "edges.Retirement": ("supervisor", "/v1/edge/retirement", {"edge": "aforo/e", "reason": "Broken."}),
    "forum.MeasureProposed": ("analyst", "/v1/measures", {"document": "name = 1"}),
    "forum.MeasureStep": ("supervisor", "/v1/measures/m@1/stage", {"to": "retired", "reason": "Old."}),
    "incidents.Closed": ("officer", "/v1/incidents/none/close", {}),
    "incidents.Corrected": ("officer", "/v1/incidents/none/correct", INCIDENT | {"reason": "Seen."}),
    "incidents.Reported": ("officer", "/v1/incidents", INCIDENT),
    "policies.PolicyStage": ("supervisor", "/v1/policies/p@1/stage", {"to": "rolled_back"}),
    "road_responses.ResponseEnd": ("officer", "/v1/responses/r/end", {"ending": "handed_over"}),
    "road_responses.SignsSaid": ("officer", "/v1/trips/T/people-signs", {"signs": ["call"]}),
    "road_responses.TheftTold": ("officer", "/v1/trips/T/theft-reports", {"told_by": "driver"}),
    "rules.Step": ("supervisor", "/v1/rules/r@1/stage", {"to": "rolled_back"}),
    "trips.InspectedBy": ("officer", "/v1/trips/T/inspection", {"kind": "vvtt", "points": POINTS}),
    "trips.NumberRead": ("officer", "/v1/trips/T/seal-read", {"seal_id": "S"}),
    "trips.Over": ("officer", "/v1/trips/T/discharge", {"where": "customs"}),
    "trips.SealedBy": ("officer", "/v1/trips/T/seal", {"device": "D", "seal_id": "S"}),
    "trips.Taken": ("officer", "/v1/trips/T/unseal", {"device": "D", "authority": "customs"}),
}
#: Those that are held against the filings of the crossing that they are about, by tests of their own.
OF_A_CROSSING = {
    "alerts.Closing", "alerts.Delay", "alerts.Why", "challenges.Verdict", "lists.HitAnswer", "orders.GroundedOrder",
    "orders.Order",
}  # fmt: skip
#: What is recorded in no log: the notes of plans lie beside their results.
NOT_RECORDED = {"plans.AskedPlan", "plans.Keeping"}


def bodies() -> dict[str, list[str]]:
    """The bodies that routes take and their free texts."""
    found: dict[str, list[str]] = {}
    for module in pkgutil.iter_modules(aforo.api.__path__):
        for name, each in vars(importlib.import_module(f"aforo.api.{module.name}")).items():
            if not (inspect.isclass(each) and issubclass(each, msgspec.Struct)):
                continue
            if each.__module__ == f"aforo.api.{module.name}" and each.__struct_config__.forbid_unknown_fields:
                texts = [field.name for field in msgspec.structs.fields(each) if "str" in str(field.type)]
                if own := [text for text in texts if text in CLEAR_FIELDS]:
                    found[f"{module.name}.{name}"] = own
    return found


@pytest.fixture(scope="module")
def served(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    with listening(Post(learnt, tmp_path_factory.mktemp("served")), rate=Rate(1e6, 1e6)) as made:
        filed = truck("FILED", driver_id=LICENCE, driver_name=DRIVER, tractor_id=PLATE)
        assert made.carrier().post("/v1/filings", content=json.dumps(filed)).status_code == 200
        yield made


def test_every_free_text_of_a_body_has_its_place_here() -> None:
    assert bodies().keys() == BODIES.keys() | OF_A_CROSSING | NOT_RECORDED


@pytest.mark.parametrize("said", [LICENCE, "lic 778-8991", PLATE.lower(), DRIVER], ids=str)
@pytest.mark.parametrize("body", sorted(BODIES))
def test_no_text_names_a_person_of_a_filing(served: Listening, body: str, said: str) -> None:
    role, path, beside = BODIES[body]
    for field in bodies()[body]:
        answer = served.as_(role).post(path, json=beside | {field: f"It was {said} again."})
        named = [(each["place"], each["code"]) for each in answer.json().get("problems", ())]
        assert (answer.status_code, named) == (422, [(field, "names_person")]), answer.text


def test_a_carrier_learns_of_no_other_from_what_is_refused(served: Listening) -> None:
    _, path, beside = BODIES["trips.SealedBy"]
    body = beside | {"where": f"{LICENCE} was there"}
    assert served.carrier("CA-1").post(path, json=body).status_code == 422
    assert "names_person" in served.carrier("CA-1").post(path, json=body).text
    assert "names_person" not in served.carrier("CA-2").post(path, json=body).text


def test_a_text_that_names_nobody_is_taken(served: Listening) -> None:
    said = INCIDENT | {"note": "Two lanes are under water at the toll plaza; the licence office is closed, too."}
    assert served.as_("officer").post("/v1/incidents", json=said).status_code == 200
