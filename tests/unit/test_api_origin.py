"""Whose page made a request, and where it comes from, as its headers tell it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from aforo.api.headers import secured
from aforo.api.origin import address_of, cookie, host_of, is_loopback, is_own, set_cookie

HOST = (b"host", b"aforo.example")


@pytest.mark.parametrize(
    ("headers", "own"),
    [
        ([(b"origin", b"https://aforo.example")], True),
        ([(b"sec-fetch-site", b"same-origin")], True),
        ([(b"sec-fetch-site", b"none")], True),
        ([(b"origin", b"https://aforo.example"), (b"sec-fetch-site", b"same-origin")], True),
        ([], False),
        ([(b"origin", b"null")], False),
        ([(b"origin", b"")], False),
        ([(b"origin", b"https://aforo.example.evil.example")], False),
        ([(b"origin", b"https://aforo.example:8443")], False),
        ([(b"origin", b"https://evil.example#aforo.example")], False),
        ([(b"origin", b"https://aforo.example@evil.example")], False),
        ([(b"origin", b"ftp://aforo.example")], False),
        ([(b"origin", b"https://[")], False),
        ([(b"origin", b"https://aforo.example"), (b"sec-fetch-site", b"cross-site")], False),
        ([(b"sec-fetch-site", b"same-site")], False),
    ],
    ids=str,
)
def test_a_page_of_this_server_is_told_from_others(headers: list[tuple[bytes, bytes]], own: bool) -> None:
    assert is_own([HOST, *headers], must_tell=True) is own
    if headers:
        assert is_own([HOST, *headers], must_tell=False) is own
    else:
        assert is_own([HOST], must_tell=False)


@pytest.mark.parametrize(
    ("host", "name", "loopback"),
    [
        (b"127.0.0.1:8080", "127.0.0.1", True),
        (b"localhost", "localhost", True),
        (b"[::1]:8080", "::1", True),
        (b"AFORO.example:443", "aforo.example", False),
        (b"127.0.0.1.evil.example", "127.0.0.1.evil.example", False),
        (b"[::1", "", False),
        (b"", "", False),
    ],
)
def test_the_name_that_the_server_was_asked_by(host: bytes, name: str, loopback: bool) -> None:
    assert (host_of([(b"host", host)]), is_loopback([(b"host", host)])) == (name, loopback)


def test_an_address_is_the_proxys_word_only_where_there_is_one() -> None:
    client = ("192.0.2.9", 4711)
    told = [(b"x-forwarded-for", b"1.1.1.1, 203.0.113.5")]
    assert address_of(client, told, proxied=False) == "192.0.2.9"
    assert address_of(client, told, proxied=True) == "203.0.113.5"
    assert address_of(client, [(b"x-forwarded-for", b"1.1.1.1"), *told], proxied=True) == "203.0.113.5"
    assert address_of(client, [], proxied=True) == "192.0.2.9"
    # Some proxies add a port, which is another one each time.
    for told_as, address in (
        ("203.0.113.5:50123", "203.0.113.5"),
        ("[2001:db8::5]:50123", "2001:db8::5"),
        ("2001:db8::5", "2001:db8::5"),
        ("1.1.1.1, 203.0.113.5:1", "203.0.113.5"),
    ):
        assert address_of(client, [(b"x-forwarded-for", told_as.encode())], proxied=True) == address
    assert address_of(None, [], proxied=False) == ""


def test_a_cookie_is_found_among_others_and_read_by_no_script() -> None:
    headers = [(b"cookie", b'other="a b"; broken; aforo_session=text; aforo_session_2=x')]
    assert cookie(headers, "aforo_session", secure=False) == "text"
    # A neighbour below the same domain may set any name but one of this form.
    assert cookie(headers, "aforo_session", secure=True) is None
    assert cookie([(b"cookie", b"__Host-aforo_session=own; aforo_session=x")], "aforo_session", secure=True) == "own"
    assert cookie(headers, "session", secure=False) is None
    made = set_cookie("a", "b", secure=True)
    assert made == "__Host-a=b; Path=/; HttpOnly; SameSite=Strict; Secure"
    assert set_cookie("a", "", secure=False, same_site="Lax", seconds=0).endswith("SameSite=Lax; Max-Age=0")


def completed(with_tls: bool, message: Any) -> None:
    """Completes a message on its way out, in place."""
    scope: Any = {}  # not looked at

    async def send() -> None:
        await secured(with_tls)(message, scope)

    asyncio.run(send())


@pytest.mark.parametrize("with_tls", [False, True])
def test_every_head_is_completed_and_what_it_says_itself_is_kept(with_tls: bool) -> None:
    message: Any = {"type": "http.response.start", "status": 200, "headers": [(b"Content-Security-Policy", b"its own")]}
    completed(with_tls, message)
    said = {name.lower(): value for name, value in message["headers"]}
    assert said[b"content-security-policy"] == b"its own"
    assert (b"strict-transport-security" in said) is with_tls
    assert said[b"x-frame-options"] == b"DENY"
    part: Any = {"type": "http.response.start", "status": 200, "headers": [
        (b"content-type", b"text/javascript; charset=utf-8"), (b"Cache-Control", b"public, max-age=1, immutable"),
    ]}  # fmt: skip
    worker: Any = {"type": "http.response.start", "status": 200, "headers": [
        (b"content-type", b"text/javascript; charset=utf-8"), (b"Cache-Control", b"no-cache"),
    ]}  # fmt: skip
    for each, whole in ((part, False), (worker, True)):
        completed(with_tls, each)
        said = {name.lower(): value for name, value in each["headers"]}
        assert (b"content-security-policy" in said) is (b"permissions-policy" in said) is whole
        assert said[b"x-content-type-options"] == b"nosniff"
    body: Any = {"type": "http.response.body", "body": b""}
    completed(with_tls, body)
    assert "headers" not in body
