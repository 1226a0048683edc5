"""The demonstration at a small size: deterministic, complete, synthetic wherever one looks, in both languages."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from rich.cells import cell_len
from rich.console import Console

from aforo.demo.account import Account, give
from aforo.demo.clock import ForwardClock
from aforo.demo.drawing import Scale as Axis
from aforo.demo.drawing import sparkline
from aforo.demo.scene import Scale
from aforo.demo.sentences import Speaker
from aforo.demo.show import show
from aforo.demo.show_story import waterfall
from aforo.domain.units import PPB, probability_ppb
from aforo.flow.replay import decisions_of
from aforo.log.keys import KeyStore
from aforo.log.store import Log

SMALL = Scale(weeks=4, crossings_per_week=500, prevalence=0.12)
SEED, RATE = 3, 0.2


@contextmanager
def silent(code: str, total: int | None) -> Iterator[Callable[[int], None]]:
    yield lambda count: None


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def account(folder: Path) -> Account:
    return give(folder, SEED, RATE, SMALL, silent, kept=True)


def drawn(account: Account, language: str, width: int) -> str:
    """What a terminal of `width` shows."""
    sink = io.StringIO()
    console = Console(file=sink, width=width, highlight=False, color_system=None)
    for part in show(account, Speaker(language), width):
        console.print(part, markup=False)
    return sink.getvalue()


def decided_alike(account: Account) -> dict[str, Any]:
    """What a seed fixes: all but identifiers, signatures and times of the machine."""
    said = msgspec.to_builtins(account)
    for name in ("log", "tampering", "seconds", "kept"):
        del said[name]
    for each in (*said["selection"], said["story"]):
        del each["decision"]
    return said


def test_a_seed_shows_the_same_day_again(account: Account, tmp_path: Path) -> None:
    assert decided_alike(give(tmp_path, SEED, RATE, SMALL, silent, kept=True)) == decided_alike(account)


def test_the_record_holds_and_a_changed_letter_is_found(account: Account) -> None:
    assert account.log.good
    assert account.log.waiting == 0
    assert account.log.checkpoints > 1
    assert account.replays.decisions == account.figures.crossings
    assert account.replays.different == 0
    assert account.tampering.findings


def test_every_truck_of_the_selection_is_counted_once(account: Account) -> None:
    figures = account.figures
    assert len(account.selection) == figures.examined == sum(figures.examined_by.values())
    assert figures.examined + account.released == figures.crossings
    assert sum(truck.found for truck in account.selection) == sum(figures.found_by.values())
    assert figures.known.precision.part == figures.truth.precision.part


def test_the_terms_of_the_story_add_up(account: Account) -> None:
    story = account.story
    assert {case.threat for case in story.cases} == {"contraband", "people", "theft", "misdeclaration"}
    clean = 1.0
    for case in story.cases:
        assert case.base + sum(step.micro_log_odds for step in case.steps) == case.total
        assert round(case.probability * PPB) == probability_ppb(np.array(case.total))
        clean *= 1.0 - case.probability
    assert story.probability == pytest.approx(1.0 - clean, abs=1e-8)
    assert story.differences == ()


@pytest.mark.parametrize("small", [0.0, 0.05, 10.0])
def test_a_waterfall_goes_from_the_base_to_the_total(account: Account, small: float) -> None:
    for case in account.story.cases:
        steps = waterfall(case, Speaker("en"), small)
        at = case.base
        for _, start, end in steps:
            assert start == at
            at = end
        assert at == case.total


def test_the_story_is_the_log_s_own(account: Account, folder: Path) -> None:
    moments = account.story.moments
    types = [moment.type for moment in moments]
    assert types == [f"crossing.{what}" for what in ("filed", "assessed", "decided", "passed", "examined")]
    assert {moment.origin for moment in moments} == {"synthetic"}
    assert [moment.position for moment in moments] == sorted(moment.position for moment in moments)
    assert account.story.violation is any(truck.found for truck in account.selection)
    assert account.story.learnt is not None
    assert account.story.lot.drawn == (account.story.lot.lot < account.story.lot.chance)
    assert account.story.lot.committed_at < moments[0].position


def test_nothing_personal_is_shown_or_lies_in_the_log_in_clear(account: Account, folder: Path) -> None:
    shown = msgspec.json.encode(account).decode() + drawn(account, "en", 200)
    stored = b"".join(path.read_bytes() for path in folder.glob("log.sqlite*"))
    for personal in ("SYNDR", "SYNTR"):
        assert personal not in shown
        assert personal.encode() not in stored
    assert b"SYNX" in stored.replace(b"SYN3X", b"SYNX")  # crossings, which are nobody's, are there


@pytest.mark.parametrize(
    ("language", "synthetic", "words"),
    [
        ("en", "SYNTHETIC", ["THE SELECTION", "by value", "What the carrier sees", "THE DAY'S MEASURES", "Verified"]),
        ("es", "SINTÉTICO", ["LA SELECCIÓN", "por valor", "Lo que ve el transportista", "LAS MEDIDAS DEL DÍA"]),
    ],
)
def test_it_is_told_in_both_languages_and_says_what_it_is(
    account: Account, language: str, synthetic: str, words: list[str]
) -> None:
    text = drawn(account, language, 120)
    assert text.count(synthetic) >= 6
    for word in words:
        assert word in text
    # both public reasons, whatever the language
    assert account.story.public_reason.en[:40] in text
    assert account.story.public_reason.es[:40] in text


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("width", [100, 120, 160])
def test_no_line_is_wider_than_the_terminal(account: Account, language: str, width: int) -> None:
    lines = drawn(account, language, width).splitlines()
    assert [line for line in lines if cell_len(line) > width] == []
    # a row of the selection stands in one line, whatever the width
    rows = [line for line in lines if line.startswith("SYN") and "·" not in line]
    assert len(rows) == len(account.selection)


def test_the_kept_folder_goes_on_as_any_store(account: Account, folder: Path) -> None:
    keys = KeyStore(folder / "log-keys.sqlite")
    with Log.open(f"sqlite:///{folder / 'log.sqlite'}", keys) as log:
        assert sum(len(group) for group in decisions_of(log)) == account.figures.crossings
    keys.close()


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG"))}
    program = Path(sys.executable).with_name("aforo")
    return subprocess.run(
        [program, "tour", *arguments], capture_output=True, text=True, check=False, env=environment, encoding="utf-8"
    )


def test_the_command_gives_the_same_as_one_json_object(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    done = run("--json", "--weeks", "3", "--crossings-per-week", "300", "--rate", "0.1", "--keep", str(kept))
    assert done.returncode == 0, done.stderr
    said = msgspec.json.decode(done.stdout)
    assert said["synthetic"] is True
    assert said["notice"]["en"].startswith("SYNTHETIC")
    assert said["notice"]["es"].startswith("SINTÉTICO")
    assert (said["rate"], said["kept"]) == (0.1, str(kept))
    assert (kept / "log.sqlite").exists()
    assert (kept / "model" / "manifest.json").exists()
    again = run("--keep", str(kept))
    assert again.returncode == 2
    assert "not empty" in again.stderr


def test_the_clock_only_goes_forward() -> None:
    clock = ForwardClock(datetime(2024, 5, 1, 12, tzinfo=UTC))
    clock.forward(datetime(2024, 5, 1, 13, tzinfo=UTC))
    assert clock() == datetime(2024, 5, 1, 13, tzinfo=UTC)
    with pytest.raises(ValueError, match="forward"):
        clock.forward(datetime(2024, 5, 1, 12, 59, tzinfo=UTC))


def test_pictures_show_signs_and_gaps() -> None:
    axis = Axis(-2.0, 2.0, 41)
    assert axis.bar(-2.0, 0.0, "red").plain == "█" * 20
    assert axis.bar(0.0, 1.0, "red").plain == " " * 20 + "█" * 10
    assert axis.bar(1.0, 1.0, "red").plain == " " * 30 + "▏"
    assert axis.mark(2.0, "bold").plain == " " * 40 + "◆"
    assert sparkline([1.0, None, 2.0, 3.0]) == "▁ ▅█"
    assert sparkline([None, None]) == "  "
