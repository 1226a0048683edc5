"""Who asks for events of a rare type reads no others: the query is served by their index on both databases."""

from __future__ import annotations

from sqlalchemy import select, text
from sqlalchemy.dialects import postgresql, sqlite

from aforo.domain.alert import ALERT_PAYLOADS
from aforo.domain.arrival import Arrived
from aforo.domain.device import BlockReceived
from aforo.domain.edge import EDGE_PAYLOADS
from aforo.domain.event import PAYLOADS, Assessed, Decided, Filed, Passed
from aforo.log import schema
from aforo.log.databases import database
from aforo.log.migrations import upgrade
from aforo.log.queries import behind
from aforo.log.store import COLUMNS

ROWS = 20_000


def test_the_frequent_types_are_those_of_trucks_and_seals() -> None:
    assert set(schema.FREQUENT_TYPES) == {
        Filed.TYPE, Assessed.TYPE, Decided.TYPE, Arrived.TYPE, Passed.TYPE, BlockReceived.TYPE,
    }  # fmt: skip
    assert set(schema.FREQUENT_TYPES) <= PAYLOADS.keys()
    rare = {each.TYPE for each in (*ALERT_PAYLOADS, *EDGE_PAYLOADS)}
    assert not rare & set(schema.FREQUENT_TYPES)


def test_a_query_for_rare_types_uses_their_index(store_url: str) -> None:
    store = database(store_url)
    with store.write() as connection:
        upgrade(connection)
        connection.execute(
            text(
                "INSERT INTO event (event_id, stream, version, type, leaf_hash, body)"
                " VALUES (:id, :id, 1, :type, :bytes, :bytes)"
            ),
            [
                {"id": str(i), "type": "edge.enrolled" if i % 1000 == 0 else "crossing.filed", "bytes": b"x" * 200}
                for i in range(ROWS)
            ],
        )
    with store.write() as connection:
        if connection.dialect.name == "postgresql":  # which does so by itself in time; a file is never analysed
            connection.execute(text("ANALYZE event"))
    position = schema.event.c.position
    query = select(*COLUMNS).where(*behind(10, ["edge.enrolled", "edge.retired"]), position <= ROWS)
    query = query.order_by(position).limit(10_000)
    with store.read() as connection:
        server = connection.dialect.name == "postgresql"
        dialect = postgresql.dialect() if server else sqlite.dialect()
        told = query.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
        plan = connection.execute(text(f"EXPLAIN {'' if server else 'QUERY PLAN '}{told}")).all()
        found = connection.execute(query).all()
    store.close()
    assert "event_by_rare_type" in str(plan), plan
    assert len(found) == ROWS // 1000 - 1


def test_a_query_that_asks_for_a_frequent_type_too_says_nothing_of_rare_ones() -> None:
    assert len(behind(0, [Filed.TYPE, "edge.enrolled"])) == 2
    assert len(behind(0, [])) == 1
