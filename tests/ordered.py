"""Trucks of which an examination is ordered, on a server that listens."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from journeys import truck

if TYPE_CHECKING:
    from listening import Listening


def ordered(served: Listening, own: str, order: str = "release", **fields: Any) -> None:
    """A truck of which this is ordered, by an officer with a second one; `fields` are of its declaration."""
    assert served.carrier().post("/v1/filings", content=json.dumps(truck(own, **fields))).status_code == 200
    said, officer = {"examination": order, "reason": "The seal differs."}, served.as_("officer")
    second = served.second(officer, own, examination=order)
    made = officer.post(f"/v1/crossings/{own}/override", json=said, headers=second)
    assert made.status_code == 200 or "override_changes_nothing" in made.text, made.text


def sent(served: Listening, own: str, order: str = "secondary") -> None:
    """A truck that an officer sends to the dock, or to another place, and that stood at the booth."""
    ordered(served, own, order)
    assert served.as_("officer").post("/v1/booth", json={"bridge": "wtb", "trip": own}).status_code == 200
