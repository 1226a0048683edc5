"""Requests and files that are made to exhaust their reader: a problem in answer, soon, and the server goes on."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from journeys import Post, truck
from listening import Listening, listening
from programs import program

from aforo.api.access import Rate

if TYPE_CHECKING:
    from journeys import Learnt

#: Cut only when its time is over.
ENDLESS = {
    "chunks without an end", "a chunk of 2^70 bytes", "a body of 1 TB, as it says", "trailers of 1 MB",
    "a chunk's extension of 1 MB",
}  # fmt: skip


@pytest.fixture(scope="module")
def served(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    with listening(Post(learnt, tmp_path_factory.mktemp("served")), rate=Rate(1e6, 1e6)) as made:
        yield made


def bombs() -> Any:
    return program("bombs")


def thrown(served: Listening, sent: bytes) -> Any:
    return bombs().answered(int(served.address.rpartition(":")[2]), sent, 20)


@pytest.mark.parametrize("name", sorted(bombs().requests("x")))
def test_a_request(served: Listening, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if name in ENDLESS:
        monkeypatch.setattr("aforo.api.server.ARRIVES_S", 0.5)
    token = served.as_("officer").headers["Authorization"].removeprefix("Bearer ")
    answer = thrown(served, bombs().requests(token)[name])
    assert answer.said == "cut" or 400 <= int(answer.said) < 500, answer
    assert served.nobody.get("/healthz").status_code == 200


FILES = sorted(name for name in bombs().FILES if not name.startswith(("zip", "gzip")))  # these take long to make


@pytest.mark.parametrize("name", [*FILES[::5], "xml: a billion laughs", "json: nested 100,000 deep"])
def test_a_file_as_a_message(served: Listening, name: str) -> None:
    refused(served, name)


@pytest.mark.long
@pytest.mark.parametrize("name", FILES)
def test_every_file_as_a_message(served: Listening, name: str) -> None:
    refused(served, name)


def refused(served: Listening, name: str) -> None:
    body = bombs().content(name)
    answer = served.as_("officer").post("/v1/filings", content=body)
    assert 400 <= answer.status_code < 500, answer.text[:300]
    # X12 is answered in X12.
    assert answer.headers["content-type"] in ("application/problem+json", "application/edi-x12")
    if answer.headers["content-type"] == "application/problem+json":
        assert answer.json()["reason"]["es"]


def test_a_filing_is_still_taken_after_all_of_them(served: Listening) -> None:
    assert served.as_("officer").post("/v1/filings", content=json.dumps(truck("AFTER"))).status_code == 200


def test_the_command_refuses_files_that_reach_outside_or_blow_up(tmp_path: Path) -> None:
    names = [name for name in bombs().FILES if name.startswith("xml") and ("ent" in name or "laughs" in name)]
    assert len(names) >= 6
    for n, name in enumerate(names):
        (tmp_path / f"{n}.xml").write_bytes(bombs().content(name))
    files = [str(tmp_path / f"{n}.xml") for n in range(len(names))]
    done = subprocess.run(
        [sys.executable, "-m", "aforo.cli", "check", "--json", *files], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1
    verdicts = [json.loads(line) for line in done.stdout.splitlines()]
    assert [each["verdict"] for each in verdicts] == ["refused"] * len(names)
    assert "Traceback" not in done.stderr
    assert "root:" not in done.stdout


@pytest.mark.long
def test_each_bomb_in_its_time_and_memory(tmp_path: Path) -> None:
    found = bombs().checked(tmp_path, list(bombs().FILES))
    assert [name for name, each in found.items() if not each.good] == []
