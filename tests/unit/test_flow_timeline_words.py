"""The timeline can say every payload that a log may hold."""

from __future__ import annotations

import pytest
from samples.make_payload_samples import SAID

from aforo.domain.dock import DOCK_PAYLOADS
from aforo.domain.event import Payload
from aforo.flow.timeline_words import told


@pytest.mark.parametrize("payload", SAID, ids=lambda payload: payload.TYPE)
def test_every_payload_is_told_or_left_out_and_none_breaks_the_timeline(payload: Payload) -> None:
    made = told(payload)
    if isinstance(payload, DOCK_PAYLOADS):
        assert made is not None
        kind, says, _ = made
        assert kind == "dock"
        assert says.en != says.es
