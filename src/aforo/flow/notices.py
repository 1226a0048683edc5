"""Notices are kept, sealed, as they were received: nothing is done with them, and nothing that came in is lost."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import msgspec

from aforo.domain.credential import current_credential, use_credential
from aforo.domain.event import Noted
from aforo.flow.node import Node
from aforo.flow.quarantine import sealed
from aforo.flow.recording import EventMaker
from aforo.intake.batch import Notice


def keep_notices(
    notices: Sequence[Notice],
    node: Node,
    source: str,
    senders: Sequence[tuple[str, ...]] = (),
    credentials: Sequence[str | None] = (),
) -> int:
    """Keep notices; how many were new. One that is sent again is kept once.

    What is sealed is the JSON of `fields` and `text`: a statement's heading is in the one, its segments in the other.
    `senders` and `credentials` are as those of `quarantine`.
    """
    if not notices:
        return 0
    make = EventMaker(node, len(notices), node.clock())
    key = node.keys.secret("content")
    by = credentials or [current_credential()] * len(notices)
    for notice, sender, credential in zip(notices, senders or [()] * len(notices), by, strict=True):
        said = msgspec.json.encode({"fields": notice.fields, "text": notice.raw}, order="sorted")
        digest = blake2b(f"{source}\0{notice.kind}\0".encode() + said, digest_size=16, key=key).hexdigest()
        text, persons = sealed(notice.identities, said, node)
        noted = Noted(source, notice.kind, notice.record, text, persons, sender)
        with use_credential(credential):
            make.add(noted, f"notice/{digest}", 1, key=f"notice:{digest}")
    return sum(not receipt.duplicate for receipt in node.log.append(make.events))
