"""Who reads signed blocks, in the thread that asks or in a process of its own: the same answers, and none is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from hashlib import sha256
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Any

import pytest
from at_custody import key_of
from nacl.signing import SigningKey
from sealed import MINUTE, START, drive, in_blocks

from aforo.custody.case import NEVER
from aforo.flow import blocks_apart
from aforo.flow.blocks_apart import read_apart
from aforo.flow.blocks_read import BlockRead, Reader, Signed, read_here
from aforo.intake.seal_block import FIRST, encode

OLD, NEW, OTHER = (SigningKey(bytes([number]) * 32) for number in (5, 6, 7))
BOTH = ((key_of(NEW), NEVER), (key_of(OLD), START + 4 * MINUTE))


def signed(key: SigningKey, signer: str = "seal-1", *, count: int = 3) -> list[bytes]:
    previous, made = FIRST, []
    for number, (_, own) in enumerate(in_blocks(drive(count))):
        made.append(encode("seal-1", signer, 1, number, previous, own, lambda said: key.sign(said).signature))
        previous = sha256(made[-1]).digest()
    return made


@pytest.fixture(params=["here", "apart"])
def reader(request: pytest.FixtureRequest) -> Iterator[Reader]:
    if request.param == "here":
        yield read_here
        return
    with read_apart() as made:
        yield made


def code(read: BlockRead) -> str:
    assert (read.said is None) != (read.wrong is None)
    return "" if read.wrong is None else read.wrong.code


def test_blocks_are_read_each_by_itself_and_in_their_order(reader: Reader) -> None:
    (now, *_), (before, *_), (forged, *_) = signed(NEW), signed(OLD), signed(OTHER)
    (by_gateway, *_) = signed(OTHER, "gate-1")
    asked = [
        Signed(now, BOTH),
        Signed(forged, BOTH),
        Signed(before, BOTH),
        Signed(b"\xd2\x84", BOTH),
        Signed(now, ()),
        Signed(by_gateway, ((key_of(OTHER), NEVER),)),
        Signed(now[:-1] + bytes([now[-1] ^ 1]), BOTH),
    ]
    found = reader(asked)
    assert [code(each) for each in found] == [
        "", "block_signature", "", "block_cut", "block_signer_unknown", "", "block_signature",
    ]  # fmt: skip
    said = [each.said for each in found]
    assert said[0] is not None
    assert said[5] is not None
    assert (said[0].grade, said[0].hash, said[0].gateway) == ("device", sha256(now).hexdigest(), "")
    assert (said[5].grade, said[5].gateway) == ("gateway", "gate-1")
    assert list(found) == read_here(asked)
    assert list(reader([])) == []


def test_a_key_that_was_changed_is_believed_of_what_speaks_of_no_time_after_that(reader: Reader) -> None:
    """However late it comes; what it signed of after that is told as what it is, and keeps nothing else back."""
    last = START + 4 * MINUTE
    (before, *_), (now, *_) = signed(OLD), signed(NEW)
    for until, told in ((last, ""), (last - 1, "block_key_superseded")):
        keys = ((key_of(NEW), NEVER), (key_of(OLD), until))
        found = reader([Signed(before, keys), Signed(now, keys)])
        assert [code(each) for each in found] == [told, ""]
    (wrong,) = [each.wrong for each in found if each.wrong is not None]
    assert wrong.reason.en != wrong.reason.es


@pytest.fixture
def apart() -> Iterator[Any]:
    made = blocks_apart._Apart()
    yield made
    made.end()
    assert made._process is None


def test_a_process_that_is_lost_is_started_anew_and_the_blocks_are_read(apart: Any) -> None:
    asked = [Signed(each, BOTH) for each in signed(NEW)]
    assert all(each.said for each in apart.read(asked))
    before = apart._process.pid
    os.kill(before, signal.SIGKILL)
    assert list(apart.read(asked)) == read_here(asked)
    assert apart._process.pid != before


def test_a_process_that_gives_no_answer_is_ended(apart: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = [Signed(each, BOTH) for each in signed(NEW)]
    apart.read(asked)
    before = apart._process
    os.kill(before.pid, signal.SIGSTOP)
    monkeypatch.setattr(blocks_apart, "ANSWERS_S", 0.2)
    assert list(apart.read(asked)) == read_here(asked)
    assert not before.is_alive()


def test_without_a_process_blocks_are_read_all_the_same(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    asked = [Signed(each, BOTH) for each in signed(NEW)]
    monkeypatch.setattr(blocks_apart, "_serve", os._exit)
    with read_apart() as reader:
        assert list(reader(asked)) == read_here(asked)
    assert "lost twice" in caplog.text
    monkeypatch.setattr(SpawnProcess, "start", failing)
    with read_apart() as reader:
        assert list(reader(asked)) == read_here(asked)


def failing(self: SpawnProcess) -> None:
    raise BlockingIOError("no more processes")


def test_an_answer_that_was_not_read_is_no_answer_to_the_next_question(
    apart: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = ([Signed(each, BOTH)] for each in signed(NEW, count=12)[:2])
    with monkeypatch.context() as short:
        short.setattr(Connection, "recv_bytes", no_memory)
        with pytest.raises(MemoryError):
            apart.read(one)
    assert list(apart.read(other)) == read_here(other)


def no_memory(self: Connection) -> bytes:
    raise MemoryError


ASKING = """
import time
from aforo.flow import blocks_apart
if __name__ == "__main__":
    apart = blocks_apart._Apart()
    print(apart._process.pid, flush=True)
    time.sleep(60)
"""


def test_it_ends_when_who_asks_it_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", ASKING], stdout=subprocess.PIPE, text=True) as asking:
        assert asking.stdout is not None
        own = int(asking.stdout.readline())
        asking.kill()
    until = time.monotonic() + 20
    while alive(own):
        assert time.monotonic() < until, "a process that nobody asks goes on"
        time.sleep(0.05)


def alive(process: int) -> bool:
    """Whether a process runs; one that has ended, and whose end nobody asked for, does not."""
    try:
        with open(f"/proc/{process}/stat") as held:
            return held.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
