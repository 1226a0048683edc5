"""Ctrl-C, however early or late it comes: exit 130, one sentence, no traceback, and a log that verifies."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from journeys import Post, truck
from typer.testing import CliRunner

from aforo.cli import complete_app

SENTENCE = {
    "en": "Interrupted. What was recorded is kept; run the command again to go on.\n",
    "es": "Interrumpido. Lo que se registró se conserva; ejecute la orden de nuevo para seguir.\n",
}
INTERRUPT = "import os, signal; ctrl_c = lambda *_: os.kill(os.getpid(), signal.SIGINT)\n"

IN_AN_IMPORT = """
import sys
class Finder:
    def find_spec(name, *_):
        if name == "polars": ctrl_c()
sys.meta_path.insert(0, Finder)
sys.argv = ["aforo", "replay", "--all"]
from aforo.cli import main
main()
"""
IN_A_FINALISER = """
import time
from aforo.cli import interrupt
class Resource:
    def __del__(self): ctrl_c()
with interrupt.told_in_words():
    Resource()
    time.sleep(60)
"""
WHILE_A_CONNECTION_IS_GIVEN_BACK = """
from aforo.cli import interrupt
from sqlalchemy import create_engine, event
engine = create_engine("sqlite://")
event.listens_for(engine, "reset")(ctrl_c)
with interrupt.told_in_words():
    with engine.connect() as connection:
        connection.exec_driver_sql("SELECT 1")
"""
TAKEN_FOR_A_FAILURE = """
import sys
from aforo.cli import interrupt
with interrupt.told_in_words():
    try: ctrl_c()
    except KeyboardInterrupt: sys.exit(2)
"""


def run(program: str, *arguments: str, language: str = "en") -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("LC_", "LANG"))}
    return subprocess.run(
        [sys.executable, "-c", INTERRUPT + program, *arguments], env=environment | {"LANG": language},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    "program", [IN_AN_IMPORT, IN_A_FINALISER, WHILE_A_CONNECTION_IS_GIVEN_BACK, TAKEN_FOR_A_FAILURE]
)
@pytest.mark.parametrize("language", ["en", "es"])
def test_an_interrupt_is_one_sentence(program: str, language: str) -> None:
    made = run(program, language=language)
    assert (made.returncode, made.stderr, made.stdout) == (130, SENTENCE[language], "")


WHILE_IT_RECORDS = """
import sys
from aforo.cli import main, screen, writing
screen.BATCH_ROWS, record, batches = 5, writing.record, []
def interrupted(*given):
    record(*given)
    batches.append(1)
    if len(batches) == 2: ctrl_c()
writing.record = interrupted
sys.argv = ["aforo", "screen", *sys.argv[1:]]
main()
"""


def test_a_screening_that_is_interrupted_leaves_a_sound_log(post: Post, tmp_path: Path) -> None:
    day, out = tmp_path / "day.csv", tmp_path / "selection.ndjson"
    pl.DataFrame([truck(f"T{number}") for number in range(60)]).write_csv(day)
    arguments = [str(day), "-m", str(post.model), "--store", post.store, "-o", str(out)]
    made = run(WHILE_IT_RECORDS, *arguments)
    assert (made.returncode, made.stderr) == (130, SENTENCE["en"])
    told = [json.loads(line)["declaration_id"] for line in out.read_text().splitlines()]
    with post.log() as log:
        recorded = {stored.event.stream for stored in log.read()}
        assert len(told) < 60
        assert {f"crossing/{own}" for own in told} <= recorded
    assert CliRunner().invoke(complete_app(), ["log", "verify", "--store", post.store]).exit_code == 0
