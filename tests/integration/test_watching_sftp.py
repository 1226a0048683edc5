"""A folder of an SFTP server's: OpenSSH's own client and server put files into it, and fetch the answers."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from journeys import truck_now
from test_cli_watch import arguments, ready, started, told

if TYPE_CHECKING:
    from journeys import Learnt

SERVERS = (
    "/usr/lib/openssh/sftp-server",
    "/usr/libexec/openssh/sftp-server",
    "/usr/libexec/sftp-server",
    "/usr/lib/ssh/sftp-server",
)


@pytest.fixture
def server() -> str:
    """The program of OpenSSH's SFTP server (AFORO_TEST_SFTP_SERVER), which the client runs without a network."""
    named = os.environ.get("AFORO_TEST_SFTP_SERVER")
    found = named or next((each for each in SERVERS if Path(each).is_file()), None)
    if found is None or shutil.which("sftp") is None:
        pytest.skip("OpenSSH's sftp or sftp-server is absent (AFORO_TEST_SFTP_SERVER names the latter)")
    return found


@pytest.fixture
def place(learnt: Learnt, tmp_path: Path) -> Path:
    """A folder to watch, beside the keys that the model was learnt with."""
    shutil.copy(learnt.keys, tmp_path / "log-keys.sqlite")
    (tmp_path / "in").mkdir()
    return tmp_path / "in"


def sftp(server: str, folder: Path, *commands: str, kilobits: int = 0) -> None:
    limit = ["-l", str(kilobits)] if kilobits else []
    batch = "".join(f"{each}\n" for each in commands)
    done = subprocess.run(
        ["sftp", "-q", *limit, "-b", "-", "-D", server],
        input=batch, cwd=folder, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_what_is_uploaded_is_filed_whole_and_the_answer_can_be_fetched(
    learnt: Learnt, place: Path, tmp_path: Path, server: str
) -> None:
    own = tmp_path / "carrier"
    own.mkdir()
    (own / "small.json").write_text(json.dumps(truck_now("SF1")))
    os.utime(own / "small.json", (1_000_000_000, 1_000_000_000))
    # Large enough to be on its way for a few seconds, under its own name, in pieces that are far apart.
    (own / "slow.json").write_text(json.dumps(truck_now("SF2", description="x" * 9_000)) + " " * 150_000)
    called = [each if each != "0" else "1" for each in arguments(learnt, place)]
    with started(called) as process:
        ready(process)
        sftp(server, own, f"put -p small.json {place}/small.part", f"rename {place}/small.part {place}/small.json")
        assert told(process)["verdict"] == "accepted"
        sftp(server, own, f"put slow.json {place}/slow.json", kilobits=400)
        answer = told(process)
        assert (answer["file"], answer["verdict"], answer["records"]) == ("slow.json", "accepted", 1)
    sftp(server, own, f"get {place}/answers/small.json.json", f"rm {place}/answers/small.json.json")
    fetched = json.loads((own / "small.json.json").read_bytes())
    assert [each["declaration_id"] for each in fetched["filings"]] == ["SF1"]
    assert sorted(os.listdir(place / "answers")) == ["slow.json.json"]
