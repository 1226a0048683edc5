"""An officer orders otherwise: raising takes one, lowering two; the order stands, and its label is marked."""

from __future__ import annotations

import json
from typing import Any

import pytest
from journeys import Post, decisions, file, truck
from typer.testing import CliRunner

from aforo.cli import complete_app
from aforo.domain.event import Examined, Overridden
from aforo.domain.text import Text
from aforo.exams.outcomes import Report
from aforo.exams.override import OverrideRefusedError
from aforo.flow.node import Node
from aforo.flow.order_reason import reason_of
from aforo.flow.override import NoDecisionError, override
from aforo.flow.replay import decisions_of, replay
from aforo.flow.reports import report
from aforo.log.erasure import erase_person


def refused(node: Node, which: str, wanted: Any, **more: str) -> str:
    with pytest.raises(OverrideRefusedError) as error:
        override(node.log, which, wanted, "Ana", more.get("reason", "A tip."), more.get("second"))
    return error.value.code


def test_raising_takes_one_officer_and_lowering_two(post: Post) -> None:
    with post.node() as node:
        file(node, truck("a"))
        override(node.log, "a", "joint", "Ana", "A tip.")
        assert refused(node, "a", "scan") == "override_needs_second"
        for same in ("Ana", "ana ", " ANA", "A\u200bna"):
            assert refused(node, "a", "scan", second=same) == "override_second_is_first"
        assert refused(node, "a", "hold", second="ana") == "override_second_is_first"
        assert refused(node, "a", "scan", second=" ") == "override_needs_second"
        assert refused(node, "a", "hold", reason=" ") == "override_needs_reason"
        assert refused(node, "a", "quarantine") == "override_unknown_option"
        assert refused(node, "a", "joint", second="Bea") == "override_changes_nothing"
        with pytest.raises(OverrideRefusedError, match="override_needs_officer"):
            override(node.log, "a", "hold", " ", "A tip.")
        made = override(node.log, "a", "release", "Ana", "A mistake.", "Bea")
        assert (made.was, made.now) == ("joint", "release")
        (line,) = file(node, truck("a"))
        assert (line.examination, line.basis) == ("release", "override")
        first, second = (s.payload for s in node.log.read(types=[Overridden.TYPE]))
        assert isinstance(first, Overridden)
        assert isinstance(second, Overridden)
        assert (first.seconded_by, second.seconded_by) == (None, "Bea")
        (decision,) = decisions(node.log)
        assert first.propensity == second.propensity == decision.propensity
        actors = {s.event.actor for s in node.log.read(types=[Overridden.TYPE])}
        assert actors == {"Ana"}


def test_raising_in_one_step_needs_no_sentence_and_lowering_does(post: Post) -> None:
    with post.node() as node:
        file(node, truck("a"))
        override(node.log, "a", "joint", "Ana", "", ground="seal")
        (order,) = (stored.payload for stored in node.log.read(types=[Overridden.TYPE]))
        assert isinstance(order, Overridden)
        assert (order.reason, order.ground) == ("", "seal")
        assert reason_of(order) == Text("the seal", "el candado")
        assert reason_of(Overridden("hold", "Cut.", 0, None, "seal")) == Text("the seal: Cut.", "el candado: Cut.")
        (line,) = file(node, truck("a"))
        assert line.reasons.en.endswith("The officer's reason: the seal")
        assert line.reasons.es.endswith("Motivo del oficial: el candado")
        with pytest.raises(OverrideRefusedError, match="override_needs_reason"):
            override(node.log, "a", "release", "Ana", "", "Bea", ground="judgement")


def test_what_cannot_be_overridden_is_refused(post: Post) -> None:
    with post.node() as node:
        (first,) = file(node, truck("a"))
        file(node, truck("a2", amends="a", action="replace"))
        assert refused(node, first.decision, "hold") == "override_superseded"
        with pytest.raises(NoDecisionError):
            override(node.log, "nobody", "hold", "Ana", "A tip.")
        report([Report(1, "a", None, True, False, None, None, None)], node)
        assert refused(node, "a", "hold") == "override_examined"


def test_a_reason_names_no_person_of_the_crossing(post: Post) -> None:
    with post.node() as node:
        given = {
            "driver_id": "DRV-4711",
            "driver_name": "Ana María López",
            "importer_id": "LOGA800101ABC",
            "importer_name": "Gómez e Hijos",
            "exporter_id": None,
            "exporter_name": "Zoe Ruiz",
        }
        file(node, truck("a", **given))
        for told in (
            "A tip on DRV-4711.",
            "A tip on drv 4711's friends.",
            "the tractor TRA is known",
            "A tip on ana maría lópez.",
            "importer loga-800101-abc",
            "Gomez; no, Gómez e hijos",
            "seen: Zoe Ruiz",
        ):
            assert refused(node, "a", "hold", reason=told) == "override_names_person", told
        assert not node.log.read(types=[Overridden.TYPE])
        driver = int(node.keys.identity_hashes("driver", ["DRV-4711"])[0])
        assert erase_person(node.log, driver, "asked for", actor="tester")
        assert refused(node, "a", "hold", reason="A tip on DRV 4711.") == "override_names_person"
        override(node.log, "a", "hold", "Ana", "A tip on carrier CA-1, and Ana's own look.")


def test_no_amendment_undoes_what_an_officer_ordered(post: Post) -> None:
    with post.node() as node:
        file(node, truck("a"))
        override(node.log, "a", "hold", "Ana", "A tip.")
        (amended,) = file(node, truck("a2", amends="a", action="replace", value_usd=60_000.0))
        assert (amended.examination, amended.basis) == ("hold", "override")
        (repeated,) = file(node, truck("a"))
        assert (repeated.examination, repeated.basis) == ("hold", "override")
        (gone,) = file(node, truck("a3", amends="a2", action="cancel"))
        assert gone.examination == "hold"
        assert "ancel" not in gone.public_reason.en
        made = [each for group in decisions_of(node.log) for each in replay(group, node.log, node.force.code)]
        assert [each.differences for each in made] == [(), (), ()]
        # Two officers may lower it again; and then that holds.
        override(node.log, "a", "release", "Ana", "A mistake.", "Bea")
        (line,) = file(node, truck("a"))
        assert (line.examination, line.basis) == ("release", "override")


def test_a_release_by_order_does_not_outlive_a_new_decision(post: Post) -> None:
    from test_flow_selection import MANDATORY, put_in_force

    with post.log() as log:
        put_in_force(log, MANDATORY)
    with post.node() as node:
        (first,) = file(node, truck("a", seal_id="WATCHED"))
        assert first.examination == "joint"
        override(node.log, "a", "release", "Ana", "The seal was misread.", "Bea")
        (amended,) = file(node, truck("a2", amends="a", action="replace", seal_id="WATCHED"))
        assert (amended.examination, amended.basis) == ("joint", "mandatory")


def test_the_label_that_follows_is_marked(post: Post) -> None:
    with post.node() as node:
        file(node, truck("a"), truck("b"))
        override(node.log, "a", "secondary", "Ana", "A tip.")  # stricter than whatever the model's choice may be
        file(node, truck("a2", amends="a", action="replace"))
        report([Report(1, "a", None, True, True, "theft", None, None)], node)
        (event,) = node.log.read(types=[Examined.TYPE])
        payload = event.payload
        assert isinstance(payload, Examined)
        assert payload.outcome.by_override


def run(*arguments: str) -> tuple[int, str]:
    made = CliRunner().invoke(complete_app(), list(arguments), env={"LANG": "C", "LC_ALL": "C", "COLUMNS": "200"})
    assert made.exception is None or isinstance(made.exception, SystemExit), made.exception
    return made.exit_code, made.output


def test_the_command(post: Post) -> None:
    with post.node() as node:
        (line,) = file(node, truck("a"))
    at = ["--store", post.store, "--by", "Ana"]
    code, text = run("override", line.decision, "--to", "hold", "--reason", "A tip.", "--json", *at)
    assert code == 0
    assert json.loads(text)["now"] == "hold"
    code, text = run("override", "a", "--to", "scan", "--reason", "A mistake.", *at, "--lang", "es")
    assert code == 1
    assert "segundo oficial" in text
    code, text = run("override", "a", "--to", "scan", "--reason", "A mistake.", "--second", "Bea", *at)
    assert code == 0
    assert "hold" in text
    assert "scan" in text
    code, text = run("override", "nobody", "--to", "scan", "--reason", "x", *at)
    assert code == 2
    assert "--all" not in text
    code, text = run("override", "a", "--to", "hold", "--reason", "x", "--store", post.store, "--by", " ")
    assert code == 2
    assert "--by names nobody" in text
    code, text = run("override", "a", "--to", "scan", "--reason", "x", *at)
    assert code == 1
    assert "ordered already" in text
    assert run("override", "a", "--to", "burn", "--reason", "x", *at)[0] == 2
    assert run("override", "a", "--to", "scan", *at)[0] == 2
