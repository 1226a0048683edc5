"""`aforo twin services`, as people and machines call it, and a port document that takes its lines."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from typer.testing import CliRunner, Result

from aforo.cli.commands import complete
from aforo.ports import shipped
from aforo.ports.reading import read


def called(*arguments: object) -> Result:
    return CliRunner().invoke(complete(), list(map(str, arguments)))


def times(path: Path, *extra: str) -> Path:
    """SYNTHETIC times of primary at Veterans."""
    drawn = np.exp(np.random.default_rng(1).normal(0.6, 0.5, 60))
    rows = [f"2301/veterans,lanes.standard.primary,{each:.2f}" for each in drawn]
    path.write_text("\n".join(["bridge,place,minutes", *rows, *extra]) + "\n", encoding="utf-8")
    return path


def test_a_port_document_takes_the_lines_at_their_places(tmp_path: Path) -> None:
    out = tmp_path / "figures.toml"
    told = called("twin", "services", times(tmp_path / "times.csv"), "-o", out, "--lang", "en")
    assert told.exit_code == 0, told.output
    assert "lanes.standard.primary" in told.output
    assert "not lognormal" not in told.output
    lines = out.read_text(encoding="utf-8")
    (figure,) = [line for line in lines.splitlines() if line.startswith("primary = ")]
    (source,) = [line.removeprefix("# ") for line in lines.splitlines() if line.startswith("# service-times")]
    document = shipped.documents()["2301"].decode("utf-8")
    before = next(line for line in document.splitlines() if line.startswith("primary = { mean_minutes = 1.6,"))
    port, faults = read(
        document.replace(before, figure, 1).replace("[sources]", f"[sources]\n{source}", 1).encode("utf-8")
    )
    assert not faults
    assert port is not None
    primary = port.bridges[0].lanes["standard"].primary
    assert primary is not None
    assert primary.source == "service-times"
    assert 1.5 < primary.mean_minutes < 2.8


def test_rows_of_unknown_places_and_refused_rows_are_told_and_exit_1(tmp_path: Path) -> None:
    file = times(tmp_path / "times.csv", "2301/veterans,docks.service,0", "Atlantis,docks.service,5")
    told = called("twin", "services", file, "--json")
    assert told.exit_code == 1
    report = json.loads(told.stdout)
    assert report["refused"][0]["reasons"] == {"service_minutes": 1}
    assert report["elsewhere"] == {"Atlantis docks.service": 1}
    assert report["bridges"][0]["services"][0]["times"] == 60
    spanish = " ".join(called("twin", "services", file, "--lang", "es").output.split())
    assert "ningún documento de puerto tiene" in spanish
    assert "0 no es un tiempo de servicio" in spanish


def test_a_file_that_cannot_be_used_is_said(tmp_path: Path) -> None:
    missing = called("twin", "services", tmp_path / "none.csv", "--lang", "en")
    assert missing.exit_code == 2
    (tmp_path / "other.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    other = called("twin", "services", tmp_path / "other.csv", "--lang", "en")
    assert other.exit_code == 1
    assert "minutes" in other.output
