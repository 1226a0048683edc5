"""The port documents that come with the product: the 22 US–Mexico ports of entry that trucks cross."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources

from aforo.ports.directory import Directory
from aforo.ports.document import Bridge, PortDocument
from aforo.ports.reading import parse

PACKAGE = "aforo.ports"


@cache
def directory() -> Directory:
    """The documents that ship, in the order of their Schedule D codes."""
    folder = resources.files(PACKAGE) / "documents"
    read = (each.read_bytes() for each in folder.iterdir() if each.name.endswith(".toml"))
    return Directory.of(sorted(read, key=lambda document: parse(document).code))


def documents() -> Mapping[str, bytes]:
    """Each document as it is shipped, by Schedule D code, in the order of the codes."""
    return directory().documents


def ports() -> tuple[PortDocument, ...]:
    """The ports, in the order of their Schedule D codes."""
    return directory().ports


def port_called(name: str) -> PortDocument | None:
    """The port that is called so, by code or name, whatever the case; None where there is none."""
    return directory().port_called(name)


def bridge_called(name: str, port: str | None = None) -> tuple[PortDocument, Bridge] | None:
    """The bridge that a filer calls so, at the port of a code where one is given; no two bridges share a name."""
    return directory().bridge_called(name, port)


@cache
def _feed_zones() -> dict[str, str]:
    feeds = ((port.zone, feed) for port in ports() for bridge in port.bridges for feed in bridge.waits)
    return {word: zone for zone, feed in feeds for word in (feed.port_number, *feed.names)}


def feed_zone(crossing: str) -> str | None:
    """The IANA zone of a published crossing, by its port number or its name in the feed; None where not known."""
    return _feed_zones().get(crossing)
