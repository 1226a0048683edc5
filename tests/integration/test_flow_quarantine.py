"""A damaged record stops no other one on either database, and whom it speaks of can be erased from it."""

from __future__ import annotations

import io

import polars as pl
import pytest
from journeys import Post, answered, truck

from aforo.domain.event import Quarantined
from aforo.flow.quarantine import quarantine
from aforo.intake import declarations
from aforo.log.erasure import erase_person
from aforo.settings import Settings


def stored(rows: list[dict[str, object]]) -> bytes:
    out = io.BytesIO()
    pl.DataFrame(rows).write_parquet(out)
    return out.getvalue()


@pytest.mark.parametrize("own", ["a\0b", "a\x1b[2Jb", "x" * 8_000, "é" * 101])
def test_a_record_that_no_database_takes_stops_no_good_one(post: Post, store_url: str, own: str) -> None:
    post.settings = Settings(store_url, post.settings.keys)
    (batch,) = declarations.read_bytes(stored([truck("before"), truck("bad", declaration_id=own), truck("after")]))
    with post.node() as node:
        answered(node, batch.table)
        assert quarantine(batch.refused, node, declarations.NAME) == 1
        assert node.log.stream("crossing/before")
        assert node.log.stream("crossing/after")
        (kept,) = node.log.read(types=[Quarantined.TYPE])
        assert isinstance(kept.payload, Quarantined)
        assert kept.payload.persons


WHO = {"driver_id": "LIC-XIOMARA", "tractor_id": "PLATE-9"}


def csv(description: str, **fields: str) -> bytes:
    """One record that begins with a piece of text, as it is."""
    row = pl.DataFrame([truck("x", description="HERE", **WHO) | fields])
    text = row.select("description", pl.exclude("description")).write_csv()
    return text.replace("HERE", description).encode()


@pytest.mark.parametrize("kind", ["driver", "tractor"])
@pytest.mark.parametrize(
    "data",
    [
        pytest.param(csv("bra\0ckets"), id="NUL"),
        pytest.param(csv("brackets", driver_id="LIC-\0XIOMARA", tractor_id="PLATE-9\0\0"), id="NUL within"),
        pytest.param(csv("brackets").decode().encode("utf-16-le").removesuffix(b"\0"), id="UTF-16 without its mark"),
        pytest.param(b"\xff\xfe" + csv("bra\0ckets").decode().encode("utf-16-le"), id="NUL in UTF-16"),
        pytest.param(csv("bra\0ckets").replace(b",", b";"), id="NUL between semicolons"),
        pytest.param(csv('"brackets'), id="open quote"),
        pytest.param(csv("x" * 20_000), id="long field"),
        pytest.param(stored([truck("x", description="bra\0ckets", **WHO)]), id="NUL in Parquet"),
        pytest.param(stored([truck("x", **WHO | {"driver_id": "LIC-\0XIOMARA"})]), id="NUL within, in Parquet"),
    ],
)
def test_erasure_reaches_damaged_records(post: Post, data: bytes, kind: str) -> None:
    (batch,) = declarations.read_bytes(data)
    assert len(batch.table) == 0
    with post.node() as node:
        assert quarantine(batch.refused, node, declarations.NAME) == 1
        (kept,) = [each.payload for each in node.log.read(types=[Quarantined.TYPE])]
        assert isinstance(kept, Quarantined)
        persons = [int(person, 16) for person in kept.persons]
        assert node.keys.open(persons, kept.sealed) == batch.refused[0].raw.encode()
        person = int(node.keys.identity_hashes(kind, [WHO[f"{kind}_id"]])[0])
        assert erase_person(node.log, person, "asked", actor="tester") is not None
        assert node.keys.open(persons, kept.sealed) is None
