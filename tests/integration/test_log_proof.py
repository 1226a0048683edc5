"""Proofs of inclusion, made from the store's own checkpoints, are those of RFC 6962, on both databases."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import update

from aforo.domain.event import LotteryCommitted, new_event
from aforo.log import schema
from aforo.log.ids import event_id
from aforo.log.keys import KeyStore
from aforo.log.merkle import inclusion_proof
from aforo.log.proof import NoProofError, last_checkpoint, leaves, prove
from aforo.log.sequencer import sequence
from aforo.log.store import Log

AT = datetime(2026, 1, 5, tzinfo=UTC)


def test_every_event_is_proved_for_every_checkpoint(store_url: str, tmp_path: Path) -> None:
    with closing(KeyStore(tmp_path / "keys.sqlite")) as keys, Log.open(store_url, keys) as log:
        sizes: list[int] = []
        for count in (1, 2, 5, 1, 8, 3):
            payload = LotteryCommitted(AT.date(), "0" * 64)
            start = sizes[-1] if sizes else 0
            log.append(
                [
                    new_event(event_id(AT), payload, f"s/{n}", 1, occurred_at=AT, recorded_at=AT, actor="x")
                    for n in range(start, start + count)
                ]
            )
            assert sequence(log) == count
            sizes.append(start + count)
        head = last_checkpoint(log.database)
        assert head is not None
        assert head.size == sizes[-1]
        found = leaves(log.database, -1, until=head.size, limit=100)
        assert [leaf for leaf, _ in found] == list(range(sizes[-1]))
        hashes = [stored.leaf_hash for _, stored in found]

        def check() -> None:
            for leaf, stored in found:
                name = stored.event.event_id
                first = next(size for size in sizes if size > leaf)
                assert prove(log.database, name).size == first
                for size in sizes:
                    if size <= leaf:
                        with pytest.raises(NoProofError):
                            prove(log.database, name, size)
                        continue
                    proof = prove(log.database, name, size)
                    assert (proof.leaf, proof.body, proof.size) == (leaf, stored.body, size)
                    assert proof.path == inclusion_proof(hashes[:size], leaf)
                with pytest.raises(NoProofError):
                    prove(log.database, name, 4)  # no checkpoint was signed there

        check()
        with log.database.write() as connection:  # as an earlier version of the product left them
            connection.execute(update(schema.checkpoint).values(frontier=None))
        check()
        assert [leaf for leaf, _ in leaves(log.database, 3, stream="s/5", until=20, limit=9)] == [5]
        assert leaves(log.database, -1, types=["person.read"], until=20, limit=9) == []
