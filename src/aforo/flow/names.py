"""What declarations and crossings are called in the log, and the node itself."""

from __future__ import annotations

from typing import Final

#: Who acts where nobody does, as the actor of an event: the node itself.
NODE: Final = "node"


def filing_key(declaration_id: str) -> str:
    """The idempotency key of a declaration's filing: one identifier is filed once."""
    return f"declaration:{declaration_id}"


def own_name(name: str, carrier: int) -> str:
    """What a carrier (keyed hash) calls its own where another filed under the name before: a name belongs to whoever
    files under it first, and keeps nobody else from filing.
    """
    return f"{name}@{carrier & 0xFFFF_FFFF_FFFF:012x}"


def stream_of(crossing: str) -> str:
    return f"crossing/{crossing}"
