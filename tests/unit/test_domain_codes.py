"""The packaged code lists are complete, well-formed, and say where they come from."""

from __future__ import annotations

import csv
import json
from importlib import resources
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from aforo.domain import codes


def test_hs6_are_the_published_codes(shared_data: Path) -> None:
    with (shared_data / "nomenclature" / "hs6.csv").open(encoding="utf-8") as stream:
        published = {row["hscode"] for row in csv.DictReader(stream) if row["level"] == "6"}
    assert codes.hs6_codes() == published
    assert len(published) == 5_613


def test_schedule_d_is_the_published_list(shared_data: Path) -> None:
    published = json.loads((shared_data / "nomenclature" / "schedule_d_port_codes.json").read_text(encoding="utf-8"))
    assert {code: (port.name, port.state) for code, port in codes.schedule_d().items()} == {
        code: (entry["port"], entry["state"] or "") for code, entry in published.items()
    }


def test_every_truck_port_of_the_border_has_a_zone(shared_data: Path) -> None:
    with (shared_data / "geo" / "us_mexico_truck_ports.csv").open(encoding="utf-8") as stream:
        ports = {row["Port Code"] for row in csv.DictReader(stream)}
    assert ports
    assert ports <= codes.port_zones().keys()


def test_codes_have_their_form() -> None:
    assert all(len(code) == 6 and code.isdigit() for code in codes.hs6_codes())
    assert all(len(code) == 2 and code.isupper() for code in codes.countries())
    assert {"US", "MX", "CN", "KR"} <= codes.countries()
    assert len(codes.countries()) == 249
    assert codes.port_zones().keys() <= codes.schedule_d().keys()
    for zone in codes.port_zones().values():
        ZoneInfo(zone)


@pytest.mark.parametrize(
    ("port", "zone"),
    [
        ("2304", "America/Chicago"),
        ("2403", "America/Chicago"),
        ("2402", "America/Denver"),
        ("2604", "America/Phoenix"),
        ("2506", "America/Los_Angeles"),
        ("0101", None),
        (None, None),
    ],
)
def test_a_ports_zone(port: str | None, zone: str | None) -> None:
    assert codes.port_zone(port) == zone


def test_every_table_names_its_source() -> None:
    for table in (resources.files("aforo.domain") / "tables").iterdir():
        head = table.read_text(encoding="utf-8").split("\n", 3)
        assert head[0].startswith("#"), table.name
        assert any(word in " ".join(head[:3]) for word in ("Source:", "Compiled by")), table.name
