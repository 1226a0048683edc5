"""Policy documents over HTTP: proposed, tried on the record and in shadow, approved by another, and rolled back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from journeys import RATE, Post, truck
from listening import Listening, listening

from aforo.api.access import Rate
from aforo.api.rules_taken_up import RulesTakenUp
from aforo.bootstrap import open_node
from aforo.domain.event import ArtefactPromoted, Decided, new_event
from aforo.flow.policies import RecordedPolicies
from aforo.flow.replay import decisions_of, replay

if TYPE_CHECKING:
    from journeys import Learnt

SHIPPED = "default@5"


@pytest.fixture
def served(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    with listening(Post(learnt, tmp_path_factory.mktemp("served")), rate=Rate(1e6, 1e6)) as made:
        rows = json.loads(learnt.future.head(120).write_json())
        lines = "\n".join(json.dumps(row) for row in rows)
        filed = made.as_("officer").post("/v1/filings", content=lines, headers={"Content-Type": "application/x-ndjson"})
        assert filed.status_code == 200
        yield made


def proposed(version: str, based_on: str = SHIPPED, **figures: Any) -> dict[str, Any]:
    named = {path.replace("__", "."): value for path, value in figures.items()}
    anew = [{"path": path, "value": value, "source": f"Accord 12, version {version}"} for path, value in named.items()]
    return {"based_on": based_on, "version": version, "figures": anew}


def step(client: Any, policy: str, to: str, reason: str = "Queues doubled.") -> tuple[int, str]:
    body = {"to": to} | ({"reason": reason} if to == "rolled_back" else {})
    answer = client.post(f"/v1/policies/{policy}/stage", json=body)
    told = answer.json()
    return answer.status_code, told["problems"][0]["code"] if told.get("problems") else told["version"]["stage"]


def put_in_force(made: Listening, policy: str) -> None:
    assert step(made.as_("supervisor", "luz"), policy, "shadow") == (200, "shadow")
    assert step(made.as_("supervisor", "luz"), policy, "active") == (200, "active")


def figure(made: Listening, policy: str, path: str) -> dict[str, Any]:
    shown = made.as_("auditor").get(f"/v1/policies/{policy}").json()
    found: dict[str, Any] = next(each for each in shown["figures"] if each["path"] == path)
    return found


def policy_of(made: Listening, crossing: str) -> str:
    decided = [each.payload for each in made.log.stream(f"crossing/{crossing}")]
    names = made.as_("auditor").get(f"/v1/crossings/{crossing}").json()["selection"][0]["decision"]
    assert any(isinstance(each, Decided) for each in decided)
    shown: str = made.as_("auditor").get(f"/v1/decisions/{names}").json()["artefacts"]["policy"]
    return shown


def test_a_policy_is_proposed_approved_by_another_decides_at_once_and_is_rolled_back(served: Listening) -> None:
    ana, luz = served.as_("analyst", "ana"), served.as_("supervisor", "luz")
    assert ana.get("/v1/policies").json()["in_force"] == SHIPPED
    made = ana.post("/v1/policies", json=proposed("6", people__hold_from=0.0001))
    assert (made.status_code, made.json()["version"]["stage"]) == (200, "draft")
    assert ana.post("/v1/policies/default@6/stage", json={"to": "shadow"}).status_code == 403
    assert step(luz, "default@6", "active") == (422, "policy_step")
    before = served.carrier().post("/v1/filings", json=truck("PO-1"))
    assert before.status_code == 200
    put_in_force(served, "default@6")
    served.carrier().post("/v1/filings", json=truck("PO-2"))
    selection = served.as_("officer").get("/v1/crossings/PO-2").json()["selection"][0]
    assert (selection["examination"], selection["basis"]) == ("hold", "mandatory")
    told = {each["policy"]: each for each in ana.get("/v1/policies").json()["policies"]}
    assert (told["default@6"]["stage"], told[SHIPPED]["stage"]) == ("active", "superseded")
    assert policy_of(served, "PO-2") == told["default@6"]["hash"] != policy_of(served, "PO-1")
    assert luz.post("/v1/policies/default@6/stage", json={"to": "rolled_back"}).status_code == 422
    assert step(luz, "default@6", "rolled_back", reason=" ") == (422, "policy_reason_missing")
    assert ana.get("/v1/policies").json()["in_force"] == "default@6"
    assert step(luz, "default@6", "rolled_back", reason="Docks are full. ") == (200, "rolled_back")
    steps = ana.get("/v1/policies/default@6").json()["version"]["steps"]
    assert [each["reason"] for each in steps] == ["", "", "", "Docks are full."]
    said = served.log.stream("policy/default")[-1].payload
    assert isinstance(said, ArtefactPromoted)
    assert (said.stage, said.approver, said.reason) == ("rolled_back", "luz", "Docks are full.")
    served.carrier().post("/v1/filings", json=truck("PO-3"))
    assert served.as_("officer").get("/v1/crossings/PO-3").json()["selection"][0]["examination"] != "hold"
    assert ana.get("/v1/policies").json()["in_force"] == SHIPPED
    again = [made for group in decisions_of(served.log) for made in replay(group, served.log, "test")]
    assert len(again) > 100
    assert not [each for each in again if each.differences]


def test_who_proposed_a_policy_does_not_approve_it(served: Listening) -> None:
    luz = served.as_("supervisor", "luz")
    assert luz.post("/v1/policies", json=proposed("7", harm__theft=900)).status_code == 200
    assert step(luz, "default@7", "shadow") == (422, "policy_approver_is_author")
    assert step(served.as_("supervisor", "eva"), "default@7", "shadow") == (200, "shadow")


def test_every_figure_tells_who_set_it_and_from_which_source(served: Listening) -> None:
    ana = served.as_("analyst", "ana")
    ana.post("/v1/policies", json=proposed("6", harm__contraband=900))
    put_in_force(served, "default@6")
    ana.post("/v1/policies", json=proposed("7", "default@6", harm__theft=300))
    kept, new = (figure(served, "default@7", f"harm.{threat}") for threat in ("contraband", "theft"))
    assert (kept["value"], kept["version"], kept["set_by"], kept["approved_by"]) == (900, "default@6", "ana", "luz")
    assert kept["since"] is not None
    assert (new["value"], new["version"], new["approved_by"], new["since"]) == (300, "default@7", None, None)
    old = figure(served, "default@7", "people.hold_from")
    assert (old["version"], old["assumed"]) == (SHIPPED, True)
    different = ana.get("/v1/policies/default@7/difference").json()
    assert different["against"] == "default@6"
    assert [(each["path"], each["before"], each["after"]) for each in different["figures"]] == [
        ("harm.theft", 600, 300)
    ]


def aimed(version: str, *targets: dict[str, Any], based_on: str = SHIPPED) -> dict[str, Any]:
    return {"based_on": based_on, "version": version, "targets": list(targets)}


CEILING = {"kind": "wait_ceiling", "resource": "scanner", "value": 30, "source": "Accord 12, article 7"}


def test_targets_are_set_and_taken_out_with_who_and_why_and_approved_by_another(served: Listening) -> None:
    ana = served.as_("analyst", "ana")
    least = {
        "kind": "least_rate",
        "resource": "scanner",
        "port": "2304",
        "value": 0.1,
        "source": "Accord 12, article 8",
    }
    made = ana.post("/v1/policies", json=aimed("6", CEILING, least))
    assert made.status_code == 200, made.text
    put_in_force(served, "default@6")
    set_ = figure(served, "default@6", "routing.default.wait_ceiling.scanner.minutes")
    assert (set_["value"], set_["source"], set_["set_by"], set_["approved_by"]) == (
        30.0, "Accord 12, article 7", "ana", "luz",
    )  # fmt: skip
    assert served.desk.node is not None
    policy = served.desk.node.force.policy
    assert set(policy.running("2304").targets()) == {("wait", "scanner"), ("rate", "scanner")}
    assert set(policy.running("2506").targets()) == {("wait", "scanner")}
    # Another version is stricter with one, and takes the other out.
    stricter = aimed("7", CEILING | {"value": 20, "source": "Accord 13"}, least | {"value": None}, based_on="default@6")
    checked = ana.post("/v1/policies/check", json=stricter)
    assert checked.status_code == 200, checked.text
    different = {each["path"]: (each["before"], each["after"]) for each in checked.json()["figures"]}
    assert different["routing.default.wait_ceiling.scanner.minutes"] == (30.0, 20.0)
    assert different["routing.2304.least_rate.scanner.share"] == (0.1, None)
    ana.post("/v1/policies", json=stricter)
    assert (
        "routing.default.wait_ceiling.scanner.minutes" in (ana.get("/v1/policies/default@7/impact").json()["not_tried"])
    )


@pytest.mark.parametrize(
    ("target", "status", "code"),
    [
        (CEILING | {"value": 0}, 422, "policy_form"),
        (CEILING | {"kind": "least_use", "value": 1.5}, 422, "policy_form"),
        (CEILING | {"source": " "}, 422, "policy_source_missing"),
        (CEILING | {"port": "9999"}, 422, "policy_target_port"),
        (CEILING | {"value": None}, 422, "policy_target_unknown"),
        (CEILING | {"kind": "most_use"}, 400, None),
        (CEILING | {"resource": "kitchen"}, 400, None),
    ],
)
def test_a_target_that_cannot_be_is_refused_where_it_stands(
    served: Listening, target: dict[str, Any], status: int, code: str | None
) -> None:
    answer = served.as_("analyst", "ana").post("/v1/policies", json=aimed("6", target))
    assert answer.status_code == status, answer.text
    if code is not None:
        (problem,) = answer.json()["problems"]
        assert problem["code"] == code
        assert "scanner" in problem["place"]


def test_the_impact_decides_the_record_again_and_says_what_it_does_not_try(served: Listening) -> None:
    ana = served.as_("analyst", "ana")
    ana.post("/v1/policies", json=proposed("same", harm__contraband=600))
    same = ana.get("/v1/policies/default@same/impact?crossings=300").json()
    assert same["crossings"] >= 100
    assert same["changed"]["value"] == 0.0
    assert same["scans_before"] == same["scans_after"] > 0
    assert same["dock_minutes_before"] is None, "no bridge here has prices, so no minutes of a dock are known"
    ana.post("/v1/policies", json=proposed("held", people__hold_from=0.0, tolerance__mass=0.5))
    held = ana.get("/v1/policies/default@held/impact?crossings=50").json()
    assert held["crossings"] == 50
    assert {each["after"] for each in held["options"]} == {"hold"}
    assert sum(each["crossings"] for each in held["options"]) == round(held["changed"]["value"] * 50)
    assert held["not_tried"] == ["tolerance.mass"]
    assert held["scans_after"] == 0
    example = held["examples"][0]
    assert ana.get(f"/v1/decisions/{example['decision']}").json()["crossing_id"] == example["crossing_id"]
    assert (
        sum(each["crossings"] for each in held["bridges"]) == sum(each["crossings"] for each in held["threats"]) == 50
    )
    # Harm in all threats alike moves the price with it: the same trucks are chosen.
    twice = {f"harm__{threat}": 1200 for threat in ("contraband", "people", "theft", "misdeclaration")}
    ana.post("/v1/policies", json=proposed("twice", **twice))
    assert ana.get("/v1/policies/default@twice/impact").json()["changed"]["value"] < 0.02


def test_a_shadow_tells_what_would_have_differed_since_it_began(served: Listening) -> None:
    ana = served.as_("analyst", "ana")
    ana.post("/v1/policies", json=proposed("8", people__hold_from=0.0))
    assert ana.get("/v1/policies/default@8/shadow").json() == {"since": None, "until": None, "impact": None}
    assert step(served.as_("supervisor", "luz"), "default@8", "shadow") == (200, "shadow")
    assert ana.get("/v1/policies/default@8/shadow").json()["impact"]["crossings"] == 0
    for own in ("SH-1", "SH-2"):
        served.carrier().post("/v1/filings", json=truck(own))
    shadow = ana.get("/v1/policies/default@8/shadow").json()
    assert (shadow["impact"]["crossings"], shadow["until"]) == (2, None)
    assert {each["crossing_id"] for each in shadow["impact"]["examples"]} == {"SH-1", "SH-2"}
    step(served.as_("supervisor", "luz"), "default@8", "rolled_back")
    served.carrier().post("/v1/filings", json=truck("SH-3"))
    after = ana.get("/v1/policies/default@8/shadow").json()
    assert after["until"] is not None
    assert after["impact"]["crossings"] == 2


def test_a_shadow_stays_the_comparison_with_what_was_in_force_while_it_ran(served: Listening) -> None:
    ana, luz = served.as_("analyst", "ana"), served.as_("supervisor", "luz")
    ana.post("/v1/policies", json=proposed("8", people__hold_from=0.0))
    step(luz, "default@8", "shadow")
    for own in ("SH-1", "SH-2"):
        served.carrier().post("/v1/filings", json=truck(own))
    shadow = ana.get("/v1/policies/default@8/shadow").json()["impact"]
    assert (shadow["policy"], shadow["against"], shadow["changed"]["value"]) == ("default@8", SHIPPED, 1.0)
    step(luz, "default@8", "active")
    assert ana.get("/v1/policies/default@8/shadow").json()["impact"] == shadow, "what the approval rests on"
    impact = ana.get("/v1/policies/default@8/impact?crossings=20").json()
    assert (impact["against"], impact["changed"]["value"]) == (SHIPPED, 1.0)
    assert ana.post("/v1/policies", json=proposed("9", based_on="default@8", people__hold_from=0.5)).is_success
    step(luz, "default@9", "shadow")
    step(luz, "default@9", "active")
    assert ana.get("/v1/policies/default@9/impact?crossings=20").json()["against"] == "default@8"
    step(luz, "default@9", "rolled_back")
    assert ana.get("/v1/policies/default@8/shadow").json()["impact"] == shadow
    step(luz, "default@8", "rolled_back")
    assert ana.get("/v1/policies/default@8/shadow").json()["impact"] == shadow


def test_a_policy_that_was_rolled_back_before_reasons_were_asked_is_told_without_one(served: Listening) -> None:
    ana = served.as_("analyst", "ana")
    ana.post("/v1/policies", json=proposed("6", harm__theft=900))
    put_in_force(served, "default@6")
    followed = RulesTakenUp(served.log, served.desk)
    before = served.log.stream("policy/default")
    own = before[-1].event
    hash_ = ana.get("/v1/policies/default@6").json()["version"]["hash"]
    old = ArtefactPromoted("policy", "default", hash_, "rolled_back", "eva")
    assert b"reason" not in msgspec.json.encode(old), "as it was written then"
    at = served.log.clock()
    served.log.append([new_event("old", old, own.stream, own.version + 1, occurred_at=at, recorded_at=at, actor="eva")])
    assert followed.look()
    shown = ana.get("/v1/policies").json()
    assert shown["in_force"] == SHIPPED
    (told,) = [each for each in shown["policies"] if each["policy"] == "default@6"]
    assert (told["stage"], told["steps"][-1]["by"], told["steps"][-1]["reason"]) == ("rolled_back", "eva", "")


def test_a_policy_that_another_process_promotes_is_taken_up_and_a_restart_keeps_it(
    served: Listening, learnt: Learnt
) -> None:
    followed = RulesTakenUp(served.log, served.desk)
    ana = served.as_("analyst", "ana")
    ana.post("/v1/policies", json=proposed("9", people__hold_from=0.0, control__floor_share=0.3))
    recorded = RecordedPolicies(served.log)
    recorded.promote("default@9", "shadow", "luz")
    recorded.promote("default@9", "active", "luz")
    assert followed.look()
    served.carrier().post("/v1/filings", json=truck("TA-1"))
    assert served.as_("officer").get("/v1/crossings/TA-1").json()["selection"][0]["examination"] == "hold"
    node = served.desk.node
    assert node is not None
    again = open_node(served.log, learnt.folder, RATE, actor="tester")
    assert again.force.set == node.force.set
    assert again.price == node.price
    recorded.promote("default@9", "rolled_back", "eva", "Queues doubled.")
    assert followed.look()
    again = open_node(served.log, learnt.folder, RATE, actor="tester")
    assert again.force.policy.version == "5"
    assert again.price == node.price, "the price that its decisions had left, as if nothing had been between"


def test_what_is_wrong_with_a_draft_is_said_at_its_place(served: Listening) -> None:
    ana = served.as_("analyst", "ana")

    def wrong(body: dict[str, Any], route: str = "/v1/policies/check") -> tuple[int, str, str]:
        answer = ana.post(route, json=body)
        problem = answer.json()["problems"][0]
        assert problem["reason"]["en"] != problem["reason"]["es"]
        return answer.status_code, problem["place"], problem["code"]

    document = ana.get(f"/v1/policies/{SHIPPED}").json()["document"]
    assert ana.post("/v1/policies/check", json=proposed("6", harm__theft=300)).json()["policy"] == "default@6"
    assert wrong(proposed("6", harm__theft=-5)) == (422, "harm.theft.minutes", "policy_form")
    assert wrong(proposed("6", harm__nothing=5)) == (422, "harm.nothing", "policy_figure_unknown")
    assert wrong({"document": document.replace("[harm]", "[harm")})[2] == "policy_not_toml"
    assert wrong({"document": document, "based_on": SHIPPED})[2] == "policy_one_way"
    assert wrong({})[2] == "policy_one_way"
    assert wrong({"document": document}, "/v1/policies")[2] == "policy_installed"
    other = document.replace("minutes = 600", "minutes = 601", 1)
    assert wrong({"document": other}, "/v1/policies")[2] == "policy_version_taken"
    tier = {"based_on": SHIPPED, "version": "6"}
    law = "6 USC 964: at most 20 % off, taken whole"
    figures = [{"path": "programme.ctpat1", "value": 0.3, "source": law}]
    assert wrong(tier | {"figures": figures}) == (422, "programme.ctpat1", "policy_source_kept")
    assert wrong(tier | {"figures": figures}, "/v1/policies")[2] == "policy_source_kept"
    assert wrong(tier | {"figures": [figures[0] | {"source": " "}]})[1:] == (
        "programme.ctpat1",
        "policy_source_missing",
    )
    assert (
        wrong(tier | {"figures": [figures[0] | {"value": 1.7, "source": "Accord 3"}]})[2] == "policy_programme_raises"
    )
    cited = document.replace("factor = 0.8", "factor = 0.3").replace('version = "5"', 'version = "6"')
    assert wrong({"document": cited})[1:] == ("programme.ctpat1", "policy_source_kept")
    assert (
        ana.post("/v1/policies/check", json=tier | {"figures": [figures[0] | {"source": "assumed"}]}).status_code == 200
    )
    sources = document.replace('"assumed"', '""', 1)
    assert wrong({"document": sources})[1:] == ("harm.contraband", "policy_source_missing")
    assert ana.post("/v1/policies", json={"version": "no spaces here", "based_on": SHIPPED}).status_code == 400
    for url in ("/v1/policies/none@1", "/v1/policies/none@1/impact", "/v1/policies/default@5/difference?against=x@1"):
        assert ana.get(url).status_code == 404
    assert served.carrier().get("/v1/policies").status_code == 403
    assert served.as_("officer").post("/v1/policies", json=proposed("6", harm__theft=300)).status_code == 403
