"""`aforo fleet report`: nothing of a log, a document or a scan is passed over without a word."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from aforo.cli import complete_app

Run = Callable[..., Result]
LOG = """scanner_id,event,at,cause,reporter,port,kind,contract_id
S-1,commissioned,2024-01-05T00:00:00Z,,,2304,LEP,C-1
S-1,down,2024-01-10T06:00:00Z,parts,port,,,
S-1,up,2024-01-13T06:00:00Z,,port,,,
"""
SCANS = """scanner_id,at,conveyance,operator_minutes
S-1,2024-01-20T00:00:00Z,truck,5
S-1,2024-01-20T00:00:00Z,truck,7
S-1,2024-01-20T00:00:00Z,truck,7
S-1,2024-01-21T00:00:00Z,truck,
S-1,2024-01-02T00:00:00Z,truck,5
S-9,2024-01-20T00:00:00Z,truck,5
"""
CONTRACT = """id = "C-1"
version = 1
supplier = "Example Imaging"
currency = "USD"
zone = "UTC"
from = 2020-01-01
[fee]
monthly = 1000.00
"""
TARGETS = """version = 1
[[scan_rate.eligible]]
port = "2304"
month = "2024-01"
conveyance = "truck"
count = 2
[[scan_rate.eligible]]
port = "2340"
month = "2024-01"
conveyance = "truck"
count = 2
"""
PERIOD = ("--from", "2024-01-01", "--until", "2024-02-01")


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.setenv("COLUMNS", "10000")
    monkeypatch.chdir(tmp_path)
    for name, text in (("log.csv", LOG), ("scans.csv", SCANS), ("c.toml", CONTRACT), ("t.toml", TARGETS)):
        (tmp_path / name).write_text(text, encoding="utf-8")

    def called(*arguments: str) -> Result:
        return CliRunner().invoke(complete_app(), ["fleet", "report", *arguments])

    return called


def test_scans_that_differ_in_minutes_are_two_and_what_counts_in_part_is_told(run: Run) -> None:
    told = json.loads(run("log.csv", "--scans", "scans.csv", *PERIOD, "--json").stdout)
    assert told["report"]["scans"] == {"scans": 5, "unsaid": 1, "unnamed": 1, "others": 0, "unplaced": 0, "unserved": 1}
    (month,) = told["report"]["utilisation"]
    assert (month["scans"], month["unsaid"], month["operator_hours"]) == (4, 1, pytest.approx(17 / 60))
    people = run("log.csv", "--scans", "scans.csv", "--targets", "t.toml", *PERIOD).stdout
    assert "Months that the period cuts" not in people
    assert "Scans in the period: 5. Of these " in people
    assert "without operator minutes, so that no utilisation comes of them: 1" in people
    assert "of scanners not in the log, counted nowhere: 1" in people
    assert "while their scanner was not in service, and counted at its port: 1" in people
    assert "Scan rate over 100 %: 1 (2304 2024-01)" in people
    assert "ports that no report has: 1 (2340)" in people


@pytest.mark.parametrize(
    ("lang", "words"), [("en", "Months that the period cuts: 2"), ("es", "Meses que el periodo corta: 2")]
)
def test_a_month_that_the_period_cuts_is_under_no_target(run: Run, tmp_path: Path, lang: str, words: str) -> None:
    (tmp_path / "t.toml").write_text(TARGETS + '[[scan_rate.target]]\nshare = 0.27\nsource = "assumed"\n', "utf-8")
    part = ("log.csv", "--targets", "t.toml", "--scans", "scans.csv", "--from", "2024-01-01", "--until", "2024-01-21")
    told = json.loads(run(*part, "--json").stdout)["report"]["rates"]
    assert [(each["port"], each["scans"], each["eligible"], each["share"], each["partial"]) for each in told] == [
        ("2304", 3, 2, None, True), ("2304", 3, 2, None, True), ("2340", 0, 2, None, True), ("2340", 0, 2, None, True),
    ]  # fmt: skip
    people = run(*part, "--lang", lang).stdout
    assert f"{words} (2304 2024-01, 2340 2024-01)" in people
    assert "27.0%" in people


def test_reports_among_the_scans_are_told_and_problems_name_their_file(run: Run, tmp_path: Path) -> None:
    more = "scanner_id,event,at,conveyance,operator_minutes\nS-1,down,2024-01-20T00:00:00Z,,\nS-1,,yesterday,truck,1\n"
    (tmp_path / "scans.csv").write_text(more, encoding="utf-8")
    result = run("log.csv", "--scans", "scans.csv", *PERIOD)
    assert result.exit_code == 1
    assert "Reports in the file of scans, which count nowhere: 1" in result.stdout
    assert "scans.csv, line 3" in result.stdout
    told = json.loads(run("log.csv", "--scans", "scans.csv", *PERIOD, "--json").stdout)
    assert told["read"]["stray"] == 1
    assert [each["file"] for each in told["read"]["problems"]] == ["scans.csv"]
    assert told["report"]["all"]["down"] == 72.0


def test_what_is_wrong_with_a_whole_file_is_said_first(run: Run, tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text("scanner,what,when\nS-1,down,now\n", encoding="utf-8")
    result = run("bad.csv")
    assert result.exit_code == 1
    assert "there is no `scanner_id`" in result.stderr
    assert result.stderr.index("scanner_id") < result.stderr.index("no report and no scan")


@pytest.mark.parametrize("form", ["csv", "ndjson"])
def test_events_are_lines_of_the_file_in_either_form(run: Run, tmp_path: Path, form: str) -> None:
    (tmp_path / "c.toml").write_text(CONTRACT + '[repair]\nclause = "5"\n[[repair.term]]\nhours = 1\n', "utf-8")
    if form == "ndjson":
        head, *rows = [line.split(",") for line in LOG.splitlines()]
        objects = [json.dumps(dict(zip(head, row, strict=True))) for row in rows]
        (tmp_path / "log.csv").write_text("\n".join(["", *objects]), encoding="utf-8")
    told = json.loads(run("log.csv", "--contracts", "c.toml", *PERIOD, "--json").stdout)
    assert [each["events"] for each in told["report"]["contracts"][0]["lines"]] == [[3]]


def test_words_of_a_contract_that_nothing_answers_to_are_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text(CONTRACT.replace("C-1", "c-1") + '[[site]]\nport = "2403"\n', encoding="utf-8")
    other = CONTRACT.replace("C-1", "C-2").replace("[fee]", 'scanners = ["S-1", "S-7"]\n[fee]')
    (tmp_path / "d.toml").write_text(other, encoding="utf-8")
    (tmp_path / "e.toml").write_text(other.replace("C-2", "C-3").replace(', "S-7"', ""), encoding="utf-8")
    found = run("log.csv", *(f"--contracts={name}.toml" for name in "cde"), *PERIOD).stdout
    assert "differs from c-1 in capitals alone, and is not it: C-1." in found
    assert "Contract c-1 names sites that no report has: 1 (2403)" in found
    assert "Contract C-2 names scanners that no report names: 1 (S-7)" in found
    assert "Contracts C-2, C-3 bill the same scanners for one month: 1 (S-1)" in found


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("log.csv", "--from", "01/02/2024"), ("neither a day nor an instant", "2024-01-31")),
        (("log.csv", "--from", "2024-02-01", "--until", "2024-01-01"), ("before --until",)),
        (("log.csv", "-o", "nowhere/owed.csv"), ("a folder that exists",)),
        (("folder",), ("folder is a folder", "the file in it")),
        (("log.csv", "--contracts", "folder"), ("folder is a folder", "the document in it")),
        (("log.csv", "--targets", "large.toml"), ("months that are past",)),
    ],
)
def test_wrong_use_has_its_own_remedy(run: Run, tmp_path: Path, options: tuple[str, ...], words: tuple[str]) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "large.toml").write_text("version = 1\n" + "#" * 1_000_000, encoding="utf-8")
    result = run(*options)
    assert result.exit_code == 2
    assert all(each in result.stderr for each in words), result.stderr


def test_a_document_may_begin_with_a_mark_of_its_encoding(run: Run, tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text(CONTRACT, encoding="utf-8-sig")
    assert run("log.csv", "--contracts", "c.toml", *PERIOD).exit_code == 0


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("scanner_id,event,at,conveyance\nS-1,,2024-01-20T00:00:00Z,\n", "or conveyance of a scan"),
        ('{"scanner_id": "S-1", "note": "' + "x" * 3_000_000 + '"}\n', "longer than a row may be"),
    ],
)
def test_rows_that_cannot_be_read_say_what_to_mend(run: Run, tmp_path: Path, file: str, words: str) -> None:
    (tmp_path / "bad.csv").write_text(file, encoding="utf-8")
    assert words in run("bad.csv").stderr


def test_what_is_cut_from_the_list_of_problems_is_not_said_to_be_in_json(run: Run, tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text(LOG + "S-1,exploded,2024-01-10T06:00:00Z\n" * 1_100, encoding="utf-8")
    people = run("bad.csv").stdout
    assert "and 1,090 more rows" in people
    assert "the first thousand of each file (here 1,000)" in people


def test_every_interruption_is_written_and_no_file_that_is_read_is_written_over(run: Run, tmp_path: Path) -> None:
    result = run("log.csv", *PERIOD, "--interruptions", "all.csv")
    assert result.exit_code == 0
    assert "Every interruption (1): all.csv" in result.stdout
    head, row = (tmp_path / "all.csv").read_text(encoding="utf-8").splitlines()
    assert head.endswith(",lines")
    assert row == "S-1,scanner,2304,2024-01-10T06:00:00Z,2024-01-13T06:00:00Z,72.0,parts,0,port,1,0,0,3 4"
    for options in (("--interruptions", "log.csv"), ("-o", "log.csv"), ("-o", "x.csv", "--interruptions", "x.csv")):
        assert run("log.csv", *PERIOD, *options).exit_code == 2
    assert (tmp_path / "log.csv").read_text(encoding="utf-8") == LOG
    assert "a folder that exists" in run("log.csv", *PERIOD, "--interruptions", "nowhere/all.csv").stderr
