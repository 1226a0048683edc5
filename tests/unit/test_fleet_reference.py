"""The reference of `aforo fleet report` names every field that the command writes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from aforo.cli.fleet_reading import FileProblem, Reading
from aforo.fleet import remarks
from aforo.fleet.groups import GroupOutages
from aforo.fleet.outages import Lengths, Outages, ScannerOutages
from aforo.fleet.pipeline import Waiting
from aforo.fleet.remarks import Remark
from aforo.fleet.report import ContractFound, FleetFound, Line, LineInterruption, MonthOfScanner, OfClass
from aforo.fleet.scans_told import ScansTold
from aforo.fleet.utilisation import Rate, Utilised
from aforo.flow import fleet_claim, fleet_interruptions

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "fleet-report.md"
STRUCTS = (
    Reading, FileProblem, FleetFound, OfClass, Outages, Lengths, ScannerOutages, GroupOutages, Waiting, Utilised, Rate,
    ScansTold, ContractFound, MonthOfScanner, Line, LineInterruption, Remark,
)  # fmt: skip


def named() -> set[str]:
    """The words that the page has in the form of code, also those of a path."""
    words = re.findall(r"`([^`\n]+)`", PAGE.read_text(encoding="utf-8"))
    return {part for word in words for part in re.split(r"[.,\s]+", word)}


@pytest.mark.parametrize("struct", STRUCTS, ids=lambda each: each.__name__)
def test_every_field_is_described(struct: type[msgspec.Struct]) -> None:
    # Every problem of a row refuses it, and what is usual is not written.
    never_written = {"gravity"}
    assert set(struct.__struct_fields__) - named() - never_written == set()


def test_every_remark_and_column_is_described() -> None:
    assert set(get_args(remarks.What)) <= named()
    assert set(fleet_interruptions._COLUMNS) <= named()
    assert set(fleet_claim._COLUMNS) <= named()
