"""The real messages beside the repository get the verdict that they deserve, by the command that a clerk uses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from aforo.cli import complete_app

#: Path in the folder of real inputs, format, verdict, and the codes of what is found (those of every format left out).
CASES = [
    # The vendor's own sample, whose vehicle identification number has 14 characters.
    pytest.param("manifests/ace/ace_trip.json", "borderconnect", "accepted", {"bc_vin_odd"}, id="ace_trip"),
]


@pytest.mark.parametrize(("name", "form", "verdict", "codes"), CASES)
def test_a_real_message_gets_the_right_verdict(
    shared_data: Path, name: str, form: str, verdict: str, codes: set[str]
) -> None:
    path = shared_data / name
    if not path.is_file():
        pytest.skip(f"the real message is absent: {name}")
    result = CliRunner().invoke(complete_app(), ["check", "--json", str(path)], env={"NO_COLOR": "1"})
    said = json.loads(result.stdout)
    assert (said["format"], said["verdict"]) == (form, verdict), said["problems"]
    assert {each["code"] for each in said["problems"]} - {"party_missing"} == codes
    assert all(each["place"] and each["reason"]["en"] and each["reason"]["es"] for each in said["problems"])
    assert (result.exit_code == 0) == (verdict == "accepted")
