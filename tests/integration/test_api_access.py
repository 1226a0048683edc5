"""Who may do what over HTTP: every route of the OpenAPI document, by every role, on its own and on another's data."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib import resources
from typing import TYPE_CHECKING, Any

import at_custody
import at_fleet
import at_posts
import cedarpy
import httpx
import msgspec
import planning
import pytest
from allowed import ALLOWED
from cut_off import signed_hand_in
from journeys import Post, truck
from listed import NAMED, lists
from listening import PASSWORD, Listening, listening

from aforo.api.access import Rate, permitting
from aforo.api.bridge_examples import LANES_OPEN, READING, SCANNER_REPORT, STAFFED, WORK
from aforo.api.examples import RULE
from aforo.api.scoreboard_examples import CORRECTED, REPORTED
from aforo.domain.event import PersonRead
from aforo.domain.incident import IncidentReported
from aforo.domain.role import ROLES, Role
from aforo.domain.screening import ScreeningHit
from aforo.flow.alert_rules import in_force
from aforo.flow.alerts import Raise, events_of
from aforo.flow.edge_enrolled import confirm, enrol, fingerprint
from aforo.flow.edge_handing import HandIn
from aforo.flow.handles import handle_of
from aforo.flow.incidents import report
from aforo.flow.live_bridges import directory_in_use
from aforo.log.note import Signer
from aforo.log.sequencer import sequence
from aforo.log.store import Log

if TYPE_CHECKING:
    from journeys import Learnt

#: Open to anyone, signed in or not; what is not here, nor public, is closed to who has not signed in.
ANYONE = {"read_session", "sign_in", "challenge_passkey", "sign_in_with_passkey", "begin_oidc", "answer_oidc"}
ANYONE |= {"read_session", "sign_in", "list_measures", "read_public_scoreboard", "read_feed", "read_feed_schema"}
ALLOWED |= {each: set(ROLES) for each in ANYONE}
#: Of a session: a token has none.
IN_A_SESSION = {
    "sign_out", "change_password", "list_passkeys", "begin_passkey", "register_passkey", "remove_passkey",
    "sign_as_second_in_session",
}  # fmt: skip
#: What anyone may ask for, and who asks so is refused: an address is no name for a passkey, and there is no provider.
REFUSED = {"challenge_passkey": 422, "sign_in_with_passkey": 400, "begin_oidc": 404, "answer_oidc": 404}
REFUSED |= {"challenge_second": 422, "sign_as_second_with_passkey": 400}
#: Here there is no folder for backups.
REFUSED |= {"make_backup": 422}
#: Webhooks have nothing to confirm.
REFUSED |= {"confirm_subscription": 404}
#: What is filed here, and told to nobody who may not read filings.
FILED_VALUE = 77_123.25
ALLOWED |= {each: set() for each in IN_A_SESSION}
ALLOWED |= {
    "sign_as_second": {"officer", "supervisor"},
    "challenge_second": {"officer", "supervisor"},
    "sign_as_second_with_passkey": {"officer", "supervisor"},
    "list_filings": {"carrier"},
    "try_filing": {"carrier"},
    "list_samples": {"carrier"},
    "list_accounts": {"administrator", "auditor"},
    "list_acts": {"administrator", "auditor"},
    "list_roles": {"administrator", "auditor"},
    "add_account": {"administrator"},
    "change_account": {"administrator"},
    "list_tokens": {"administrator", "carrier", "officer", "supervisor", "analyst", "auditor"},
    "issue_token": {"administrator"},  # the others in a session alone (test_api_administration)
    "revoke_token": {"administrator"},
    "list_backups": {"administrator"},
    "make_backup": {"administrator"},
}
#: Done to an alert, which somebody may have, or which is closed.
ALERTED = {each for each in ALLOWED if each.endswith("_alert") and each != "read_alert"}
#: What was done before changes nothing, and is refused for that.
ONCE = {
    "order_examination",
    "accept_examination",
    "undo_order",
    "answer_challenge",
    "answer_hit",
    "promote_rule",
    "close_incident",
} | ALERTED
ONCE |= {"close_incident"} | planning.ONCE | at_custody.ONCE | at_fleet.ONCE
PUBLIC = {"healthz", "readyz"}
#: What is sent of bridges and scanners; whose it is makes no difference.
BRIDGE_BODIES: dict[str, dict[str, Any]] = {
    "state_lanes": LANES_OPEN,
    "state_staff": STAFFED,
    "state_work": WORK,
    "report_readings": READING,
    "report_scanners": SCANNER_REPORT,
}
SOON = datetime.now(UTC)
LATER, COUNT = SOON + timedelta(days=1), itertools.count()
#: What is said of incidents, before the clock of the post.
BEGAN = {"started_at": "2024-03-20T11:30:00Z"}
INCIDENT_BODIES: dict[str, dict[str, Any]] = {
    "report_incident": REPORTED | BEGAN,
    "close_incident": {"note": "Over."},
    "correct_incident": CORRECTED | BEGAN,
}
#: Before the clock of the post.
EARLY = {"at": "2024-03-20T11:30:00Z"}
#: What the edges of two bridges sign with.
EDGE, OTHER_EDGE = Signer("aforo/edge", b"1" * 32), Signer("aforo/other", b"2" * 32)
#: A subscription of each carrier.
SUBSCRIBED: dict[str, str] = {}
#: What paths name of a truck's acts at booth and dock, by its crossing.
AT_POSTS: dict[str, dict[str, str]] = {}
#: What paths name of the fleet.
AT_FLEET: dict[str, str] = {}
#: A handover that was signed.
HANDED_OVER: list[str] = []


@pytest.fixture(scope="module")
def served(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    post = Post(learnt, tmp_path_factory.mktemp("served"))
    with listening(post, rate=Rate(1e6, 1e6), lists=lists()) as made:
        for own, carrier in (("MINE", "CA-1"), ("THEIRS", "CA-2")):
            filed = made.carrier(carrier).post("/v1/filings", content=json.dumps(filing(own, carrier)))
            assert filed.status_code == 200
            wanted = {"webhook": f"https://hooks.example/{own}"}
            SUBSCRIBED[carrier] = made.carrier(carrier).post("/v1/subscriptions", json=wanted).json()["id"]
            raise_alert(made.log, own)
            said = {"which": own, "statement": "It was empty."}
            assert made.carrier(carrier).post("/v1/challenges", json=said).status_code == 200
            AT_POSTS[own] = at_posts.work_at(made.as_("officer"), own) | at_custody.named(own)
        at_custody.furnish(made)
        at_fleet.furnish(made)
        AT_FLEET.update(at_fleet.named(made))
        report(made.log, "closure", "world-trade", made.log.clock(), "port", 3, "", actor="tester", origin="live")
        for bridge, signer in (("World Trade", EDGE), ("Colombia", OTHER_EDGE)):
            edge = enrol(made.log, "2304", bridge, signer.verifier.text, "port", directory_in_use(made.log))
            confirm(made.log, edge.origin, edge.fingerprint, "Root")
        shown = made.as_("officer").get("/v1/bridges/world-trade/handover").json()["digest"]
        signed = {"digest": shown, "to": "the next shift"}
        # Other modules make this server too: what is named is of the one that runs.
        HANDED_OVER[:] = [
            made.as_("officer").post("/v1/bridges/world-trade/handover", json=signed).json()["handover_id"]
        ]
        sequence(made.log)
        yield made


def raise_alert(log: Log, crossing: str) -> None:
    """An alert on a crossing, named by its event."""
    raised = Raise("contradiction", f"crossing/{crossing}", "a filing", log.clock(), crossing, 1)
    (event,) = events_of([raised], in_force(log), log.clock(), "tester", "live")
    log.append([msgspec.structs.replace(event, event_id=f"AL-{crossing}", stream=f"alert/AL-{crossing}")])


def filing(own: str, carrier: str) -> dict[str, Any]:
    """A declaration whose driver may be on a list."""
    return truck(own, carrier_id=carrier, driver_name=NAMED, seal_id=f"CANARY{own}", value_usd=FILED_VALUE)


def named(made: Listening, path: str, own: str, carrier: str) -> dict[str, str]:
    """What a path names, of a crossing: looked for only where the path asks for it."""

    def of_stream(kind: str) -> str:
        stream = made.log.stream(f"crossing/{own}")
        return {stored.event.type: stored.event.event_id for stored in stream}[kind]

    def hit() -> str:
        asked = made.log.read(types=[ScreeningHit.TYPE])
        return next(each.event.event_id for each in asked if each.event.data["crossing"] == own)

    ways: dict[str, Callable[[], str]] = {
        "hit_id": hit,
        "declaration_id": lambda: own,
        "crossing_id": lambda: own,
        "decision": lambda: of_stream("crossing.decided"),
        "challenge": lambda: of_stream("crossing.challenged"),
        "event_id": lambda: of_stream("crossing.decided"),
        "rule": lambda: "goods-without-value@1",
        "alert_id": lambda: f"AL-{own}",
        "subscription_id": lambda: SUBSCRIBED[carrier],
        "bridge": lambda: "world-trade",
        "credential": lambda: "bm9uZQ",
        "account": lambda: made.account("analyst", "changed").id,
        "done": lambda: "end-sessions",
        "token": lambda: (
            made.tokens.issue(f"to revoke {next(COUNT)}", "officer", (), SOON, SOON + timedelta(days=1))[1].id
        ),
        "incident_id": lambda: next(each.event.stream[9:] for each in made.log.read(types=[IncidentReported.TYPE])),
        "handle": lambda: handle_of("carrier", made.log.keys.persons_named("carrier", carrier)[0], made.log.keys),
        "handover": lambda: HANDED_OVER[0],
        "level": lambda: "0",
        "place": lambda: "000.p/1",
        **planning.named(made),
        **{part: partial(str, found) for part, found in AT_FLEET.items()},
    }
    return {
        name: AT_POSTS[own][name] if name in AT_POSTS[own] else ways[name]() for name in re.findall(r"{(\w+)}", path)
    }


def operations(made: Listening) -> list[tuple[str, str, str]]:
    paths = made.nobody.get("/openapi.json").json()["paths"]
    return [(method, path, each["operationId"]) for path, item in paths.items() for method, each in item.items()]


def ask(
    made: Listening, client: httpx.Client, method: str, path: str, operation: str, own: bool, role: str = "officer"
) -> int:
    return answered(made, client, method, path, operation, own, role).status_code


def answered(
    made: Listening, client: httpx.Client, method: str, path: str, operation: str, own: bool, role: str = "officer"
) -> httpx.Response:
    name, carrier = ("MINE", "CA-1") if own else ("THEIRS", "CA-2")
    body: Any = None
    if operation in ("file", "try_filing"):
        body = filing(name, carrier)  # as it was filed: whoever may file is answered from the log
    elif operation == "report_outcome":
        body = {"crossing_id": name, "examined": 0}
    elif operation == "order_examination":
        body = {"examination": "secondary", "reason": "Seal differs."}
    elif operation == "accept_examination":
        body = {"decision": "another", "examination": "scan"}
    elif operation == "undo_order":
        body = {"order": "another"}
    elif operation == "confirm_subscription":
        body = {"code": "1"}
    elif operation == "subscribe":
        body = {"webhook": "https://hooks.example/a"}
    elif operation == "assign_alert":
        body = {"owner": f"Ana {own}"}
    elif operation in ALERTED:
        body = {"reason": "Seen."} | ({"minutes": 5} if operation == "snooze_alert" else {})
    elif operation == "read_entity":
        body = {"kind": "carrier", "identifier": carrier}
    elif operation == "check_lists":
        body = {"name": NAMED}
    elif operation == "answer_hit":
        body = {"verdict": "dismissed", "reason": "Another."}
    elif operation == "propose_rule":
        body = RULE | {"author": role, "id": f"by-{role}"}
    elif operation == "promote_rule":
        body = {"to": "rolled_back", "reason": "It stops too many."}
    elif operation == "file_challenge":
        body = {"which": name, "statement": "It was empty."}
    elif operation == "answer_challenge":
        body = {"verdict": "dismissed", "reason": "The record shows a load."}
    elif operation == "sign_handover":
        shown = made.as_("officer").get("/v1/bridges/world-trade/handover").json()["digest"]
        body = {"digest": shown, "to": "the next shift"}
    elif operation in planning.BODIES:
        body = planning.BODIES[operation]
    elif operation in BRIDGE_BODIES:
        body = BRIDGE_BODIES[operation] | EARLY
    elif operation in INCIDENT_BODIES:
        body = INCIDENT_BODIES[operation]
    elif operation in at_custody.ALLOWED and method != "get":
        body = at_custody.body_of(made, operation, name)
    elif operation in at_fleet.ALLOWED and method != "get":
        body = at_fleet.body_of(operation)
    elif operation == "read_fleet_claim":
        path += "?contract=C-1"
    elif operation in at_posts.BODIES:
        body = at_posts.body_of(operation, name)
    elif operation == "enrol_edge":
        body = {"key": EDGE.verifier.text, "bridge": "World Trade"}
    elif operation == "read_bundle":
        path += f"?edge={EDGE.verifier.name}"
    elif operation == "read_edge_document":
        path += f"?edge={EDGE.verifier.name}&hash={'0' * 64}"
    elif operation == "hand_in":
        handed = HandIn(EDGE.verifier.name, 0, ["{}"], "")
        body = msgspec.to_builtins(signed_hand_in(handed, EDGE))
    elif operation == "confirm_edge":
        body = {"edge": EDGE.verifier.name, "fingerprint": fingerprint(EDGE.verifier)}
    elif operation == "retire_edge":
        body = {"edge": OTHER_EDGE.verifier.name, "reason": "Broken."}
    elif operation in ("sign_in", "sign_as_second"):
        body = {"name": made.account("supervisor").login, "password": PASSWORD}
        if operation == "sign_as_second":
            body |= {"crossing_id": name, "examination": "scan"}
    elif operation == "challenge_second":
        body = {"crossing_id": name, "examination": "scan"}
    elif operation == "add_account":
        body = {"login": f"new {role} {own}", "name": f"New {role} {own}", "role": "officer"}
    elif operation == "issue_token":
        body = {"name": f"new {own}", "role": "officer"}
    if operation == "hear":
        path += "?seconds=0"
    elif operation in ("read_town", "read_town_closures"):
        path += f"?bridge={'world-trade' if own else 'pharr'}"
    elif operation == "hear_live":
        path += "?seconds=0&topics=clock"
    path = planning.path_of(made, operation, path, role)
    url = path.format(**named(made, path, name, carrier))
    client.cookies.clear()  # who was signed in by an answer is asked about by the next test as if not
    content = body if body is None or isinstance(body, bytes) else json.dumps(body)
    if operation == "add_photo":
        content = at_posts.PICTURE
    return client.request(method, url, content=content)


@pytest.mark.parametrize("own", [True, False], ids=["own", "other"])
@pytest.mark.parametrize("role", ROLES)
def test_every_route_by_every_role(served: Listening, role: Role, own: bool) -> None:
    client = served.carrier() if role == "carrier" else served.as_(role)
    seen = operations(served)
    assert {operation for _, _, operation in seen} == ALLOWED.keys() | PUBLIC
    for method, path, operation in seen:
        status = ask(served, client, method, path, operation, own, role)
        allowed = operation in PUBLIC or not ALLOWED[operation].isdisjoint({role, f"{role} own" if own else role})
        if allowed:
            wanted = REFUSED.get(operation, 200)
            assert status == wanted or (operation in ONCE and status == 422), (operation, status)
        else:
            # A filing of another's is refused by its record, and another's answer is as if there were none.
            assert status in {403, 404, 422} - ({422} if role != "carrier" else set()), (operation, status)


def test_without_a_token_nothing_is_open_but_the_public_routes(served: Listening) -> None:
    for method, path, operation in operations(served):
        status = ask(served, served.nobody, method, path, operation, True)
        wanted = REFUSED.get(operation, 200) if operation in PUBLIC | ANYONE else 401
        assert status == wanted, operation


def test_an_answer_names_no_policy_trace_or_value(served: Listening) -> None:
    secret = "SECRET-VALUE-77"
    for url in (f"/v1/filings/{secret}", f"/v1/crossings/{secret}", f"/{secret}", "/v1/crossings/THEIRS"):
        text = served.carrier().get(url).text
        assert secret not in text
        assert "Traceback" not in text
        assert "officers-" not in text
    body = json.dumps({"declaration_id": secret, "filed_at": secret})
    assert secret not in served.carrier().post("/v1/filings", content=body).text


def test_what_is_no_route_or_no_method_is_a_problem_that_names_the_methods(served: Listening) -> None:
    officer = served.as_("officer")
    for method, url, allowed in (
        ("DELETE", "/v1/filings", "GET, POST"),
        ("OPTIONS", "/v1/filings", "GET, POST"),
        ("PUT", "/v1/rules/some/stage", "POST"),
        ("PATCH", "/v1/challenges", "GET, POST"),
        ("HEAD", "/v1/lists", "GET"),
        ("POST", "/v1/crossings/MINE", "GET"),
        ("TRACE", "/healthz", "GET"),
    ):
        answer = officer.request(method, url)
        assert (answer.status_code, answer.headers["Allow"]) == (405, allowed), url
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert method == "HEAD" or answer.json()["type"] == "urn:aforo:problem:method"
    for url in ("/v1/nothing", "/v2"):
        answer = officer.get(url)
        assert (answer.status_code, answer.json()["type"]) == (404, "urn:aforo:problem:not_found")
    for body in (b"", b"[]", b"\xff", b"[" * 100_000, b'{"kind": "driver", "identifier": 1}'):
        answer = officer.post("/v1/entities/lookup", content=body)
        assert (answer.status_code, answer.json()["type"]) == (400, "urn:aforo:problem:body_bad")
    assert officer.get("/v1/challenges?answered=maybe").json()["type"] == "urn:aforo:problem:bad_request"


def test_persons_are_shown_to_those_who_may_and_that_is_recorded(served: Listening) -> None:
    bare = served.as_("officer").get("/v1/crossings/MINE").json()
    assert bare["filings"][0]["persons"] == {}
    assert served.as_("analyst").get("/v1/crossings/MINE?persons=true").status_code == 403
    before = len(served.log.stream("read/MINE"))
    shown = served.as_("officer").get("/v1/crossings/MINE?persons=true").json()
    assert shown["filings"][0]["persons"]["driver_id"] == "DR-MINE"
    (read,) = served.log.stream("read/MINE")[before:]
    assert isinstance(read.payload, PersonRead)
    assert (read.event.actor, read.payload.crossing) == ("officer", "MINE")
    assert "driver_id" in read.payload.fields
    assert b"DR-MINE" not in read.body


def test_the_policies_are_valid_and_each_is_named() -> None:
    folder = resources.files("aforo.api")
    policies, schema = ((folder / f"policies.{end}").read_text() for end in ("cedar", "cedarschema"))
    assert cedarpy.validate_policies(policies, schema).validation_passed
    assert permitting("carrier", "file", True) == "carriers-file-their-own"
    assert permitting("carrier", "file", False) is None
    assert permitting("officer", "an action that is not there", True) is None
