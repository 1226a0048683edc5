"""Nobody gets a credential in another person's name; two officers are two persons; the log says who got which."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from journeys import Post, file, truck
from listening import PASSWORD, Listening, listening
from typer.testing import CliRunner

from aforo.api.access import Rate
from aforo.cli import complete_app
from aforo.domain.credential_event import AccountAdded, AccountChanged, TokenIssued, TokenRevoked
from aforo.domain.event import Overridden
from aforo.domain.role import STAFF_ROLES
from aforo.log.accounts import Accounts
from aforo.log.keys import KeyStore
from aforo.log.name_holders import NameHeldError
from aforo.log.tokens import Tokens

if TYPE_CHECKING:
    from journeys import Learnt

AT = datetime(2026, 3, 1, 9, tzinfo=UTC)
#: Spellings that are compared as one name.
ANA = ("Ana Ruiz", "ANA RUIZ", " ana  ruiz ", "Ana-Ruiz", "ana.ruiz", "Ana\u200b Ruiz")


@pytest.fixture
def served(learnt: Learnt, post: Post) -> Iterator[Listening]:
    with listening(Post(learnt, post.folder / "served"), rate=Rate(1e6, 1e6)) as made:
        yield made


def problem(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rpartition(":")[2]


def held(made: Listening, own: str) -> None:
    """A truck that is held by an officer's order."""
    assert made.carrier().post("/v1/filings", content=json.dumps(truck(own))).status_code == 200
    body = {"examination": "hold", "reason": "A smell of fuel."}
    assert made.as_("officer", "Officer at first").post(f"/v1/crossings/{own}/override", json=body).status_code == 200


def lower(first: httpx.Client, own: str, second: str) -> httpx.Response:
    body = {"examination": "release", "reason": "It was the spare can."}
    headers = {"Second-Authorization": f"Bearer {second}"}
    return first.post(f"/v1/crossings/{own}/override", json=body, headers=headers)


@pytest.mark.parametrize("role", STAFF_ROLES)
def test_an_administrator_issues_no_token_in_the_name_of_another(served: Listening, role: str) -> None:
    served.account("officer", "Ana Ruiz")
    served.token("officer", "Eva Sol")
    for administrator in (served.as_("administrator"), served.signed_in("administrator", "Root")):
        for name in (*ANA, "Eva Sol", "eva sol"):
            said = {"name": name, "role": role}
            assert problem(administrator.post("/v1/tokens", json=said)) == (403, "token_name_held"), name
    # A machine's name stands in the record, too; a carrier's does not.
    said = {"name": "Ana Ruiz", "role": "device", "codes": ["world-trade"]}
    assert problem(served.as_("administrator").post("/v1/tokens", json=said)) == (403, "token_name_held")
    carrier = {"name": "Ana Ruiz", "role": "carrier", "codes": ["ABCD"]}
    assert served.as_("administrator").post("/v1/tokens", json=carrier).status_code == 200


def test_a_person_issues_tokens_to_itself_in_a_session_alone(served: Listening) -> None:
    ana = served.signed_in("officer", "Ana Ruiz", ("2304",))
    made = ana.post("/v1/tokens", json={"name": "ana ruiz", "role": "officer", "codes": ["2304"]})
    assert made.status_code == 200, made.text
    for wrong in ({"name": "Eva"}, {"role": "supervisor"}, {"codes": ["2401"]}, {"days": 93}):
        said = {"name": "Ana Ruiz", "role": "officer"} | wrong
        assert problem(ana.post("/v1/tokens", json=said)) == (403, "token_not_own"), wrong
    own = httpx.Client(base_url=served.address, headers={"Authorization": f"Bearer {made.json()['token']}"})
    served.clients["own"] = own
    assert problem(own.post("/v1/tokens", json={"name": "Ana Ruiz", "role": "officer"})) == (403, "no_session")
    assert [each["id"] for each in own.get("/v1/tokens").json()["tokens"]] == [made.json()["id"]]
    assert served.signed_in("officer", "Eva").get("/v1/tokens").json()["tokens"] == []
    assert problem(served.signed_in("officer", "Eva").delete(f"/v1/tokens/{made.json()['id']}")) == (404, "not_found")
    # It ends with the account, and the account's owner is no second person to it.
    held(served, "T")
    said = {"name": "Ana Ruiz", "password": PASSWORD, "crossing_id": "T", "examination": "release"}
    assert problem(own.post("/v1/seconds", json=said)) == (403, "second_bad")
    account = served.account("officer", "Ana Ruiz")
    assert served.as_("administrator").post(f"/v1/accounts/{account.id}/disable").status_code == 200
    assert problem(own.get("/v1/crossings/T")) == (401, "token_bad")


def test_no_account_is_made_in_the_name_of_a_staff_token(served: Listening) -> None:
    served.token("analyst", "Ana Ruiz")
    administrator = served.as_("administrator")
    for login, name in (("a", "ANA RUIZ"), ("ana ruiz", "Somebody")):
        said = {"login": login, "name": name, "role": "officer"}
        assert problem(administrator.post("/v1/accounts", json=said)) == (422, "account_name_held")
    (token,) = [each for each in served.tokens.all() if each.name == "Ana Ruiz"]
    served.tokens.revoke(token.id, datetime.now(UTC))
    said = {"login": "ana", "name": "Ana Ruiz", "role": "officer"}
    assert administrator.post("/v1/accounts", json=said).status_code == 200


def test_one_administrator_is_not_two_officers(served: Listening) -> None:
    """The attack: two tokens minted by one administrator lower a hold."""
    held(served, "T")
    administrator = served.as_("administrator")
    issued = [
        administrator.post("/v1/tokens", json={"name": name, "role": "officer"}).json()["token"]
        for name in ("Nobody One", "Nobody Two")
    ]
    first = httpx.Client(base_url=served.address, headers={"Authorization": f"Bearer {issued[0]}"})
    served.clients["first"] = first
    assert problem(lower(first, "T", issued[1])) == (403, "second_by_command")
    # Nor is a token from the machine the second to one that came over HTTP, nor the other way.
    assert problem(lower(first, "T", served.token("supervisor", "Eva"))) == (403, "second_by_command")
    assert problem(lower(served.as_("officer"), "T", issued[1])) == (403, "second_by_command")
    # Where anybody has an account, even a disabled one, no access token is a second officer.
    account = served.account("carrier", "Somebody", ("CA-1",))
    served.people.accounts.disable(account.id, datetime.now(UTC))
    for second in (issued[1], served.token("supervisor", "Eva")):
        assert problem(lower(first, "T", second)) == (403, "second_by_account")
        assert problem(lower(served.as_("officer"), "T", second)) == (403, "second_by_account")


def test_a_second_officer_signs_in_a_session_of_their_own(served: Listening) -> None:
    """Whom a provider vouches for has neither password nor passkey here."""
    held(served, "T")
    first, second = served.signed_in("officer", "Ana Ruiz"), served.signed_in("supervisor", "Luis Vega")
    said = {"first": "ana ruiz", "crossing_id": "T", "examination": "release"}
    assert problem(second.post("/v1/seconds/session", json=said | {"first": "Luis Vega"})) == (403, "second_bad")
    assert problem(second.post("/v1/seconds/session", json=said | {"first": "Nobody"})) == (403, "second_bad")
    assert problem(served.as_("supervisor").post("/v1/seconds/session", json=said)) == (403, "no_session")
    text = second.post("/v1/seconds/session", json=said).json()["token"]
    assert problem(lower(served.signed_in("officer", "Eva"), "T", text)) == (403, "second_over")
    text = second.post("/v1/seconds/session", json=said).json()["token"]
    assert lower(first, "T", text).status_code == 200


def test_the_record_names_both_credentials(served: Listening) -> None:
    held(served, "T")
    first = served.signed_in("officer", "Ana Ruiz")
    header = served.second(first, "T", "Luis Vega", examination="release")
    body = {"examination": "release", "reason": "It was the spare can."}
    assert first.post("/v1/crossings/T/override", json=body, headers=header).status_code == 200
    order = served.log.stream("crossing/T", types=(Overridden.TYPE,))[-1]
    payload = order.payload
    assert isinstance(payload, Overridden)
    assert order.event.credential == f"account:{served.account('officer', 'Ana Ruiz').id}"
    assert payload.second_credential == f"account:{served.account('supervisor', 'Luis Vega').id}"
    entries = served.as_("auditor").get("/v1/crossings/T/timeline").json()["entries"]
    shown = next(each for each in entries if each["event_id"] == order.event.event_id)
    assert (shown["credential"], shown["data"]["second_credential"]) == (
        order.event.credential, payload.second_credential,
    )  # fmt: skip
    filed = next(each for each in entries if each["type"] == "crossing.filed")
    assert filed["credential"] in {each.id for each in served.tokens.all()}


def test_two_tokens_of_the_machine_are_two_officers_where_nobody_has_an_account(served: Listening) -> None:
    held(served, "T")
    assert lower(served.as_("officer"), "T", served.token("supervisor", "Eva")).status_code == 200
    order = served.log.stream("crossing/T", types=(Overridden.TYPE,))[-1]
    ids = {each.name: each.id for each in served.tokens.all()}
    assert isinstance(order.payload, Overridden)
    assert (order.event.credential, order.payload.second_credential) == (ids["officer"], ids["Eva"])


def test_who_gets_and_loses_a_credential_is_in_the_log(served: Listening) -> None:
    root = served.signed_in("administrator", "Root")
    made = root.post("/v1/accounts", json={"login": "ana", "name": "Ana Ruiz", "role": "officer"}).json()
    token = root.post("/v1/tokens", json={"name": "reader", "role": "device", "codes": ["world-trade"]}).json()
    carrier = root.post("/v1/tokens", json={"name": "ACME", "role": "carrier", "codes": ["ABCD"]}).json()
    assert root.delete(f"/v1/tokens/{token['id']}").status_code == 200
    for done in ("password", "end-sessions", "disable", "enable"):
        assert root.post(f"/v1/accounts/{made['id']}/{done}").status_code == 200
    account = served.log.stream(f"credential/account:{made['id']}")
    assert [each.payload for each in account] == [
        AccountAdded("Ana Ruiz", "officer"),
        *(AccountChanged(act) for act in ("password_set", "sessions_ended", "disabled", "enabled")),  # type: ignore[arg-type]
    ]
    issued, revoked = served.log.stream(f"credential/{token['id']}")
    assert isinstance(issued.payload, TokenIssued)
    assert (issued.payload.name, issued.payload.role, issued.payload.codes) == ("reader", "device", ("world-trade",))
    assert isinstance(revoked.payload, TokenRevoked)
    by = f"account:{served.account('administrator', 'Root').id}"
    assert {(each.event.actor, each.event.credential) for each in (*account, issued, revoked)} == {("Root", by)}
    # Whom a carrier's is for may be a person that the log must be able to forget.
    assert served.log.stream(f"credential/{carrier['id']}") == []
    assert not [each for each in served.log.read() if b"ABCD" in each.body]


def run(*arguments: str, typed: str = "") -> Any:
    made = CliRunner().invoke(complete_app(), list(arguments), input=typed, env={"LANG": "C", "LC_ALL": "C"})
    assert made.exception is None or isinstance(made.exception, SystemExit), made.exception
    return made


def test_the_command_line_issues_none_in_the_name_of_another_and_records_what_it_does(post: Post) -> None:
    store = ("--store", post.store)
    assert (
        run("accounts", "add", "ana", "--name", "Ana Ruiz", "--role", "officer", *store, typed=PASSWORD).exit_code == 0
    )
    for name in ANA:
        assert run("tokens", "issue", name, "--role", "auditor", *store).exit_code == 1
    made = json.loads(run("tokens", "issue", "Eva Sol", "--role", "officer", "--json", *store).stdout)
    assert run("tokens", "issue", "eva sol", "--role", "supervisor", *store).exit_code == 1
    assert (
        run("accounts", "add", "eva", "--name", "EVA SOL", "--role", "officer", *store, typed=PASSWORD).exit_code == 1
    )
    assert run("tokens", "revoke", made["id"], *store).exit_code == 0
    assert (
        run("accounts", "add", "eva", "--name", "EVA SOL", "--role", "officer", *store, typed=PASSWORD).exit_code == 0
    )
    assert run("accounts", "disable", "eva", *store).exit_code == 0
    with post.log() as log:
        events = [each for each in log.read() if each.event.stream.startswith("credential/")]
    assert [each.event.type.partition(".")[2] for each in events] == [
        "account_added", "token_issued", "token_revoked", "account_added", "account_changed",
    ]  # fmt: skip
    assert {each.event.credential for each in events} == {f"command:{os.getuid()}"}


def test_at_the_machine_the_second_officer_gives_a_password_where_there_are_accounts(post: Post) -> None:
    store = ("--store", post.store)
    with post.node() as node:
        file(node, truck("T"))
    order = ("override", "T", "--reason", "A smell of fuel.", *store)
    assert run(*order, "--to", "hold").exit_code == 0
    assert run(*order, "--to", "secondary", "--second", "Luis Vega").exit_code == 0  # nobody has an account
    add = ("accounts", "add")
    assert run(*add, "luis", "--name", "Luis Vega", "--role", "supervisor", *store, typed=PASSWORD).exit_code == 0
    assert run(*add, "iris", "--name", "Iris", "--role", "analyst", *store, typed=PASSWORD).exit_code == 0
    lowered = (*order, "--to", "release", "--second")
    assert run(*order, "--to", "hold", "--by", "LUIS VEGA").exit_code == 2
    for named, typed in (("Luis Vega", ""), ("luis", "not the password"), ("iris", PASSWORD), ("Nobody", PASSWORD)):
        assert run(*lowered, named, typed=typed).exit_code == 1, named
    assert run(*lowered, "luis", typed=PASSWORD).exit_code == 0
    with post.log() as log, closing(Accounts(post.settings.keys)) as accounts:
        last = log.stream("crossing/T", types=(Overridden.TYPE,))[-1].payload
        account = accounts.by_login("luis")
    assert isinstance(last, Overridden)
    assert account is not None
    assert (last.seconded_by, last.second_credential) == ("Luis Vega", f"account:{account.id}")


def test_names_are_compared_as_identities_whatever_issues(tmp_path: Any) -> None:
    keys = tmp_path / "keys.sqlite"
    key_store = KeyStore(keys)
    key_store.secret("content")
    key_store.close()
    with closing(Tokens(keys)) as tokens, closing(Accounts(keys)) as accounts:
        until = AT + timedelta(days=1)
        own = accounts.add("ana", "Ana Ruiz", "officer", (), "en", AT)
        for name in ANA:
            with pytest.raises(NameHeldError):
                tokens.issue(name, "officer", (), AT, until, "another account")
        accounts.disable(own.id, AT)
        with pytest.raises(NameHeldError):  # the record has the name
            tokens.issue("Ana Ruiz", "officer", (), AT, until)
        tokens.issue("Ana Ruiz", "officer", (), AT, until, own.id)
        tokens.issue("Ana Ruiz", "officer", (), AT, until, own.id)
        tokens.issue("Eva", "officer", (), AT, until)
        with pytest.raises(NameHeldError):
            accounts.add("e", "EVA", "officer", (), "en", AT)
        accounts.add("e", "EVA", "officer", (), "en", until)  # it has expired by then
