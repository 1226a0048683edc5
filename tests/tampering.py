"""Hands in the store of a log, behind the product's back: what each does to the database, at a place that is drawn."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from sqlite3 import Connection

from aforo.log.merkle import leaf_hash

#: A ground of `recorded.event`, and what is put in its place.
SAID, LIE = b"a test", b"a lie!"
Hand = Callable[[Connection, Random], None]


def _any_leaf(db: Connection, draw: Random) -> tuple[int, int]:
    """A leaf and its position."""
    (count,) = db.execute("SELECT count(*) FROM leaf").fetchone()
    index = draw.randrange(count)
    (position,) = db.execute("SELECT position FROM leaf WHERE leaf_index = ?", (index,)).fetchone()
    return index, position


def delete_row(db: Connection, draw: Random) -> None:
    """An event is gone."""
    db.execute("DELETE FROM event WHERE position = ?", (_any_leaf(db, draw)[1],))


def delete_and_close_up(db: Connection, draw: Random) -> None:
    """An event is gone with its leaf, and those behind it move up."""
    index, position = _any_leaf(db, draw)
    db.execute("DELETE FROM event WHERE position = ?", (position,))
    db.execute("DELETE FROM leaf WHERE leaf_index = ?", (index,))
    for (each,) in db.execute("SELECT leaf_index FROM leaf WHERE leaf_index > ? ORDER BY 1", (index,)).fetchall():
        db.execute("UPDATE leaf SET leaf_index = ? WHERE leaf_index = ?", (each - 1, each))


def change_words(db: Connection, draw: Random) -> None:
    """An event says something else; the hash beside it stays."""
    _say_otherwise(db, _any_leaf(db, draw)[1])


def change_words_and_hash(db: Connection, draw: Random) -> None:
    """An event says something else, and the hash beside it is that of the new words."""
    position = _any_leaf(db, draw)[1]
    body = _say_otherwise(db, position)
    db.execute("UPDATE event SET leaf_hash = ? WHERE position = ?", (leaf_hash(body), position))


def _say_otherwise(db: Connection, position: int) -> bytes:
    (body,) = db.execute("SELECT body FROM event WHERE position = ?", (position,)).fetchone()
    other = bytes(body).replace(SAID, LIE)
    assert other != body
    db.execute("UPDATE event SET body = ? WHERE position = ?", (other, position))
    return other


def change_row(db: Connection, draw: Random) -> None:
    """A column beside an event's words says something else."""
    column = draw.choice(("event_id", "stream", "version", "idempotency_key", "type", "leaf_hash"))
    value: object = draw.randbytes(32) if column == "leaf_hash" else f"other {draw.randrange(2**60)}"
    value = draw.randrange(2, 2**30) if column == "version" else value
    db.execute(f"UPDATE event SET {column} = ? WHERE position = ?", (value, _any_leaf(db, draw)[1]))


def cut_tail(db: Connection, draw: Random) -> None:
    """The end is gone, with what was signed of it: back to an older checkpoint, so that nothing in the store tells."""
    sizes = [size for (size,) in db.execute("SELECT size FROM checkpoint ORDER BY size")]
    size = draw.choice(sizes[:-1])
    query = "DELETE FROM event WHERE position > (SELECT position FROM checkpoint WHERE size = ?)"
    db.execute(query, (size,))
    db.execute("DELETE FROM leaf WHERE leaf_index >= ?", (size,))
    for table in ("checkpoint", "cosignature"):
        db.execute(f"DELETE FROM {table} WHERE size > ?", (size,))


def swap_leaves(db: Connection, draw: Random) -> None:
    """Two events change places in the tree, or in the log."""
    index, position = _any_leaf(db, draw)
    other, its = index, position
    while other == index:
        other, its = _any_leaf(db, draw)
    table = draw.choice(("leaf", "event"))
    for old, new in ((position, -1), (its, position), (-1, its)):
        db.execute(f"UPDATE {table} SET position = ? WHERE position = ?", (new, old))


HANDS: dict[str, Hand] = {
    "a row deleted": delete_row,
    "a row deleted, and the leaves closed up": delete_and_close_up,
    "words changed": change_words,
    "words changed with their hash": change_words_and_hash,
    "a row changed": change_row,
    "the tail cut": cut_tail,
    "a leaf swapped": swap_leaves,
}
#: After these the tree that is made anew from the events is another one.
TELLING: tuple[Hand, ...] = (delete_row, change_words_and_hash, cut_tail)


def make_anew(db: Connection) -> None:
    """Nothing was ever signed, as far as the store knows: the tree is made again from the events that are there."""
    for table in ("leaf", "checkpoint", "subtree", "cosignature"):
        db.execute(f"DELETE FROM {table}")
