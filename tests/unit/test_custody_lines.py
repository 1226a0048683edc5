"""The lines of an unsigned block come back as they were sent, from old logs too, and no stream of them is a bomb."""

from __future__ import annotations

import base64
import zlib

import msgspec
import pytest

from aforo.custody import lines
from aforo.custody.lines import LinesError, lines_of, packed
from aforo.domain.device import BlockReceived

BLOCK = BlockReceived("seal_text", "unsigned", "", "", 1, 0, 0)
SENT = "".join(f"##S,eSeal,seal-1,ABCD,1.0,Normal,{each},2026-03-02,06:14:00,E##\n" for each in range(60)).encode()


def test_lines_come_back_as_they_were_sent_and_take_less() -> None:
    kept = packed(SENT)
    assert lines_of(msgspec.structs.replace(BLOCK, packed=kept)) == SENT
    assert len(kept) < len(SENT) / 4
    assert lines_of(msgspec.structs.replace(BLOCK, packed=packed(b""))) == b""


def test_older_logs_and_signed_blocks_are_read_as_they_are() -> None:
    assert lines_of(msgspec.structs.replace(BLOCK, raw=base64.b64encode(SENT).decode())) == SENT
    assert lines_of(BLOCK) == b""


@pytest.mark.parametrize(
    "changes",
    [
        {"packed": packed(SENT), "raw": base64.b64encode(SENT).decode()},
        {"packed": packed(SENT)[:-8]},
        {"packed": "no base64"},
        {"packed": base64.b64encode(SENT).decode()},
        {"packed": base64.b64encode(zlib.compress(SENT) + b"more").decode()},
        {"raw": "no base64"},
    ],
)
def test_what_is_no_single_stream_is_refused(changes: dict[str, str]) -> None:
    with pytest.raises(LinesError):
        lines_of(msgspec.structs.replace(BLOCK, **changes))


def test_a_bomb_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "MOST_BYTES", 1_000)
    assert lines_of(msgspec.structs.replace(BLOCK, packed=packed(bytes(1_000)))) == bytes(1_000)
    with pytest.raises(LinesError):
        lines_of(msgspec.structs.replace(BLOCK, packed=packed(bytes(1_001))))
