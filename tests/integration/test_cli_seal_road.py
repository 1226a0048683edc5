"""`aforo seal road`: documents in force, in both languages; what is wrong with one; trips on a corridor."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from straight import NAME, corridor
from typer.testing import CliRunner, Result

from aforo.cli import complete_app
from aforo.custody import limits

TOMORROW = (datetime.now(UTC) + timedelta(days=1)).isoformat()


@pytest.fixture
def run(tmp_path: Path) -> Any:
    app = complete_app()
    where = ["--store", str(tmp_path / "log.sqlite"), "--keys", str(tmp_path / "keys.sqlite")]

    def done(*arguments: str, code: int = 0, kept: bool = True) -> Result:
        made = CliRunner().invoke(app, [*arguments, *(where if kept else ())])
        assert made.exit_code == code, made.output
        return made

    return done


def written(folder: Path, name: str, document: bytes) -> str:
    (folder / name).write_bytes(document)
    return str(folder / name)


def test_documents_are_put_in_force_listed_and_taken_out_of_force(run: Any, tmp_path: Path) -> None:
    first = written(tmp_path, "first.toml", corridor())
    second = written(tmp_path, "second.toml", corridor(version="2"))
    own = written(tmp_path, "limits.toml", limits.shipped_document())
    fences = written(tmp_path, "fences.toml", b'id = "yards"\nversion = "1"\n')
    put = json.loads(run("seal", "road", "put", first, own, fences, "--json").output)
    assert [(each["kind"], each["name"], each["active"]) for each in put] == [
        ("corridor", NAME, True), ("limits", "alerts", True), ("fences", "yards", True),
    ]  # fmt: skip
    draft = json.loads(run("seal", "road", "put", second, "--draft", "--json").output)[0]
    assert not draft["active"]
    assert "En vigor: el corredor straight" in run("seal", "road", "put", second, "--lang", "es").output
    listed = json.loads(run("seal", "road", "list", "--json").output)["documents"]
    assert listed[0]["hash"] == draft["hash"]
    assert "las geocercas" in run("seal", "road", "list", "--lang", "es").output
    back = json.loads(run("seal", "road", "rollback", "corridor", NAME, "--json").output)
    assert (back["hash"], back["now"]) == (draft["hash"], put[0]["hash"])
    run("seal", "road", "rollback", "corridor", NAME)
    assert "Not in force" in run("seal", "road", "rollback", "corridor", NAME, code=1).output


def test_all_that_is_wrong_is_said_and_nothing_is_put_in_force(run: Any, tmp_path: Path) -> None:
    wrong = corridor().replace(b"America/Monterrey", b"Mars/Olympus").replace(b'"assumed"', b'"hearsay"')
    told = run("seal", "road", "put", written(tmp_path, "wrong.toml", wrong), code=2).output
    assert "Mars/Olympus" in told
    assert told.count("hearsay") == 2
    good = written(tmp_path, "good.toml", corridor())
    run("seal", "road", "put", good, written(tmp_path, "none.toml", b"\xff\xfe"), code=2)
    run("seal", "road", "put", str(tmp_path / "missing.toml"), code=2)


def test_a_trip_names_a_corridor_that_is_in_force(run: Any, tmp_path: Path) -> None:
    trip = ("--regime", "export", "--carrier", "A", "--deadline", TOMORROW, "--corridor", NAME)
    assert "No corridor of this name" in run("seal", "open", "T-1", *trip, code=2).output
    run("seal", "road", "put", written(tmp_path, "road.toml", corridor()))
    run("seal", "open", "T-1", *trip, "--convoy", "night")
    assert json.loads(run("seal", "trips", "--json").output)["trips"][0]["corridor"] == NAME
    assert "No alert" in run("alerts", "list", "--order", "saves").output


def test_the_example_is_a_corridor_that_may_be_put(run: Any, tmp_path: Path) -> None:
    example = run("seal", "road", "example", kept=False).output
    run("seal", "road", "put", written(tmp_path, "example.toml", example.encode()))
