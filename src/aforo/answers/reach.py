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
#: Where all public addresses of IPv6 are: forms that carry an address of IPv4 (`::10.0.0.1`, `::ffff:…`, `64:ff9b::…`)
#: are outside, but for the ranges that follow.
_UNICAST = ipaddress.ip_network("2000::/3")
_OF_PROTOCOLS = (
    ipaddress.ip_network("2001::/23"),  # Teredo, and other assignments of the IETF
    ipaddress.ip_network("2002::/16"),  # 6to4
    ipaddress.ip_network("3fff::/20"),  # documentation
    ipaddress.ip_network("192.0.0.0/24"),  # assignments of the IETF
    ipaddress.ip_network("192.88.99.0/24"),  # relays of 6to4
)
#: The middle of an address whose end is one of IPv4, to which a tunnel of ISATAP leads.
_ISATAP = (0x0000_5EFE, 0x0200_5EFE)


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
    if isinstance(ip, ipaddress.IPv6Address) and (ip not in _UNICAST or int(ip) >> 32 & 0xFFFF_FFFF in _ISATAP):
        return False
    return ip.is_global and not ip.is_multicast and not any(ip in network for network in _OF_PROTOCOLS)


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
