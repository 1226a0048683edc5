"""A receipt holds for its event, and for nothing else."""

from __future__ import annotations

import msgspec
import pytest
from recorded import START

from aforo.log.merkle import leaf_hash
from aforo.log.note import NoteError, Signer
from aforo.log.receipt import Promise, Receipt

SIGNER = Signer("aforo/test", bytes(32))
LEAVES = [leaf_hash(bytes([i])) for i in range(5)]


def receipts() -> list[Receipt]:
    promise = Promise(lambda: SIGNER, LEAVES, START)
    return [Receipt(f"event-{i}", leaf, promise, i, False) for i, leaf in enumerate(LEAVES)]


def test_every_receipt_of_an_append_can_be_checked_alone() -> None:
    for receipt in receipts():
        assert receipt.portable().check(SIGNER.verifier) == START
    assert len({receipt.promise for receipt in receipts()}) == 1, "one signature an append"


def test_a_receipt_for_another_leaf_does_not_hold() -> None:
    portable = receipts()[2].portable()
    for changed in (
        msgspec.structs.replace(portable, leaf_hash=LEAVES[3]),
        msgspec.structs.replace(portable, index=1),
        msgspec.structs.replace(portable, index=9),
        msgspec.structs.replace(portable, path=portable.path[:-1]),
        msgspec.structs.replace(portable, promise=SIGNER.note("a checkpoint\n5\n\n\n\n")),
        msgspec.structs.replace(portable, promise=portable.promise.replace("2026", "2025")),
    ):
        with pytest.raises(NoteError):
            changed.check(SIGNER.verifier)
    with pytest.raises(NoteError):
        portable.check(Signer("aforo/test", bytes(range(32))).verifier)
