"""What a live stream says of every event of the product: named fields alone, to whom a policy permits."""

from __future__ import annotations

import base64
import json

import msgspec
import pytest
from samples.make_payload_samples import SAID, sample

from aforo.api.access import permitting
from aforo.domain.declaration import ENTITY_KINDS
from aforo.domain.event import PAYLOADS, Filed
from aforo.domain.role import ROLES, Role
from aforo.flow.announced import ANNOUNCED, STATUS, Carriers, announced
from aforo.log.stored import StoredEvent, encode

#: Who hears which events; all else is heard by nobody.
STAFF: set[Role] = {"officer", "supervisor", "auditor"}
MOVED = (
    "filed", "decided", "passed", "at_yard", "arrived", "examined", "overridden", "order_undone", "accepted",
    "acceptance_undone",
)  # fmt: skip
HEARD: dict[str, set[Role]] = (
    {each: STAFF | {"analyst"} for each in PAYLOADS if each.startswith(("artefact.", "lottery.", "log.key_rotated"))}
    | {f"crossing.{each}": STAFF | {"analyst"} for each in MOVED}
    | {each: STAFF | {"analyst"} for each in ("subscription.begun", "subscription.ended", "answer.delivered")}
    | {f"crossing.{each}": STAFF for each in ("challenged", "challenge_answered")}
    | {"filing.quarantined": STAFF, "message.noted": STAFF, "screening.listed": STAFF | {"analyst"}}
    | {f"screening.{each}": STAFF for each in ("hit", "confirmed", "dismissed")}
    | {each: STAFF for each in PAYLOADS if each.startswith("alert.")}
    | {each: {"auditor"} for each in ("person.read", "person.erased", "crossing.opened", "trip.bundle_given")}
    | {each: STAFF | {"analyst"} for each in PAYLOADS if each.startswith("port.")}
    | {"scanner.reported": STAFF | {"analyst"}, "handover.signed": STAFF}
)
#: What no stream says, whoever listens: seals, keyed hashes of persons, features, evidence, free text, names of people.
SECRET = {
    "sealed", "identities", "content", "features", "log_odds", "evidence", "rules", "mandatory", "lot", "propensity",
    "control", "control_propensity", "value", "price", "statement", "documents", "reason", "ground", "person",
    "persons", "party_hash", "seconded_by", "owner", "actor", "author", "approver", "token", "tractor", "declaration",
}  # fmt: skip


NOBODY = base64.b64encode(bytes(8 * len(ENTITY_KINDS))).decode()


class NoLog:
    """A log that must not be asked."""

    def stream(self, stream: str) -> list[StoredEvent]:
        return []


def identified(filed: Filed) -> Filed:
    """A sample's filing, and those that it takes in, of nobody where it says nothing of whom it names."""
    replace = msgspec.structs.replace
    takes = tuple(
        replace(taken, filings=tuple(replace(each, filed=identified(each.filed)) for each in taken.filings))
        for taken in filed.takes
    )
    return replace(filed, identities=filed.identities or NOBODY, takes=takes)


def carriers() -> Carriers:
    return Carriers(NoLog())  # type: ignore[arg-type]


def test_every_type_that_is_announced_is_one_of_the_product_and_the_policies_say_who_hears_it() -> None:
    assert ANNOUNCED.keys() <= PAYLOADS.keys()
    heard = {
        each: {role for role in ROLES if permitting(role, action, False) is not None}
        for each, (action, _) in ANNOUNCED.items()
    }
    assert heard == HEARD


@pytest.mark.parametrize("action", sorted({action for action, _ in ANNOUNCED.values()}))
def test_carriers_and_administrators_hear_no_event(action: str) -> None:
    for own in (True, False):
        assert permitting("carrier", action, own) is None
        assert permitting("administrator", action, own) is None


def test_a_status_is_no_event() -> None:
    assert STATUS not in PAYLOADS


@pytest.mark.parametrize("place", range(len(SAID)), ids=lambda place: f"{SAID[place].TYPE}-{place}")
def test_an_event_is_announced_in_one_frame_without_anything_personal(place: int) -> None:
    event = sample(place)
    if isinstance(event.data, Filed):
        event = msgspec.structs.replace(event, data=identified(event.data))
    said = announced(7, StoredEvent(1, b"", encode(event)), carriers())
    if event.type not in ANNOUNCED:
        assert said is None
        return
    assert said is not None
    lines = said.frame.decode().split("\n")
    assert lines[:2] == ["id: 7", f"event: {event.type}"]
    assert lines[2].startswith("data: {")
    assert lines[3:] == ["", ""]
    data = json.loads(lines[2].removeprefix("data: "))
    assert not data.keys() & SECRET
    assert not any(isinstance(value, dict) for value in data.values())
    text = lines[2]
    for secret in ("c2VhbGVk", "ana", "luz", "sample", "00000000000000ff", "The seal", "LFPDPPP", "Otro", "AAECAwQF"):
        if event.type == "alert.raised" and secret == "00000000000000ff":
            continue  # the truck, as alerts are grouped
        if secret == "sample":
            text = text.replace(f'"event_id":"sample-{place}"', "")
        assert secret not in text, secret
