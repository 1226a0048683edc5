"""The port documents that come with the product: the 22 US–Mexico ports of entry that trucks cross."""

from __future__ import annotations

from functools import cache
from importlib import resources

from aforo.ports.document import Bridge, PortDocument
from aforo.ports.reading import parse

PACKAGE = "aforo.ports"


@cache
def documents() -> dict[str, bytes]:
    """Each document as it is shipped, by Schedule D code, in the order of the codes."""
    folder = resources.files(PACKAGE) / "documents"
    read = (each.read_bytes() for each in folder.iterdir() if each.name.endswith(".toml"))
    return dict(sorted((parse(document).code, document) for document in read))


@cache
def ports() -> tuple[PortDocument, ...]:
    """The ports, in the order of their Schedule D codes."""
    return tuple(map(parse, documents().values()))


def port_called(name: str) -> PortDocument | None:
    """The port that is called so, by code or name, whatever the case; None where there is none."""
    wanted = name.strip().casefold()
    return next((each for each in ports() if wanted in (each.code, each.name.casefold())), None)


def bridge_called(name: str, port: str | None = None) -> tuple[PortDocument, Bridge] | None:
    """The bridge that a filer calls so, at the port of a code where one is given; no two bridges share a name."""
    for each in ports():
        if port in (None, each.code) and (found := each.bridge(name)) is not None:
            return each, found
    return None


@cache
def _feed_zones() -> dict[str, str]:
    feeds = ((port.zone, feed) for port in ports() for bridge in port.bridges for feed in bridge.waits)
    return {word: zone for zone, feed in feeds for word in (feed.port_number, *feed.names)}


def feed_zone(crossing: str) -> str | None:
    """The IANA zone of a published crossing, by its port number or its name in the feed; None where not known."""
    return _feed_zones().get(crossing)
