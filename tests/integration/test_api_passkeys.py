"""Passkeys: registered by their owner, good at one name of the server, once for each challenge, and never by a copy."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from authenticator import PRESENT, Authenticator
from journeys import Post, truck
from listening import PASSWORD, Listening, listening

from aforo.api.access import Rate
from aforo.api.passkey_proof import ANSWERED_WITHIN, MOST_OF_ONE
from aforo.log.passkeys import Passkey

if TYPE_CHECKING:
    from journeys import Learnt


OWN = {"password": PASSWORD}


class Minutes:
    """A clock that is set."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(scope="module")
def minutes() -> Minutes:
    return Minutes()


@pytest.fixture(scope="module")
def served(learnt: Learnt, minutes: Minutes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    with listening(Post(learnt, tmp_path_factory.mktemp("served")), rate=Rate(1e6, 1e6), clock=minutes) as made:
        made.address = made.address.replace("127.0.0.1", "localhost")
        yield made


def client(served: Listening) -> httpx.Client:
    return httpx.Client(base_url=served.address, headers={"Origin": served.address}, trust_env=False)


def registered(served: Listening, name: str, credential: bytes) -> tuple[Authenticator, httpx.Client]:
    officer = served.signed_in("officer", name)
    made = Authenticator(served.address, "localhost", credential=credential)
    options = officer.post("/v1/session/passkeys/registration", json=OWN).json()["options"]
    assert (options["rp"]["id"], options["user"]["name"]) == ("localhost", served.account("officer", name).login)
    assert options["authenticatorSelection"]["userVerification"] == "required"
    body = {"credential": made.register(options), "label": "Key at booth 3"}
    answer = officer.post("/v1/session/passkeys", json=body)
    assert answer.status_code == 200, answer.text
    return made, officer


def challenge(asking: httpx.Client) -> dict[str, Any]:
    answer = asking.post("/v1/session/passkeys/challenge").json()
    assert not answer["options"].get("allowCredentials"), "no account is told of"
    options: dict[str, Any] = answer["options"]
    return options


def sign_in(asking: httpx.Client, credential: dict[str, Any]) -> tuple[int, str]:
    answer = asking.post("/v1/session/passkeys/sign-in", json={"credential": credential})
    said = answer.json()
    return answer.status_code, said["name"] if answer.status_code == 200 else said["type"].rpartition(":")[2]


BAD = (403, "passkey_bad")


def test_a_passkey_signs_its_owner_in_and_no_answer_is_good_twice(served: Listening) -> None:
    made, officer = registered(served, "keyed", b"one")
    (listed,) = officer.get("/v1/session/passkeys").json()["passkeys"]
    assert (listed["label"], listed["host"], listed["used_at"]) == ("Key at booth 3", "localhost", None)
    asking = client(served)
    answer = made.sign_in(challenge(asking), served.account("officer", "keyed").id.encode())
    assert sign_in(asking, answer) == (200, "keyed")
    assert asking.get("/v1/session").json()["role"] == "officer"
    assert sign_in(client(served), answer) == BAD
    assert officer.get("/v1/session/passkeys").json()["passkeys"][0]["used_at"] is not None


def test_what_is_not_the_owners_answer_is_none(served: Listening, minutes: Minutes) -> None:
    made, _ = registered(served, "careful", b"two")
    asking = client(served)
    stranger = Authenticator(served.address, "localhost", credential=b"two")
    elsewhere = replace(made, origin="http://elsewhere.example", count=10)
    other_name = replace(made, rp="elsewhere.example", count=20)
    unverified = replace(made, flags=PRESENT, count=30)
    unknown = replace(made, credential=b"nobody's", count=40)
    for each in (stranger, elsewhere, other_name, unverified, unknown):
        assert sign_in(asking, each.sign_in(challenge(asking))) == BAD
    assert sign_in(asking, made.sign_in(challenge(asking), b"another account")) == BAD
    assert sign_in(asking, made.sign_in({"challenge": "bWFkZSB1cA"})) == BAD, "a challenge of its own making"
    unreadable = made.sign_in(challenge(asking))
    unreadable["response"]["userHandle"] = "a"
    assert sign_in(asking, unreadable) == BAD
    options = challenge(asking)
    minutes.now += ANSWERED_WITHIN + timedelta(seconds=1)
    assert sign_in(asking, made.sign_in(options)) == BAD, "too late"
    for nonsense in ({}, {"clientDataJSON": "x"}, {"clientDataJSON": "e30"}, {"clientDataJSON": "bnVsbA"}):
        body = {"credential": {"id": "a", "rawId": "a", "type": "public-key", "response": nonsense}}
        assert asking.post("/v1/session/passkeys/sign-in", json=body).status_code in (400, 403)
    assert sign_in(asking, made.sign_in(challenge(asking))) == (200, "careful")


def test_a_copy_that_counts_back_is_found(served: Listening) -> None:
    made, _ = registered(served, "copied", b"three")
    made.count = 7
    assert sign_in(client(served), made.sign_in(challenge(client(served)))) == (200, "copied")
    made.count = 2
    assert sign_in(client(served), made.sign_in(challenge(client(served)))) == BAD


def test_a_challenge_for_signing_in_registers_nothing_nor_anothers(served: Listening) -> None:
    one, other = served.signed_in("officer", "one of two"), served.signed_in("officer", "two of two")
    made = Authenticator(served.address, "localhost", credential=b"four")
    mine = one.post("/v1/session/passkeys/registration", json=OWN).json()["options"]
    for options, asking in ((challenge(client(served)), one), (mine, other)):
        body = {"credential": made.register(options), "label": "x"}
        assert asking.post("/v1/session/passkeys", json=body).status_code == 403
    taken, _ = registered(served, "first come", b"five")
    again = one.post("/v1/session/passkeys/registration", json=OWN).json()["options"]
    assert one.post("/v1/session/passkeys", json={"credential": taken.register(again), "label": "x"}).status_code == 403


@pytest.mark.parametrize("wrong", [{3: None}, {1: "EC"}, {3: -1_000}], ids=["no algorithm", "no kind", "no such"])
def test_a_key_that_is_none_is_not_registered(served: Listening, wrong: dict[int, Any]) -> None:
    """The library decodes it without a look."""
    officer = served.signed_in("officer", "odd key")
    options = officer.post("/v1/session/passkeys/registration", json=OWN).json()["options"]
    made = Authenticator(served.address, "localhost", credential=b"odd", instead=wrong)
    answer = officer.post("/v1/session/passkeys", json={"credential": made.register(options), "label": "x"})
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:aforo:problem:passkey_bad")


def test_a_store_that_fails_is_not_told_as_a_passkey_that_is_bad(
    served: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    officer = served.signed_in("officer", "unlucky")
    options = officer.post("/v1/session/passkeys/registration", json=OWN).json()["options"]
    made = Authenticator(served.address, "localhost", credential=b"unlucky")

    def fails(passkey: Passkey) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(served.people.passkeys, "add", fails)
    answer = officer.post("/v1/session/passkeys", json={"credential": made.register(options), "label": "x"})
    assert answer.status_code >= 500


def test_a_removed_passkey_and_a_disabled_account_are_let_in_no_more(served: Listening) -> None:
    made, officer = registered(served, "removed", b"six")
    other = served.signed_in("officer", "not its owner")
    (listed,) = officer.get("/v1/session/passkeys").json()["passkeys"]
    assert other.delete(f"/v1/session/passkeys/{listed['id']}").status_code == 404
    assert officer.delete(f"/v1/session/passkeys/{listed['id']}").json() == {"passkeys": []}
    assert sign_in(client(served), made.sign_in(challenge(client(served)))) == BAD
    made, _ = registered(served, "disabled", b"seven")
    served.people.accounts.disable(served.account("officer", "disabled").id, datetime.now(UTC))
    assert sign_in(client(served), made.sign_in(challenge(client(served)))) == BAD


@pytest.mark.parametrize("done", ["password", "end-sessions", "disable"])
def test_what_an_administrator_ends_is_not_open_by_a_passkey(served: Listening, done: str) -> None:
    made, _ = registered(served, f"ended by {done}", done.encode())
    account = served.account("officer", f"ended by {done}")
    root = served.signed_in("administrator", "root")
    answer = root.post(f"/v1/accounts/{account.id}/{done}").json()
    assert (answer["passkeys"], answer["sessions"]) == (0, 0)
    root.post(f"/v1/accounts/{account.id}/enable")
    assert sign_in(client(served), made.sign_in(challenge(client(served)))) == BAD


def test_a_flood_at_the_way_in_ends_nobodys_registration_and_no_others_sign_in(
    served: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, officer = registered(served, "unhurried", b"unhurried")
    begun = officer.post("/v1/session/passkeys/registration", json=OWN).json()["options"]
    asking, flood = client(served), client(served)
    monkeypatch.setattr(served.people, "proxied", True)
    asking.headers["X-Forwarded-For"], flood.headers["X-Forwarded-For"] = "203.0.113.9", "198.51.100.7"
    options, first = challenge(asking), challenge(flood)
    for _ in range(MOST_OF_ONE):
        challenge(flood)
    monkeypatch.setattr(served.people, "proxied", False)
    assert sign_in(flood, made.sign_in(first)) == BAD, "the oldest of the same address went"
    assert sign_in(asking, made.sign_in(options)) == (200, "unhurried")
    again = Authenticator(served.address, "localhost", credential=b"unhurried again")
    body = {"credential": again.register(begun), "label": "x"}
    assert officer.post("/v1/session/passkeys", json=body).status_code == 200


ORDER = {"crossing_id": "LOW", "examination": "scan"}


def second(first: httpx.Client, made: Authenticator, **changed: str) -> tuple[int, str]:
    options = first.post("/v1/seconds/challenge", json=ORDER).json()["options"]
    return signed(first, made.sign_in(options), **changed)


def signed(first: httpx.Client, credential: dict[str, Any], **changed: str) -> tuple[int, str]:
    answer = first.post("/v1/seconds/passkey", json={"credential": credential, **ORDER, **changed})
    said = answer.json()
    return answer.status_code, said["token"] if answer.status_code == 200 else said["type"].rpartition(":")[2]


def test_a_second_officer_signs_one_order_with_a_passkey(served: Listening) -> None:
    for name in ("LOW", "OTHER"):
        filed = served.carrier().post("/v1/filings", content=json.dumps(truck(name, carrier_id="CA-1")))
        assert filed.status_code == 200
    made, own = registered(served, "Second Signer", b"second")
    first = served.signed_in("officer", "First Signer")
    url = "/v1/crossings/LOW/override"
    assert first.post(url, json={"examination": "hold", "reason": "Seen."}).status_code == 200
    # No password is asked for, nor needed.
    with served.people.accounts._file.write() as db:
        db.execute("UPDATE account SET password = NULL WHERE login = ?", ("second signer",))
    status, text = second(first, made)
    assert status == 200
    lowering = {"examination": "scan", "reason": "Looked at."}
    done = first.post(url, json=lowering, headers={"Second-Authorization": f"Bearer {text}"})
    assert (done.status_code, done.json()["now"]) == (200, "scan")
    assert "Second Signer" in served.log.stream("crossing/LOW")[-1].body.decode()
    assert second(own, made) == (403, "second_bad"), "nobody signs twice"
    made, _ = registered(served, "Disabled Signer", b"gone")
    served.people.accounts.disable(served.account("officer", "Disabled Signer").id, datetime.now(UTC))
    assert second(first, made) == BAD


def test_a_passkey_signs_what_it_was_asked_for_by_whom_it_was_asked_alone(served: Listening) -> None:
    made, _ = registered(served, "Asked Second", b"asked")
    first, other = served.signed_in("officer", "Asked First"), served.signed_in("officer", "Asked Third")
    assert second(first, made, examination="release") == BAD
    assert second(first, made, crossing_id="OTHER") == BAD
    options = first.post("/v1/seconds/challenge", json=ORDER).json()["options"]
    answer = made.sign_in(options)
    assert signed(other, answer) == BAD, "another's session"
    assert signed(first, answer) == BAD, "and it is used up"
    assert signed(first, made.sign_in(challenge(client(served)))) == BAD, "signing in is no second signature"
    options = first.post("/v1/seconds/challenge", json=ORDER).json()["options"]
    assert sign_in(client(served), made.sign_in(options)) == BAD, "nor the other way round"
    with served.people.accounts._file.write() as db:
        db.execute("UPDATE account SET role = 'analyst' WHERE login = ?", ("asked second",))
    assert second(first, made) == (403, "second_bad")


def test_registering_asks_for_the_password(served: Listening) -> None:
    officer = served.signed_in("officer", "walked away")
    answer = officer.post("/v1/session/passkeys/registration", json={"password": "not the password"})
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:aforo:problem:sign_in_bad")
    assert officer.post("/v1/session/passkeys/registration", json={}).status_code == 400


def test_whom_a_provider_vouches_for_registers_none_and_uses_none(served: Listening) -> None:
    made, officer = registered(served, "provided", b"provided")
    with served.people.accounts._file.write() as db:
        db.execute("UPDATE account SET subject = ? WHERE login = ?", ('["https://login.example.org","u"]', "provided"))
    served.people.look_anew()
    answer = officer.post("/v1/session/passkeys/registration", json=OWN)
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:aforo:problem:passkey_vouched")
    body = {"credential": made.register({"challenge": "bWFkZSB1cA"}), "label": "x"}
    assert officer.post("/v1/session/passkeys", json=body).json()["type"] == "urn:aforo:problem:passkey_vouched"
    assert sign_in(client(served), made.sign_in(challenge(client(served)))) == BAD


def test_an_address_is_no_name_to_bind_a_passkey_to(served: Listening) -> None:
    address = served.address.replace("localhost", "127.0.0.1")
    asking = httpx.Client(base_url=address, headers={"Origin": address}, trust_env=False)
    answer = asking.post("/v1/session/passkeys/challenge")
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:aforo:problem:passkey_host")
    assert asking.post("/v1/session", json={"name": "x", "password": PASSWORD}).status_code == 403
