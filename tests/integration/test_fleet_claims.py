"""One claim, whoever asks: the command and HTTP reckon a contract's months in its own zone."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from contract_scene import CONTRACT
from journeys import Post
from listening import listening
from typer.testing import CliRunner

from aforo.cli import complete_app
from aforo.flow.fleet_documents import put_contract, put_targets
from aforo.flow.scanner_reports import reports_of
from aforo.flow.telemetry import record
from aforo.intake.scanner_log import read

LOG = b"""scanner_id,event,at,cause,reporter,port,kind,contract_id
S-1,commissioned,2023-06-01T00:00:00Z,,,2304,LEP,C-1
S-1,down,2024-01-10T06:00:00Z,parts,port,,,
S-1,up,2024-01-13T06:00:00Z,,port,,,
"""


@pytest.mark.parametrize("zone", ["", "America/Tijuana", "Asia/Tokyo"], ids=["no targets", "west of it", "east of it"])
def test_the_command_and_http_give_one_claim_of_a_contract_in_a_zone_of_its_own(
    post: Post, tmp_path: Path, zone: str
) -> None:
    days = {"first": "2024-01-01", "last": "2024-01-31"}
    with listening(post) as made:
        record([*reports_of(read(LOG, made.log.clock()).reports, made.log)], made.log, actor="tester", origin="live")
        put_contract(made.log, CONTRACT.encode(), "tester")
        if zone:
            put_targets(made.log, f'version = 1\nzone = "{zone}"\n'.encode(), "tester")
        client = made.as_("supervisor")
        sent = client.get("/v1/fleet/claim", params={"contract": "C-1", **days})
        (found,) = client.get("/v1/fleet/contracts", params=days).json()["contracts"]
        (under,) = client.get("/v1/fleet/scanners/S-1", params=days).json()["life"]["contracts"]
    assert (found["fees_cents"], found["owed_cents"], found["partial"]) == (100_000, 10_000, 0)
    assert [each["month"] for each in found["months"]] == ["2024-01"]
    assert (under["owed_cents"], under["months"]) == (10_000, found["months"])
    owed = tmp_path / "owed.csv"
    period = ("--from", "2024-01-01", "--until", "2024-02-01", "-o", str(owed))
    store = ("--store", post.settings.store, "--keys", post.settings.keys)
    result = CliRunner().invoke(complete_app(), ["fleet", "report", *store, *period])
    assert result.exit_code == 0, result.output
    assert owed.read_text(encoding="utf-8") == sent.text
    (row,) = csv.DictReader(io.StringIO(sent.text))
    assert (row["amount"], row["fee"], row["partial"]) == ("100.00", "1000.00", "0")
    assert (row["agreed_hours"], row["down_hours"], row["excluded_hours"]) == ("744.0", "72.0", "0.0")
    assert row["interruptions"] == "2024-01-10T06:00:00Z/2024-01-13T06:00:00Z/parts"
