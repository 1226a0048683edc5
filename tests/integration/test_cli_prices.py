"""Port documents are put in force, prices are solved from them and shown; what a document changes is solved anew."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from journeys import Learnt, Post, file
from priced import LAREDO, WORLD_TRADE, different
from typer.testing import CliRunner

from aforo.cli import complete_app
from aforo.domain.event import Decided


def run(post: Post, *arguments: str, exit_code: int = 0) -> Any:
    """What a command says with --json."""
    where = ["--store", post.settings.store, "--keys", post.settings.keys, "--json"]
    told = CliRunner().invoke(complete_app(), [*arguments, *where], catch_exceptions=False)
    assert told.exit_code == exit_code, told.output
    return json.loads(told.stdout) if told.stdout.strip() else told.stderr


def small(tmp_path: Path, units: int = 2) -> Path:
    """Laredo with World Trade alone, and one resource of few units, so that its tables are solved in no time."""
    text = LAREDO.decode()
    first, second = text.index("[[bridge.portals]]"), text.index("[[bridge.scanners]]")
    text = text[:first] + text[second : text.index('[[bridge]]\nid = "colombia"')]
    text = text.replace("units = { count = 9,", f"units = {{ count = {units},")
    dock, staff = text.index("[bridge.docks]"), text.index("[bridge.staff]")
    text = "\n".join(line for line in (text[:dock] + text[staff:]).split("\n") if not line.startswith("share = "))
    written = tmp_path / "laredo.toml"
    written.write_text(text)
    return written


def test_a_port_is_put_in_force_and_its_prices_are_solved_shown_and_renewed(
    post: Post, learnt: Learnt, tmp_path: Path
) -> None:
    port = small(tmp_path)
    (draft,) = run(post, "port", "put", str(port), "--draft", "--by", "ana")
    assert (draft["stage"], draft["port"]) == ("draft", "2304")
    assert "put" in run(post, "prices", "solve", "--trucks", "900", exit_code=1)
    (put,) = run(post, "port", "put", str(port), "--by", "ana")
    assert (put["stage"], put["changed"], put["solved"], put["stale"]) == ("active", True, [], [])
    (again,) = run(post, "port", "put", str(port), "--by", "ana")
    assert not again["changed"]
    # Without a history a model says what trucks are worth.
    assert "-m" in run(post, "prices", "solve", "--trucks", "900", exit_code=1)
    solved = run(post, "prices", "solve", "--trucks", "900", "-m", str(post.model))
    assert solved["problems"] == {}
    assert {(each["day"], each["resource"], each["solved"]) for each in solved["tables"]} == {
        (day, "scanner", True) for day in ("weekday", "saturday", "sunday", "holiday")
    }
    kept = run(post, "prices", "solve", "--trucks", "900", "-m", str(post.model), "--bridge", "World Trade")
    assert not any(each["solved"] for each in kept["tables"])
    shown = run(post, "prices", "show", WORLD_TRADE)
    assert (shown["resource"], shown["up"], len(shown["prices"])) == ("scanner", 2, 8)
    # Hours are of the port, and what the document assumes of the scanners is named, that of the docks is not.
    assert shown["zone"] == "America/Chicago"
    assert any(place.startswith("scanners[") for place in shown["assumed"])
    assert any(place.startswith("staff.scanner") for place in shown["assumed"])
    assert not any(place.startswith(("docks", "portals", "staff.dock")) for place in shown["assumed"])
    where = ["--store", post.settings.store, "--keys", post.settings.keys]
    drawn = CliRunner().invoke(complete_app(), ["prices", "show", WORLD_TRADE, "--lang", "es", *where]).output
    assert "Las horas son las del puerto: America/Chicago." in drawn
    assert f"{len(shown['assumed'])} cifras del documento" in drawn
    noon = [row[12] for row in shown["prices"]]
    assert noon == sorted(noon)
    assert noon[-1] > noon[0] >= 0.0
    one_up = run(post, "prices", "show", WORLD_TRADE, "--up", "1")
    assert one_up["prices"][0][12] >= shown["prices"][0][12]
    assert run(post, "prices", "show", "World Trade") == shown
    assert "are of: scanner" in run(post, "prices", "show", WORLD_TRADE, "--resource", "dock", exit_code=1)
    assert "prices solve" in run(post, "prices", "show", "nowhere", exit_code=1)
    # From here on trucks are decided by them.
    with post.node() as node:
        file(node, learnt.future)
        made = [s.payload for s in node.log.read(types=[Decided.TYPE])]
        assert any(isinstance(each, Decided) and each.bridge == WORLD_TRADE for each in made)
        assert different(node.log) == []
    # A document that changes has its prices solved anew, by what the log has assessed.
    (other,) = run(post, "port", "put", str(small(tmp_path, units=1)), "--by", "luz")
    assert len(other["solved"]) == 4
    assert run(post, "prices", "show", WORLD_TRADE)["up"] == 1
    assert run(post, "port", "rollback", "2304", "--by", "luz")["now"] == put["hash"]
    assert run(post, "port", "rollback", "2304", "--by", "luz")["now"] is None
    assert "2304" in run(post, "port", "rollback", "2304", exit_code=1)


def test_what_is_not_sound_is_not_put_in_force(post: Post, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(small(tmp_path).read_text().replace('zone = "America/Chicago"', 'zone = "Mars/Olympus"'))
    assert "wrong.toml" in run(post, "port", "put", str(small(tmp_path)), str(wrong), exit_code=2)
    assert "2304" in run(post, "port", "rollback", "2304", exit_code=1)
    assert "missing.toml" in run(post, "port", "put", "missing.toml", exit_code=2)


@pytest.mark.parametrize("language", ["en", "es"])
def test_prices_are_drawn_for_people(post: Post, tmp_path: Path, language: str) -> None:
    run(post, "port", "put", str(small(tmp_path, units=1)))
    where = ["--store", post.settings.store, "--keys", post.settings.keys, "--lang", language]
    solve = ["prices", "solve", "--trucks", "600", "-m", str(post.model), *where]
    told = CliRunner().invoke(complete_app(), solve, catch_exceptions=False)
    assert told.exit_code == 0, told.output
    assert ("weekday" if language == "en" else "laborable") in told.stdout
    drawn = CliRunner().invoke(complete_app(), ["prices", "show", WORLD_TRADE, *where], catch_exceptions=False)
    assert drawn.exit_code == 0
    assert "█" in drawn.stdout
    assert ("Truck-minutes" if language == "en" else "Minutos-camión") in drawn.stdout
