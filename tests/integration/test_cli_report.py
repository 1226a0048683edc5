"""`aforo measure report` and `coverage`: both languages, HTML and PDF, public and official, what cannot be said."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from boards import Written, a_border, a_log, truck
from click.testing import Result
from contract_scene import CONTRACT
from lxml import html
from typer.testing import CliRunner

from aforo.cli import complete_app, measure_report
from aforo.domain.bridge import PublishedLaneWait, WaitsPublished
from aforo.domain.event import new_event
from aforo.domain.incident import IncidentClosed, IncidentReported
from aforo.domain.scanner import ScannerReported
from aforo.domain.trip import Sealed, TripOpened
from aforo.flow.scoreboard import Board
from aforo.log.sequencer import sequence
from aforo.scoreboard.in_print import UnprintableError

#: Thirteen whole weeks that make a quarter, and when they can be published.
MONDAY = datetime(2024, 1, 1, tzinfo=ZoneInfo("America/Chicago"))
NOW = datetime(2024, 4, 2, 12, tzinfo=UTC)
PERIOD = ("--from", "2024-01-01", "--until", "2024-04-02")
FLEET = """scanner_id,event,at,cause,reporter,port,kind,contract_id,planned
S-1,commissioned,2023-06-01T00:00:00Z,,,2304,LEP,C-1,
S-1,down,{first}T06:00:00Z,parts,port,,,,
S-1,up,{second}T06:00:00Z,,port,,,,
S-2,commissioned,2023-06-01T00:00:00Z,,,2402,HE,C-1,
S-2,down,{first}T06:00:00Z,,port,,,,
S-2,up,{second}T06:00:00Z,,port,,,,
"""
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def where(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    """A log with a quarter of a border, all of it published, one week revised."""
    folder = tmp_path_factory.mktemp("report")
    with a_log(folder, NOW) as (log, _):
        a_border(MONDAY).put(log)
        board = Board(log)
        assert len(board.publish()) == 14
        late = new_event(
            "0zzzzzzzzzzzzzzzzzzzzz01", IncidentReported("blockade", "2304", HOSTILE, 4, HOSTILE), "incident/hostile",
            1, occurred_at=MONDAY + timedelta(days=70), recorded_at=NOW, actor="tester",
        )  # fmt: skip
        log.append([late])
        assert board.revise("2024-W11", HOSTILE, actor="tester") is not None
        sequence(log)
    return "--store", f"sqlite:///{folder / 'log.sqlite'}", "--keys", f"sqlite:///{folder / 'keys.sqlite'}"


@pytest.fixture(scope="module")
def recent(tmp_path_factory: pytest.TempPathFactory) -> tuple[datetime, tuple[str, ...]]:
    """A log of two weeks that ended some days ago, with a feed's waits, and its first day: days are not kept long."""
    folder = tmp_path_factory.mktemp("recent")
    now = datetime.now(UTC).replace(microsecond=0)
    first = (now - timedelta(days=20)).astimezone(MONDAY.tzinfo).replace(hour=0, minute=0, second=0)
    with a_log(folder, now) as (log, _):
        said = a_border(first, weeks=2, of_waits=1)
        told = WaitsPublished("cbp-bwt", (PublishedLaneWait("standard", 20), PublishedLaneWait("fast", 10)))
        for hour in range(40):
            said.say("port/pharr", told, first + timedelta(days=9, hours=hour))
        said.put(log)
        sequence(log)
    return first, ("--store", f"sqlite:///{folder / 'log.sqlite'}", "--keys", f"sqlite:///{folder / 'keys.sqlite'}")


@pytest.fixture
def empty(tmp_path: Path) -> tuple[str, ...]:
    with a_log(tmp_path / "empty", NOW):
        pass
    folder = tmp_path / "empty"
    return "--store", f"sqlite:///{folder / 'log.sqlite'}", "--keys", f"sqlite:///{folder / 'keys.sqlite'}"


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "C.UTF-8")


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(complete_app(), ["measure", *map(str, arguments)])


def shown(file: Path) -> str:
    """The text that a page shows."""
    return " ".join(html.fromstring(file.read_text(encoding="utf-8")).text_content().split())


def test_the_public_report_is_in_both_languages_as_a_page_and_in_print(where: tuple[str, ...], tmp_path: Path) -> None:
    done = run("report", *PERIOD, *where, "-o", tmp_path)
    assert done.exit_code == 0, done.output
    names = ["report.en.html", "report.en.pdf", "report.es.html", "report.es.pdf", "report.json"]
    assert sorted(each.name for each in tmp_path.iterdir()) == names
    for language in ("en", "es"):
        page = (tmp_path / f"report.{language}.html").read_text(encoding="utf-8")
        assert f'<html lang="{language}">' in page
        assert not re.search(r"(src|href)=\"(https?:)?//", page)
        assert "<script" not in page
        assert "<img" not in page
        pdf = (tmp_path / f"report.{language}.pdf").read_bytes()
        assert pdf.startswith(b"%PDF-")
        assert f"/Lang ({language})".encode() in pdf
        assert b"/Title" in pdf
    assert "Tasa de escaneo" in shown(tmp_path / "report.es.html")
    assert HOSTILE in shown(tmp_path / "report.en.html")  # the reason of a revision, as a text


def test_the_public_report_has_what_was_published_and_nothing_else(where: tuple[str, ...], tmp_path: Path) -> None:
    assert run("report", *PERIOD, *where, "-o", tmp_path).exit_code == 0
    told = json.loads((tmp_path / "report.json").read_text())
    assert (told["official"], told["fleet"], told["coverage"]) == (False, None, None)
    published = {each["measure"] for each in told["figures"] if each["place"] is not None}
    assert published == {"wait-to-primary"}
    assert all(each["rounded"] for each in told["figures"])
    assert {each["kind"] for each in told["incidents"]} == {"closure", "blockade"}
    assert all(each["source"] is None for each in told["incidents"])
    assert [each["severity"] for each in told["incidents"] if each["kind"] == "closure"] == [4]
    assert (told["events"], told["heard"]) == (None, None)
    assert "scanner outage" not in shown(tmp_path / "report.en.html")
    page = shown(tmp_path / "report.en.html")
    assert "By bridge it is not published" in page
    assert "Fewer than ten: not published." in page


def test_a_public_report_says_nothing_of_what_is_not_published_yet(tmp_path: Path) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    here = now.astimezone(MONDAY.tzinfo)  # whose day of the week may be another than in UTC
    monday = (here - timedelta(days=42 + here.weekday())).replace(hour=0, minute=0, second=0)
    week, period = f"{monday:%G-W%V}", ("--from", f"{monday - timedelta(days=1):%Y-%m-%d}")
    with a_log(tmp_path, now) as (log, _):
        said = a_border(monday, weeks=3, of_waits=1)
        for number, severity in enumerate((2, 4)):  # two of one kind that begin on one day, one of them goes on
            at = monday + timedelta(days=2, hours=6 + number)
            said.say(f"incident/A-{number}", IncidentReported("accident", "pharr", "x", severity), at)
        said.put(log)
        end = new_event("0zzzzzzzzzzzzzzzzzzzzz02", IncidentClosed(), "incident/A-0", 2, occurred_at=monday + timedelta(
            days=2, hours=9), recorded_at=now, actor="tester")  # fmt: skip
        log.append([end])
    where = ("--store", f"sqlite:///{tmp_path / 'log.sqlite'}", "--keys", f"sqlite:///{tmp_path / 'keys.sqlite'}")
    done = run("report", *period, *where, "-o", tmp_path / "none")
    assert done.exit_code == 0, done.output
    assert week in done.output  # whoever makes it is told what is due
    for file in (tmp_path / "none").glob("*.html"):
        assert week not in shown(file)
    with a_log(tmp_path, now) as (log, _):
        Board(log).publish()
        sequence(log)
    assert run("report", *period, *where, "-o", tmp_path / "some").exit_code == 0
    told = json.loads((tmp_path / "some" / "report.json").read_text())
    own = [(each["ended"], each["severity"]) for each in told["incidents"] if each["kind"] == "accident"]
    assert sorted(own, key=lambda each: each[1]) == [(f"{monday + timedelta(days=2):%Y-%m-%d}", 2), (None, 4)]
    for file in (tmp_path / "some").glob("*.html"):
        assert not re.search(r"\d+ (events|eventos)", shown(file))


def test_public_and_official_files_never_stand_in_one_folder(where: tuple[str, ...], tmp_path: Path) -> None:
    assert run("report", *PERIOD, *where, "-o", tmp_path, "--lang", "en", "--official").exit_code == 0
    names = ["official.en.html", "official.en.pdf", "official.json"]
    assert sorted(each.name for each in tmp_path.iterdir()) == names
    refused = run("report", *PERIOD, *where, "-o", tmp_path)
    assert refused.exit_code == 2
    assert "official version" in " ".join(refused.output.split())
    assert sorted(each.name for each in tmp_path.iterdir()) == names
    public = tmp_path / "public"
    assert run("report", *PERIOD, *where, "-o", public, "--lang", "en").exit_code == 0
    assert run("report", *PERIOD, *where, "-o", public, "--official").exit_code == 2


def test_a_long_reason_is_printed_whole_over_its_pages_and_a_longer_one_is_refused(tmp_path: Path) -> None:
    long = "because " * 4_000
    with a_log(tmp_path, NOW) as (log, _):
        a_border(MONDAY, weeks=2, of_waits=1).put(log)
        board = Board(log)
        board.publish()
        late = new_event(
            "0zzzzzzzzzzzzzzzzzzzzz03", IncidentReported("blockade", "2304", "x", 4, "x"), "incident/late", 1,
            occurred_at=MONDAY + timedelta(days=1), recorded_at=NOW, actor="tester",
        )  # fmt: skip
        log.append([late])
        assert board.revise("2024-W01", long, actor="tester") is not None
        sequence(log)
    where = ("--store", f"sqlite:///{tmp_path / 'log.sqlite'}", "--keys", f"sqlite:///{tmp_path / 'keys.sqlite'}")
    done = run("report", *PERIOD, *where, "-o", tmp_path / "out", "--lang", "en")
    assert done.exit_code == 0, done.output
    assert (tmp_path / "out" / "report.en.pdf").read_bytes().startswith(b"%PDF-")
    told = run("publish", "--revise", "2024-W01", "--reason", long, *where)
    assert told.exit_code == 2
    assert "1,000" in told.output


def test_a_page_that_cannot_be_printed_leaves_the_other_files(
    where: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise UnprintableError("row 3")

    monkeypatch.setattr(measure_report, "printed", broken)
    done = run("report", *PERIOD, *where, "-o", tmp_path, "--lang", "en")
    assert done.exit_code == 1
    assert "row 3" in done.output
    assert sorted(each.name for each in tmp_path.iterdir()) == ["report.en.html", "report.json"]


def test_the_time_of_a_log_that_is_made_up_is_its_own(tmp_path: Path) -> None:
    with a_log(tmp_path, NOW) as (log, _):
        log.marks = "synthetic"
        a_border(MONDAY, weeks=13, of_waits=1).put(log)
    where = ("--store", f"sqlite:///{tmp_path / 'log.sqlite'}", "--keys", f"sqlite:///{tmp_path / 'keys.sqlite'}")
    done = run("report", *where, "-o", tmp_path / "out", "--official", "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)["report"]
    assert told["now"].startswith("2024-0")
    assert any(each["estimates"] for each in told["figures"])


def test_coverage_of_days_that_are_kept_no_more_is_refused(where: tuple[str, ...], tmp_path: Path) -> None:
    done = run("report", *PERIOD, *where, "-o", tmp_path, "--official", "--lang", "en")
    assert done.exit_code == 0, done.output
    assert json.loads((tmp_path / "official.json").read_text())["coverage"] is None
    assert "None of these days is kept" in shown(tmp_path / "official.en.html")


def test_every_figure_of_the_report_is_that_of_the_log(where: tuple[str, ...], tmp_path: Path) -> None:
    assert run("report", *PERIOD, *where, "-o", tmp_path).exit_code == 0
    told = json.loads((tmp_path / "report.json").read_text())
    (own,) = [each for each in told["figures"] if (each["measure"], each["place"]) == ("scan-rate", None)]
    (estimate,) = own["estimates"]
    page = shown(tmp_path / "report.en.html")
    assert f"≈ {own['part']:,} of {own['whole']:,}" in page
    assert f"{100 * estimate['value']:.3g} % ({100 * estimate['low']:.3g} to {100 * estimate['high']:.3g})" in page
    for each in told["definitions"]:
        assert each["hash"] in page


def test_the_official_report_has_the_fleet_what_differs_and_the_coverage(
    recent: tuple[datetime, tuple[str, ...]], tmp_path: Path
) -> None:
    first, where = recent
    days = [f"{first + timedelta(days=each):%Y-%m-%d}" for each in (0, 3, 7, 15)]
    log = tmp_path / "fleet.csv"
    log.write_text(FLEET.format(first=days[1], second=days[2]))
    out = tmp_path / "out"
    period = ("--from", days[0], "--until", days[3])
    done = run("report", *period, *where, "--official", "--fleet", log, "-o", out, "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)["report"]
    assert told["fleet"]["all"]["hours"]["unexplained"] == 96.0
    assert told["coverage"]["official"] is True
    assert {each["kind"] for each in told["incidents"]} == {"closure", "scanner_outage"}
    places = {each["place"] for each in told["figures"] if each["measure"] == "scan-rate" and not each["missing"]}
    assert places == {None, "World Trade Bridge", "Pharr-Reynosa International Bridge", "Ysleta Bridge"}
    lanes = {each["what"]["en"].rpartition(" ")[2]: each for each in told["differs"]}
    assert {lane: each["other"] for lane, each in lanes.items()} == {"standard": 20.0, "fast": 10.0}
    for each in lanes.values():
        assert each["place"] == "Pharr-Reynosa International Bridge"
        assert each["one_low"] < each["one"] < each["one_high"]
    page = shown(out / "official.en.html")
    assert page.count("OFFICIAL USE ONLY") >= 2
    assert "Of 96 hours of outage no report gave a cause" in page
    assert "Coverage of the bridges" in page


def test_the_report_of_the_fleet_says_which_months_are_cut_and_what_its_documents_name_in_vain(
    recent: tuple[datetime, tuple[str, ...]], tmp_path: Path
) -> None:
    first, where = recent
    days = [f"{first + timedelta(days=each):%Y-%m-%d}" for each in (0, 3, 7, 15)]
    log, contract = tmp_path / "fleet.csv", tmp_path / "c.toml"
    log.write_text(FLEET.format(first=days[1], second=days[2]) + f"S-9,down,{days[1]}T06:00:00Z,parts,port,,,,\n")
    contract.write_text(CONTRACT + '[[site]]\nport = "9999"\nremoteness = "remote"\n')
    out = tmp_path / "out"
    period = ("--from", days[0], "--until", days[3])
    done = run("report", *period, *where, "--official", "--fleet", log, "--contracts", contract, "-o", out)
    assert done.exit_code == 0, done.output
    page, other = (shown(out / f"official.{language}.html") for language in ("en", "es"))
    assert "Months of scanners that the period cuts:" in page
    assert "Contract C-1 names sites that no report has: 1 (9999)." in page
    assert "Trouble is told of devices that were never in service: 1 (S-9)." in page
    assert "Meses de escáneres que el periodo corta:" in other
    assert "(S-9)" in other


def test_a_public_report_says_that_the_fleet_is_in_the_official_one(where: tuple[str, ...], tmp_path: Path) -> None:
    log = tmp_path / "fleet.csv"
    log.write_text(FLEET.format(first="2024-02-01", second="2024-02-05"))
    done = run("report", *PERIOD, *where, "--fleet", log, "-o", tmp_path / "out")
    assert done.exit_code == 0, done.output
    assert "--official" in done.output
    assert "hours down" not in shown(tmp_path / "out" / "report.en.html")


def test_a_report_of_nothing_says_what_it_cannot_say(empty: tuple[str, ...], tmp_path: Path) -> None:
    done = run("report", *PERIOD, *empty, "-o", tmp_path / "out", "--lang", "es")
    assert done.exit_code == 0, done.output
    assert sorted(each.name for each in (tmp_path / "out").iterdir()) == [
        "report.es.html", "report.es.pdf", "report.json",
    ]  # fmt: skip
    page = shown(tmp_path / "out" / "report.es.html")
    assert "no se publicó ninguna semana" in page
    assert "No se dio ninguna tabla publicada" in page
    official = run("report", *PERIOD, *empty, "-o", tmp_path / "official", "--official")
    assert official.exit_code == 0, official.output
    assert "No figure:" in shown(tmp_path / "official" / "official.en.html")


def test_what_is_synthetic_says_so_on_the_page_and_on_every_sheet(tmp_path: Path) -> None:
    with a_log(tmp_path, NOW) as (log, _):
        first = new_event("0d1j2k3l4m5n6o7p8q00000", IncidentReported("closure", "pharr", "port", 1), "incident/first",
                          1, occurred_at=MONDAY, recorded_at=MONDAY, actor="tester", origin="synthetic")  # fmt: skip
        log.append([first])
    where = ("--store", f"sqlite:///{tmp_path / 'log.sqlite'}", "--keys", f"sqlite:///{tmp_path / 'keys.sqlite'}")
    assert run("report", *PERIOD, *where, "-o", tmp_path / "out").exit_code == 0
    assert shown(tmp_path / "out" / "report.en.html").count("SYNTHETIC") == 2
    assert "SINTÉTICO" in shown(tmp_path / "out" / "report.es.html")
    told = run("coverage", *where)
    assert "SYNTHETIC" in told.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--lang", "fr"), "en and es"),
        (("--from", "2026-06-30", "--until", "2026-06-01"), "--from"),
        (("--contracts", "c.toml"), "--fleet LOG"),
        (("--until", "0001-01-05"), "2000-01-01"),
        (("--until", "9999-12-31"), "2099-12-31"),
    ],
)
def test_wrong_use_says_what_to_do(
    where: tuple[str, ...], tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = run("report", *where, "-o", tmp_path / "out", *arguments)
    assert done.exit_code == 2
    assert said in " ".join(done.output.split())
    assert not (tmp_path / "out").exists()


def test_coverage_without_a_log_is_that_of_documents_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AFORO_STORE", f"sqlite:///{tmp_path / 'none.sqlite'}")
    done = run("coverage", "--lang", "es")
    assert done.exit_code == 0, done.output
    assert "SOLO PARA USO OFICIAL" in done.stdout
    assert "No se miró ningún registro" in done.stdout
    assert "MODELO, SINTÉTICO" in " ".join(done.stdout.split())
    for form in ("html", "pdf", "csv", "json"):
        file = tmp_path / f"coverage.{form}"
        assert run("coverage", "-o", file).exit_code == 0
        assert file.stat().st_size > 1_000
    assert "OFFICIAL USE ONLY" in shown(tmp_path / "coverage.html")
    assert (tmp_path / "coverage.csv").read_text().startswith("official_use_only,")
    assert run("coverage", "-o", tmp_path / "coverage.docx").exit_code == 2
    assert run("coverage", "--mid", "500", "--large", "100").exit_code == 2


def test_coverage_counts_what_the_log_has_of_scanners_and_of_seals(tmp_path: Path) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    said = Written()
    for number in range(40):
        truck(said, f"C-{number}", now - timedelta(days=2, minutes=number), "pharr")
    for number in range(4):
        at = now - timedelta(days=3)
        said.say(f"trip/T-{number}", TripOpened("export", "CA-1", now, crossing=f"C-{number}"), at)
        said.say(f"trip/T-{number}", Sealed("D-1", f"S-{number}"), at + timedelta(minutes=1))
    for number in range(2):
        began = ScannerReported("commissioned", port="pharr", kind="HE")
        said.say(f"scanner/N-{number}", began, now - timedelta(days=30))
    somewhere = ScannerReported("commissioned", port="2304", kind="HE")  # Laredo has two bridges
    said.say("scanner/N-2", somewhere, now - timedelta(days=30))
    said.say("scanner/N-1", ScannerReported("down", cause="parts", reporter="port"), now - timedelta(days=1))
    with a_log(tmp_path, now) as (log, _):
        said.put(log)
    where = ("--store", f"sqlite:///{tmp_path / 'log.sqlite'}", "--keys", f"sqlite:///{tmp_path / 'keys.sqlite'}")
    done = run("coverage", *where, "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["unplaced"] == 1
    (pharr,) = [each for each in json.loads(done.stdout)["bridges"] if each["bridge"] == "pharr"]
    known = {each["name"]: each for each in pharr["known"]}
    assert (known["sealed"]["part"], known["sealed"]["whole"]) == (4, 40)
    assert known["in_service"]["value"] == 2
    assert known["up"]["value"] == 1
    assert known["in_service"]["sources"] == ["log"]
