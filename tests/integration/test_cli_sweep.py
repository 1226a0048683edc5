"""`aforo twin sweep` as people and machines call it: what it says, what is kept when it is killed, who does it."""

from __future__ import annotations

import importlib.util
import json
import re
import resource
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner, Result

from aforo.cli import sweep_crews, sweep_folder
from aforo.cli.commands import complete
from aforo.twin import sweeping
from aforo.twin.recalled import Recalled

SCENARIO = """
name = "tried"
title = { en = "tried", es = "probado" }
ports = ["Santa Teresa", "Tornillo"]
first = 2024-10-07
days = 2
replications = 4
sources = ["assumed"]
[[change]]
kind = "booths_added"
at = ["Santa Teresa"]
number = 1
[[change]]
kind = "demand"
at = ["Tornillo"]
factor = 1.0
"""
SALTELLI = ("--over", "change.0.number=1..3", "--over", "change.1.factor=0.5..2.0", "--design", "saltelli")
TABLES = ("sweep.csv", "sweep.parquet", "sensitivity.csv", "sensitivity.parquet")


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    path = tmp_path / "tried.toml"
    path.write_text(SCENARIO, encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def nothing_recalled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of sweeps before in this process: a command has one of its own."""
    monkeypatch.setattr(sweeping, "_outcomes", Recalled(10**9))
    monkeypatch.setattr(sweeping, "_policies", Recalled(10**9))


def called(*arguments: object) -> Result:
    return CliRunner().invoke(complete(), ["twin", "sweep", *map(str, arguments)])


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "aforo", "twin", "sweep", *map(str, arguments)]


def tables(folder: Path) -> list[bytes]:
    return [(folder / name).read_bytes() for name in TABLES if (folder / name).exists()]


def children(process: int) -> list[int]:
    """The processes that it began, by Linux."""
    told = [each.read_text().rpartition(")") for each in Path("/proc").glob("[0-9]*/stat") if each.exists()]
    return [int(head.split()[0]) for head, _, rest in told if int(rest.split()[1]) == process]


def lines(folder: Path) -> list[bytes]:
    path = folder / "results.jsonl"
    return [line for line in path.read_bytes().split(b"\n") if line] if path.exists() else []


def test_a_grid_is_told_cell_by_cell(scenario: Path, tmp_path: Path) -> None:
    out = tmp_path / "grid"
    told = called(scenario, "--over", "change.0.number=1,2", "--out", out, "--workers", 1, "--lang", "en")
    assert told.exit_code == 0, told.output
    # A row a figure: each value beside what it is, and its difference from the first cell.
    assert re.search(r"│ change.0.number=2 │ wait, mean \(min\) +│ +[0-9.]+ ± [0-9.]+ │ +[-+0-9.]+ \[", told.output)
    assert re.search(r"│ change.0.number=1 │ wait, mean \(min\) +│ +[0-9.]+ ± [0-9.]+ │ +│", told.output)
    assert "SYNTHETIC" in told.output
    assert "--design\nsaltelli" in told.output.replace(" ", "\n")
    assert "3 differ among the 4 bridges of all cells; solved now 3" in told.output
    assert pl.read_parquet(out / "sweep.parquet").height == 2 * 19
    assert not (out / "sensitivity.csv").exists()


def test_trucks_that_never_come_through_are_told(tmp_path: Path) -> None:
    path = tmp_path / "closed.toml"
    lost = """[[change]]
kind = "capacity_lost"
at = ["Tornillo"]
place = "booths"
share = 1.0
since = 2024-10-07T00:00:00
until = 2024-12-01T00:00:00
"""
    path.write_text(SCENARIO.replace("replications = 4", "replications = 2") + lost)
    told = called(path, "--over", "change.2.share=0.0001,1", "--out", tmp_path / "out", "--workers", 1, "--lang", "en")
    assert told.exit_code == 0, told.output
    assert "never come through in 1 of 2 cells" in " ".join(told.output.split())


def test_a_design_of_pairs_says_how_much_each_field_matters(scenario: Path, tmp_path: Path) -> None:
    out = tmp_path / "pairs"
    told = called(scenario, *SALTELLI, "--points", 8, "--out", out, "--workers", 1, "--json")
    assert told.exit_code == 0, told.output
    machine = json.loads(told.stdout)
    assert machine["synthetic"] is True
    assert len({tuple(row[field] for field in machine["design"]["over"]) for row in machine["rows"]}) > 8
    by = {(row["figure"], row["field"]): row for row in machine["sensitivity"]}
    # Booths of Santa Teresa bring no trucks.
    assert by["trucks", "change.0.number"]["total"] == 0.0
    assert by["trucks", "change.1.factor"]["total"] > 0.3
    assert any("wait_open" in row["figure"] for row in machine["sensitivity"])
    assert any("the same in all cells" in sentence for sentence in machine["sensitivity_refused"])
    work = machine["work"]
    assert work["solved"] == work["policies"] < work["policies_asked"]
    assert work["found"] > work["run"] / 2
    people = called(scenario, *SALTELLI, "--points", 8, "--out", out, "--workers", 1, "--lang", "es")
    assert "Cuánto importa cada campo" in people.output
    assert "ya estaban hechas" in people.output


def test_points_that_are_no_power_of_two_are_told(scenario: Path, tmp_path: Path) -> None:
    sobol = ("--over", "change.0.number=1..3", "--design", "sobol", "--points")
    told = called(scenario, *sobol, 3, "--out", tmp_path / "three", "--workers", 1, "--lang", "en")
    assert "3 is no power of two" in told.output
    assert "the next is 4" in told.output
    assert "least" in told.output
    told = called(scenario, *sobol, 4, "--out", tmp_path / "four", "--workers", 1, "--lang", "en")
    assert "no power of two" not in told.output


def test_a_sweep_that_is_killed_goes_on_to_the_same_bits(scenario: Path, tmp_path: Path) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    asked = (scenario, *SALTELLI, "--points", 16, "--replications", 12)
    assert called(*asked, "--out", whole, "--workers", 1).exit_code == 0
    process = subprocess.Popen(command(*asked, "--out", broken, "--workers", 2), stderr=subprocess.DEVNULL)
    until = time.monotonic() + 120
    while len(lines(broken)) < 50 and process.poll() is None and time.monotonic() < until:
        time.sleep(0.01)
    workers = children(process.pid)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert len(workers) >= 2
    until = time.monotonic() + 60
    while (left := [worker for worker in workers if Path(f"/proc/{worker}").exists()]) and time.monotonic() < until:
        time.sleep(0.1)
    assert not left
    kept = len(lines(broken))
    assert 50 <= kept < len(lines(whole))
    # As a kill in the middle of a line leaves it.
    with (broken / "results.jsonl").open("ab") as file:
        file.write(lines(whole)[-1][:57])
    again = called(*asked, "--out", broken, "--workers", 1, "--lang", "en")
    assert again.exit_code == 0, again.output
    assert "were done before and are kept" in again.output
    assert tables(broken) == tables(whole)
    assert len(tables(whole)) == 4


def test_a_full_disk_is_said_and_what_was_done_is_kept(scenario: Path, tmp_path: Path) -> None:
    whole, full = tmp_path / "whole", tmp_path / "full"
    asked = (scenario, "--over", "change.0.number=1,2,3,4,5,6", "--workers", 1)
    assert called(*asked, "--out", whole).exit_code == 0

    def no_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (5_000, 5_000))

    told = subprocess.run(
        command(*asked, "--out", full, "--lang", "en"), preexec_fn=no_room, capture_output=True, check=False
    )
    assert told.returncode == 2
    assert b"File too large" in told.stderr
    assert (full / "results.jsonl").stat().st_size == 5_000  # cut short in a line
    again = called(*asked, "--out", full, "--lang", "en")
    assert again.exit_code == 0, again.output
    assert "were done before" in again.output
    assert tables(full) == tables(whole)


def test_a_folder_holds_one_sweep(scenario: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "swept"
    asked = (scenario, "--out", folder, "--workers", 1, "--lang", "en")
    assert called(*asked, "--over", "change.0.number=1").exit_code == 0
    for other in (
        ("--over", "change.0.number=2"),
        ("--over", "change.0.number=1", "--seed", 2),
        ("--over", "change.0.number=1", "--replications", 5),
        ("--over", "change.0.number=1..2", "--design", "sobol", "--points", 2),
    ):
        told = called(*asked, *other)
        assert told.exit_code == 2
        assert "another sweep" in told.output
    filled = tmp_path / "filled"
    filled.mkdir()
    (filled / "thesis.txt").write_text("years of work")
    assert called(scenario, "--over", "change.0.number=1", "--out", filled, "--workers", 1).exit_code == 2
    assert [each.name for each in filled.iterdir()] == ["thesis.txt"]
    monkeypatch.setattr(sweep_folder, "code", lambda: "another")
    told = called(*asked, "--over", "change.0.number=1")
    assert told.exit_code == 2
    assert "another version of the program" in told.output


def test_dates_are_swept_and_go_on(scenario: Path, tmp_path: Path) -> None:
    asked = (scenario, "--over", "first=2024-10-07,2024-10-08", "--workers", 1)
    assert called(*asked, "--out", tmp_path / "whole").exit_code == 0
    broken = tmp_path / "broken"
    assert called(*asked, "--out", broken).exit_code == 0
    (broken / "results.jsonl").write_bytes(b"\n".join(lines(broken)[:3]))
    assert called(*asked, "--out", broken).exit_code == 0
    assert tables(broken) == tables(tmp_path / "whole")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--over", "nonsense"), "nonsense"),
        (("--over", "nowhere=1"), "nowhere"),
        (("--over", "change.0.number=3..1"), "LOW..HIGH"),
        (("--over", "change.0.number=1..3"), "takes values that are listed"),
        (("--over", "change.0.number=1..3", "--design", "sobol"), "needs --points"),
        (("--over", "change.0.number=1,2", "--design", "latin"), "latin"),
        (("--over", "change.1.factor=5..20", "--design", "sobol", "--points", "2"), "factor"),
    ],
)
def test_wrong_use_is_said_and_leaves_no_folder(
    scenario: Path, tmp_path: Path, arguments: tuple[str, ...], told: str
) -> None:
    out = tmp_path / "swept"
    result = called(scenario, *arguments, "--out", out, "--workers", 1, "--lang", "en")
    assert result.exit_code == 2, result.output
    assert told in result.output
    assert not out.exists()


def test_without_ray_one_sentence_says_what_to_install(
    scenario: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep_crews, "find_spec", lambda name: None)
    told = called(scenario, "--over", "change.0.number=1", "--out", tmp_path / "swept", "--ray", "--lang", "en")
    assert told.exit_code == 2
    assert "pip install 'aforo[ray]'" in told.output


needs_ray = pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="the extra `ray` is not installed")


@needs_ray
def test_no_cluster_at_an_address_is_said(scenario: Path, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
        told = called(
            scenario, "--over", "change.0.number=1", "--out", tmp_path / "a", "--ray-address", address, "--lang", "en"
        )
    assert told.exit_code == 2
    assert "no Ray cluster can be used" in told.output


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of two node processes of one processor each, on loopback, with a token of their own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    monkeypatch.setenv("RAY_AUTH_MODE", "token")
    monkeypatch.setenv("RAY_AUTH_TOKEN", secrets.token_hex(32))
    start = [sys.executable, "-m", "ray.scripts.scripts", "start", "--block", "--num-cpus=1", "--disable-usage-stats"]
    start.append("--node-ip-address=127.0.0.1")
    nodes = []
    try:
        for more in (["--head", f"--port={port}", "--include-dashboard=false"], [f"--address=127.0.0.1:{port}"]):
            nodes.append(subprocess.Popen([*start, *more], stdout=subprocess.DEVNULL))
            time.sleep(12.0)
        yield f"127.0.0.1:{port}"
    finally:
        for node in reversed(nodes):
            node.terminate()
            node.wait(60)


@needs_ray
def test_a_cluster_that_is_begun_here_comes_to_the_same_bits(
    scenario: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAY_AUTH_MODE", "token")
    monkeypatch.setenv("RAY_AUTH_TOKEN", secrets.token_hex(32))
    asked = (scenario, "--over", "change.0.number=1,2")
    assert called(*asked, "--out", tmp_path / "whole", "--workers", 1).exit_code == 0
    told = subprocess.run(
        command(*asked, "--out", tmp_path / "ray", "--ray-address", "local"), check=False, capture_output=True
    )
    assert told.returncode == 0, told.stderr
    assert tables(tmp_path / "ray") == tables(tmp_path / "whole")


@needs_ray
@pytest.mark.long
def test_two_nodes_come_to_the_same_bits_and_go_on_where_processes_stopped(
    scenario: Path, tmp_path: Path, cluster: str
) -> None:
    asked = (scenario, *SALTELLI, "--points", 8)
    whole, nodes, mixed = tmp_path / "whole", tmp_path / "nodes", tmp_path / "mixed"
    assert called(*asked, "--out", whole, "--workers", 1).exit_code == 0
    # In processes of their own: a driver of a cluster is one for good.
    told = subprocess.run(command(*asked, "--out", nodes, "--ray-address", cluster), check=False, capture_output=True)
    assert told.returncode == 0, told.stderr
    assert tables(nodes) == tables(whole)
    assert called(*asked, "--out", mixed, "--workers", 1).exit_code == 0
    (mixed / "results.jsonl").write_bytes(b"\n".join(lines(mixed)[:21]))
    told = subprocess.run(command(*asked, "--out", mixed, "--ray-address", cluster), check=False, capture_output=True)
    assert told.returncode == 0, told.stderr
    assert b"21 of " in told.stderr
    assert tables(mixed) == tables(whole)
