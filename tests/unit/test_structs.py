"""Forms that several threads read for the first time at once."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import msgspec

from aforo.domain import structs

_AT_ONCE = """
import sys, threading
import msgspec
from aforo.domain import structs

sys.setswitchinterval(1e-6)
MESSAGE = b'{"g0":[{"f0":{"a":[1]}}],"g29":[{"f29":{"a":[1]}}]}'
for _ in range(40):
    inner = msgspec.defstruct(
        "Inner", [(f"f{each}", dict[str, list[int]] | None, None) for each in range(30)], module="aforo.inner"
    )
    many = [(f"g{each}", tuple[inner, ...], ()) for each in range(30)]
    outer = msgspec.defstruct("Outer", many, module="aforo.outer")
    structs.make_ready()
    begins = threading.Barrier(4)

    def read():
        begins.wait()
        assert msgspec.json.decode(MESSAGE, type=outer).g29[0].f29 == {"a": [1]}

    threads = [threading.Thread(target=read) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
print("read")
"""


def test_threads_read_a_form_for_the_first_time_at_once() -> None:
    # Without `make_ready` this ended by a segmentation fault in nearly every run, and once in a server.
    done = subprocess.run([sys.executable, "-c", _AT_ONCE], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout) == (0, "read\n"), done.stderr


def test_a_form_of_no_data_hinders_none() -> None:
    class Odd(msgspec.Struct):
        """Has a field that no message can hold."""

        __module__ = "aforo.odd"
        inner: complex | Path | object

    assert structs.make_ready() >= 1
    del Odd


def test_every_program_that_has_threads_makes_forms_ready(repository: Path) -> None:
    programs = {
        file.name: text
        for file in (repository / "src" / "aforo" / "cli").glob("*.py")
        if re.search(r"^from aforo\.(api\.server|gateways\.recorder) import", text := file.read_text(), re.MULTILINE)
    }
    assert "serve.py" in programs
    # The edge is served by the command of the node, which has made them ready.
    lacking = {name for name, text in programs.items() if "structs.make_ready()" not in text}
    assert lacking == {"edge_serving.py"}
