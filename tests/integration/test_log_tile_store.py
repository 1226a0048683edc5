"""The store's tiles are the tree's, on both databases, made as it grows or afterwards; a changed one is found."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from recorded import Clock, event
from sqlalchemy import delete, insert, text, update

from aforo.log import merkle, schema, sequencer, tile_store
from aforo.log.backup import back_up, restore
from aforo.log.checkpoint import Checkpoint
from aforo.log.cosignature import WitnessKey
from aforo.log.keys import KeyStore
from aforo.log.proof import NoProofError, last_checkpoint, prove
from aforo.log.sequencer import sequence
from aforo.log.signing import EquivocationError
from aforo.log.store import Log
from aforo.log.tiles import NoTileError, Tile, width_at
from aforo.log.verify import contradiction_in, verify

SAMPLES = Path(__file__).resolve().parents[1] / "samples" / "log"


@pytest.fixture
def log(store_url: str, tmp_path: Path) -> Iterator[Log]:
    with Log.open(store_url, KeyStore(tmp_path / "keys.sqlite"), clock=Clock()) as opened:
        yield opened


def file(log: Log, count: int, prefix: str = "s") -> None:
    log.append([event(f"{prefix}{number}", 1) for number in range(count)])


def hashes_of(log: Log) -> list[bytes]:
    return [stored.leaf_hash for stored in log.read(limit=100_000)]


def check(log: Log, leaves: list[bytes]) -> None:
    """Every tile, and proofs of some leaves and sizes."""
    size = len(leaves)
    level, hashes = 0, leaves
    while hashes:
        for index in range(-(-len(hashes) // 256)):
            wanted = Tile(level, index, width_at(size, level, index))
            expected = b"".join(hashes[index * 256 : index * 256 + wanted.width])
            assert tile_store.served_tile(log.database, wanted) == expected, wanted
        level, hashes = level + 1, [merkle.root(hashes[at : at + 256]) for at in range(0, len(hashes) - 255, 256)]
    with log.database.read() as connection:
        for tree_size in {1, size // 2, size - 1, size} - {0}:
            tree = tile_store.tree(connection, tree_size)
            assert tree.root() == merkle.root(leaves[:tree_size])
            for index in {0, tree_size // 3, tree_size - 1}:
                assert tree.inclusion(index) == merkle.inclusion_proof(leaves[:tree_size], index)
            assert tree.consistency(tree_size // 2 or 1) == merkle.consistency_proof(
                leaves[:tree_size], tree_size // 2 or 1
            )


def test_tiles_grow_with_the_tree(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sequencer, "BATCH", 300)
    for part, count in enumerate((1, 254, 1, 1, 700, 43)):
        file(log, count, f"{part}/")
        assert sequence(log) == count
    leaves = hashes_of(log)
    check(log, leaves)
    bodies = [stored.body for stored in log.read()]
    for index, width in ((0, 256), (0, 3), (3, 232)):
        bundle = tile_store.served_entries(log.database, Tile(0, index, width))
        expected = bodies[index * 256 : index * 256 + width]
        assert bundle == b"".join(len(body).to_bytes(2, "big") + body for body in expected)
    for wanted in (Tile(0, 3, 233), Tile(0, 3), Tile(0, 4, 1), Tile(1, 0, 4), Tile(1, 0), Tile(2, 0, 1)):
        with pytest.raises(NoTileError):
            tile_store.served_tile(log.database, wanted)
    for stored in (log.read()[0], log.read()[500]):
        for size in (700, 1_000):
            name = stored.event.event_id
            with pytest.raises(NoProofError):
                prove(log.database, name, size - 1)
        head = last_checkpoint(log.database)
        assert head is not None
        proof = prove(log.database, name, head.size)
        assert merkle.root_of_inclusion(stored.leaf_hash, proof.leaf, 1_000, proof.path) == merkle.root(leaves)


def test_what_is_not_signed_is_not_served(log: Log) -> None:
    file(log, 3)
    with pytest.raises(NoTileError):
        tile_store.served_tile(log.database, Tile(0, 0, 3))
    with pytest.raises(NoTileError):
        tile_store.served_entries(log.database, Tile(0, 0, 3))
    sequence(log)
    assert len(tile_store.served_tile(log.database, Tile(0, 0, 3))) == 96


def test_a_large_entry_is_said_to_be_one(log: Log) -> None:
    log.append([event("small", 1), event("large", 1, ground="x" * 70_000)])
    sequence(log)
    assert tile_store.served_entries(log.database, Tile(0, 0, 1))
    with pytest.raises(tile_store.EntryTooLargeError) as told:
        tile_store.served_entries(log.database, Tile(0, 0, 2))
    assert told.value.leaf == 1
    assert len(tile_store.served_tile(log.database, Tile(0, 0, 2))) == 64


def test_what_is_lacking_is_made_in_parts(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    file(log, 2_000)
    sequence(log)
    with log.database.write() as connection:
        connection.execute(delete(schema.subtree))
    with pytest.raises(NoTileError):
        tile_store.served_tile(log.database, Tile(1, 0, 7))
    monkeypatch.setattr(tile_store, "_ROWS", 1)
    with log.database.write() as connection:
        assert tile_store.fill(connection, 2_000, 700) == 512
    first = log.keys.signing.first(log.origin)
    assert verify(log.database, first).good, "what is not there yet is no finding"
    assert sequence(log) == 0, "it is made where nothing new is to be sequenced, too"
    check(log, hashes_of(log))
    assert verify(log.database, first).good


def test_where_leaves_are_missing_nothing_is_made_nor_signed(log: Log) -> None:
    file(log, 600)
    sequence(log)
    with log.database.write() as connection:
        connection.execute(delete(schema.subtree))
        connection.execute(delete(schema.leaf).where(schema.leaf.c.leaf_index == 300))
    file(log, 1, "more")
    with pytest.raises(EquivocationError, match="missing"):
        sequence(log)


@pytest.mark.parametrize(
    ("place", "value"), [(0, bytes(32)), (1, b""), (2, None)], ids=["another", "shorter", "removed"]
)
def test_a_changed_root_is_found(log: Log, place: int, value: bytes | None) -> None:
    file(log, 1_000)
    sequence(log)
    table = schema.subtree
    with log.database.write() as connection:
        where = (table.c.level == 1, table.c.place == place)
        if value is None:
            # The last would be made again: another one is put behind the hole.
            connection.execute(delete(table).where(*where))
            if place == 2:
                connection.execute(insert(table).values(level=1, place=3, hash=bytes(32)))
        else:
            connection.execute(update(table).where(*where).values(hash=value))
    report = verify(log.database, log.keys.signing.first(log.origin))
    assert [finding.code for finding in report.findings] == ["tile_changed"]
    assert str(place) in report.findings[0].reason.en
    # A proof made with it does not hold, which its reader sees.
    if value is not None and len(value) == 32:
        proof = prove(log.database, log.read()[999].event.event_id)
        assert merkle.root_of_inclusion(hashes_of(log)[999], 999, 1_000, proof.path) != merkle.root(hashes_of(log))


def test_a_changed_event_is_not_told_of_its_tile_too(log: Log) -> None:
    file(log, 600)
    sequence(log)
    with log.database.write() as connection:
        connection.execute(text("UPDATE event SET body = :body WHERE position = 6"), {"body": b"{}"})
    report = verify(log.database, log.keys.signing.first(log.origin))
    assert {finding.code for finding in report.findings} == {"event_unreadable", "event_changed"}


def test_a_restored_store_makes_its_tiles_again(log: Log, tmp_path: Path) -> None:
    file(log, 600)
    sequence(log)
    leaves = hashes_of(log)
    with log.database.write() as connection:
        connection.execute(
            insert(schema.cosignature), [{"size": 600, "witness": f"w{n}", "line": f"— w{n} AA==\n"} for n in range(3)]
        )
    back_up(log.database.engine.url.render_as_string(hide_password=False), tmp_path / "copy.sqlite")
    restore(tmp_path / "copy.sqlite", f"sqlite:///{tmp_path / 'restored.sqlite'}")
    with Log.open(f"sqlite:///{tmp_path / 'restored.sqlite'}", log.keys) as restored:
        sequence(restored)
        check(restored, leaves)
        with restored.database.read() as connection:
            assert connection.execute(text("SELECT count(*) FROM cosignature")).scalar_one() == 3


@pytest.mark.parametrize("revision", ["0001", "0002"])
def test_the_oldest_log_gets_its_tiles(tmp_path: Path, revision: str) -> None:
    """As older versions left them, with events of theirs behind, so that there are full tiles."""
    place = tmp_path / "log.sqlite"
    with closing(sqlite3.connect(place)) as old:
        old.executescript((SAMPLES / f"record-{revision}.sql").read_text(encoding="utf-8"))
    with closing(sqlite3.connect(tmp_path / "keys.sqlite")) as keys:
        keys.executescript((SAMPLES / f"keys-{revision}.sql").read_text(encoding="utf-8"))
    with closing(KeyStore(tmp_path / "keys.sqlite")) as store, Log.open(f"sqlite:///{place}", store) as log:
        file(log, 700, "tiled/")
        sequence(log)
        leaves = hashes_of(log)
        assert len(leaves) > 700
        check(log, leaves)
        with log.database.write() as connection:  # as if all of it had been written before there were tiles
            connection.execute(delete(schema.subtree))
        sequence(log)
        check(log, leaves)
        assert verify(log.database, store.signing.first(log.origin)).good


def test_an_older_store_is_looked_at_without_tiles(tmp_path: Path) -> None:
    place = tmp_path / "log.sqlite"
    with closing(sqlite3.connect(place)) as old:
        old.executescript((SAMPLES / "record-0002.sql").read_text(encoding="utf-8"))
    with closing(sqlite3.connect(tmp_path / "keys.sqlite")) as keys:
        keys.executescript((SAMPLES / "keys-0002.sql").read_text(encoding="utf-8"))
    before = place.read_bytes()
    with closing(KeyStore(tmp_path / "keys.sqlite")) as store, Log.open_to_read(f"sqlite:///{place}", store) as log:
        first, signer = store.signing.first(log.origin), store.signing.current(log.origin)
        witness = WitnessKey("w", first.public_key)
        report = verify(log.database, first, witnesses=[witness])
        assert [finding.code for finding in report.findings] == ["cosignature_missing"]
        head = last_checkpoint(log.database)
        assert head is not None
        other = Checkpoint(log.origin, head.size, bytes(31) + b"1").signed(signer)
        convicts = contradiction_in(log.database, first, [other])
        assert convicts is not None, "of one size no tiles are needed"
        assert convicts.convicts([first, signer.verifier])
        smaller = Checkpoint(log.origin, head.size - 1, bytes(31) + b"1").signed(signer)
        assert contradiction_in(log.database, first, [smaller]) is None
    assert place.read_bytes() == before
