"""Sessions: signing in and out, what ends one, and what it takes to change something with one."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from journeys import Post, truck
from listening import PASSWORD, Listening, listening

from aforo.api.access import Rate, permitted
from aforo.api.hearing import Limits
from aforo.api.people import COOKIE, People
from aforo.api.slowing import Slowing
from aforo.log.key_tables import file_of
from aforo.log.sessions import IDLE, LONGEST

if TYPE_CHECKING:
    from journeys import Learnt

BODY = {"examination": "hold", "reason": "Seen."}


class Hours:
    """A clock that is set."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(scope="module")
def hours() -> Hours:
    return Hours()


@pytest.fixture(scope="module")
def served(learnt: Learnt, hours: Hours, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    post, limits = Post(learnt, tmp_path_factory.mktemp("served")), Limits(heartbeat_s=0.5)
    with listening(post, rate=Rate(1e6, 1e6), clock=hours, limits=limits) as made:
        filed = made.carrier().post("/v1/filings", content=json.dumps(truck("MINE", carrier_id="CA-1")))
        assert filed.status_code == 200
        yield made


@pytest.fixture(autouse=True)
def fresh(hours: Hours, served: Listening) -> Iterator[None]:
    yield
    served.people.look_anew()
    served.people.slowing = Slowing()


def problem(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rpartition(":")[2]


def sign_in(served: Listening, name: str, password: str = PASSWORD, **headers: str) -> httpx.Response:
    client = httpx.Client(base_url=served.address, trust_env=False)
    return client.post("/v1/session", json={"name": name, "password": password}, headers=headers)


def test_who_has_not_signed_in_is_anyone_and_is_told_so(served: Listening) -> None:
    answer = served.nobody.get("/v1/session")
    said = answer.json()
    assert (answer.status_code, said["role"], said["csrf"], said["name"]) == (200, "anyone", None, "")
    assert said["permitted"] == list(permitted("anyone"))
    assert {"read_public_scoreboard", "read_session", "sign_in"} <= set(said["permitted"])
    assert {"read_scoreboard", "read_bridges", "keep_own_account"}.isdisjoint(said["permitted"])
    assert answer.headers["Cache-Control"] == "no-store"


def test_who_signs_in_is_told_who_and_what_that_role_may_do(served: Listening) -> None:
    served.account("supervisor", "Ana Ruiz", ("2304",))
    answer = sign_in(served, " ANA ruiz ")
    said = answer.json()
    assert (said["name"], said["role"], said["ports"], said["language"]) == ("Ana Ruiz", "supervisor", ["2304"], "en")
    assert said["permitted"] == list(permitted("supervisor"))
    assert "order_examination" in said["permitted"]
    assert "read_node" not in said["permitted"]
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(cookie.split("; "))
    assert "Secure" not in cookie, "this machine itself has no TLS"
    text = cookie.partition("=")[2].partition(";")[0]
    again = httpx.get(f"{served.address}/v1/session", headers={"Cookie": f"{COOKIE}={text}"}, trust_env=False)
    assert again.json() == said
    for file in filter(Path.is_file, file_of(served.log.keys.place).parent.rglob("*")):
        assert text.encode() not in file.read_bytes(), "the key store has its hash alone"
        assert PASSWORD.encode() not in file.read_bytes()


def test_a_cookie_is_for_tls_alone_where_the_server_is_asked_by_another_name(served: Listening) -> None:
    served.account("officer", "far away")
    cookie, *said = sign_in(served, "far away", Host="aforo.example").headers["Set-Cookie"].split("; ")
    assert {"Secure", "Path=/"} <= set(said)
    assert cookie.startswith(f"__Host-{COOKIE}="), "a name that no neighbour below the same domain can set"
    for name, role in ((f"__Host-{COOKIE}", "officer"), (COOKIE, "anyone")):
        headers = {"Host": "aforo.example", "Cookie": f"{name}={cookie.partition('=')[2]}"}
        assert httpx.get(f"{served.address}/v1/session", headers=headers, trust_env=False).json()["role"] == role


def test_wrong_unknown_and_disabled_are_answered_alike(served: Listening) -> None:
    served.account("officer", "known")
    gone = served.account("officer", "gone")
    served.people.accounts.disable(gone.id, datetime.now(UTC))
    answers = [sign_in(served, "known", "x" * 20), sign_in(served, "unknown"), sign_in(served, "gone")]
    assert [problem(each) for each in answers] == [(403, "sign_in_bad")] * 3
    bodies = [{k: v for k, v in each.json().items() if k != "instance"} for each in answers]
    assert bodies[0] == bodies[1] == bodies[2]
    assert all("Set-Cookie" not in each.headers for each in answers)


def test_guesses_are_slowed_down_whether_or_not_there_is_such_an_account(served: Listening) -> None:
    served.account("officer", "guessed at")
    served.people.slowing = Slowing(lambda: 1_000.0)  # no time goes by, however slow the machine
    for name in ("guessed at", "made up"):
        tries = [problem(sign_in(served, name, "wrong " * 3)) for _ in range(6)]
        assert tries == [(403, "sign_in_bad")] * 4 + [(429, "sign_in_slowed")] * 2
    slowed = sign_in(served, "guessed at")
    assert problem(slowed) == (429, "sign_in_slowed"), "the right password too, or a guess would show that it is right"
    assert 1 <= int(slowed.headers["Retry-After"]) <= 2


def test_a_start_of_the_server_forgives_no_guesses(served: Listening) -> None:
    tries = [problem(sign_in(served, "guessed before", "wrong " * 3)) for _ in range(5)]
    assert tries[3] == (403, "sign_in_bad")
    with People(str(served.people.accounts._file.path)) as started:
        failed = [started.slowing.attempt(name, "127.0.0.1") > 0 for name in ("guessed before", "another")]
    # The wait may be over where the machine is slow: then one more doubles it.
    assert failed == [True, False] or started.slowing.attempt("guessed before", "127.0.0.1") > 2
    kept = b"".join(each.read_bytes() for each in served.people.accounts._file.path.parent.glob("keys*"))
    assert b"guessed before" not in kept


def test_a_session_does_what_its_role_may_and_acts_by_its_name(served: Listening) -> None:
    officer = served.signed_in("officer", "Luis Vega")
    assert officer.get("/v1/crossings/MINE").status_code == 200
    done = officer.post("/v1/crossings/MINE/override", json=BODY)
    assert done.status_code == 200
    (event,) = [each for each in served.log.stream("crossing/MINE") if each.event.event_id == done.json()["event_id"]]
    assert event.event.actor == "Luis Vega"
    assert problem(officer.get("/v1/node")) == (403, "forbidden")


def test_a_carriers_session_sees_its_own_alone(served: Listening) -> None:
    own, other = served.signed_in("carrier", "Own", ("CA-1",)), served.signed_in("carrier", "Other", ("CA-2",))
    assert [each.get("/v1/filings/MINE").status_code for each in (own, other)] == [200, 404]


UNSAFE: list[dict[str, str | None]] = [
    {"X-Aforo-CSRF": None},
    {"X-Aforo-CSRF": ""},
    {"X-Aforo-CSRF": "x" * 43},
    {"Origin": "https://elsewhere.example"},
    {"Origin": "null"},
    {"Origin": None},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": None, "Sec-Fetch-Site": "cross-site"},
]


@pytest.mark.parametrize("changed", UNSAFE, ids=str)
def test_nothing_is_changed_without_the_sessions_own_csrf_and_origin(
    served: Listening, changed: dict[str, str | None]
) -> None:
    officer = served.signed_in("officer", "careful")
    before = len(served.log.stream("crossing/MINE"))
    for name, value in changed.items():
        if value is None:
            officer.headers.pop(name, None)
        else:
            officer.headers[name] = value
    for method, url in (("POST", "/v1/crossings/MINE/override"), ("DELETE", "/v1/session"), ("POST", "/v1/seconds")):
        assert problem(officer.request(method, url, json=BODY)) == (403, "csrf")
    assert officer.get("/v1/crossings/MINE").status_code == 200, "reading needs none"
    assert len(served.log.stream("crossing/MINE")) == before


def test_the_csrf_of_another_session_is_none(served: Listening) -> None:
    one, other = served.signed_in("officer", "careful"), served.signed_in("officer", "careful")
    assert one.headers["X-Aforo-CSRF"] != other.headers["X-Aforo-CSRF"]
    one.headers["X-Aforo-CSRF"] = other.headers["X-Aforo-CSRF"]
    assert problem(one.post("/v1/crossings/MINE/override", json=BODY)) == (403, "csrf")


def test_a_browser_that_tells_the_site_alone_is_believed(served: Listening) -> None:
    officer = served.signed_in("officer", "old browser")
    del officer.headers["Origin"]
    officer.headers["Sec-Fetch-Site"] = "same-origin"
    assert officer.request("DELETE", "/v1/session").status_code == 200


def test_no_other_page_signs_anybody_in(served: Listening) -> None:
    served.account("officer", "lured")
    for headers in ({"Origin": "https://elsewhere.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert problem(sign_in(served, "lured", **headers)) == (403, "csrf")
    assert sign_in(served, "lured", Origin=served.address).status_code == 200


def test_a_token_beside_a_cookie_is_what_counts(served: Listening) -> None:
    officer = served.signed_in("officer", "both")
    bearer = served.as_("administrator").headers["Authorization"]
    del officer.headers["X-Aforo-CSRF"]
    assert officer.get("/v1/session", headers={"Authorization": bearer}).json()["role"] == "administrator"
    assert officer.get("/v1/node", headers={"Authorization": bearer}).status_code == 200
    assert problem(officer.get("/v1/crossings/MINE", headers={"Authorization": bearer})) == (403, "forbidden")
    bad = {"Authorization": "Bearer aforo_no"}
    assert problem(officer.get("/v1/crossings/MINE", headers=bad)) == (401, "token_bad"), "the cookie helps no token"
    assert problem(officer.delete("/v1/session", headers={"Authorization": bearer})) == (403, "no_session")


def test_who_signs_out_is_out_at_once(served: Listening) -> None:
    officer = served.signed_in("officer", "leaving")
    text = officer.cookies[COOKIE]
    out = officer.delete("/v1/session")
    assert (out.status_code, out.json()["role"]) == (200, "anyone")
    assert "Max-Age=0" in out.headers["Set-Cookie"]
    kept = {"Cookie": f"{COOKIE}={text}"}
    assert problem(served.nobody.get("/v1/crossings/MINE", headers=kept)) == (401, "session_ended")
    assert served.nobody.get("/v1/session", headers=kept).json()["role"] == "anyone"


def test_a_session_that_is_not_used_ends_and_one_that_is_ends_too(served: Listening, hours: Hours) -> None:
    idle, busy = served.signed_in("officer", "idle"), served.signed_in("officer", "busy")
    began = hours.now
    try:
        while hours.now < began + LONGEST - IDLE:
            hours.now += IDLE - timedelta(minutes=1)
            assert busy.get("/v1/crossings/MINE").status_code == 200, hours.now - began
            if hours.now > began + IDLE:
                assert problem(idle.get("/v1/crossings/MINE")) == (401, "session_ended")
        assert busy.get("/v1/crossings/MINE").status_code == 200
        hours.now = began + LONGEST + timedelta(seconds=1)
        assert problem(busy.get("/v1/crossings/MINE")) == (401, "session_ended")
    finally:
        hours.now = began


def test_what_a_page_asks_while_nobody_is_there_is_no_use(served: Listening, hours: Hours) -> None:
    officer, began = served.signed_in("officer", "away"), hours.now
    try:
        for minutes in (10, 20, 29):
            hours.now = began + timedelta(minutes=minutes)
            alone = officer.get("/v1/crossings/MINE", headers={"X-Aforo-Unattended": "1"})
            assert alone.status_code == 200
        hours.now = began + IDLE + timedelta(seconds=1)
        assert problem(officer.get("/v1/crossings/MINE")) == (401, "session_ended")
    finally:
        hours.now = began


def test_a_session_is_over_when_its_account_is_disabled(served: Listening, monkeypatch: pytest.MonkeyPatch) -> None:
    officer = served.signed_in("officer", "suspended")
    assert officer.get("/v1/crossings/MINE").status_code == 200
    served.people.accounts.disable(served.account("officer", "suspended").id, datetime.now(UTC))
    monkeypatch.setattr("aforo.api.bearers.BELIEVED_S", 0.0)  # as if it were asked after that time
    assert problem(officer.get("/v1/crossings/MINE")) == (401, "session_ended")
    assert problem(sign_in(served, "suspended")) == (403, "sign_in_bad")


def test_a_changed_password_ends_the_other_sessions(served: Listening) -> None:
    one, other = served.signed_in("officer", "changing"), served.signed_in("officer", "changing")

    def change(old: str, new: str) -> Any:
        return one.post("/v1/session/password", json={"password": old, "new_password": new})

    assert problem(change("not the old one", "another long password")) == (403, "sign_in_bad")
    for poor in ("short", "aaaaaaaaaaaaaaaaaa", "Changing is my name"):
        assert problem(change(PASSWORD, poor)) == (422, "password_poor")
    assert change(PASSWORD, "another long password").status_code == 200
    assert one.get("/v1/crossings/MINE").status_code == 200
    assert problem(other.get("/v1/crossings/MINE")) == (401, "session_ended")
    assert problem(sign_in(served, "changing")) == (403, "sign_in_bad")
    assert sign_in(served, "changing", "another long password").status_code == 200


def test_a_second_officer_signs_at_the_same_screen_for_one_order(served: Listening, hours: Hours) -> None:
    served.carrier().post("/v1/filings", content=json.dumps(truck("LOW", carrier_id="CA-1")))
    first = served.signed_in("officer", "First Officer")
    served.account("supervisor", "Second Officer")
    served.account("analyst", "An Analyst")
    url = "/v1/crossings/LOW/override"
    assert first.post(url, json=BODY).status_code == 200

    def sign(name: str, password: str = PASSWORD, crossing: str = "LOW", to: str = "scan") -> httpx.Response:
        body = {"name": name, "password": password, "crossing_id": crossing, "examination": to}
        return first.post("/v1/seconds", json=body)

    def lower(text: str, to: str = "scan", by: httpx.Client = first) -> httpx.Response:
        headers = {"Second-Authorization": f"Bearer {text}"}
        return by.post(url, json={"examination": to, "reason": "Looked at."}, headers=headers)

    assert problem(sign("First Officer")) == (403, "second_bad")
    assert problem(sign("An Analyst")) == (403, "second_bad")
    assert problem(sign("Second Officer", "not the password")) == (403, "sign_in_bad")
    text = sign("Second Officer").json()["token"]
    assert problem(lower(text, by=served.signed_in("officer", "Third Officer"))) == (403, "second_over")
    text = sign("Second Officer").json()["token"]
    assert problem(served.nobody.get("/v1/crossings/LOW", headers={"Authorization": f"Bearer {text}"})) == (
        401,
        "token_bad",
    )
    for other in (sign("Second Officer", to="release"), sign("Second Officer", crossing="MINE")):
        text = other.json()["token"]
        assert problem(lower(text)) == (403, "second_over"), "it was not signed"
        assert problem(lower(text, "release")) == (403, "second_over"), "and is used up"
    text = sign("Second Officer").json()["token"]
    done = lower(text)
    assert (done.status_code, done.json()["now"]) == (200, "scan")
    (event,) = [each for each in served.log.stream("crossing/LOW") if each.event.event_id == done.json()["event_id"]]
    assert "Second Officer" in event.body.decode()
    assert problem(lower(text, "release")) == (403, "second_over")
    text = sign("Second Officer", to="release").json()["token"]
    second = served.account("supervisor", "Second Officer").id
    served.people.accounts.disable(second, datetime.now(UTC))
    assert problem(lower(text, "release")) == (403, "second_over"), "who was shut out since signs nothing"
    served.people.accounts.enable(second)
    text = sign("Second Officer", to="release").json()["token"]
    hours.now += timedelta(minutes=2, seconds=1)
    try:
        assert problem(lower(text, "release")) == (403, "second_over")
    finally:
        hours.now -= timedelta(minutes=2, seconds=1)


def test_a_stream_ends_with_its_session(served: Listening) -> None:
    officer = served.signed_in("officer", "listening")
    with officer.stream("GET", "/v1/events") as stream:
        assert stream.status_code == 200
        lines = stream.iter_lines()
        assert next(lines) == "retry: 2000"
        served.people.sessions.end_all(served.account("officer", "listening").id, datetime.now(UTC))
        began = time.monotonic()
        for _ in lines:
            assert time.monotonic() - began < 30
