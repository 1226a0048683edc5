"""A node on which every page of the console has something to show, for the tests of all of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import at_fleet
import httpx
from boards import a_border
from cases import STORY, happen
from dock_scene import photo
from journeys import Post, truck
from listed import lists
from listening import Listening, listening
from priced import book, put_in_force, stand
from under_seal import BREACH, SOUND, breached, look, planned, sound

from aforo.api.access import Rate
from aforo.api.examples import RULE
from aforo.flow.node import Node
from aforo.flow.scoreboard import Board

if TYPE_CHECKING:
    from journeys import Learnt

#: Four weeks of figures are over, the last for longer than a day everywhere, when the morning begins.
MONDAY = datetime(2024, 3, 4, tzinfo=ZoneInfo("America/Chicago"))
BEGINS = datetime(2024, 4, 2, 12, tzinfo=UTC)
PLAN = """name = "one-more-booth"
title = { en = "One more booth", es = "Una caseta más" }
ports = ["Columbus"]
first = 2024-10-07
days = 1
replications = 2
change = [{ kind = "booths_added", number = 1 }]
"""


@dataclass
class Furnished:
    """The node, and what of it the addresses of pages name."""

    served: Listening
    names: dict[str, str]


@contextmanager
def furnished(learnt: Learnt, folder: Path) -> Iterator[Furnished]:
    """A morning of cases; before it weeks of figures and incidents; a rule in shadow, a draft of the policy, a plan,
    trucks for the docks, filings of a carrier, trips under seal."""
    post = Post(learnt, folder)
    post.clock.now = BEGINS
    with post.log() as log:
        a_border(MONDAY, weeks=4).put(log)
        assert Board(log).publish()
        put_in_force(log, book(steep=0.004))

    def opened(node: Node) -> None:
        stand(node, waiting=20.0)

    with listening(
        post, rate=Rate(1e6, 1e6), lists=lists(), opened=opened, folder=folder.with_name(f"{folder.name}-node")
    ) as made:
        happen(made, post, learnt)
        yield Furnished(made, _more(made))


def _examine(officer: httpx.Client) -> None:
    """A record at a dock that is open, with something found and a photo of it."""
    path = "/v1/crossings/DOCK-1/examinations/open"
    begin = {"act": "begin", "examination": "secondary", "bridge": "world-trade", "dock": "3"}
    find = {"act": "find", "finding": "f", "part": "roof", "threat": "contraband", "what": "Packages", "severity": 7}
    for said in (begin, find):
        answer = officer.post(path, json=said)
        assert answer.status_code == 200, answer.text
    photographed = officer.post(f"{path}/photos", content=photo()["buffer"], params={"finding": "f"})
    assert photographed.status_code == 200, photographed.text


def _more(made: Listening) -> dict[str, str]:
    officer, ana, luz = made.as_("officer", "Eva Ríos"), made.as_("analyst", "Ana Soto"), made.as_("supervisor", "luz")
    order = {"examination": "secondary", "reason": "The seal differs."}
    for own in ("DOCK-1", "SLIP-1"):
        assert made.carrier().post("/v1/filings", content=json.dumps(truck(own))).status_code == 200
        second = made.second(officer, own, examination="secondary")
        told = officer.post(f"/v1/crossings/{own}/override", json=order, headers=second)
        assert told.status_code == 200 or "override_changes_nothing" in told.text, told.text
        assert officer.post("/v1/booth", json={"bridge": "world-trade", "trip": own}).status_code == 200
    _examine(officer)
    refused = made.carrier().post("/v1/filings", content=json.dumps(truck("BAD", hs6="87.08")))
    assert refused.status_code == 422, refused.text
    rule = RULE | {"author": "Ana Soto", "condition": "hs6 == '870829'"}
    assert ana.post("/v1/rules", json=rule).status_code == 200
    assert luz.post(f"/v1/rules/{rule['id']}@1/stage", json={"to": "shadow"}).status_code == 200
    assert officer.post("/v1/filings", content=json.dumps(truck("SEEN-1"))).status_code == 200
    figures = [{"path": "people.hold_from", "value": 0.0, "source": "Accord 12"}]
    draft = {"based_on": "default@5", "version": "6", "figures": figures}
    assert ana.post("/v1/policies", json=draft).status_code == 200
    asked = ana.post("/v1/plans", json={"toml": PLAN})
    assert asked.status_code < 300, asked.text
    planned(made)
    breached(made, crossing=STORY)
    sound(made)
    assert officer.post(f"/v1/trips/{SOUND}/discharge", json={"where": "customs"}).status_code == 200
    look(made)
    at_fleet.furnish(made)
    response = officer.get("/v1/responses").json()["responses"][0]["response"]
    parties = officer.get(f"/v1/crossings/{STORY}/parties").json()["parties"]
    return {
        "handle": next(str(each["handle"]) for each in parties if each["kind"] == "driver"),
        "rule": str(rule["id"]),
        "plan": str(asked.json()["plan"]),
        "crossing": STORY,
        "trip": BREACH,
        "response": response,
        "device": f"{SOUND}-seal",
        "scanner": "S-1",
    }
