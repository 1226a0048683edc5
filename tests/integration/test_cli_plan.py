"""`aforo plan scanners` as people and machines call it: tables, files, what is wrong in words."""

from __future__ import annotations

import json
import re
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner, Result

from aforo.cli.commands import complete
from aforo.routing.policy import default_document
from aforo.twin.placing_figures import shipped_document

FEW = ("--count", "8", "--ports", "Santa Teresa", "--ports", "Tornillo", "--ports", "2604", "--draws", "40")


def called(*arguments: object) -> Result:
    return CliRunner().invoke(complete(), ["plan", "scanners", *map(str, arguments)])


def words(told: Result) -> str:
    return " ".join(told.output.split())


@pytest.mark.parametrize(
    ("lang", "mark", "synthetic", "way"),
    [
        ("en", "OFFICIAL USE ONLY", "SYNTHETIC", "in proportion to trucks"),
        ("es", "SOLO PARA USO OFICIAL", "SINTÉTICO", "en proporción a los camiones"),
    ],
)
def test_the_plan_is_told_in_either_language_and_marked(lang: str, mark: str, synthetic: str, way: str) -> None:
    told = called(*FEW, "--lang", lang)
    assert told.exit_code == 0, told.output
    for each in (mark, synthetic, way, "Santa Teresa", "Nogales"):
        assert each in words(told)
    assert max(len(line) for line in told.output.splitlines()) <= 100
    assert "placing_" not in told.output


def test_machines_are_given_all_of_it() -> None:
    told = json.loads(called(*FEW, "--json").stdout)
    assert told["synthetic"] is True
    assert told["official_use_only"] is True
    assert {each["id"] for each in told["bridges"]} == {"2408/santa-teresa", "2404/tornillo", "2604/mariposa"}
    assert [each["name"] for each in told["plans"]] == ["plan", "hedged", "proportional", "greedy", "today"]
    assert told["proof"]["bound"] >= told["plans"][0]["worst"]["value"]
    # What is scanned today rests on the whole border.
    assert {"2408", "2404", "2604", "2304"} <= {each["port"] for each in told["documents"]}
    assert told["hedged_draws"] == 200
    assert told["hedged_without_ceiling"] is False
    assert all(each["least_found"] <= each["worst"]["value"] + 1e-6 for each in told["plans"])
    assert "reached" in told["assumed"]
    assert told["ceiling"] is None
    assert json.loads(called(*FEW, "--ports", "2404/tornillo", "--json").stdout)["bridges"] == told["bridges"]


def test_a_ceiling_bounds_what_trucks_wait() -> None:
    free = json.loads(called(*FEW, "--json").stdout)["hours"]["value"]
    told = called(*FEW, "--hours", free / 2, "--lang", "en")
    assert "truck-hours a day beyond today" in words(told)
    assert json.loads(called(*FEW, "--hours", free / 2, "--json").stdout)["hours"]["value"] <= free / 2


def test_it_is_written_in_the_form_that_the_file_is_named_after(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="plots need the extra `plots`")
    for name in ("plan.html", "plan.png", "plan.csv", "plan.json"):
        told = called(*FEW, "-o", tmp_path / name, "--lang", "en")
        assert told.exit_code == 0, told.output
        assert "written" in told.output
    assert (tmp_path / "plan.png").read_bytes().startswith(b"\x89PNG")
    table = pl.read_csv(tmp_path / "plan.csv")
    assert table["official_use_only"].all()
    assert int(table["gets"].sum()) == json.loads((tmp_path / "plan.json").read_bytes())["placed"]
    page = (tmp_path / "plan.html").read_text(encoding="utf-8")
    assert "<svg" in page
    assert page.count("OFFICIAL USE ONLY") >= 2  # on the page and in the picture
    assert not re.search(r"""(?:src|href)\s*=\s*["']?(?:https?:)?//|@import|url\(http""", page)


def test_what_is_wrong_is_said_with_what_to_do(tmp_path: Path) -> None:
    told = called(*FEW, "-o", tmp_path / "plan.docx", "--lang", "en")
    assert (told.exit_code, "plan.docx" in told.output) == (2, True)
    assert called("--lang", "en").exit_code == 2
    assert called("--count", "0", "--lang", "en").exit_code == 2
    told = called("--count", "5", "--ports", "Atlantis", "--lang", "en")
    assert (told.exit_code, "Atlantis" in told.output) == (2, True)
    wrong = tmp_path / "figures.toml"
    wrong.write_bytes(shipped_document().replace(b"share = 0.85", b"share = 1.5"))
    told = called(*FEW, "--figures", wrong, "--lang", "en")
    assert told.exit_code == 2
    assert "use.share" in told.output
    told = called(*FEW, "--figures", tmp_path / "none.toml", "--lang", "en")
    assert told.exit_code == 2
    # A file that is read is not written over.
    told = called(*FEW, "--figures", wrong, "-o", wrong.with_suffix(".json"), "--lang", "en")
    assert told.exit_code == 2
    own = tmp_path / "own.json"
    own.write_bytes(shipped_document())
    assert called(*FEW, "--figures", own, "-o", own, "--lang", "en").exit_code == 2
    assert own.read_bytes() == shipped_document()


def test_a_document_of_one_s_own_changes_the_plan(tmp_path: Path) -> None:
    own = tmp_path / "figures.toml"
    one = '"2604/mariposa" = { count = 1, source = "assumed" }'
    own.write_bytes(shipped_document().replace(b"[room]", f"[room]\n{one}".encode()))
    told = {each["id"]: each["gets"] for each in json.loads(called(*FEW, "--figures", own, "--json").stdout)["bridges"]}
    assert told["2604/mariposa"] <= 1


def test_what_costs_something_to_go_to_and_what_is_no_bridge_are_told(tmp_path: Path) -> None:
    own = tmp_path / "figures.toml"
    one = '"2604/mariposa" = { share = 0.6, source = "assumed" }'
    own.write_bytes(shipped_document().replace(b"[diverting]", f"[diverting]\n{one}".encode()))
    for lang, words_of in (("en", "plus what it costs to go there"), ("es", "más lo que cuesta ir allí")):
        told = called(*FEW, "--figures", own, "--lang", lang)
        assert told.exit_code == 0, told.output
        assert words_of in words(told)
    own.write_bytes(own.read_bytes().replace(b"2604/mariposa", b"2604/mariposas"))
    told = called(*FEW, "--figures", own, "--lang", "en")
    assert told.exit_code == 2
    assert "diverting.2604/mariposas" in words(told)
    assert "the nearest are 2604/mariposa," in words(told)


def test_a_policy_whose_scan_finds_nothing_is_refused_in_words(tmp_path: Path) -> None:
    own = tmp_path / "policy.toml"
    own.write_bytes(default_document().replace(b"probability = 0.665", b"probability = 0.0"))
    told = called(*FEW, "--policy", own, "--lang", "es")
    assert told.exit_code == 2
    assert "no halla nada" in words(told)
