"""Forged custody bundles, by class: what is made of a file without the log's key, and what who runs the log could do.

A forger of a file (`outside`) has honest bundles, other logs and keys of their own. One who runs the log (`inside`) has
its key and its witness's consent, and writes into it what no device said. Each function gives a bundle that must be
refused; where the keys are the forgery too it gives them with it.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from random import Random
from typing import Any

import msgspec
from bundled import (
    COSIGNED,
    LOG,
    OTHER_WITNESS,
    WITNESS,
    Record,
    Recorded,
    block,
    key_of,
    seal_read,
    text_of,
)  # fmt: skip
from forged_anew import left_out, superseded_key
from forged_keys import small_order_key
from forged_scene import (
    FORGER,
    SCENES,
    Given,
    Scene,
    any_honest,
    blocks_in,
    honest,
    honest_bundle,
    honest_of_other,
    inside,
    scene,
    with_leaf,
)
from sealed import MINUTE, START, drive

from aforo.custody.bundle import Leaf, made
from aforo.domain.clock import instant
from aforo.domain.device import BlockReceived
from aforo.domain.trip import CustodyStated, SealRead
from aforo.log import merkle
from aforo.log.checkpoint import Checkpoint
from aforo.log.note import Signer


def _other_block(rng: Random, record: Record, at: Recorded, **changes: Any) -> dict[str, Any]:
    """What a block could have been, as data of its event: other readings, at the same place of the chain."""
    said = at.payload
    assert isinstance(said, BlockReceived)
    readings = drive(4, start=said.first, first=rng.randrange(1, 100), speed=rng.randrange(1, 3000))
    wanted = {"sequence": said.sequence, "boot": said.boot, "grade": said.grade, "gateway": said.gateway}
    made_ = block(changes.pop("device", "seal-1"), readings, **{**wanted, **changes})
    return msgspec.to_builtins(made_)  # type: ignore[no-any-return]


def another_devices_key(rng: Random) -> bytes:
    """A block that the valid key of another device signed stands as this one's."""

    def change(record: Record, own: Scene) -> None:
        at = rng.choice(blocks_in(record))
        kind = rng.randrange(4)
        key = key_of(rng.choice(["seal-9", "seal-9", "stranger"]))
        if kind == 0:
            data = _other_block(rng, record, at, key=key)
        elif kind == 1:
            said = rng.choice(blocks_in(record, "device/seal-9")).payload
            data = msgspec.to_builtins(said)
        elif kind == 2:
            data = _other_block(rng, record, at, key=key, grade="gateway", gateway="seal-9")
            data["grade"], data["gateway"] = rng.choice([("device", ""), ("gateway", "gate"), ("gateway", "seal-9")])
        else:
            data = _other_block(rng, record, at, key=key, device="seal-9", grade="device", gateway="")
        record.put(at.place, data)

    return inside(rng, change)


def spliced_proof(rng: Random) -> bytes:
    """A leaf with the path, the index or the body of another, or a path with a node too many, too few or changed."""
    _, bundle = any_honest(rng)
    place, other = rng.sample(range(len(bundle.leaves)), 2)
    leaf, from_ = bundle.leaves[place], bundle.leaves[other]
    path = list(leaf.path)
    kind = rng.randrange(7)
    if kind == 0 and len(from_.path) and from_.path != leaf.path:
        return made(with_leaf(bundle, place, path=from_.path))
    if kind == 1:
        path.insert(rng.randrange(len(path) + 1), rng.choice([rng.randbytes(32), *path]))
    elif kind == 2:
        path.pop(rng.randrange(len(path)))
    elif kind == 3:
        assert isinstance(from_, Leaf)
        return made(with_leaf(bundle, place, body=from_.body))
    elif kind == 4:
        free = sorted(set(range(bundle.leaves[-1].index + 9)) - {each.index for each in bundle.leaves})
        return made(with_leaf(bundle, place, index=rng.choice(free)))
    elif kind == 5:
        number = rng.randrange(SCENES)
        strange = honest_bundle(number)
        if strange.checkpoint == bundle.checkpoint:
            return spliced_proof(rng)
        return made(msgspec.structs.replace(bundle, checkpoint=strange.checkpoint))
    else:
        at = rng.randrange(len(path))
        path[at] = rng.choice([rng.randbytes(32), merkle.node_hash(path[at], path[at])])
    return made(with_leaf(bundle, place, path=tuple(path)))


def name_twice(rng: Random) -> bytes:
    """An object that names something twice: in the file, or in an event that who runs the log wrote."""
    if rng.randrange(2):
        text = honest(rng.randrange(SCENES)).decode()
        value = json.loads(text)
        kind = rng.randrange(3)
        name = rng.choice(["checkpoint", "format", "log", "statement", "trip", "version", "leaves"])
        if kind == 0:
            return (
                text[:-1] + f',"{name}":{json.dumps(value[name], ensure_ascii=False, separators=(",", ":"))}}}'
            ).encode()
        if kind == 1:
            return ("{" + f'"{name}":{json.dumps(rng.choice(["x", 1, value[name]]))},' + text[1:]).encode()
        at = text.index('"index":', rng.randrange(text.index('"statement"') - 4000))
        return (text[:at] + f'"index":{rng.randrange(40)},' + text[at:]).encode()

    def change(record: Record, own: Scene) -> None:
        at = rng.choice(blocks_in(record))
        body = record.bodies[at.place].decode()
        name, value = rng.choice([('"stream"', '"device/seal-9"'), ('"version"', "99"), ('"grade"', '"unsigned"'),
                                  ('"hash"', '""'), ('"schema"', "1"), ('"data"', "{}"), ('"count"', "1")])  # fmt: skip
        start = body.index(name)
        record.bodies[at.place] = (body[:start] + f"{name}:{value}," + body[start:]).encode()

    return inside(rng, change)


def substituted_key(rng: Random) -> bytes:
    """Keys that are the forger's: of a device, in the bundle or in the log; of the log; of the witness."""
    own, bundle = any_honest(rng)
    kind = rng.randrange(6)
    key = key_of(f"forger {rng.random()}")
    if kind == 0:
        said = (b"device.registered", b"device/seal-1")
        bodies = [each.body if isinstance(each, Leaf) else b"" for each in bundle.leaves]
        place = next(i for i, body in enumerate(bodies) if all(each in body for each in said))
        leaf = bundle.leaves[place]
        assert isinstance(leaf, Leaf)
        value = msgspec.json.decode(leaf.body)
        value["data"]["key"] = text_of(key)
        return made(with_leaf(bundle, place, body=msgspec.json.encode(value)))
    if kind == 1:
        text = bundle.checkpoint.partition("\n\n")[0] + "\n"
        return made(msgspec.structs.replace(bundle, checkpoint=FORGER.note(text) + WITNESS.line(text, COSIGNED)))
    if kind == 2:
        # The whole log made again, with all that is in it, under a key of the forger's.
        checkpoint = Checkpoint(
            LOG.verifier.name, len(own.record.bodies), merkle.root(merkle.leaf_hashes(own.record.bodies))
        )
        line = OTHER_WITNESS.line(checkpoint.text, COSIGNED)
        return made(msgspec.structs.replace(bundle, checkpoint=checkpoint.signed(rng.choice([FORGER, LOG])) + line))

    def change(record: Record, scene_: Scene) -> None:
        where = next(each for each in record.events if each.stream == "device/seal-1")
        if kind == 3:
            record.put(where.place, {"key": text_of(key)})
            gate = next(each for each in record.events if each.stream == "device/gate")
            record.put(gate.place, {"key": text_of(key)})
        elif kind == 4:
            # A rotation that the old key does not vouch for, and a block under the new one.
            vouched = base64.b64encode(key.sign(b"anything").signature).decode()
            at = blocks_in(record)[0]
            record.put(at.place, {"key": text_of(key), "vouched": vouched}, type="device.key_rotated")
        else:
            at = rng.choice(blocks_in(record))
            record.put(at.place, _other_block(rng, record, at, key=key))

    return inside(rng, change)


def other_checkpoint(rng: Random) -> bytes:
    """A checkpoint that is stale, of a fork, of another log, or not cosigned as it stands."""
    own, bundle = any_honest(rng)
    bodies = list(own.record.bodies)
    kind = rng.randrange(6)
    size = len(bodies)
    if kind == 0:
        size = rng.randrange(1, own.statement.place + 1)
    elif kind == 1:
        bodies[rng.randrange(size)] = rng.randbytes(20)
    root = merkle.root(merkle.leaf_hashes(bodies[:size]))
    name = LOG.verifier.name
    if kind == 2:
        root = rng.randbytes(32)
    checkpoint = Checkpoint(name, size, root)
    text = checkpoint.text
    if kind == 3:
        note = checkpoint.signed(LOG) + rng.choice(["", OTHER_WITNESS.line(text, COSIGNED)])
    elif kind == 4:
        elsewhere = Checkpoint(name, size + 1, root).text
        note = checkpoint.signed(LOG) + WITNESS.line(elsewhere, COSIGNED)
    elif kind == 5:
        stranger = Signer("other.example/log", b"s" * 32)
        text = Checkpoint(stranger.verifier.name, size, root).text
        note = LOG.note(text) + WITNESS.line(text, COSIGNED)
    else:
        note = checkpoint.signed(LOG) + WITNESS.line(text, COSIGNED)
    return made(msgspec.structs.replace(bundle, checkpoint=note))


def reordered(rng: Random) -> bytes:
    """Leaves in another order, one left out, one twice, two that changed places; blocks that did in the log."""
    _, bundle = any_honest(rng)
    leaves = list(bundle.leaves)
    one, other = sorted(rng.sample(range(len(leaves)), 2))
    kind = rng.randrange(5)
    if kind == 0:
        value = json.loads(made(bundle))
        value["leaves"][one], value["leaves"][other] = value["leaves"][other], value["leaves"][one]
        return msgspec.json.Encoder(order="sorted").encode(value)
    if kind == 1:
        del leaves[one]
    elif kind == 2:
        leaves.insert(one, leaves[other])
    elif kind == 3:
        first, second = leaves[one], leaves[other]
        leaves[one] = msgspec.structs.replace(second, index=first.index, path=first.path)
        leaves[other] = msgspec.structs.replace(first, index=second.index, path=second.path)
    else:

        def change(record: Record, scene_: Scene) -> None:
            first, second = sorted(rng.sample(blocks_in(record), 2), key=lambda each: each.place)
            bodies = record.bodies
            bodies[first.place], bodies[second.place] = bodies[second.place], bodies[first.place]

        return inside(rng, change)
    return made(msgspec.structs.replace(bundle, leaves=tuple(leaves)))


def truncated(rng: Random) -> bytes:
    """A file that ends early, the last leaves left out, or a tail left out with a statement that is shortened."""
    _, bundle = any_honest(rng)
    kind = rng.randrange(3)
    if kind == 0:
        data = made(bundle)
        return data[: rng.randrange(len(data))]
    last = [each for each in bundle.leaves if each.index != bundle.statement]
    count = rng.randrange(1, len(last))
    kept = last[:-count] if kind == 1 else [each for each in last if each not in last[-count:]]
    statement = [each for each in bundle.leaves if each.index == bundle.statement]
    if kind == 2:
        assert isinstance(statement[0], Leaf)
        value = msgspec.json.decode(statement[0].body)
        for extent in value["data"]["extents"]:
            extent[2] = max(extent[2] - rng.randrange(3), extent[1])
        statement = [msgspec.structs.replace(statement[0], body=msgspec.json.encode(value))]
    return made(msgspec.structs.replace(bundle, leaves=(*kept, *statement)))


def edited_verdict(rng: Random) -> bytes:
    """Other states, instants or devices than follow from the readings: in the file, or by who runs the log."""
    own, bundle = any_honest(rng)
    said = own.statement.payload
    assert isinstance(said, CustodyStated)
    spans = [[each.device, each.state, each.since, each.until] for each in said.spans]
    kind = rng.randrange(6)
    span = rng.choice(spans)
    if kind == 0:
        span[1] = rng.choice([each for each in ("intact", "broken", "open", "silent", "suspect") if each != span[1]])
    elif kind == 1:
        span[rng.choice([2, 3])] += rng.choice([-1, 1, -MINUTE, MINUTE])
    elif kind == 2:
        spans.remove(span)
    elif kind == 3:
        spans.append(list(span))
    elif kind == 4:
        span[0] = "seal-2"
    data: dict[str, Any] = {"spans": spans}
    if kind == 5:
        data = {"known_by": rng.choice([said.known_by + rng.randrange(1, 10**9), said.known_by - 40 * MINUTE])}
    if rng.randrange(2):
        return _stated(own, data)
    place = next(i for i, each in enumerate(bundle.leaves) if each.index == bundle.statement)
    leaf = bundle.leaves[place]
    assert isinstance(leaf, Leaf)
    value = msgspec.json.decode(leaf.body)
    value["data"].update(data)
    return made(with_leaf(bundle, place, body=msgspec.json.encode(value)))


def another_read(rng: Random) -> bytes:
    """A number that stands as read by a gate that did not sign it so: another number, instant, reader or key."""
    own = scene(rng.choice(range(3, SCENES, 4)))
    record = own.record.anew()
    read = next(each for each in record.events if isinstance(each.payload, SealRead))
    at = START + rng.randrange(1, 10**9)
    strange = seal_read("mx seal-1", at, key=key_of(rng.choice(["stranger", "seal-1", "seal-9"])))
    kind = rng.randrange(5)
    if kind == 0:
        record.put(read.place, {"seal_id": rng.choice(["mx seal-9", "MX seal-1", "mx seal-1 ", ""])})
    elif kind == 1:
        record.put(read.place, msgspec.to_builtins(strange), occurred_at=instant(at).isoformat())
    elif kind == 2:
        record.put(read.place, occurred_at=instant(at).isoformat())
    elif kind == 3:
        reader = rng.choice(["seal-1", "seal-9", "nobody", ""])
        record.put(read.place, msgspec.to_builtins(seal_read("mx seal-1", START + 20 * MINUTE, reader=reader)))
    else:
        signature = base64.b64encode(bytes(rng.choice([0, 32, 63, 64, 65]))).decode() or "="
        record.put(read.place, {"signature": signature})
    return made(record.bundle(own.statement))


def _stated(own: Scene, data: dict[str, Any]) -> bytes:
    record = own.record.anew()
    record.put(own.statement.place, data)
    return made(record.bundle(own.statement))


def another_trips(rng: Random) -> bytes:
    """What is proven of another trip in the place of this one's: its name, its statement, its leaves."""
    number = rng.randrange(SCENES)
    bundle, strange = honest_bundle(number), honest_of_other(number)
    kind = rng.randrange(5)
    if kind == 0:
        return made(msgspec.structs.replace(strange, trip=bundle.trip))
    if kind == 1:
        return made(msgspec.structs.replace(bundle, trip=strange.trip))
    if kind == 2:
        both = {each.index: each for each in (*bundle.leaves, *strange.leaves)}
        return made(msgspec.structs.replace(bundle, leaves=tuple(both.values()),
                                            statement=rng.choice([bundle, strange]).statement))  # fmt: skip
    if kind == 3:
        leaf = rng.choice(strange.leaves)
        kept = [each for each in bundle.leaves if each.index != rng.choice(bundle.leaves).index]
        return made(
            msgspec.structs.replace(bundle, leaves=tuple({each.index: each for each in [*kept, leaf]}.values()))
        )
    own = rng.choice([each for each in range(SCENES) if scene(each).record.bodies != scene(number).record.bodies])
    return made(msgspec.structs.replace(honest_bundle(own), checkpoint=bundle.checkpoint))


FORGERIES: dict[str, Callable[[Random], bytes | Given]] = {
    "valid key of another device": another_devices_key,
    "spliced proof": spliced_proof,
    "duplicated names": name_twice,
    "key substitution": substituted_key,
    "small-order key": small_order_key,
    "stale or forked checkpoint": other_checkpoint,
    "re-ordered or dropped": reordered,
    "truncated": truncated,
    "edited verdict": edited_verdict,
    "another trip's proof": another_trips,
    "number that no gate signed": another_read,
    "block left out of the statement": left_out,
    "superseded key": superseded_key,
}
