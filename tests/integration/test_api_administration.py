"""Administration: people, roles, tokens and backups; and what a carrier does of it for itself."""

from __future__ import annotations

import base64
import hashlib
import json
import sqlite3
import stat
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from journeys import Post, truck
from listening import PASSWORD, Listening, listening

from aforo.api.access import Rate, permitting
from aforo.api.tokens import MOST, MOST_DAYS
from aforo.log.key_tables import file_of
from aforo.log.keys import KeyStore
from aforo.log.passwords import hashed
from aforo.log.store import open_to_read
from aforo.log.tokens import Tokens

if TYPE_CHECKING:
    from journeys import Learnt


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("folder")


@pytest.fixture(scope="module")
def served(learnt: Learnt, folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    post = Post(learnt, tmp_path_factory.mktemp("served"))
    with listening(post, rate=Rate(1e6, 1e6), folder=folder) as made:
        yield made


@pytest.fixture(scope="module")
def root(served: Listening) -> httpx.Client:
    return served.signed_in("administrator", "root")


def problem(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rpartition(":")[2]


def acts(root: httpx.Client) -> list[tuple[str, str]]:
    return [(each["by"], each["act"]) for each in root.get("/v1/accounts/acts").json()["acts"]]


def sign_in(served: Listening, login: str, password: str) -> httpx.Response:
    with httpx.Client(base_url=served.address, trust_env=False) as client:
        return client.post("/v1/session", json={"name": login, "password": password})


def test_a_person_is_added_disabled_and_let_in_again(served: Listening, root: httpx.Client) -> None:
    wanted = {"login": "ana", "name": "Ana Ruiz", "role": "supervisor", "codes": ["2304"], "language": "es"}
    made = root.post("/v1/accounts", json=wanted)
    assert (made.status_code, made.headers["Cache-Control"]) == (200, "no-store")
    own, password = made.json()["id"], made.json()["password"]
    assert sign_in(served, "ana", password).json()["language"] == "es"
    listed = {each["login"]: each for each in root.get("/v1/accounts").json()["accounts"]}
    assert (listed["ana"]["sessions"], listed["ana"]["codes"], listed["ana"]["password"]) == (1, ["2304"], None)
    assert root.post(f"/v1/accounts/{own}/disable").json()["sessions"] == 0
    assert problem(sign_in(served, "ana", password)) == (403, "sign_in_bad")
    assert root.post(f"/v1/accounts/{own}/enable").json()["disabled_at"] is None
    again = root.post(f"/v1/accounts/{own}/password").json()["password"]
    assert problem(sign_in(served, "ana", password)) == (403, "sign_in_bad")
    assert sign_in(served, "ana", again).status_code == 200
    assert root.post(f"/v1/accounts/{own}/end-sessions").json()["sessions"] == 0
    done = ["account_added", "account_disabled", "account_enabled", "password_set", "sessions_ended"]
    assert acts(root)[:5] == [("root", each) for each in reversed(done)]
    for wrong in ("/v1/accounts/none/disable", f"/v1/accounts/{own}/delete"):
        assert problem(root.post(wrong)) == (404, "not_found")


def test_a_password_that_somebody_else_set_is_changed_before_anything_else(
    served: Listening, root: httpx.Client
) -> None:
    made = root.post("/v1/accounts", json={"login": "ines", "name": "Ines Paz", "role": "supervisor"}).json()
    first = made["password"]
    with httpx.Client(base_url=served.address, trust_env=False) as ines:

        def into(password: str) -> Any:
            who = ines.post("/v1/session", json={"name": "ines", "password": password}).json()
            ines.headers["X-Aforo-CSRF"] = who["csrf"]
            ines.headers["Origin"] = served.address
            return who

        def change(old: str, new: str) -> httpx.Response:
            return ines.post("/v1/session/password", json={"password": old, "new_password": new})

        who = into(first)
        assert (who["first_password"], who["permitted"]) == (True, ["keep_own_account"])
        for refused in ("/v1/alerts", "/v1/session/passkeys", "/v1/bridges"):
            assert problem(ines.get(refused)) == (403, "password_first"), refused
        assert problem(ines.post("/v1/session/passkeys/registration", json={"password": first})) == (
            403,
            "password_first",
        )
        signing = {"name": "ines", "password": first, "crossing_id": "X", "examination": "scan"}
        assert problem(served.signed_in("officer", "first one").post("/v1/seconds", json=signing)) == (
            403, "second_password_first",
        )  # fmt: skip
        assert ines.get("/v1/session").json()["first_password"]
        assert problem(change(first, first)) == (422, "password_same")
        told = change(first, "twelve pallets of tiles")
        assert (told.status_code, told.json()["first_password"]) == (200, False)
        assert "read_alerts" in told.json()["permitted"]
        assert ines.get("/v1/alerts").status_code == 200
        assert not into("twelve pallets of tiles")["first_password"]
        # Who is given another one changes that one, too.
        again = root.post(f"/v1/accounts/{made['id']}/password").json()["password"]
        assert into(again)["first_password"]
        assert problem(ines.get("/v1/alerts")) == (403, "password_first")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"role": "carrier"}, (422, "account_codes")),
        ({"role": "analyst", "codes": ["2304"]}, (422, "account_codes")),
        ({"role": "device"}, (400, "body_bad")),
        ({"login": " "}, (400, "body_bad")),
        ({"login": "ROOT"}, (422, "account_taken")),
        ({"name": "R.O.O.T"}, (422, "account_taken")),
        ({"password": "mine"}, (400, "body_bad")),
    ],
    ids=str,
)
def test_what_is_no_account_is_not_added(root: httpx.Client, changed: dict[str, Any], said: tuple[int, str]) -> None:
    wanted = {"login": "nobody", "name": "No Body", "role": "officer"}
    assert problem(root.post("/v1/accounts", json=wanted | changed)) == said
    assert "nobody" not in root.get("/v1/accounts").text


@pytest.mark.parametrize("name", ["carrier:0a1b/2c", "Aforo"])
def test_a_name_that_the_record_takes_for_another_is_given_to_nobody(
    served: Listening, root: httpx.Client, name: str
) -> None:
    assert problem(root.post("/v1/accounts", json={"login": "x", "name": name, "role": "officer"})) == (
        422,
        "name_reserved",
    )
    assert problem(root.post("/v1/tokens", json={"name": name, "role": "officer"})) == (422, "name_reserved")
    carrier = served.signed_in("carrier", "naming", ("CA-1",))
    assert problem(carrier.post("/v1/tokens", json={"name": name})) == (422, "name_reserved")


@pytest.mark.parametrize("done", ["end-sessions", "password", "disable"])
def test_what_ends_a_persons_access_ends_its_own_tokens_too(served: Listening, root: httpx.Client, done: str) -> None:
    name = f"carrier for {done}"
    carrier = served.signed_in("carrier", name, ("CA-7",))
    text = carrier.post("/v1/tokens", json={"name": "dispatch"}).json()["token"]
    other = served.signed_in("carrier", f"colleague for {done}", ("CA-7",))
    others = other.post("/v1/tokens", json={"name": "dispatch"}).json()["token"]
    own = served.account("carrier", name).id
    (listed,) = [each for each in root.get("/v1/accounts").json()["accounts"] if each["id"] == own]
    assert (listed["sessions"], listed["tokens"]) == (1, 1)
    answer = root.post(f"/v1/accounts/{own}/{done}").json()
    assert (answer["sessions"], answer["tokens"]) == (0, 0)
    assert acts(root)[0] == ("root", "token_revoked")

    def reads(token: str) -> int:
        return served.nobody.get("/v1/filings", headers={"Authorization": f"Bearer {token}"}).status_code

    assert (reads(text), reads(others)) == (401, 200)


def test_whom_a_provider_vouches_for_is_given_no_password_and_uses_none(served: Listening, root: httpx.Client) -> None:
    accounts = served.people.accounts
    made = accounts.add("vouched", "Vouched", "officer", (), "en", datetime.now(UTC), subject=("https://login", "1"))
    assert problem(root.post(f"/v1/accounts/{made.id}/password")) == (422, "account_vouched")
    assert accounts.password_of(made.id) is None
    # One that was given before is good for nothing.
    accounts.keep_password(made.id, hashed(PASSWORD))
    assert problem(sign_in(served, "vouched", PASSWORD)) == (403, "sign_in_bad")


def test_nobody_shuts_himself_out(served: Listening, root: httpx.Client) -> None:
    own = served.account("administrator", "root").id
    for done in ("disable", "password"):
        assert problem(root.post(f"/v1/accounts/{own}/{done}")) == (422, "account_own")
    assert root.get("/v1/accounts").status_code == 200


def test_roles_are_what_the_policies_say(root: httpx.Client) -> None:
    said = root.get("/v1/roles").json()
    roles = {each["role"]: {one["action"]: one for one in each["actions"]} for each in said["roles"]}
    assert roles["carrier"]["file"] == {"action": "file", "on": "own", "policy": "carriers-file-their-own"}
    assert roles["officer"]["file"]["on"] == "any"
    assert {"read_session", "sign_in"} <= set(roles["anyone"])
    for role, permitted in roles.items():
        for action in said["actions"]:
            assert (action in permitted) == (permitting(role, action, True) is not None)


def test_tokens_are_issued_shown_once_and_revoked_at_once(served: Listening, root: httpx.Client) -> None:
    made = root.post("/v1/tokens", json={"name": "gate", "role": "device", "codes": ["world-trade"], "days": 7}).json()
    bearer = {"Authorization": f"Bearer {made['token']}"}
    assert served.nobody.get("/v1/session", headers=bearer).json()["role"] == "device"
    listed = {each["id"]: each for each in root.get("/v1/tokens").json()["tokens"]}
    assert (listed[made["id"]]["state"], listed[made["id"]]["token"]) == ("good", None)
    assert made["token"] not in root.get("/v1/tokens").text
    assert root.delete(f"/v1/tokens/{made['id']}").json()["state"] == "revoked"
    assert problem(served.nobody.get("/v1/session", headers=bearer)) == (401, "token_bad")
    for role, codes in (("carrier", []), ("device", []), ("port", []), ("analyst", ["2304"]), ("port", ["1", "2"])):
        assert problem(root.post("/v1/tokens", json={"name": "x", "role": role, "codes": codes})) == (
            422,
            "token_codes",
        )
    assert acts(root)[:2] == [("root", "token_revoked"), ("root", "token_issued")]


def test_a_carrier_keeps_the_tokens_of_its_own_codes_and_sees_no_others(served: Listening) -> None:
    carrier = served.signed_in("carrier", "Acme dispatch", ("ACME", "ACM010101AB1"))
    other = served.token("carrier", "b", ("BETA",))
    both = served.token("carrier", "both", ("ACME", "BETA"))
    made = carrier.post("/v1/tokens", json={"name": "trucks", "codes": ["ACME"], "days": MOST_DAYS}).json()
    whole = carrier.post("/v1/tokens", json={"name": "all"}).json()
    assert whole["codes"] == ["ACME", "ACM010101AB1"]
    listed = carrier.get("/v1/tokens")
    assert {each["id"] for each in listed.json()["tokens"]} == {made["id"], whole["id"]}
    ids = {each.name: each.id for each in served.tokens.all()}
    for wrong in ({"codes": ["BETA"]}, {"codes": ["ACME", "BETA"]}, {"role": "officer"}, {"days": MOST_DAYS + 1}):
        assert problem(carrier.post("/v1/tokens", json={"name": "x"} | wrong)) == (403, "token_not_own")
    for name in ("b", "both"):
        assert problem(carrier.delete(f"/v1/tokens/{ids[name]}")) == (404, "not_found")
    assert carrier.delete(f"/v1/tokens/{made['id']}").json()["state"] == "revoked"
    by_token = {"Authorization": f"Bearer {whole['token']}"}
    assert served.nobody.get("/v1/tokens", headers=by_token).status_code == 200
    for method, url in (("POST", "/v1/tokens"), ("DELETE", f"/v1/tokens/{whole['id']}")):
        answer = served.nobody.request(method, url, json={"name": "x"}, headers=by_token)
        assert problem(answer) == (403, "no_session"), "what leaks does not live on"
    while sum(each["state"] == "good" for each in carrier.get("/v1/tokens").json()["tokens"]) < MOST:
        assert carrier.post("/v1/tokens", json={"name": "more"}).status_code == 200
    assert problem(carrier.post("/v1/tokens", json={"name": "one more"})) == (422, "token_enough")
    assert other != both


def test_a_carriers_tokens_end_with_the_account_that_issued_them(served: Listening, root: httpx.Client) -> None:
    leaves, stays = (served.signed_in("carrier", name, ("GONE",)) for name in ("who leaves", "who stays"))
    mine = leaves.post("/v1/tokens", json={"name": "mine"}).json()
    theirs = stays.post("/v1/tokens", json={"name": "theirs"}).json()
    given = root.post("/v1/tokens", json={"name": "given", "role": "carrier", "codes": ["GONE"]}).json()

    def role(token: str) -> str:
        said = served.nobody.get("/v1/session", headers={"Authorization": f"Bearer {token}"}).json()
        return str(said.get("role") or said["type"].rpartition(":")[2])

    assert [role(each["token"]) for each in (mine, theirs, given)] == ["carrier"] * 3
    root.post(f"/v1/accounts/{served.account('carrier', 'who leaves').id}/disable")
    assert [role(each["token"]) for each in (mine, theirs, given)] == ["token_bad", "carrier", "carrier"]
    assert acts(root)[:2] == [("root", "token_revoked"), ("root", "account_disabled")]
    root.post(f"/v1/accounts/{served.account('carrier', 'who leaves').id}/enable")
    assert role(mine["token"]) == "token_bad", "whoever is let in again issues new ones"


def test_tokens_of_before_have_no_issuer_and_stay(tmp_path: Path) -> None:
    at = datetime.now(UTC)
    with closing(KeyStore(tmp_path / "keys")), closing(sqlite3.connect(tmp_path / "keys")) as db:
        db.executescript("""CREATE TABLE access_token (
            id TEXT PRIMARY KEY, digest BLOB NOT NULL UNIQUE, name TEXT NOT NULL, role TEXT NOT NULL,
            carriers TEXT NOT NULL, issued_at TEXT NOT NULL, expires_at TEXT NOT NULL, revoked_at TEXT
        ) WITHOUT ROWID""")
        row = ("a", b"d", "old", "carrier", '["ABCD"]', at.isoformat(), (at + timedelta(days=1)).isoformat(), None)
        db.execute("INSERT INTO access_token VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
        db.commit()
    for _ in range(2):
        with closing(Tokens(tmp_path / "keys")) as tokens:
            assert tokens.good(at) == {"a"}
            _, new = tokens.issue("new", "carrier", ("ABCD",), at, at + timedelta(days=1), "an account")
            assert tokens.revoke_of("an account", at) == [new.id]
            assert tokens.good(at) == {"a"}


def test_a_carrier_sees_its_own_filings_and_never_anothers(served: Listening) -> None:
    own = served.signed_in("carrier", "Own dispatch", ("CA-1",))
    other = served.signed_in("carrier", "Other dispatch", ("CA-2",))
    for number in range(7):
        filed = served.carrier("CA-1").post("/v1/filings", content=json.dumps(truck(f"F-{number}", carrier_id="CA-1")))
        assert filed.status_code == 200
    # Another's under the same name, which is its own.
    again = served.carrier("CA-2").post("/v1/filings", content=json.dumps(truck("F-3", carrier_id="CA-2")))
    assert again.status_code == 200
    first = own.get("/v1/filings?limit=4").json()
    assert [each["declaration_id"] for each in first["filings"]] == ["F-6", "F-5", "F-4", "F-3"]
    assert (first["before"], first["complete"]) == (first["filings"][-1]["id"], True)
    rest = own.get(f"/v1/filings?limit=4&before={first['before']}").json()
    assert ([each["declaration_id"] for each in rest["filings"]], rest["before"]) == (["F-2", "F-1", "F-0"], None)
    one = first["filings"][0]
    answer = own.get("/v1/filings/F-6").json()
    assert (one["status"], one["says"], one["at"]) == (answer["status"], answer["says"], answer["at"])
    listed = other.get("/v1/filings").json()["filings"]
    assert [each["declaration_id"] for each in listed] == ["F-3"]
    foreign = first["filings"][0]["id"]
    assert other.get(f"/v1/filings?before={foreign}").json()["filings"] == [], "another's is no place of one's own"
    assert own.get("/v1/filings?before=none").json()["filings"] == []
    # What was refused is told with what to mend, to who sent it.
    bad = served.carrier("CA-1").post("/v1/filings", content=json.dumps(truck("BAD", carrier_id="CA-1", hs6="87.08")))
    assert bad.status_code == 422
    refused = own.get("/v1/filings?limit=1").json()["filings"][0]
    assert (refused["declaration_id"], refused["status"], refused["mend"]) == (None, "refused", 1)
    (problem_,) = refused["problems"]
    (told,) = bad.json()["problems"]
    assert (problem_["code"], problem_["reason"]) == (told["code"], told["reason"])
    assert len(other.get("/v1/filings").json()["filings"]) == 1
    for secret in ("probability", "value", "price", "score", "rule", "risk", "basis", "examination"):
        assert f'"{secret}"' not in own.get("/v1/filings").text
    assert problem(served.signed_in("officer").get("/v1/filings")) == (403, "forbidden")


def test_a_subscription_needs_a_token_that_outlives_the_session(served: Listening) -> None:
    carrier = served.signed_in("carrier", "Subscriber", ("CA-9",))
    answer = carrier.post("/v1/subscriptions", json={"webhook": "https://hooks.example/x"})
    assert problem(answer) == (403, "needs_token")


def test_a_backup_is_made_in_the_background_and_can_be_opened(
    served: Listening, root: httpx.Client, folder: Path
) -> None:
    served.carrier("CA-1").post("/v1/filings", content=json.dumps(truck("KEPT", carrier_id="CA-1")))
    begun = root.post("/v1/backups").json()
    assert (begun["state"], begun["by"]) == ("running", "root")
    for _ in range(200):
        shown = root.get("/v1/backups").json()
        if shown["making"]["state"] != "running":
            break
        time.sleep(0.05)
    assert shown["making"]["state"] == "done"
    assert shown["making"]["events"] >= begun["of"] > 0
    (kept,) = shown["backups"]
    file = folder / "backups" / kept["file"]
    assert (kept["file"], kept["bytes"]) == (begun["file"], file.stat().st_size)
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    copy, origin = open_to_read(f"sqlite:///{file}")
    copy.close()
    assert origin == served.log.origin
    assert ("root", "backup_made") in acts(root)


def test_headers_keep_browsers_to_what_an_answer_is_for(served: Listening) -> None:
    for url in ("/v1/session", "/v1/nothing", "/v1/node", "/healthz", "/console", "/openapi.json"):
        headers = served.nobody.get(url).headers
        assert headers["X-Content-Type-Options"] == "nosniff", url
        assert headers["X-Frame-Options"] == "DENY", url
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"], url
        assert headers["Referrer-Policy"] == "same-origin", url
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin", url
        assert "geolocation=()" in headers["Permissions-Policy"], url
        assert "Strict-Transport-Security" not in headers, "nobody said that TLS stands before it"
        assert len(headers.get_list("X-Content-Type-Options")) == 1


def test_the_page_of_an_answer_may_apply_its_own_style_and_nothing_else(served: Listening) -> None:
    carrier = served.carrier("CA-1")
    assert carrier.post("/v1/filings", content=json.dumps(truck("PAGE", carrier_id="CA-1"))).status_code == 200
    answer = carrier.get("/v1/filings/PAGE", headers={"Accept": "text/html"})
    style = answer.text.partition("<style>")[2].partition("</style>")[0]
    hashed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert style
    assert f"style-src 'sha256-{hashed}'" in answer.headers["Content-Security-Policy"]
    assert "unsafe-inline" not in answer.text + answer.headers["Content-Security-Policy"]


def test_the_first_password_is_long_and_stands_nowhere(served: Listening, root: httpx.Client) -> None:
    made = root.post("/v1/accounts", json={"login": "luz", "name": "Luz Vega", "role": "analyst"}).json()
    assert len(made["password"]) == 20
    assert made["password"] != PASSWORD
    for file in filter(Path.is_file, file_of(served.log.keys.place).parent.rglob("*")):
        assert made["password"].encode() not in file.read_bytes()
