"""The documents that come with the product: measures, every version of each, and the claims about the corridor."""

from __future__ import annotations

from functools import cache
from importlib import resources

from aforo.measures.definition import Definitions
from aforo.scoreboard.claims import Claims
from aforo.scoreboard.claims_reading import parse

#: The order in which measures are shown.
_ORDER = (
    "wait-to-primary", "crossing-time", "scan-rate", "examination-rate", "control-hit-rate", "targeted-hit-rate",
    "incidents", "time-to-owner", "time-to-contact", "time-to-scene", "release-time", "time-to-examination",
    "examination-time", "joint-examination-share", "trusted-examination-ratio", "conveyance-scan-rate",
    "scanner-availability", "scanner-utilisation", "reader-read-rate", "custody-continuity",
)  # fmt: skip
#: The claims that are judged unless others are named.
_CLAIMS = "corridor.1.toml"


@cache
def definitions() -> Definitions:
    """The shipped measures."""
    folder = resources.files("aforo.scoreboard") / "documents"
    named = {each.name: each.read_bytes() for each in folder.iterdir() if each.name.endswith(".toml")}

    def place(name: str) -> tuple[int, str]:
        measure = name.partition(".")[0]
        return (_ORDER.index(measure) if measure in _ORDER else len(_ORDER), name)

    return Definitions(tuple(named[name] for name in sorted(named, key=place)))


@cache
def claims() -> Claims:
    """The shipped claims about the corridor."""
    return parse(claims_document())


def claims_document() -> bytes:
    """The document of the shipped claims, as it is shipped."""
    return (resources.files("aforo.scoreboard") / "claim_documents" / _CLAIMS).read_bytes()
