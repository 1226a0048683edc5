"""The log over HTTP as tiles: what any client of such logs needs to prove an event, and nothing that is not signed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import TYPE_CHECKING

import httpx
import pytest
from journeys import Post, truck
from listening import Listening, listening

from aforo.api.access import Rate
from aforo.api.tiles_at import TilesAt, TilesUnreadableError
from aforo.log import cosignatures, merkle
from aforo.log.checkpoint import Checkpoint, opened
from aforo.log.cosignature import WitnessSigner
from aforo.log.note import taken_apart
from aforo.log.proof import last_checkpoint
from aforo.log.sequencer import sequence
from aforo.log.tiles import Tile, Tree, tiles_of, width_at

if TYPE_CHECKING:
    from journeys import Learnt

WITNESS = WitnessSigner("witness.example/w1", bytes(range(32)))


@pytest.fixture(scope="module")
def served(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    post = Post(learnt, tmp_path_factory.mktemp("served"))
    with listening(post, rate=Rate(1e6, 1e6), witnesses=[WITNESS.public]) as made:
        for start in range(0, 120, 40):
            filed = [truck(f"TI-{number}") for number in range(start, start + 40)]
            assert made.as_("officer").post("/v1/filings", json=filed).status_code == 200
            sequence(made.log)
        yield made


def get(made: Listening, path: str, **headers: str) -> httpx.Response:
    answer = made.as_("auditor").get(f"/v1/log/{path}", headers=headers)
    assert answer.status_code == 200, (path, answer.text)
    return answer


def head(made: Listening) -> Checkpoint:
    return opened(get(made, "checkpoint").text, made.log.keys.signing.first(made.log.origin))


def leaves(bundle: bytes) -> list[bytes]:
    """The entries of a bundle, as their hashes."""
    found = []
    while bundle:
        length = int.from_bytes(bundle[:2], "big")
        found.append(merkle.leaf_hash(bundle[2 : 2 + length]))
        bundle = bundle[2 + length :]
    return found


def test_a_client_makes_every_proof_from_tiles(served: Listening) -> None:
    signed = head(served)
    assert signed.size > 256
    tree = Tree(signed.size, lambda tile: get(served, tile.path).content)
    assert tree.root() == signed.root
    entries = []
    for index in range(-(-signed.size // 256)):
        entries += leaves(get(served, Tile(0, index, width_at(signed.size, 0, index)).entries_path).content)
    assert len(entries) == signed.size
    assert merkle.root(entries) == signed.root
    draw = random.Random(3)
    for index in draw.sample(range(signed.size), 5):
        proof = tree.inclusion(index)
        assert merkle.root_of_inclusion(entries[index], index, signed.size, proof) == signed.root
    old = draw.randrange(1, signed.size)
    assert merkle.is_consistent(old, merkle.root(entries[:old]), signed.size, signed.root, tree.consistency(old))


def test_whoever_settles_a_suspicion_reads_them_here(served: Listening) -> None:
    signed, address = head(served), f"{served.address}/v1/log"
    at = TilesAt(address, served.token("auditor", "who reads tiles"))
    assert opened(at.checkpoint() or "", served.log.keys.signing.first(served.log.origin)) == signed
    assert Tree(signed.size, at.read).root() == signed.root
    with pytest.raises(TilesUnreadableError, match="401"):
        TilesAt(address).checkpoint()


def test_types_and_caching_are_those_of_the_format(served: Listening) -> None:
    signed = get(served, "checkpoint")
    assert signed.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert signed.headers["Cache-Control"] == "private, no-cache"
    for path in ("tile/0/000", "tile/1/000.p/1", "tile/entries/000", "tile/entries/000.p/7"):
        answer = get(served, path)
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert len(get(served, "tile/0/000").content) == 8_192
    assert len(get(served, "tile/0/000.p/255").content) == 255 * 32
    plain = get(served, "tile/entries/000", **{"Accept-Encoding": "identity"})
    small = get(served, "tile/entries/000", **{"Accept-Encoding": "gzip"})
    assert (plain.headers.get("Content-Encoding"), small.headers["Content-Encoding"]) == (None, "gzip")
    assert small.content == plain.content
    assert int(small.headers["Content-Length"]) < int(plain.headers["Content-Length"])


def test_what_is_no_tile_is_not_there(served: Listening) -> None:
    size = head(served).size
    past = tiles_of(size)[0]
    wrong = [
        "tile/0/999", f"tile/0/{past.index:03d}.p/{past.width + 1}", f"tile/0/{past.index:03d}", "tile/1/000",
        "tile/2/000.p/1", "tile/64/000", "tile/00/000", "tile/-1/000", "tile/x/000", "tile/0/0", "tile/0/000.p/256",
        "tile/0/000.p/0", "tile/0/000/p/1", "tile/0/x000/000", "tile/entries/999", "tile/entries/0", "tile/data/000",
        "tile/0/..%2f000", "tile/0/x999/x999/x999/x999/x999/x999/999", "tile/٠/000", "tile/0/000.p/٣",
    ]  # fmt: skip
    for path in wrong:
        answer = served.as_("auditor").get(f"/v1/log/{path}")
        assert (answer.status_code, answer.json()["type"]) == (404, "urn:aforo:problem:no_tile"), path
        assert answer.headers["Cache-Control"] == "no-store"
    assert served.as_("auditor").post("/v1/log/tile/0/x001/000").headers["Allow"] == "GET"


def test_a_tile_is_served_as_soon_as_it_is_signed(served: Listening) -> None:
    size = head(served).size
    served.as_("officer").post("/v1/filings", json=truck("TI-NEW"))
    sequence(served.log)
    assert head(served).size > size
    next_ = Tile(0, size // 256, size % 256 + 1)
    assert len(get(served, next_.path).content) == next_.width * 32


def test_the_checkpoint_is_one_that_a_witness_cosigned_where_there_is_one(served: Listening) -> None:
    newest = last_checkpoint(served.log.database)
    assert newest is not None
    assert get(served, "checkpoint").text == newest.note, "nobody has cosigned one yet"
    line = WITNESS.line(taken_apart(newest.note)[0], 1_700_000_000)
    stranger = WitnessSigner("stranger", bytes(range(1, 33)))
    cosignatures.keep(served.log.database, newest.size, {WITNESS.public.text: line})
    served.as_("officer").post("/v1/filings", json=truck("TI-LATER"))
    sequence(served.log)
    later = last_checkpoint(served.log.database)
    assert later is not None
    other = stranger.line(taken_apart(later.note)[0], 1_700_000_000)
    cosignatures.keep(served.log.database, later.size, {stranger.public.text: other})
    said = get(served, "checkpoint").text
    assert WITNESS.public.cosigned_at(said) == 1_700_000_000
    assert head(served).size == newest.size < later.size, "the stranger's is not one that this server asks for"
    assert served.as_("auditor").get("/v1/audit/checkpoint").json()["size"] == later.size
    # A proof under a checkpoint that was cosigned has that with it.
    event = served.log.read(limit=1)[0].event.event_id
    proof = served.as_("auditor").get(f"/v1/audit/events/{event}/proof?size={newest.size}").json()
    assert proof["note"] == said


def test_an_event_that_the_format_cannot_hold_is_named(served: Listening, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aforo.log.tile_store.MOST_ENTRY_BYTES", 100)
    answer = served.as_("auditor").get("/v1/log/tile/entries/000.p/1")
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:aforo:problem:entry_too_large")
