"""The afternoon of a carrier's engineer, as its guide has it: every block is run, with bash against a real sandbox."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
from test_docs import missing_line
from test_sandbox import REPOSITORY, SECONDS, blocks, environment, running

GUIDE = REPOSITORY / "docs" / "guide" / "custody-afternoon.md"
NEEDED = ("bash", "curl", "mosquitto", "mosquitto_pub")


def test_an_afternoon_works_as_the_guide_says(tmp_path: Path) -> None:
    if absent := [each for each in NEEDED if shutil.which(each) is None]:
        pytest.skip(f"the guide needs {absent}")
    first, *others = blocks(GUIDE.read_text(encoding="utf-8"))
    assert first.runs_on
    with running(first.code, tmp_path) as (server, said):
        assert missing_line(first.shown, "\n".join(said)) is None, said
        script = ["set -e -o pipefail", *(f"printf '\\n=== {each.line}\\n'\n{each.code}" for each in others)]
        done = subprocess.run(
            ["bash", "-c", "\n".join(script)],
            cwd=tmp_path, env=environment(tmp_path), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, timeout=SECONDS, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout
        parts = re.split(r"^=== (\d+)\n", done.stdout, flags=re.MULTILINE)
        printed = dict(zip(map(int, parts[1::2]), parts[2::2], strict=True))
        for block in others:
            missing = missing_line(block.shown, printed[block.line])
            assert missing is None, f"line {block.line}: not printed: {missing}\n{printed[block.line]}"
        server.send_signal(signal.SIGTERM)
        assert server.wait(60) == 0
