"""`aforo port state` tells waits to come by lane class, with intervals, units and time zone, or why there are none."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from aforo.cli import complete_app
from aforo.ports.calendar import BORDER_WIDE, days_of

#: A Monday at ten, when trucks have been read for two hours at World Trade.
BEGIN = datetime(2026, 1, 5, 14, tzinfo=UTC)
AT = (BEGIN + timedelta(minutes=121)).isoformat()


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFORO_STORE", str(tmp_path / "log.sqlite"))
    monkeypatch.setenv("AFORO_DATA", str(tmp_path / "kept"))
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.setenv("COLUMNS", "140")


def run(*arguments: str) -> str:
    made = CliRunner().invoke(complete_app(), list(arguments))
    assert made.exit_code in (0, 1), made.output
    return made.stdout


def read(tmp_path: Path) -> None:
    """Two hours of a truck a minute that waits for half an hour in a standard lane."""
    rows = ["reader,at,plate,lane_class"]
    for minute in range(120):
        at = (BEGIN + timedelta(minutes=minute)).isoformat()
        rows.append(f"world-trade-start,{at},TX{minute:03},standard")
        if minute >= 30:
            rows.append(f"world-trade-end,{at},TX{minute - 30:03},standard")
    file = tmp_path / "reads.csv"
    file.write_text("\n".join(rows))
    run("port", "reads", str(file))


def fetch(tmp_path: Path) -> None:
    """Six years of counts of Laredo, as the agency writes them, kept where the command finds them."""
    rows = ["Port Name,State,Port Code,Border,Date,Measure,Value"]
    for month in (date(year, number, 1) for year in range(2020, 2026) for number in range(1, 13)):
        trucks = round(8_000 * float(days_of([month])[0] @ BORDER_WIDE.array()) * (1.02 if month.month % 2 else 0.98))
        rows.append(f"Laredo,Texas,2304,US-Mexico Border,{month:%b %Y},Trucks,{trucks}")
    file = tmp_path / "counts.csv"
    file.write_text("\n".join(rows))
    run("data", "get", "bts", "--file", str(file))


def test_waits_to_come_have_a_class_an_interval_a_unit_and_a_zone(tmp_path: Path) -> None:
    read(tmp_path)
    fetch(tmp_path)
    told = json.loads(run("port", "state", "World Trade", "--at", AT, "--json"))
    assert told["forecast_missing"] is None
    (standard,) = [each for each in told["wait_forecast"]["lanes"] if each["lane"] == "standard"]
    first = standard["waits"][0]
    assert first["at"] == "2026-01-05T10:01:00-06:00"
    assert first["low"] < first["minutes"] < first["high"]
    shown = run("port", "state", "World Trade", "--at", AT, "--lang", "en")
    assert "Waits to come, minutes, by the clock of the port (CST)" in shown
    assert f"{first['minutes']:.0f} ({first['low']:.0f}–{first['high']:.0f})" in shown
    assert "16:01" in shown
    assert "The interval holds 90%." in " ".join(shown.split())
    assert "empty: waits as standard, whose booths serve it." in shown
    spanish = run("port", "state", "World Trade", "--at", AT, "--lang", "es")
    assert "Esperas por venir, minutos, según el reloj del puerto (CST)" in spanish
    assert "vacío: espera como ordinario" in spanish


def test_a_class_without_a_wait_of_now_says_why_it_has_none_to_come(tmp_path: Path) -> None:
    read(tmp_path)
    fetch(tmp_path)
    later = (BEGIN + timedelta(hours=9)).isoformat()
    shown = run("port", "state", "World Trade", "--at", later, "--lang", "en")
    assert "Waits to come" not in shown
    assert shown.count("no reading and no published figure says what the wait is now") == 1, "once for all classes"
    assert "Sin espera por venir (" in run("port", "state", "World Trade", "--at", later, "--lang", "es")


def test_without_counts_it_says_what_is_lacking_and_what_gives_it(tmp_path: Path) -> None:
    read(tmp_path)
    shown = " ".join(run("port", "state", "World Trade", "--at", AT, "--lang", "en").split())
    assert "No waits to come: the counts of Laredo are too few" in shown
    assert "aforo data get bts" in shown
    told = json.loads(run("port", "state", "World Trade", "--at", AT, "--json"))
    assert told["wait_forecast"] is None
    assert told["forecast_missing"]["es"] != told["forecast_missing"]["en"]
