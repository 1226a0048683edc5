"""`aforo fleet contract|target`, and the report of a store: what is in force, what was, what is refused in words."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import at_fleet
import pytest
from click.testing import Result
from typer.testing import CliRunner

from aforo.cli import complete_app

Run = Callable[..., Result]
LOG = at_fleet.LOG.format(*(f"2024-{1 + day // 28:02d}-{1 + day % 28:02d}" for day in range(30)))
PERIOD = ("--from", "2024-01-01", "--until", "2024-02-01")


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setenv("AFORO_STORE", f"sqlite:///{tmp_path / 'log.sqlite'}")
    monkeypatch.setenv("AFORO_KEYS", str(tmp_path / "keys.sqlite"))

    def called(*arguments: str) -> Result:
        return CliRunner().invoke(complete_app(), list(arguments))

    return called


def written(folder: Path, name: str, text: str) -> str:
    (folder / name).write_text(text, encoding="utf-8")
    return str(folder / name)


def test_the_report_of_a_store_is_that_of_the_file_that_was_loaded(run: Run, tmp_path: Path) -> None:
    log = written(tmp_path, "log.csv", LOG)
    agreed = written(tmp_path, "c-1.toml", at_fleet.contract())
    aims = written(tmp_path, "aims.toml", at_fleet.TARGETS.format(version=1))
    run("fleet", "load", log)
    assert run("fleet", "contract", "put", agreed, "--by", "Luz Rivera").exit_code == 0
    assert run("fleet", "target", "put", aims).exit_code == 0
    owed = tmp_path / "owed.csv"
    of_store = run("fleet", "report", *PERIOD, "--json", "-o", str(owed))
    of_file = run("fleet", "report", log, "--contracts", agreed, "--targets", aims, *PERIOD, "--json")
    assert of_store.exit_code == 0
    one, other = json.loads(of_store.stdout), json.loads(of_file.stdout)
    for each in (one, other):
        for own in each["report"]["contracts"]:
            for line in own["lines"]:
                line["events"] = len(line["events"])
    assert one["report"] == other["report"]
    assert one["report"]["all"]["down"] == 72.0
    assert [each["device"] for each in one["report"]["others"]] == ["camera"]
    assert (one["from"], one["until"]) == (other["from"], other["until"])
    rows = list(csv.DictReader(owed.open(encoding="utf-8")))
    assert {row["clause"] for row in rows} == {"4.2"}
    told = run("fleet", "report", *PERIOD).stdout
    assert "Plate cameras" in told


def test_a_list_takes_the_days_of_the_targets_in_force(run: Run, tmp_path: Path) -> None:
    log = written(tmp_path, "log.csv", "scanner_id,event,at\nS-9,ordered,2024-01-01T00:00:00Z\n")
    assert run("fleet", "load", log).exit_code == 0

    def status() -> str:
        (one,) = json.loads(run("fleet", "list", "--json").stdout)["scanners"]
        return str(one["status"])

    assert status() == "unaccounted"
    text = at_fleet.TARGETS.format(version=1).replace("zone", "unaccounted_after_days = 36500\nzone", 1)
    assert run("fleet", "target", "put", written(tmp_path, "aims.toml", text)).exit_code == 0
    assert status() == "waiting"


def test_versions_are_put_listed_shown_and_taken_back(run: Run, tmp_path: Path) -> None:
    first = written(tmp_path, "1.toml", at_fleet.contract())
    second = written(tmp_path, "2.toml", at_fleet.contract(2, "2024-01-12", "2000.00"))
    put = run("fleet", "contract", "put", first, second, "--by", "Luz Rivera", "--json")
    hashes = [each["hash"] for each in json.loads(put.stdout)]
    listed = json.loads(run("fleet", "contract", "list", "--json").stdout)["documents"]
    assert [(each["version"], each["holds_until"], each["by"]) for each in listed] == [
        (1, "2024-01-12", "Luz Rivera"), (2, None, "Luz Rivera"),
    ]  # fmt: skip
    assert "until before 2024-01-12" in run("fleet", "contract", "list").stdout
    assert run("fleet", "contract", "show", hashes[0][:12]).stdout == at_fleet.contract()
    told = run("fleet", "contract", "rollback", "C-1").stdout
    assert hashes[1][:16] in told
    assert hashes[0][:16] in told
    assert "not in force" in run("fleet", "contract", "list").stdout
    assert run("fleet", "target", "list").stdout.startswith("None was ever put in force")


def test_what_cannot_be_is_refused_in_words(run: Run, tmp_path: Path) -> None:
    agreed = written(tmp_path, "c-1.toml", at_fleet.contract())
    other = written(tmp_path, "other.toml", at_fleet.contract(fee="7.00"))
    bad = written(tmp_path, "bad.toml", "id = 3")
    assert run("fleet", "contract", "put", agreed, bad).exit_code == 2
    assert run("fleet", "contract", "put", agreed).exit_code == 0
    assert len(json.loads(run("fleet", "contract", "list", "--json").stdout)["documents"]) == 1
    assert "next version" in run("fleet", "contract", "put", other).stderr
    assert run("fleet", "contract", "show", "ffff").exit_code == 2
    assert run("fleet", "contract", "rollback", "C-9").exit_code == 1
    empty = run("fleet", "report")
    assert empty.exit_code == 1
    assert "aforo fleet load" in empty.stderr
    log = written(tmp_path, "log.csv", LOG)
    run("fleet", "load", log)
    assert "go beside a scanner log" in run("fleet", "report", "--scans", log).stderr
