"""Filings in columns, ready to be judged: identities, crossings, and which of them were filed before."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b

import numpy as np
import numpy.typing as npt
import polars as pl

from aforo.domain.declaration import (
    ENTITY_KINDS,
    FREE_TEXT_FIELDS,
    NOT_IDENTIFYING,
    NOT_PRIVATE_AS_WRITTEN,
    PERSONAL_FIELDS,
    PRIVATE_FIELDS,
    PRIVATE_IDENTIFIER,
    identity_text,
)
from aforo.domain.event import Filed, Taken
from aforo.domain.table import FEW
from aforo.flow.crossings import name_crossings
from aforo.flow.earlier import EarlierCrossing
from aforo.flow.filed_again import FiledAgain, filed_again, recorded_name
from aforo.flow.joining import joined as joined_to_trips
from aforo.flow.json_columns import Column, Texts, objects, plain, where
from aforo.flow.names import filing_key, own_name
from aforo.flow.node import Node
from aforo.flow.open_trucks import names_trip
from aforo.flow.recorded import CLEAR_COLUMNS, CONTENT_COLUMNS, Identities, json_rows, unpack_identities
from aforo.log.stored import StoredEvent

#: The column that identifies each kind of entity.
_ID_COLUMN = {kind: f"{kind}_id" for kind in ENTITY_KINDS}


#: By crossing, the crossings that it takes in, as they are recorded there and as they were decided.
Taking = Mapping[str, Sequence[tuple[Taken, EarlierCrossing]]]


@dataclass(frozen=True)
class Filings:
    """New filings of one batch, a row each, with what the batch repeats or contradicts.

    `table` is without the identifiers that are a person's own, which `private` holds by column. `repeated` maps the row
    of a filing that is in the log already to its event; `contradicted` lists rows whose identifier stands in the log
    with other content, `superseded` those of `repeated` whose place later filings took, and `anew` what takes the place
    of what was cancelled under its identifier. All count rows of the batch that was given. `astray` lists rows of
    `table` that amend what neither the batch nor the log has, `staying` those that name another crossing than that of
    what they amend, which they are part of. `taking` are crossings that the filings' crossings take in. `renamed` are
    declarations that stand in the log under another identifier than they were given.
    """

    table: pl.DataFrame
    identities: Identities
    crossing: list[str]
    clear: Column
    content: list[str]
    private: dict[str, list[str | None]] = field(default_factory=dict)
    repeated: dict[int, StoredEvent] = field(default_factory=dict)
    contradicted: list[int] = field(default_factory=list)
    superseded: list[int] = field(default_factory=list)
    anew: list[int] = field(default_factory=list)
    astray: list[int] = field(default_factory=list)
    staying: list[int] = field(default_factory=list)
    taking: Taking = field(default_factory=dict)
    renamed: Mapping[str, str] = field(default_factory=dict)


def identities_of(table: pl.DataFrame, node: Node) -> Identities:
    """The keyed hash of every identity, uint64 arrays by ENTITY_KINDS; 0 where a declaration names none."""
    return {kind: node.keys.identity_hashes(kind, table[_ID_COLUMN[kind]].to_list()) for kind in ENTITY_KINDS}


def new_filings(table: pl.DataFrame, node: Node) -> Filings:
    """Tell what is new in a batch from what the log has."""
    ids: list[str] = table["declaration_id"].to_list()
    content = _digests(json_rows(table, CONTENT_COLUMNS), node.keys.secret("content"))
    known = node.log.find([filing_key(own) for own in ids])
    again, renamed = FiledAgain(), {}
    if known:
        renamed = _not_anothers(_trips_accounts(table, content, known), table, node)
        if renamed:
            table = table.with_columns(pl.Series("declaration_id", [renamed.get(own, own) for own in ids], pl.String))
            known = node.log.find([filing_key(own) for own in table["declaration_id"].to_list()])
        again = filed_again(table, content, known, node)
        renamed |= {
            ids[row]: name for row, event in again.repeated.items() if (name := recorded_name(event)) != ids[row]
        }
        renamed |= {ids[row]: name for row, name in again.anew.items()}
        table = _in_place_of_cancelled(table, again.anew)
        fresh = np.ones(table.height, dtype=np.bool_)
        fresh[[*again.repeated, *again.contradicted]] = False
        table = table.filter(pl.Series(fresh))
        content = [digest for digest, new in zip(content, fresh.tolist(), strict=True) if new]
    strangers: set[str] = set()

    def recorded(outside: list[str]) -> dict[str, str]:
        found = _recorded_crossings(outside, node)
        strangers.update(set(outside) - found.keys())
        return found

    crossing = joined_to_trips(table, name_crossings(table, recorded), node)
    order = _by_crossing(crossing)
    if order is not None:
        table = table[order]
        content = [content[row] for row in order]
        crossing = [crossing[row] for row in order]
    identities = identities_of(table, node)
    table, private = _without_private_identifiers(table)
    clear = json_rows(table, CLEAR_COLUMNS)
    astray = [row for row, old in enumerate(table["amends"].to_list()) if old in strangers] if strangers else []
    return Filings(
        table,
        identities,
        crossing,
        clear,
        content,
        private,
        again.repeated,
        again.contradicted,
        again.superseded,
        list(again.anew),
        astray,
        _staying(table, crossing),
        renamed=renamed,
    )


def _in_place_of_cancelled(table: pl.DataFrame, anew: Mapping[int, str]) -> pl.DataFrame:
    """The table with some rows under names of their own, each in the place of what it names."""
    if not anew:
        return table
    columns = {name: table[name].to_list() for name in ("declaration_id", "amends", "action")}
    for row, name in anew.items():
        columns["amends"][row], columns["declaration_id"][row] = columns["declaration_id"][row], name
        columns["action"][row] = "replace"
    return table.with_columns(pl.Series(name, values, table.schema[name]) for name, values in columns.items())


def _staying(table: pl.DataFrame, crossing: list[str]) -> list[int]:
    """The rows that amend, and name another crossing than theirs; the name of the shipment, of the declaration or of
    what it amends is none."""
    if table["amends"].null_count() == table.height:
        return []
    rows = table.select("crossing_id", "amends", "declaration_id", "shipment_id").rows()
    return [
        row
        for row, ((named, old, own, shipment), theirs) in enumerate(zip(rows, crossing, strict=True))
        if named and old and named not in (theirs, old, own, shipment)
    ]


def _trips_accounts(table: pl.DataFrame, content: list[str], known: Mapping[str, StoredEvent]) -> dict[str, str]:
    """What a trip says of shipments that were filed before without it, under the same identifier: an account of its
    own, all its lines named after both."""
    rows = table.select("declaration_id", "crossing_id", "shipment_id", "amends").rows()
    of_trips = [not amends and names_trip(own, trip, shipment) for own, trip, shipment, amends in rows]
    told_before: set[tuple[str, str]] = set()
    for (own, trip, shipment, _), of_trip, said in zip(rows, of_trips, content, strict=True):
        event = known.get(filing_key(own)) if of_trip else None
        if event is None or not isinstance(filed := event.payload, Filed) or filed.content == said:
            continue
        before = filed.declaration
        if not names_trip(own, before.get("crossing_id"), before.get("shipment_id")):
            told_before.add((trip, shipment))
    return {
        own: f"{own}@{trip}"
        for (own, trip, shipment, _), of_trip in zip(rows, of_trips, strict=True)
        if of_trip and (trip, shipment) in told_before
    }


def _not_anothers(renamed: dict[str, str], table: pl.DataFrame, node: Node) -> dict[str, str]:
    """The names of a trip's accounts, each one's own where another carrier has filed under such a name before."""
    taken = node.log.find([filing_key(name) for name in renamed.values()]) if renamed else {}
    if not taken:
        return renamed
    carriers = dict(
        zip(
            table["declaration_id"].to_list(),
            node.keys.identity_hashes("carrier", table["carrier_id"].to_list()).tolist(),
            strict=True,
        )
    )
    made = dict(renamed)
    for own, name in renamed.items():
        stored = taken.get(filing_key(name))
        filed = None if stored is None else stored.payload
        if isinstance(filed, Filed) and int(unpack_identities([filed])["carrier"][0]) != carriers[own]:
            made[own] = own_name(name, carriers[own])
    return made


def _without_private_identifiers(table: pl.DataFrame) -> tuple[pl.DataFrame, dict[str, list[str | None]]]:
    """The table without the identifiers of traders that are a person's own, and these, by column."""
    private = _private_identifiers(pl.concat([table[column] for column in PRIVATE_FIELDS]))
    if private.is_empty():
        return table, {}
    flags = {column: pl.col(column).is_in(private.implode()).fill_null(False) for column in PRIVATE_FIELDS}
    private_ones = table.select(pl.when(flag).then(pl.col(column)).alias(column) for column, flag in flags.items())
    kept = table.with_columns(pl.when(~flag).then(pl.col(column)).alias(column) for column, flag in flags.items())
    holding = [column for column in PRIVATE_FIELDS if private_ones[column].null_count() < table.height]
    return kept, {column: private_ones[column].to_list() for column in holding}


def _private_identifiers(identifiers: pl.Series) -> pl.Series:
    """Those that are a person's own, however they are spelled, each once."""
    if len(identifiers) <= FEW * len(PRIVATE_FIELDS):
        return pl.Series(
            "value", [each for each in dict.fromkeys(identifiers.to_list()) if each and is_private(each)], pl.String
        )
    value = pl.col("value")
    # As `identity_text` has it, in columns.
    kept = value.str.normalize("NFKC").str.to_uppercase().str.replace_all(NOT_IDENTIFYING, "")
    text = kept.str.normalize("NFKC")
    own = text.str.contains(PRIVATE_IDENTIFIER) & ~value.str.contains(NOT_PRIVATE_AS_WRITTEN)
    return identifiers.alias("value").to_frame().lazy().unique().filter(own).collect().to_series()


@lru_cache(maxsize=65_536)
def is_private(identifier: str) -> bool:
    """Whether an identifier of a trader is a person's own, however it is spelled."""
    private = re.search(PRIVATE_IDENTIFIER, identity_text(identifier)) is not None
    return private and re.search(NOT_PRIVATE_AS_WRITTEN, identifier) is None


def _by_crossing(crossing: list[str]) -> list[int] | None:
    """The order that puts a crossing's rows together, crossings by their first row; None where they are so already.

    Rows are remembered in the order in which they are recorded, so that the memory can be made again from the log.
    """
    first: dict[str, int] = {}
    places = [first.setdefault(name, row) for row, name in enumerate(crossing)]
    order = sorted(range(len(crossing)), key=places.__getitem__)
    return None if order == list(range(len(crossing))) else order


def _recorded_crossings(declaration_ids: list[str], node: Node) -> dict[str, str]:
    found = node.log.find([filing_key(own) for own in declaration_ids])
    return {
        key.removeprefix("declaration:"): event.event.stream.removeprefix("crossing/") for key, event in found.items()
    }


def _digests(texts: Column, key: bytes) -> list[str]:
    """Keyed digests of what filers said: equal content is recognised, and nothing can be guessed from them."""
    keyed = blake2b(digest_size=12, key=key)
    digests = []
    for text in texts:
        digest = keyed.copy()
        digest.update((text or "").encode())
        digests.append(digest.hexdigest())
    return digests


def sealed_fields(filings: Filings, node: Node) -> Texts:
    """Each row's personal fields, sealed under the key of the person that they name or trace: a JSON object by column,
    null where a row has none.

    Free text, and columns that the table does not know, may hold anything, so they are sealed under every person of the
    row.
    """
    table = filings.table
    persons: dict[str, npt.NDArray[np.uint64]] = {}
    said: dict[str, list[str | None]] = dict(filings.private)
    for column, kind in PRIVATE_FIELDS.items():
        if column in said:
            own = np.array([value is not None for value in said[column]])
            persons[column] = np.where(own, filings.identities[kind], np.uint64(0))
    for column, kind in PERSONAL_FIELDS.items():
        if table[column].null_count() == table.height:
            continue
        named = filings.identities[kind]
        values = table[column].to_list()
        if column.endswith("_name"):  # a name without an identifier is a person of its own
            alone = node.keys.identity_hashes(column, values)
            named = np.where(named == 0, alone, named)
        persons[column], said[column] = named, values
    free = [column for column in FREE_TEXT_FIELDS if table[column].null_count() < table.height]
    node.keys.ensure(np.unique(np.concatenate([np.zeros(1, np.uint64), *persons.values()])).tolist())
    sealed = {
        column: _sealed([(person,) for person in named.tolist()], said[column], node)
        for column, named in persons.items()
    }
    if free:
        everyone = [persons[c] for c in persons] or [filings.identities["importer"]]
        holders = [tuple(row) for row in np.stack(everyone, axis=1).tolist()]
        node.keys.ensure({person for row in holders for person in row})
        sealed |= {column: _sealed(holders, table[column].to_list(), node) for column in free}
    texts = objects(sealed, table.height)
    anything = np.zeros(table.height, dtype=np.bool_)
    for column in persons:
        anything |= np.array([value is not None for value in said[column]])
    for column in free:
        anything |= np.array([value is not None for value in table[column].to_list()])
    return where(anything, texts)


def _sealed(holders: Sequence[tuple[int, ...]], values: Sequence[str | None], node: Node) -> Texts:
    """A column's values, each sealed under its own holders' keys, as JSON texts; None stays None."""
    rows = [row for row, value in enumerate(values) if value is not None]
    texts: list[str | None] = [None] * len(values)
    for row, text in zip(
        rows,
        node.keys.seal_all([holders[row] for row in rows], [value.encode() for value in values if value is not None]),
        strict=True,
    ):
        texts[row] = text
    return plain(texts)
