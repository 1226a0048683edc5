"""Headers of answers that keep a browser from doing with them what they are not for (OWASP Secure Headers)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

from litestar.types import Message, Scope

#: What no answer is without, but for parts of pages. One that says itself what may be done with it, as the console's
#: files do, keeps that.
ALWAYS: tuple[tuple[bytes, bytes], ...] = (
    # What was shown to one person is left in no cache for the next at that screen.
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (
        b"permissions-policy",
        b"camera=(self), publickey-credentials-create=(self), publickey-credentials-get=(self), accelerometer=(),"
        b" autoplay=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(),"
        b" payment=(), serial=(), usb=()",
    ),
)
#: What speaks of documents, and of the scripts of workers, and of nothing else: a browser reads none of it with a
#: style, or with a script that a document loads, and on a page of twenty such files it is a quarter of what is sent.
OF_DOCUMENTS = frozenset(
    (b"x-frame-options", b"content-security-policy", b"cross-origin-opener-policy", b"permissions-policy")
)
#: Where TLS stands before the server: browsers are to come by no other way for a year.
WITH_TLS = (b"strict-transport-security", b"max-age=31536000")


#: The media types of what a page loads as its parts, as built files have them.
_PARTS = (b"text/javascript", b"text/css")


def _is_part(head: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether an answer is a part of a page, which its name tells for good: the script of a worker has a name that
    stays, and is none."""
    said = {name.lower(): value for name, value in head}
    return said.get(b"content-type", b"").startswith(_PARTS) and b"immutable" in said.get(b"cache-control", b"")


def secured(with_tls: bool) -> Callable[[Message, Scope], Awaitable[None]]:
    """What completes the head of every answer; `with_tls` where a proxy with TLS stands before the server."""
    wanted = (*ALWAYS, WITH_TLS) if with_tls else ALWAYS

    async def complete(message: Message, scope: Scope) -> None:
        if message["type"] == "http.response.start":
            said = {name.lower() for name, _ in message["headers"]}
            spared = OF_DOCUMENTS if _is_part(message["headers"]) else ()
            more = (each for each in wanted if each[0] not in said and each[0] not in spared)
            message["headers"] = [*message["headers"], *more]

    return complete
