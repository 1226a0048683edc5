"""What both verifiers make of a bundle of a log, by the checkpoint that it bears, and that they agree on all of it."""

from __future__ import annotations

import pytest
from second_verifier import second

from aforo.custody.bundle import BundleError, read
from aforo.custody.bundle_verdict import BundleVerdict, verified
from aforo.log.checkpoint import opened
from aforo.log.store import Log


def both(log: Log, data: bytes) -> BundleVerdict:
    """The verdict that both give. Raises BundleError where both refuse it."""
    key = log.keys.signing.first(log.origin)
    trusted = opened(read(data).checkpoint, key)
    try:
        told = verified(data, key, trusted)
    except BundleError:
        with pytest.raises(second().RefusedError):
            second().verify(data, key.text, checkpoint=trusted.text)
        raise
    again = second().verify(data, key.text, checkpoint=trusted.text)
    assert [(each.device, each.state, each.since, each.until, each.grade) for each in told.spans] == [
        tuple(each[name] for name in ("device", "state", "since", "until", "grade")) for each in again["spans"]
    ]
    assert [sorted((one.code, one.earliest, one.latest) for one in each.facts) for each in told.spans] == [
        sorted((one["code"], one["earliest"], one["latest"]) for one in each["facts"]) for each in again["spans"]
    ]
    assert list(told.compared) == again["compared"]
    assert [(each.stream, each.version, each.why) for each in told.withheld] == [
        tuple(each) for each in again["withheld"]
    ]
    return told
