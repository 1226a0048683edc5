"""What the demonstration's officers do once what was found in a truck is secured."""

from __future__ import annotations

import json
from typing import Any, cast

from aforo.demo.clients import Clients
from aforo.demo.outside.handing import Handing
from aforo.demo.outside.saying import Saying
from aforo.demo.outside.wire import Wire


class Wires:
    """A wire that a node answers with these alerts, and that keeps what is told."""

    def __init__(self, *alerts: dict[str, Any]) -> None:
        self.alerts = list(alerts)
        self.told: list[tuple[str, dict[str, Any], str]] = []

    def get(self, path: str, token: str) -> Any:
        assert (path, token) == ("/v1/alerts?crossing=T%2F1", "officer's")
        return {"trucks": [{"truck": None, "alerts": self.alerts}]}

    def post(self, path: str, token: str, body: bytes, media_type: str = "", *, second: str = "") -> Any:
        if path == "/v1/seconds":
            return {"token": "second's"}
        self.told.append((path, json.loads(body), second))
        return None


def test_what_was_found_is_seen_to_with_its_alert_unless_somebody_at_the_console_took_it() -> None:
    wire = Wires(
        {"alert_id": "a", "kind": "people_found", "owner": None},
        {"alert_id": "b", "kind": "contraband_found", "owner": "Ana at the console"},
        {"alert_id": "c", "kind": "life_safety_hold", "owner": None},
    )
    clients = Clients((), {"colombia": "officer's"}, "", "second's", "", "", "", "", ())
    with Handing(cast(Wire, wire), clients, cast(Any, None)) as hands:
        hands.hand_in(Saying(freed=[("colombia", "T/1")]), lambda crossing, order: None)
    assert [(path, second) for path, _, second in wire.told] == [
        ("/v1/crossings/T/1/override", "second's"), ("/v1/alerts/a/close", ""),
    ]  # fmt: skip
    assert wire.told[1][1] == {"reason": wire.told[0][1]["reason"], "ending": "handled"}
