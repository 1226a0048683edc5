"""Signing in by a provider of OpenID Connect: a real one, if small, and all that it must not be believed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc.jwk import RSAKey
from journeys import Post
from listening import Listening, listening
from vouching import CLIENT, SECRET, Vouching, vouching

from aforo.api.access import Rate
from aforo.api.people import COOKIE
from aforo.api.provider import AGAIN_AFTER, Granted, NotVouchedError, Provider, ProviderSettings
from aforo.log.accounts import Account

if TYPE_CHECKING:
    from journeys import Learnt

GRANTS = (Granted("targeting", "officer", ("2304",)), Granted("chiefs", "supervisor"))


@pytest.fixture(scope="module")
def provider() -> Iterator[Vouching]:
    with vouching() as made:
        yield made


@pytest.fixture(scope="module")
def served(learnt: Learnt, provider: Vouching, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    settings = ProviderSettings(provider.address, CLIENT, SECRET, "groups", GRANTS)
    post = Post(learnt, tmp_path_factory.mktemp("served"))
    with listening(post, rate=Rate(1e6, 1e6), provider=settings) as made:
        yield made


@pytest.fixture(autouse=True)
def honest(provider: Vouching) -> None:
    provider.change = lambda claims: claims
    provider.signs_with, provider.algorithm = None, "RS256"


def browser(served: Listening) -> httpx.Client:
    return httpx.Client(base_url=served.address, headers={"Origin": served.address}, trust_env=False, timeout=30)


def go(asking: httpx.Client, then: str = "/") -> str:
    """To the provider and back: the address that leads back here, which is not asked for yet."""
    begun = asking.post("/v1/session/oidc", json={"then": then})
    assert begun.status_code == 200, begun.text
    back = httpx.get(begun.json()["location"], trust_env=False)
    return str(back.headers["Location"])


def ends(asking: httpx.Client, back: str) -> str:
    answer = asking.get(back)
    assert answer.status_code == 303
    return str(answer.headers["Location"])


def account(served: Listening, provider: Vouching, subject: str) -> Account | None:
    return served.people.accounts.by_subject(provider.address, subject)


def test_whom_the_provider_vouches_for_is_in_with_what_is_granted(served: Listening, provider: Vouching) -> None:
    provider.claims = {"sub": "u-1", "name": "Ana Ruiz", "preferred_username": "ana", "groups": ["x", "targeting"]}
    asking = browser(served)
    assert "oidc" in asking.get("/v1/session").json()["ways"]
    back = go(asking, "/alerts")
    asked = provider.asked[-1]
    assert {"openid", "profile"} == set(asked["scope"].split())
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    assert asking.cookies["aforo_oidc"]
    assert COOKIE not in asking.cookies
    assert ends(asking, back) == "/console/alerts"
    who = asking.get("/v1/session").json()
    assert (who["name"], who["role"], who["ports"]) == ("Ana Ruiz", "officer", ["2304"])
    assert "aforo_oidc" not in asking.cookies


def test_what_is_granted_is_what_the_provider_says_today(
    served: Listening, provider: Vouching, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.claims = {"sub": "u-2", "name": "Luis Vega", "groups": "targeting"}
    before = browser(served)
    assert ends(before, go(before)) == "/console/"
    provider.claims["groups"] = ["chiefs"]
    member = account(served, provider, provider.claims["sub"])
    assert member is not None
    at = datetime.now(UTC)
    served.tokens.issue("of before", "officer", (), at, at + timedelta(days=1), member.id)
    after = browser(served)
    assert ends(after, go(after)) == "/console/"
    assert served.tokens.good_of(at)[member.id] == 0, "nor is a token that was issued with what was granted before"
    assert after.get("/v1/session").json()["role"] == "supervisor"
    monkeypatch.setattr("aforo.api.bearers.BELIEVED_S", 0.0)  # as if it were asked after that time
    assert before.get("/v1/session").json()["role"] == "anyone", "the session of what was granted before is over"
    provider.claims["groups"] = []
    assert ends(after, go(after)) == "/console/sign-in?fault=oidc_no_role"


def test_who_is_granted_nothing_or_was_disabled_stays_out(served: Listening, provider: Vouching) -> None:
    for groups in ({}, {"groups": ["others"]}, {"groups": {"targeting": True}}, {"groups": None}):
        provider.claims = {"sub": "u-3", "name": "Nobody", **groups}
        asking = browser(served)
        assert ends(asking, go(asking)) == "/console/sign-in?fault=oidc_no_role"
        assert COOKIE not in asking.cookies
    assert account(served, provider, "u-3") is None
    provider.claims = {"sub": "u-4", "name": "Was here", "groups": ["targeting"]}
    asking = browser(served)
    assert ends(asking, go(asking)) == "/console/"
    made = account(served, provider, "u-4")
    assert made is not None
    served.people.accounts.disable(made.id, datetime.now(UTC))
    assert ends(asking, go(asking)) == "/console/sign-in?fault=oidc_failed"


def test_a_name_that_is_another_accounts_is_not_taken_over(served: Listening, provider: Vouching) -> None:
    served.account("administrator", "root")
    provider.claims = {"sub": "u-5", "name": "R.o-o t", "preferred_username": "other", "groups": ["targeting"]}
    asking = browser(served)
    assert ends(asking, go(asking)) == "/console/sign-in?fault=oidc_name_taken"
    provider.claims = {"sub": "u-6", "name": "Someone", "preferred_username": "ROOT", "groups": ["targeting"]}
    assert ends(asking, go(asking)) == "/console/sign-in?fault=oidc_name_taken"


def test_a_name_that_something_acts_by_here_is_not_taken_at_the_provider(served: Listening, provider: Vouching) -> None:
    served.as_("officer", "Rita Sol")
    names = ("Rita  S\u200bol", "tester", "aforo", "carrier:0a1b/2c", "Operator")
    for subject, name in enumerate(names, 30):
        provider.claims = {"sub": f"u-{subject}", "name": name, "groups": ["targeting"]}
        asking = browser(served)
        assert ends(asking, go(asking)) == "/console/sign-in?fault=oidc_name_taken", name
    provider.claims = {"sub": "u-40", "name": "\u200b ", "preferred_username": "eva\n", "groups": ["targeting"]}
    assert ends(asking, go(asking)) == "/console/"
    made = account(served, provider, "u-40")
    assert made is not None
    assert made.name == "eva"


def test_who_begins_many_ends_nobody_elses_way_to_the_provider(
    served: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert served.people.provider is not None
    away = served.people.provider._away

    def begin(told: str) -> str:
        answer = browser(served).post("/v1/session/oidc", json={}, headers={"X-Forwarded-For": told})
        return parse_qs(urlsplit(answer.json()["location"]).query)["state"][0]

    monkeypatch.setattr(served.people, "proxied", True)
    monkeypatch.setattr(away, "_most_of_one", 5)
    theirs = begin("203.0.113.9")
    # What stands before the proxy's own word is made up, and no way to be another.
    flood = [begin(f"203.0.113.{number}, 198.51.100.7") for number in range(8)]
    assert away.take(theirs) is not None
    assert [away.take(each) is not None for each in flood] == [False] * 3 + [True] * 5


STRANGER = RSAKey.generate_key(2048, {"kid": "one"})
SPOILT: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "issuer": lambda claims: claims | {"iss": "http://127.0.0.1:1"},
    "audience": lambda claims: claims | {"aud": "another"},
    "audiences": lambda claims: claims | {"aud": [CLIENT, "another"], "azp": "another"},
    "nonce": lambda claims: claims | {"nonce": "of another"},
    "no nonce": lambda claims: {name: value for name, value in claims.items() if name != "nonce"},
    "expired": lambda claims: claims | {"exp": int(time.time()) - 3_600, "iat": int(time.time()) - 7_200},
    "no end": lambda claims: {name: value for name, value in claims.items() if name != "exp"},
    "no subject": lambda claims: {name: value for name, value in claims.items() if name != "sub"},
    "access token": lambda claims: claims | {"at_hash": "b3RoZXI"},
}


@pytest.mark.parametrize("what", SPOILT)
def test_a_token_that_says_something_else_is_not_believed(served: Listening, provider: Vouching, what: str) -> None:
    provider.claims = {"sub": "u-7", "name": "Forged", "groups": ["targeting"]}
    provider.change = SPOILT[what]
    asking = browser(served)
    assert ends(asking, go(asking)) == "/console/sign-in?fault=oidc_failed"
    assert COOKIE not in asking.cookies
    assert account(served, provider, "u-7") is None


def test_a_token_of_another_key_or_an_algorithm_of_its_choice_is_not_believed(
    served: Listening, provider: Vouching
) -> None:
    provider.claims = {"sub": "u-8", "name": "Forged", "groups": ["targeting"]}
    asking = browser(served)
    provider.signs_with = STRANGER
    assert ends(asking, go(asking)) == "/console/sign-in?fault=oidc_failed"
    provider.signs_with = None
    for algorithm in ("HS256", "none"):
        provider.algorithm = algorithm
        assert ends(asking, go(asking)) == "/console/sign-in?fault=oidc_failed"


def test_an_answer_is_good_once_and_in_the_browser_that_asked(served: Listening, provider: Vouching) -> None:
    provider.claims = {"sub": "u-9", "name": "Once", "groups": ["targeting"]}
    one, other = browser(served), browser(served)
    back = go(one)
    assert ends(other, back) == "/console/sign-in?fault=oidc_failed", "another browser is sent the answer"
    assert ends(one, back) == "/console/sign-in?fault=oidc_failed", "the state was used up"
    back = go(one)
    assert ends(one, back) == "/console/"
    assert ends(one, back) == "/console/sign-in?fault=oidc_failed"
    state = parse_qs(urlsplit(go(one)).query)["state"][0]
    for query in (f"state={state}&code=made-up", "state=made-up&code=x", ""):
        assert ends(one, f"/v1/session/oidc/answer?{query}") == "/console/sign-in?fault=oidc_failed"
    mixed = go(one).replace("iss=", "iss=http%3A%2F%2Fanother")
    assert ends(one, mixed) == "/console/sign-in?fault=oidc_failed"


@pytest.mark.parametrize("then", ["//evil.example", "https://evil.example", "/\\evil.example", ""])
def test_it_leads_nowhere_else(served: Listening, then: str) -> None:
    assert browser(served).post("/v1/session/oidc", json={"then": then}).status_code == 400


def test_a_provider_that_is_away_is_told_of(served: Listening) -> None:
    asking = browser(served)
    settings = ProviderSettings("http://127.0.0.1:9", CLIENT, SECRET)
    there = served.people.provider
    try:
        served.people.provider = Provider(settings, lambda: datetime.now(UTC))
        answer = asking.post("/v1/session/oidc", json={})
        assert (answer.status_code, answer.json()["type"]) == (503, "urn:aforo:problem:oidc_unreachable")
    finally:
        served.people.provider = there


def test_however_many_begin_a_provider_that_is_away_is_asked_once_in_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    times, asked = [datetime.now(UTC)], list[str]()
    made = Provider(ProviderSettings("http://127.0.0.1:9", CLIENT, SECRET), lambda: times[0])

    async def away(method: str, address: str) -> dict[str, Any]:
        asked.append(address)
        await asyncio.sleep(0)
        raise NotVouchedError("oidc_unreachable")

    async def begin(many: int) -> list[Any]:
        begun = (made.begin("http://localhost/answer", "/", str(number)) for number in range(many))
        return await asyncio.gather(*begun, return_exceptions=True)

    monkeypatch.setattr(made, "_asked", away)
    assert [each.code for each in asyncio.run(begin(20))] == ["oidc_unreachable"] * 20
    assert len(asked) == 1
    times[0] += AGAIN_AFTER
    asyncio.run(begin(1))
    assert len(asked) == 2


def test_a_provider_is_asked_over_tls_alone() -> None:
    with pytest.raises(ValueError, match="login"):
        Provider(ProviderSettings("http://login.example", CLIENT, SECRET), lambda: datetime.now(UTC))
