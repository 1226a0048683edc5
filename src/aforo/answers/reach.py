"""Where a delivery may connect: public addresses alone, and to the very address that was checked.

A recipient's URL is a stranger's text. Its name is resolved once, every address that it has is checked, and the
connection goes to a checked address: a name that changes between the check and the connection changes nothing.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from threading import Thread

import msgspec

#: Addresses of a host and port, as `socket.getaddrinfo` gives them; raises OSError.
Resolver = Callable[[str, int], list[str]]
_NAT64 = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))


class Reach(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`loopback`: also this machine, without TLS if need be; for tests and for a sandbox, never for the trade."""

    loopback: bool = False


class UnreachableError(Exception):
    """There is no address to connect to. `code` says why; `final` that another attempt is of no use."""

    def __init__(self, code: str, *, final: bool) -> None:
        super().__init__(code)
        self.code = code
        self.final = final


def addresses(host: str, port: int) -> list[str]:
    """The resolver of the machine. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def allowed(address: str, reach: Reach) -> bool:
    """Whether an address may be connected to: a public one and no other in disguise, or this machine by setting."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if ip.is_loopback:
        return reach.loopback
    if isinstance(ip, ipaddress.IPv6Address):
        disguised = ip.ipv4_mapped or ip.sixtofour or ip.teredo or any(ip in network for network in _NAT64)
        if disguised or ip.is_site_local:
            return False
    return ip.is_global and not ip.is_multicast


def of_this_machine(address: str) -> bool:
    """Whether an address that was checked is loopback."""
    return ipaddress.ip_address(address.partition("%")[0]).is_loopback


def checked_addresses(
    host: str, port: int, reach: Reach, seconds: float, resolver: Resolver = addresses
) -> tuple[str, ...]:
    """The addresses of a host, all of which must be allowed. Raises UnreachableError."""
    found: list[str] = []
    failed: list[bool] = []

    def resolve() -> None:
        try:
            found.extend(resolver(host, port))
        except (OSError, UnicodeError):
            failed.append(True)

    # A resolver knows no time limit: it is waited for, and left behind.
    worker = Thread(target=resolve, daemon=True)
    worker.start()
    worker.join(seconds)
    if worker.is_alive():
        raise UnreachableError("name_timeout", final=False)
    if failed or not found:
        raise UnreachableError("name_unknown", final=False)
    if not all(allowed(address, reach) for address in found):
        raise UnreachableError("address_refused", final=True)
    return tuple(found)
