"""Several versions of a contract on the command line, and what is told of months, contracts and silence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from aforo.cli import complete_app

LOG = """scanner_id,event,at,cause,reporter,port,contract_id
S-1,commissioned,2023-06-01T00:00:00Z,,,2304,C-1
S-1,down,2024-01-10T06:00:00Z,parts,port,,
S-1,up,2024-01-11T06:00:00Z,,supplier,,
S-1,up,2024-01-15T06:00:00Z,,port,,
S-2,commissioned,2023-06-01T00:00:00Z,,,2304,C-9
"""
CONTRACT = """id = "C-1"
version = 1
supplier = "Example Imaging"
currency = "USD"
zone = "America/Denver"
from = 2020-01-01
[fee]
monthly = 1000.00
"""


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.setenv("COLUMNS", "400")
    (tmp_path / "log.csv").write_text(LOG)
    (tmp_path / "one.toml").write_text(CONTRACT)
    (tmp_path / "two.toml").write_text(
        CONTRACT.replace("version = 1", "version = 2").replace("2020-01-01", "2024-03-01").replace("1000", "2000")
    )
    (tmp_path / "targets.toml").write_text('version = 1\nzone = "America/Chicago"\n')
    return tmp_path


def report(files: Path, *more: str) -> list[str]:
    return ["fleet", "report", str(files / "log.csv"), "--targets", str(files / "targets.toml"), *more]


def test_versions_of_one_contract_are_reckoned_each_for_its_own_days(files: Path) -> None:
    both = ("--contracts", str(files / "two.toml"), "--contracts", str(files / "one.toml"))
    done = CliRunner().invoke(
        complete_app(), report(files, *both, "--from", "2024-01-01", "--until", "2024-05-01", "--json")
    )
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)["report"]["contracts"]
    # Days are days of the contract's zone, whatever the targets' is: no month is cut.
    assert [(each["version"], each["fees_cents"], each["partial"]) for each in found] == [
        (2, 400_000, 0), (1, 200_000, 0),
    ]  # fmt: skip
    twice = ("--contracts", str(files / "one.toml"), *both)
    refused = CliRunner().invoke(complete_app(), report(files, *twice))
    assert refused.exit_code == 2
    assert "2020-01-01" in refused.stderr


def test_months_that_are_cut_contracts_without_a_document_and_silence_are_told(files: Path) -> None:
    one = ("--contracts", str(files / "one.toml"), "--from", "2024-01-01", "--until", "2024-01-21")
    done = CliRunner().invoke(complete_app(), report(files, *one))
    assert "Months of scanners that the period cuts: 1." in done.stdout
    assert "no document was given of: C-9." in done.stdout
    assert "Of these hours down, 96 rest on silence: " in done.stdout
