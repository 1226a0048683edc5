"""Errands of the desk under contention: done with what the log says by then, or to be sent again; the node stays."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from journeys import Post, truck
from listening import Listening, listening
from receivers import until

from aforo.api.examples import RULE
from aforo.flow.override import override
from aforo.log.contention import ATTEMPTS
from aforo.log.store import ConcurrencyError, Log


def sent(made: Listening, *trucks: dict[str, Any]) -> Any:
    return made.carrier().post("/v1/filings", content="".join(f"{json.dumps(each)}\n" for each in trucks))


def test_an_errand_that_others_are_faster_than_is_run_again_on_the_same_node(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Any] = []
    with listening(post, opened=opened.append) as made, post.log() as other:
        assert sent(made, truck("A1")).status_code == 200
        real, faster = Log.append, iter(("joint", "secondary"))

        def append(log: Log, events: Any) -> Any:
            if log is made.log and events and events[0].type == "crossing.overridden":
                for order in itertools.islice(faster, 1):
                    override(other, "A1", order, "Ana", "A tip.")
            return real(log, events)

        monkeypatch.setattr(Log, "append", append)
        order = {"examination": "hold", "reason": "Seal differs."}
        told = made.as_("officer").post("/v1/crossings/A1/override", json=order)
        assert told.status_code == 200, told.text
        assert (told.status_code, told.json()["was"], told.json()["now"]) == (200, "secondary", "hold")
        assert sent(made, truck("A2")).status_code == 200
    assert len(opened) == 1


def test_an_errand_that_others_are_always_faster_than_is_to_be_sent_again(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Any] = []
    with listening(post, opened=opened.append) as made:
        assert sent(made, truck("A1"), truck("A2")).status_code == 200
        real, tried = Log.append, list[str]()

        def append(log: Log, events: Any) -> Any:
            if events and events[0].type in ("crossing.overridden", "crossing.passed"):
                tried.append(events[0].type)
                raise ConcurrencyError(events[0].stream, events[0].version, "taken")
            return real(log, events)

        monkeypatch.setattr(Log, "append", append)
        officer = made.as_("officer")
        order = {"examination": "hold", "reason": "Seal differs."}
        told = officer.post("/v1/crossings/A1/override", json=order)
        assert (told.status_code, told.headers["Retry-After"], len(tried)) == (503, "1", ATTEMPTS)
        assert told.json()["type"] == "urn:aforo:problem:busy"
        found = officer.post("/v1/outcomes", content=json.dumps({"crossing_id": "A2", "examined": 0}))
        assert (found.status_code, found.headers["Retry-After"]) == (503, "1")
        monkeypatch.undo()
        assert officer.post("/v1/crossings/A1/override", json=order).status_code == 200
        assert officer.post("/v1/outcomes", content=json.dumps({"crossing_id": "A2", "examined": 0})).json() == {
            "passages": 1, "examinations": 0, "repeated": 0, "corrections": 0, "problems": [], "warnings": [],
        }  # fmt: skip
    assert len(opened) == 1


def test_a_step_of_a_rule_that_others_kept_a_node_from_taking_is_in_force_in_the_next(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    def contended(node: Any) -> None:
        raise ConcurrencyError("artefact/set/in-force", 1, "taken")

    opened: list[Any] = []
    with listening(post, opened=opened.append) as made:
        ana, luz = made.as_("supervisor", "ana"), made.as_("supervisor", "luz")
        assert ana.post("/v1/rules", json=RULE | {"id": "brackets", "author": "ana"}).status_code == 200
        monkeypatch.setattr("aforo.api.rules.renew_rules", contended)
        told = luz.post("/v1/rules/brackets@1/stage", json={"to": "shadow"})
        assert (told.status_code, told.headers["Retry-After"]) == (503, "5")
        assert until(lambda: len(opened) == 2 and made.desk.ready)
        assert "brackets" in [each.id for each in opened[-1].force.rules.shadow]
        assert sent(made, truck("A1")).status_code == 200
