"""Signed webhooks, after Standard Webhooks 1.0 (standard-webhooks/standard-webhooks, `spec/standard-webhooks.md`).

The body is JSON `{type, timestamp, data}`. Its headers are `webhook-id` (the delivery's, the same on every attempt),
`webhook-timestamp` (of the attempt, Unix seconds) and `webhook-signature`: `v1,` and the base64 of HMAC-SHA256 over
`id.timestamp.body`, one for each secret, so that secrets can be changed without a gap. Only https is spoken, no
redirect is followed, nothing of the response is read but its head, and an attempt ends by its deadline.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import socket
import ssl
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from time import monotonic
from urllib.parse import urlsplit

import msgspec

from aforo.answers.answer import Answer
from aforo.answers.delivery import Delivery, Outcome
from aforo.answers.reach import Reach, Resolver, UnreachableError, addresses, checked_addresses, of_this_machine

#: Of a response's head; the rest is not read.
LONGEST_HEAD = 16 * 1024
LONGEST_URL = 2_000
_STATUS = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2})(?: [^\r\n]*)?\r?\n")
_RETRY_AFTER = re.compile(rb"\r?\nretry-after:[ \t]*([0-9]{1,6})[ \t]*\r?\n", re.IGNORECASE)


@dataclass(frozen=True)
class Secret:
    """A signing secret as Standard Webhooks writes it: `whsec_` and the base64 of 24 to 64 bytes. It shows nothing of
    itself. ValueError for another form."""

    text: str = field(repr=False)

    def __post_init__(self) -> None:
        if not 24 <= len(self.key) <= 64:
            raise ValueError("a webhook's secret holds 24 to 64 bytes")

    @property
    def key(self) -> bytes:
        """The key of the HMAC."""
        if not self.text.startswith("whsec_"):
            raise ValueError("a webhook's secret begins with whsec_")
        try:
            return base64.b64decode(self.text.removeprefix("whsec_"), validate=True)
        except (binascii.Error, ValueError):
            raise ValueError("a webhook's secret is base64 behind whsec_") from None


@dataclass(frozen=True)
class Endpoint:
    """Where a recipient takes webhooks. The address may hold a token of theirs, so it is not shown either.

    ValueError where it is no address that a webhook can go to.
    """

    url: str = field(repr=False)
    secrets: tuple[Secret, ...] = field(repr=False)

    def __post_init__(self) -> None:
        if not self.secrets:
            raise ValueError("an endpoint has at least one secret")
        if len(self.url) > LONGEST_URL or not self.url.isascii() or not self.url.isprintable() or " " in self.url:
            raise ValueError("a webhook's address is ASCII, without blanks, of at most 2,000 characters")
        try:
            parts = urlsplit(self.url)
            port = parts.port
        except ValueError:
            raise ValueError("a webhook's address is not a URL") from None
        if parts.scheme not in ("https", "http") or not parts.hostname or port == 0:
            raise ValueError("a webhook's address is an https URL with a host")
        if parts.username is not None or parts.password is not None or parts.fragment:
            raise ValueError("a webhook's address has no user, password or fragment")


class Payload(msgspec.Struct, frozen=True):
    """The body of a webhook."""

    type: str
    timestamp: datetime
    data: Answer


def payload(answer: Answer) -> bytes:
    """The body, the same on every attempt."""
    return msgspec.json.encode(Payload(f"answer.{answer.status}", answer.at.astimezone(UTC), answer))


def signature(identifier: str, timestamp: int, body: bytes, secrets: tuple[Secret, ...]) -> str:
    """The value of `webhook-signature`."""
    content = b".".join((identifier.encode(), str(timestamp).encode(), body))
    digests = (hmac.new(secret.key, content, hashlib.sha256).digest() for secret in secrets)
    return " ".join(f"v1,{base64.b64encode(digest).decode()}" for digest in digests)


@cache
def _verified() -> ssl.SSLContext:
    return ssl.create_default_context()


def send(
    delivery: Delivery,
    endpoint: Endpoint,
    body: bytes,
    now: datetime,
    *,
    reach: Reach = Reach(),  # noqa: B008  frozen
    seconds: float = 15.0,
    resolver: Resolver = addresses,
    tls: ssl.SSLContext | None = None,
) -> Outcome:
    """One attempt, over within twice `seconds`: to find the address, then to connect, send and be answered.

    `tls` is the context that verifies the recipient (the machine's certificate authorities where it is None), `reach`
    and `resolver` say where it may connect. Never raises for what the recipient does.
    """
    parts = urlsplit(endpoint.url)
    host, secure = parts.hostname or "", parts.scheme == "https"
    if not secure and not reach.loopback:
        return Outcome("never", "not_https")
    port = parts.port or (443 if secure else 80)
    try:
        found = checked_addresses(host, port, reach, seconds, resolver)
        # Without TLS this machine alone is reached.
        if not secure and not all(map(of_this_machine, found)):
            return Outcome("never", "not_https")
        context = (tls or _verified()) if secure else None
        head = _exchange(found, port, host, _request(delivery, endpoint, body, now), seconds, context)
    except UnreachableError as error:
        return Outcome("never" if error.final else "again", error.code)
    except TimeoutError:
        return Outcome("again", "timeout")
    except ssl.SSLError:
        return Outcome("again", "tls_failed")
    except OSError:
        return Outcome("again", "not_connected")
    return _judged(head)


def _request(delivery: Delivery, endpoint: Endpoint, body: bytes, now: datetime) -> bytes:
    parts = urlsplit(endpoint.url)
    timestamp = int(now.timestamp())
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    lines = (
        f"POST {target} HTTP/1.1",
        f"Host: {parts.netloc}",
        "User-Agent: aforo",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        "Connection: close",
        f"webhook-id: {delivery.id}",
        f"webhook-timestamp: {timestamp}",
        f"webhook-signature: {signature(delivery.id, timestamp, body, endpoint.secrets)}",
    )
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def _exchange(
    found: tuple[str, ...], port: int, host: str, request: bytes, seconds: float, tls: ssl.SSLContext | None
) -> bytes:
    """Sends a request to the first address that answers and returns the head of its response, all within `seconds`."""
    deadline = monotonic() + seconds
    with _connected(found, port, deadline) as plain:
        if tls is None:
            return _answered(plain, request, deadline)
        plain.settimeout(_left(deadline))
        with tls.wrap_socket(plain, server_hostname=host) as sealed:
            return _answered(sealed, request, deadline)


def _connected(found: tuple[str, ...], port: int, deadline: float) -> socket.socket:
    for address in found[:-1]:
        try:
            return socket.create_connection((address, port), timeout=_left(deadline) / 2)
        except OSError:
            continue
    return socket.create_connection((found[-1], port), timeout=_left(deadline))


def _answered(connection: socket.socket, request: bytes, deadline: float) -> bytes:
    connection.settimeout(_left(deadline))
    connection.sendall(request)
    head = b""
    while len(head) < LONGEST_HEAD:
        connection.settimeout(_left(deadline))
        more = connection.recv(4_096)
        head += more
        if _final(head) or not more:
            break
    return head[:LONGEST_HEAD]


def _final(head: bytes) -> bool:
    """Whether the head of the last response is whole: 1xx responses come before it."""
    rest = head.replace(b"\r\n", b"\n")
    while True:
        whole, end, rest = rest.partition(b"\n\n")
        if not end:
            return False
        if not whole.startswith((b"HTTP/1.1 1", b"HTTP/1.0 1")):
            return True


def _left(deadline: float) -> float:
    left = deadline - monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _judged(head: bytes) -> Outcome:
    """2xx is delivered; 410 says that nobody wants it any more; all else, a redirect too, is tried again."""
    while (found := _STATUS.match(head)) and found[1].startswith(b"1"):
        _, _, head = head.replace(b"\r\n", b"\n").partition(b"\n\n")
    if not found:
        return Outcome("again", "not_http")
    code = int(found[1])
    if 200 <= code < 300:
        return Outcome("delivered", f"http_{code}")
    asked = _RETRY_AFTER.search(head)
    return Outcome("never" if code == 410 else "again", f"http_{code}", float(asked[1]) if asked else 0.0)
