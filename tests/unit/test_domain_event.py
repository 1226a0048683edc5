"""What older logs hold is read as today's payloads."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from aforo.domain.event import Examined, payload_of
from aforo.domain.outcome import Outcome

FOUND = "2026-01-05T13:40:00-06:00"
AT = datetime(2026, 1, 5, 13, 40, tzinfo=timezone(timedelta(hours=-6)))


@pytest.mark.parametrize(
    ("stored", "meant"),
    [
        ({"violation": None}, Outcome("X", AT, None)),
        ({"violation": True, "threat": "people", "severity": 2.5}, Outcome("X", AT, True, "people", 2.5)),
        ({"violation": False, "severity": 0, "by_override": True}, Outcome("X", AT, False, None, 0.0, True)),
        ({"violation": True, "threat": "theft", "severity": -1.5}, Outcome("X", AT, True, "theft")),
    ],
)
def test_an_outcome_of_the_first_schema_is_read(stored: dict[str, object], meant: Outcome) -> None:
    data = {"outcome": {"crossing_id": "X", "found_at": FOUND, **stored}}
    assert payload_of(Examined.TYPE, 1, data) == Examined(meant)
    assert data["outcome"]["found_at"] == FOUND, "what was stored is left as it is"
