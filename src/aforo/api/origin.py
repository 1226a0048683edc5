"""Where a request comes from: whether a page of this server made it, by which name it was asked, and the address."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit

Headers = Iterable[tuple[bytes, bytes]]
#: Methods that change nothing.
SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
#: Bits of a network that one machine may have whole with IPv6, and of one that one customer may.
V6_MACHINE, V6_SITE = 64, 48
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def header(headers: Headers, name: bytes) -> str | None:
    """The first header of a name; None where there is none."""
    return next((value.decode("latin-1") for key, value in headers if key == name), None)


def host_of(headers: Headers) -> str:
    """The name that the server was asked by, without its port."""
    try:
        return urlsplit(f"//{header(headers, b'host') or ''}").hostname or ""
    except ValueError:
        return ""


def is_loopback(headers: Headers) -> bool:
    """Whether the server was asked by a name of this machine itself."""
    return host_of(headers) in LOOPBACK


def is_own(headers: Headers, *, must_tell: bool) -> bool:
    """Whether a page of this server made the request, as browsers tell with Origin and Sec-Fetch-Site. Where neither
    tells, no browser made it, and it is not `must_tell`."""
    origin, site = header(headers, b"origin"), header(headers, b"sec-fetch-site")
    if origin is None and site is None:
        return not must_tell
    if site is not None and site not in ("same-origin", "none"):
        return False
    if origin is None:
        return True
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and parts.netloc == (header(headers, b"host") or "")


def cookie(headers: Headers, name: str, *, secure: bool) -> str | None:
    """The value of a cookie as `set_cookie` makes it; None where there is none."""
    name = kept_as(name, secure)
    for key, value in headers:
        if key == b"cookie":
            for pair in value.decode("latin-1").split(";"):
                own, _, said = pair.strip().partition("=")
                if own == name:
                    return said
    return None


def set_cookie(name: str, value: str, *, secure: bool, same_site: str = "Strict", seconds: int | None = None) -> str:
    """A cookie that no script reads. Without `seconds` it goes when the browser is closed; with 0 at once. One for TLS
    alone has a name that browsers let no other host set, such as a neighbour below the same domain."""
    age = "" if seconds is None else f"; Max-Age={seconds}"
    return f"{kept_as(name, secure)}={value}; Path=/; HttpOnly; SameSite={same_site}{age}{'; Secure' if secure else ''}"


def kept_as(name: str, secure: bool) -> str:
    """The name that a cookie is kept by."""
    return f"__Host-{name}" if secure else name


def address_of(client: tuple[str, int] | None, headers: Headers, proxied: bool) -> str:
    """The address that a request comes from: that which the proxy in front tells last where there is one. What stands
    before that may be what anybody made up."""
    told = [value.decode("latin-1") for key, value in headers if key == b"x-forwarded-for"] if proxied else []
    if told:
        return _without_port(told[-1].rpartition(",")[2].strip())
    return client[0] if client else ""


def _without_port(told: str) -> str:
    """An address as a proxy tells it, without the port that some add: each connection has another."""
    if told.startswith("["):
        return told[1:].partition("]")[0]
    return told.partition(":")[0] if told.count(":") == 1 else told


def network_of(address: str, bits: int = V6_MACHINE) -> str:
    """Who an address stands for: one machine, or with IPv6 a network of so many bits."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, bits), strict=False))
    return str(parsed)
