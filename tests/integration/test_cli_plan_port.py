"""`aforo plan port` and `aforo plan tariffs` as people and machines call them: tables, files, errors in words."""

from __future__ import annotations

import json
import re
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner, Result

from aforo.cli.commands import complete
from aforo.twin import designs, tariffs

PORT = ("port", "otay-mesa-east", "--replications", "4")


def called(*arguments: object) -> Result:
    return CliRunner().invoke(complete(), ["plan", *map(str, arguments)])


def words(told: Result) -> str:
    return " ".join(told.output.split())


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A tariff of one small port, over few weeks."""
    document = tariffs.ready()["tariff-2025-03"].decode()
    document = re.sub(r"^ports = .*$", 'ports = ["Columbus"]', document, count=1, flags=re.MULTILINE)
    document = re.sub(r"^alternatives = .*$", "", document, count=1, flags=re.MULTILINE)
    document = document.replace("announced = 2025-02-01", "announced = 2025-03-10").replace(
        "futures = 60", "futures = 20"
    )
    file = tmp_path / "small.toml"
    file.write_text(document.replace("weeks_after = 10", "weeks_after = 2"), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("lang", "synthetic", "front", "economics"),
    [
        ("en", "SYNTHETIC", "On the front", "No money is given"),
        ("es", "SINTÉTICO", "No dominado", "No se da dinero"),
    ],
)
def test_designs_are_told_in_either_language(lang: str, synthetic: str, front: str, economics: str) -> None:
    told = called("port", "otay-mesa-east", "--replications", "12", "--lang", lang)
    assert told.exit_code == 0, told.output
    for each in (synthetic, front, economics, "more-trusted", "CBS 8"):
        assert each in words(told)
    assert "design_" not in told.output


def test_machines_are_given_all_of_a_plan() -> None:
    told = json.loads(called(*PORT, "--json").stdout)
    assert told["synthetic"] is True
    assert {each["id"] for each in told["designs"]} >= {"as-announced", "yard-outside", "joint-docks"}
    assert any(each["front"] for each in told["designs"])
    assert told["futures"] == 4
    assert "traffic.share" in told["assumed"]
    assert (told["start"], told["end"], told["runs"]) == ("2024-01-01", "2024-12-29", 52)
    notes = [by["note"] for each in told["designs"] for by in each["dominated"] if by["by"] == "more-trusted"]
    assert notes
    assert all("costs nothing here" in note["en"] for note in notes)
    assert json.loads(called(*PORT, "--json", "--seed", "9").stdout)["designs"] != told["designs"]


def test_a_plan_is_written_in_the_form_that_the_file_is_named_after(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="plots need the extra `plots`")
    for name in ("plan.html", "plan.png", "plan.csv", "plan.json"):
        told = called(*PORT, "-o", tmp_path / name, "--lang", "en")
        assert told.exit_code == 0, told.output
    assert (tmp_path / "plan.png").read_bytes().startswith(b"\x89PNG")
    assert pl.read_csv(tmp_path / "plan.csv")["synthetic"].all()
    page = (tmp_path / "plan.html").read_text(encoding="utf-8")
    assert "<svg" in page
    assert "costs nothing here" in page
    assert page.count("SYNTHETIC") >= 2
    assert not re.search(r"""(?:src|href)\s*=\s*["']?(?:https?:)?//|@import|url\(http""", page)


def test_the_document_that_ships_can_be_shown_and_mended(tmp_path: Path) -> None:
    shown = called("port", "otay-mesa-east", "--show").stdout
    assert shown.encode() == designs.ready()["otay-mesa-east"]
    own = tmp_path / "own.toml"
    dearer = shown.replace("dollars = 1.5e6", "dollars = 150e6").replace("high = 3e6, source", "high = 300e6, source")
    own.write_text(dearer, encoding="utf-8")
    told = called("port", own, "--replications", "2", "--json")
    assert told.exit_code == 0, told.output
    dear = {each["id"]: each["cost"]["value"] for each in json.loads(told.stdout)["designs"]}
    usual = json.loads(called("port", "otay-mesa-east", "--replications", "2", "--json").stdout)["designs"]
    assert dear["as-announced"] > usual[0]["cost"]["value"] + 50e6


def test_what_is_wrong_is_said_with_what_to_do(tmp_path: Path, small: Path) -> None:
    for command in ("port", "tariffs"):
        told = called(command, "atlantis", "--lang", "en")
        assert (told.exit_code, "atlantis" in told.output, "plan-documents.md" in told.output) == (2, True, True)
        bad = tmp_path / "bad.toml"
        bad.write_bytes(b"\xff")
        assert called(command, bad).exit_code == 2
        assert called(command, tmp_path).exit_code == 2
        assert called(command, "x\0y").exit_code == 2
    told = called(*PORT, "-o", tmp_path / "plan.docx", "--lang", "en")
    assert (told.exit_code, "plan.docx" in told.output) == (2, True)
    own = tmp_path / "own.json"
    own.write_bytes(small.read_bytes())
    assert called("tariffs", own, "-o", own, "--lang", "en").exit_code == 2
    assert own.read_bytes() == small.read_bytes()
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(small.read_text(encoding="utf-8").replace("share = 0.3", "share = 3"), encoding="utf-8")
    told = called("tariffs", wrong, "--lang", "en")
    assert told.exit_code == 2
    assert "goods.share" in told.output


@pytest.mark.parametrize(
    ("lang", "marks"),
    [
        ("en", ("SYNTHETIC", "no FAST booths", "What can be promised", "Not", "never measured at bridges")),
        ("es", ("SINTÉTICO", "no hay casetas FAST", "Qué se puede prometer", "nunca se midió en los puentes")),
    ],
)
def test_a_tariff_is_told_in_either_language(small: Path, lang: str, marks: tuple[str, ...]) -> None:
    told = called("tariffs", small, "--lang", lang)
    assert told.exit_code == 0, told.output
    for each in marks:
        assert each in words(told)
    assert "tariff_" not in told.output


def test_a_tariff_is_written_and_given_to_machines(small: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="plots need the extra `plots`")
    told = json.loads(called("tariffs", small, "--json").stdout)
    assert told["crossings"][0]["promise"]["refused"] == "no_lane"
    assert told["based"]["2025-03"] == "2024-03"
    for name in ("plan.html", "plan.png", "plan.csv"):
        assert called("tariffs", small, "-o", tmp_path / name).exit_code == 0
    table = pl.read_csv(tmp_path / "plan.csv")
    weeks = sum(len(port["weeks"]) for port in told["ports"])
    assert table["row"].to_list() == ["week"] * weeks + ["bridge"] * len(told["crossings"])
    page = (tmp_path / "plan.html").read_text(encoding="utf-8")
    assert "<svg" in page
    assert told["ports"][0]["weeks"][0]["start"] in page
