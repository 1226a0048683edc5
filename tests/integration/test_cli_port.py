"""`aforo data` and `aforo port`: published figures kept in dated copies, ports shown and checked, arrivals forecast."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from aforo.cli import complete_app
from aforo.cli import data as command
from aforo.domain.figure import figures
from aforo.domain.text import catalogue
from aforo.intake.lists import copies
from aforo.intake.lists import fetch as fetching
from aforo.intake.lists.fetch import Fetched, FetchError, fetch, fetch_anew
from aforo.ports import shipped
from aforo.ports.calendar import BORDER_WIDE, days_of
from aforo.ports.notes import in_both
from aforo.settings import published_address

MONTHS = [date(2020 + number // 12, number % 12 + 1, 1) for number in range(72)]
AT = "2026-03-04T07:00:00-06:00"


def run(*arguments: str, exits: int = 0, lang: str = "C") -> str:
    made = CliRunner().invoke(complete_app(), list(arguments), env={"LANG": lang, "LC_ALL": lang, "COLUMNS": "200"})
    assert made.exception is None or isinstance(made.exception, SystemExit), made.exception
    assert made.exit_code == exits, made.output
    return made.output


@pytest.fixture
def counts(tmp_path: Path) -> Path:
    """Monthly counts of Laredo as the agency writes them: 8,000 trucks on a working day, one year like the other."""
    rows = ["Port Name,State,Port Code,Border,Date,Measure,Value"]
    worth = days_of(MONTHS) @ BORDER_WIDE.array()
    for month, days in zip(MONTHS, worth, strict=True):
        trucks = round(8_000 * days * (1.02 if month.month % 2 else 0.98))
        rows.append(f"Laredo,Texas,2304,US-Mexico Border,{month:%b %Y},Trucks,{trucks}")
    file = tmp_path / "counts.csv"
    file.write_text("\n".join(rows))
    return file


def test_a_port_is_shown_in_words_with_units_and_fits_a_page() -> None:
    made = CliRunner().invoke(complete_app(), ["port", "show", "veterans", "--lang", "es"], env={"COLUMNS": "80"})
    assert max(map(len, made.output.splitlines()[:80])) <= 100
    told = run("port", "show", "veterans", "--lang", "es")
    for wanted in (
        "lun–vie 06:00–24:00: 1",
        "0.39 min (d. e. 0.1)",
        "80 por hora",
        "74.4% (2024)",
        "supuesto (veinte camiones por caseta)",
        "cbp-bridges-2024 (226,383 de 304,278 camiones)",
    ):
        assert wanted in told


def test_every_note_of_a_shipped_port_is_in_spanish() -> None:
    notes = {figure.note for port in shipped.ports() for _, figure in figures(port) if figure.note}
    assert {note for note in notes if in_both(note).es == note} == set()
    assert in_both("a note of one's own, {a}").es == "a note of one's own, {a}"


def test_every_source_of_a_shipped_port_is_in_spanish() -> None:
    sources = {source for port in shipped.ports() for source in port.sources.values()}
    assert {source for source in sources if in_both(source).es == source} == set()
    told = run("port", "show", "ysleta", "--lang", "es")
    assert "Descripciones públicas del despacho conjunto de carga" in told
    assert "Public descriptions" not in told


def test_counts_say_which_port_counted_another_too(tmp_path: Path) -> None:
    rows = ["Port Name,State,Port Code,Border,Date,Measure,Value"]
    rows += [f"El Paso,Texas,2402,US-Mexico Border,Jan {year},Trucks,60000" for year in (2019, 2021)]
    file = tmp_path / "counts.csv"
    file.write_text("\n".join([*rows, "Ysleta,Texas,2401,US-Mexico Border,Jan 2021,Trucks,50000"]))
    told = run("data", "get", "bts", "--file", str(file), "--data", str(tmp_path / "kept"))
    assert "El Paso (2402) counts Ysleta (2401) too before 2020-03" in told
    # Where the counts begin later, there is nothing to say.
    file.write_text("\n".join([rows[0], rows[2], "Ysleta,Texas,2401,US-Mexico Border,Jan 2021,Trucks,50000"]))
    assert "too before" not in run("data", "get", "bts", "--file", str(file), "--data", str(tmp_path / "kept"))


def test_a_port_whose_counts_ended_misses_more_than_a_month(tmp_path: Path) -> None:
    rows = ["Port Name,State,Port Code,Border,Date,Measure,Value"]
    rows += [f"Laredo,Texas,2304,US-Mexico Border,{month:%b %Y},Trucks,60000" for month in MONTHS]
    rows += [f"Andrade,California,2502,US-Mexico Border,{month:%b %Y},Trucks,50" for month in MONTHS[:24]]
    rows += [f"Tecate,California,2505,US-Mexico Border,{month:%b %Y},Trucks,50" for month in MONTHS[:-2]]
    file = tmp_path / "counts.csv"
    file.write_text("\n".join(rows))
    asked = ["data", "get", "bts", "--file", str(file), "--data", str(tmp_path / "kept")]
    lines = {line.split(" (")[0]: line for line in run(*asked).splitlines()}
    assert "none was counted" in lines["Andrade"]
    assert "missing months: 2 of 12" in lines["Tecate"]
    assert "meses que faltan: 2 de 12" in run(*asked, "--lang", "es")
    taken = {each["port"]: each for each in json.loads(run(*asked, "--json"))["ports"]}
    assert [taken[port]["missing"] for port in ("2304", "2502", "2505")] == [0, 12, 2]


def test_every_row_of_a_feed_that_is_refused_is_told(tmp_path: Path) -> None:
    columns = "crossing,feed_date,vehicle_class,lane,update_time,delay_minutes,lanes_open,raw_status,commit_time"
    given = ("-5", "lots", "99999", "12.5", "nan", *(f"x{number}" for number in range(18)))
    rows = [
        f"Laredo - World Trade Bridge,3/{number + 1}/2026,Commercial,standard,At 10:00 am CST,{value},3,,"
        f"2026-03-{number + 1:02}T17:00:00Z"
        for number, value in enumerate(given)
    ]
    file = tmp_path / "feed.csv"
    file.write_text("\n".join([columns, *rows]))
    asked = ["data", "get", "bwt", "--file", str(file), "--data", str(tmp_path / "kept")]
    told = run(*asked, exits=1)
    for line, value in enumerate(given[:20], 2):
        assert f"(line {line}): the standard lanes of Laredo - World Trade Bridge: {value} is no figure" in told
    assert "… and 3 more; --json lists all." in told
    spanish = run(*asked, "--lang", "es", exits=1)
    assert "los carriles ordinarios de" in spanish
    assert "standard" not in spanish


def test_a_few_trucks_are_no_zero_and_hours_have_their_zone(tmp_path: Path) -> None:
    rows = ["Port Name,State,Port Code,Border,Date,Measure,Value"]
    for month, days in zip(MONTHS, days_of(MONTHS) @ BORDER_WIDE.array(), strict=True):
        trucks = round(3 * days * (1.1 if month.month % 2 else 0.9))
        rows.append(f"Lukeville,Arizona,2602,US-Mexico Border,{month:%b %Y},Trucks,{trucks}")
    file = tmp_path / "counts.csv"
    file.write_text("\n".join(rows))
    told = run(
        "port", "forecast", "lukeville", "--counts", str(file), "--at", "2026-03-04T10:00:00-07:00", "--hours", "2"
    )
    assert "arrivals by hour of America/Phoenix" in told
    first = next(line for line in told.splitlines() if "03-04 10:00 MST" in line)
    assert float(first.split()[3]) > 0.0


def test_counts_are_kept_in_a_dated_copy(counts: Path, tmp_path: Path) -> None:
    told = run("data", "get", "bts", "--file", str(counts), "--data", str(tmp_path / "kept"))
    assert "Laredo (2304)" in told
    assert "2025-12" in told
    copy = copies.newest(tmp_path / "kept", "bts")
    assert copy is not None
    assert (copy / "counts.csv").read_bytes() == counts.read_bytes()
    taken = json.loads(run("data", "get", "bts", "--file", str(counts), "--data", str(tmp_path / "two"), "--json"))
    assert taken["ports"][0]["months"] == 72
    assert taken["ports"][0]["trucks"] > 2_000_000
    assert taken["problems"] == []


def test_what_is_no_table_is_not_kept(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text("<html>Try later</html>")
    for what in ("bts", "bwt"):
        told = run("data", "get", what, "--file", str(file), "--data", str(tmp_path / "kept"), exits=1)
        assert "Nothing was kept" in told
        spanish = run(
            "data", "get", what, "--file", str(file), "--data", str(tmp_path / "kept"), "--lang", "es", exits=1
        )
        assert "No se guardó nada" in spanish
        assert "línea 1" in spanish or "(archivo)" in spanish
    assert not (tmp_path / "kept").exists()
    run("data", "get", "bts", "--file", str(tmp_path / "none"), exits=2)
    run("data", "get", "weather", exits=2)


def test_counts_and_waits_are_downloaded_from_their_owners(
    counts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def answers(address: str, *_: object) -> Fetched:
        asked.append(address)
        return Fetched(counts.read_bytes(), None)

    monkeypatch.setattr(command, "fetch_anew", answers)
    run("data", "get", "bts", "--data", str(tmp_path / "kept"))
    monkeypatch.setenv("AFORO_BTS_ADDRESS", "https://example.org/counts.csv")
    run("data", "get", "bts", "--data", str(tmp_path / "kept"))
    monkeypatch.delenv("AFORO_BTS_ADDRESS")
    assert asked == [published_address("bts"), "https://example.org/counts.csv"]
    assert all(published_address(what).startswith("https://") for what in ("bts", "bwt"))

    def fails(address: str, *_: object) -> Fetched:
        raise FetchError(catalogue("aforo.intake.lists").say("fetch_failed", address=address, why="no network"))

    monkeypatch.setattr(command, "fetch_anew", fails)
    told = run("data", "get", "bwt", exits=1)
    assert "no network" in told
    assert "--file" in told
    monkeypatch.setattr(command, "fetch_anew", fetch_anew)
    monkeypatch.setenv("AFORO_BWT_ADDRESS", "http://example.org/")
    assert "no https address" in run("data", "get", "bwt", exits=1)


def test_an_owner_that_drips_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    class Drip:
        length = None

        def read(self, size: int) -> bytes:
            return b"x"

        def __enter__(self) -> Drip:
            return self

        def __exit__(self, *_: object) -> None: ...

    monkeypatch.setattr("urllib.request.OpenerDirector.open", lambda *_, **__: Drip())
    monkeypatch.setattr(fetching, "MOST_SECONDS", -1)
    with pytest.raises(FetchError):
        fetch("https://example.org/x")


def test_waits_are_told_with_what_is_missing(shared_data: Path, tmp_path: Path) -> None:
    feed = shared_data / "waits" / "bwt_all_ports_2022-06-30.json"
    told = run("data", "get", "bwt", "--file", str(feed), "--data", str(tmp_path))
    assert "Otay Mesa - Commercial" in told
    assert "90 min" in told
    taken = json.loads(run("data", "get", "bwt", "--file", str(feed), "--data", str(tmp_path), "--json"))
    closed = [each for each in taken["waits"] if each.get("missing") == "closed"]
    assert closed
    assert all("minutes" not in each for each in closed)


def test_ports_are_listed_and_shown_with_their_sources() -> None:
    listed = json.loads(run("port", "list", "--json"))
    assert len(listed) == 22
    assert all(port["sourced"] > 0 and port["assumed"] > 0 for port in listed)
    assert "world-trade, colombia" in run("port", "list")
    for name in ("2304", "laredo", "WTB"):
        shown = run("port", "show", name)
        assert "bwt-2022: US Customs and Border Protection" in shown
        assert "bridge[world-trade]: World Trade Bridge" in shown
        assert "assumed (twenty trucks a booth)" in shown
    assert json.loads(run("port", "show", "Otay Mesa", "--json"))["code"] == "2506"
    assert "no port" in run("port", "show", "Atlantis", exits=2)


def test_a_port_document_is_checked(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    good.write_bytes(shipped.documents()["2304"])
    bad.write_bytes(shipped.documents()["2304"].replace(b"count = 15", b"count = 3"))
    assert "good" in run("port", "check", str(good))
    told = run("port", "check", str(good), str(bad), exits=1)
    assert "bridge[world-trade].booths: 15 booths are staffed at once and 3 stand there" in told
    assert "casetas" in run("port", "check", str(bad), "--lang", "es", exits=1)
    (answer,) = json.loads(run("port", "check", str(bad), "--json", exits=1))
    assert [finding["code"] for finding in answer["findings"]] == ["booths_too_many"]
    run("port", "check", str(tmp_path / "none.toml"), exits=2)
    assert "Laredo" in run("port", "show", str(good))
    run("port", "show", str(bad), exits=2)


def test_arrivals_are_forecast_from_counts(counts: Path) -> None:
    asked = ["port", "forecast", "WTB", "--counts", str(counts), "--at", AT, "--hours", "17"]
    said = json.loads(run(*asked, "--json"))
    assert (said["port"], said["bridge"], said["basis"], said["counts_until"]) == (
        "2304", "world-trade", "monthly counts", "2025-12",
    )  # fmt: skip
    share = 2_288_051 / 3_026_632
    assert said["trucks_a_day"] == pytest.approx(8_000 * share * 1.02, rel=0.01)
    day = sum(hour["mean"] for hour in said["hours"])
    assert day == pytest.approx(said["trucks_a_day"], rel=0.01)  # a Wednesday, from opening to closing
    assert all(hour["low"] < hour["mean"] < hour["high"] for hour in said["hours"])
    assert said["hours"][0]["hour"] == AT
    drawn = run(*asked)
    assert "█" in drawn
    assert "assumed" in drawn
    wide = json.loads(run(*asked, "--coverage", "0.99", "--json"))
    assert wide["hours"][5]["high"] > said["hours"][5]["high"]


def test_the_last_hours_and_what_has_been_filed_correct_it(counts: Path, tmp_path: Path) -> None:
    asked = ["port", "forecast", "world-trade", "--counts", str(counts), "--at", "2026-03-04T14:00:00-06:00", "--json"]
    plain = json.loads(run(*asked))
    start = datetime.fromisoformat("2026-03-04T14:00:00-06:00")
    seen = tmp_path / "seen.csv"
    doubled = [f"{(start - timedelta(hours=back)).isoformat()},{900}" for back in range(1, 6)]
    seen.write_text("hour,count\n" + "\n".join(doubled))
    corrected = json.loads(run(*asked, "--arrivals", str(seen)))
    assert corrected["level"] > 1.2
    assert corrected["hours"][0]["mean"] > 1.15 * plain["hours"][0]["mean"]
    filed = tmp_path / "filed.csv"
    etas = [f"{(start + timedelta(minutes=minute / 2)).isoformat()}" for minute in range(360)]
    filed.write_text("eta\n" + "\n".join(etas))
    few = json.loads(run(*asked, "--filed", str(filed)))
    assert few["filings"] == "told"
    assert few["hours"][0]["mean"] < plain["hours"][0]["mean"]
    first, blind = few["hours"][0], plain["hours"][0]
    assert first["high"] - first["low"] < blind["high"] - blind["low"]
    hostile = tmp_path / "hostile.csv"
    hostile.write_text("hour,count\nyesterday,1\n2026-03-04T13:00:00-06:00,-5\n")
    assert "no instant" in run(*asked, "--arrivals", str(hostile), exits=2)


def test_two_weeks_of_counted_hours_speak_for_themselves(counts: Path, tmp_path: Path) -> None:
    start = datetime.fromisoformat("2026-03-02T00:00:00-06:00")
    rows = ["hour,count"]
    for back in range(1, 15 * 24):
        hour = start - timedelta(hours=back)
        rows.append(f"{hour.isoformat()},{(100 if hour.weekday() < 5 else 30) if 8 <= hour.hour < 20 else 0}")
    file = tmp_path / "hours.csv"
    file.write_text("\n".join(rows))
    asked = ["port", "forecast", "tornillo", "--counts", str(counts), "--at", start.isoformat(), "--json"]
    said = json.loads(run(*asked, "--arrivals", str(file)))
    assert said["basis"] == "counted hours"
    assert said["counts_until"] is None
    assert said["trucks_a_day"] == pytest.approx(1_200, rel=0.1)
    assert "too few" in run(*asked, exits=1)


def test_a_forecast_that_cannot_be_asked_for(counts: Path, tmp_path: Path) -> None:
    assert "no bridge" in run("port", "forecast", "atlantis", "--counts", str(counts), exits=2)
    assert "offset" in run("port", "forecast", "WTB", "--counts", str(counts), "--at", "2026-03-04", exits=2)
    told = run("port", "forecast", "WTB", "--data", str(tmp_path / "empty"), exits=2)
    assert "aforo data get bts" in told
    run("port", "forecast", "WTB", "--counts", str(tmp_path / "none.csv"), exits=2)
    run("port", "forecast", "WTB", "--counts", str(counts), "--hours", "0", exits=2)


def test_whom_a_driver_asks_is_shown_and_what_is_missing_is_said_to_be(tmp_path: Path) -> None:
    contact = b"""
[contact]
telephone = { number = "+1 956 555 0100", source = "bts" }
"""
    file = tmp_path / "with.toml"
    file.write_bytes(shipped.documents()["2304"] + contact)
    assert "World Trade Bridge: no desk is named, +1 956 555 0100 [bts]" in run("port", "show", str(file))
    assert "World Trade Bridge: no desk is named, no telephone number" in run("port", "show", "2304")
    assert "no se nombra oficina, sin número de teléfono" in run("port", "show", "2304", "--lang", "es")
