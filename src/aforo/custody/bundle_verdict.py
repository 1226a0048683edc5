"""What a custody bundle proves, found with nothing but the log's key and a witness's, or a checkpoint that is trusted.

Everything is derived anew: that the leaves are the log's, that none is missing of those that the statement rests on,
nor passed over by it, that blocks are signed by keys which their signers had then, and the states of the seals, which
must be those stated. The rules are those of docs/reference/custody-verdict.md, after which `scripts/verify_bundle.py`
does the same with none of this code.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import replace
from functools import partial
from itertools import zip_longest

import msgspec

from aforo.custody import bundle as files
from aforo.custody import keys as device_keys
from aforo.custody.bundle import MOST_NUMBER, Bundle, BundleError, Leaf, Why, Withheld
from aforo.custody.bundle_bound import BoundTo, bound_to
from aforo.custody.bundle_event import ROAD_STREAM, BundleEvent, event_of
from aforo.custody.bundle_keys import SignerKeys, Signing, keys_of
from aforo.custody.case import Block, Case, Heard
from aforo.custody.device import PREFIX as DEVICE_STREAM
from aforo.custody.fact import NOTED, Fact
from aforo.custody.reads import signed
from aforo.custody.received import Received, ReceivedError, heard, received
from aforo.custody.recorded import case_of, trip_of
from aforo.custody.states import Course, Span, courses
from aforo.custody.trip import PREFIX as TRIP_STREAM
from aforo.custody.trip import first_of
from aforo.domain.clock import instant, microseconds
from aforo.domain.device import BlockReceived, DeviceRegistered
from aforo.domain.ed25519 import holds
from aforo.domain.trip import CustodyStated, Extent, Sealed, SealRead, StatedSpan
from aforo.intake.seal_block import BlockError
from aforo.log import merkle
from aforo.log.checkpoint import Checkpoint, opened
from aforo.log.cosignature import WitnessKey
from aforo.log.note import NoteError, Verifier, taken_apart

#: Of each device its blocks that are believed, each with the version of the device's stream that it came as.
Blocks = Mapping[str, Sequence[tuple[int, Received]]]


class Hidden(msgspec.Struct, frozen=True):
    """A version of a stream that the bundle withholds, as it says, and why."""

    stream: str
    version: int
    why: Why


class BundleVerdict(msgspec.Struct, frozen=True):
    """What a bundle proves of a trip by what the log had of it by `known_by` (microseconds since 1970).

    `size` and `root` (hex) are the log's tree, `witnessed_at` when the witness cosigned it (POSIX seconds; None for a
    trusted checkpoint). `spans` are the states of the seals, with the facts behind them, of the devices that are
    `compared`; where something is `withheld` that may not be all, and of the rest `stated` has what the node says, with
    which nothing was compared. `gaps` are the facts of what is missing: silences, blocks that never came, and what came
    late; `noted` that the number was read on the seal, and that its device said
    that it was jammed. `bound` says for which crossing and under which Carta Porte seals were put on and taken
    off, where either was named. `origins` are `live`, or else say that this was played.
    """

    trip: str
    log: str
    size: int
    root: str
    witnessed_at: int | None
    known_by: int
    compared: tuple[str, ...]
    spans: tuple[Span, ...]
    gaps: tuple[Fact, ...]
    withheld: tuple[Hidden, ...]
    origins: tuple[str, ...]
    noted: tuple[Fact, ...] = ()
    stated: tuple[StatedSpan, ...] = ()
    bound: tuple[BoundTo, ...] = ()


def verified(data: bytes, log_key: Verifier, trusted: WitnessKey | Checkpoint) -> BundleVerdict:
    """What a bundle proves to who knows the log's key and a witness's key, or trusts a checkpoint of the log.

    Raises BundleError, and nothing else, where it proves nothing.
    """
    bundle = files.read(data)
    checkpoint, witnessed_at = _checkpoint(bundle, log_key, trusted)
    _under(bundle, checkpoint)
    events, origins = _events(bundle)
    statement, said = _statement(bundle, events)
    versions = _named(bundle, statement, said)
    _placed(bundle, statement, events, versions)
    _complete(said, events, versions)
    events.remove(statement)
    withheld = tuple(
        Hidden(each.stream, each.version, each.why) for each in bundle.leaves if isinstance(each, Withheld)
    )
    hidden = {each.stream for each in withheld}
    by_stream: dict[str, list[BundleEvent]] = defaultdict(list)
    for each in events:
        by_stream[each.event.stream].append(each)
    keys = {
        stream: keys_of(stream.removeprefix(DEVICE_STREAM), own)
        for stream, own in by_stream.items()
        if stream.startswith(DEVICE_STREAM)
    }
    blocks, depends = _blocks(by_stream, keys, hidden)
    readers = _readers(events, keys, hidden)
    unclear = {each.removeprefix(DEVICE_STREAM) for each in hidden}
    unclear |= {device for device, streams in depends.items() if streams & hidden}
    found: tuple[Course, ...] = ()
    whole = TRIP_STREAM + bundle.trip not in hidden and not readers & hidden
    if whole and not any(each.startswith(ROAD_STREAM) for each in hidden):
        found = _compared(bundle.trip, said, by_stream, blocks, unclear)
    facts = [fact for course in found for fact in course.facts]
    compared = {each.sealing.device for each in found}
    return BundleVerdict(
        bundle.trip, bundle.log, checkpoint.size, checkpoint.root.hex(), witnessed_at, said.known_by,
        tuple(sorted(compared)),
        tuple(span for course in found for span in course.spans),
        tuple(each for each in facts if each.gap is not None or each.code == "missing"), withheld, origins,
        tuple(each for each in facts if each.code in NOTED),
        tuple(each for each in said.spans if each.device not in compared), bound_to(events, said.known_by),
    )  # fmt: skip


def _checkpoint(bundle: Bundle, log_key: Verifier, trusted: WitnessKey | Checkpoint) -> tuple[Checkpoint, int | None]:
    """The log's tree by its signed note, and when the witness cosigned it."""
    try:
        checkpoint = opened(bundle.checkpoint, log_key)
        _, signatures = taken_apart(bundle.checkpoint)
        witnessed_at = trusted.cosigned_at(bundle.checkpoint) if isinstance(trusted, WitnessKey) else None
    except NoteError as error:
        raise BundleError("bundle_checkpoint", "checkpoint", str(error)) from None
    if len({(name, key) for name, key, _ in signatures}) != len(signatures):
        raise BundleError("bundle_checkpoint", "checkpoint", "a key signed twice")
    if checkpoint.origin != bundle.log:
        raise BundleError("bundle_checkpoint", "checkpoint", checkpoint.origin)
    if isinstance(trusted, Checkpoint) and trusted != checkpoint:
        raise BundleError("bundle_not_trusted", "checkpoint", f"{checkpoint.size} {checkpoint.root.hex()}")
    return checkpoint, witnessed_at


def _under(bundle: Bundle, checkpoint: Checkpoint) -> None:
    """Raise BundleError where a leaf is not under the checkpoint."""
    for each in bundle.leaves:
        hash_ = merkle.leaf_hash(each.body) if isinstance(each, Leaf) else each.hash
        try:
            root = merkle.root_of_inclusion(hash_, each.index, checkpoint.size, each.path)
        except ValueError as error:
            raise BundleError("bundle_path", f"leaf {each.index}", str(error)) from None
        if root != checkpoint.root:
            raise BundleError("bundle_path", f"leaf {each.index}")


def _events(bundle: Bundle) -> tuple[list[BundleEvent], tuple[str, ...]]:
    """The events that are disclosed, in the order of the log, and their origins."""
    events = []
    origins: set[str] = set()
    for each in bundle.leaves:
        if isinstance(each, Leaf):
            event = event_of(each, bundle.trip, f"leaf {each.index}")
            events.append(event)
            origins.add(event.event.origin)
    return events, tuple(sorted(origins))


def _statement(bundle: Bundle, events: Sequence[BundleEvent]) -> tuple[BundleEvent, CustodyStated]:
    """The event that states the trip's custody."""
    for each in events:
        if each.place == bundle.statement:
            said = each.payload
            if isinstance(said, CustodyStated) and said.known_by <= each.recorded_at:
                return each, said
    raise BundleError("bundle_statement", f"leaf {bundle.statement}")


def _named(bundle: Bundle, statement: BundleEvent, said: CustodyStated) -> set[tuple[str, int]]:
    """The versions of streams that the statement rests on: as many as there are other leaves."""
    own = TRIP_STREAM + bundle.trip
    if [each for each in said.extents if each.stream == own] != [Extent(own, 1, statement.event.version - 1)]:
        raise BundleError("bundle_extents", "statement", own)
    named = 0
    for each in said.extents:
        sound = each.stream == own or each.stream.startswith((DEVICE_STREAM, ROAD_STREAM))
        if not sound or not 1 <= each.first <= each.last < MOST_NUMBER:
            raise BundleError("bundle_extents", "statement", f"{each.stream} {each.first}-{each.last}")
        named += each.last - each.first + 1
    if named != len(bundle.leaves) - 1:
        raise BundleError("bundle_hole", "statement", str(named - len(bundle.leaves) + 1))
    versions = {(each.stream, version) for each in said.extents for version in range(each.first, each.last + 1)}
    if len(versions) != named:
        raise BundleError("bundle_extents", "statement")
    return versions


def _placed(
    bundle: Bundle, statement: BundleEvent, events: Sequence[BundleEvent], versions: set[tuple[str, int]]
) -> None:
    """Raise BundleError where a leaf is none of these versions, is one twice, or stands out of its stream's order."""
    stands = {each.place: (each.event.stream, each.event.version) for each in events}
    stands |= {each.index: (each.stream, each.version) for each in bundle.leaves if isinstance(each, Withheld)}
    last: dict[str, int] = {}
    for index in sorted(stands):
        stream, version = stands[index]
        if version <= last.get(stream, 0):
            raise BundleError("bundle_order", f"leaf {index}", f"{stream} {version}")
        last[stream] = version
        if index != statement.place and (stream, version) not in versions:
            raise BundleError("bundle_surplus", f"leaf {index}", f"{stream} {version}")


def _complete(said: CustodyStated, events: Sequence[BundleEvent], versions: Set[tuple[str, int]]) -> None:
    """Raise BundleError where of the stream of a device that sealed the load nothing is named, or where a version is
    passed over that stands behind its first binding and before the last that is named."""
    bound: dict[str, int] = {}
    for each in events:
        sealed = each.payload
        if isinstance(sealed, Sealed) and each.recorded_at <= said.known_by:
            stream = DEVICE_STREAM + sealed.device
            bound[stream] = min(sealed.device_version, bound.get(stream, MOST_NUMBER))
    last: dict[str, int] = {}
    for extent in said.extents:
        last[extent.stream] = max(extent.last, last.get(extent.stream, 0))
    for stream, first in bound.items():
        if stream not in last:
            raise BundleError("bundle_left_out", "statement", stream)
        for version in range(first + 1, last[stream]):
            if (stream, version) not in versions:
                raise BundleError("bundle_left_out", "statement", f"{stream} {version}")


def _readers(events: Sequence[BundleEvent], keys: Mapping[str, SignerKeys], hidden: Set[str]) -> set[str]:
    """The streams of the readers that signed numbers which they read; raises BundleError where one did not."""
    streams = set()
    for each in events:
        said, leaf = each.payload, f"leaf {each.place}"
        if not isinstance(said, SealRead) or not said.signature:
            continue
        stream = DEVICE_STREAM + said.reader
        streams.add(stream)
        try:
            device_keys.decoded(said.signature)
        except ValueError:
            raise BundleError("bundle_signature", leaf, said.reader) from None
        if stream in hidden:
            continue
        signing = keys.get(stream, SignerKeys()).at(each.place)
        if not signing.keys or not signing.gateway:
            raise BundleError("bundle_key", leaf, said.reader)
        at = microseconds(each.event.occurred_at)
        _believed(signing, partial(signed, said.reader, at, said.seal_id, said.signature), at, each, said.reader)
    return streams


def _blocks(
    by_stream: Mapping[str, Sequence[BundleEvent]], keys: Mapping[str, SignerKeys], hidden: Set[str]
) -> tuple[Blocks, dict[str, set[str]]]:
    """The blocks of each device, their signatures verified; and the streams of gateways that signed some of each
    device's."""
    blocks: dict[str, list[tuple[int, Received]]] = {}
    signers: dict[str, set[str]] = defaultdict(set)
    for stream in keys:
        device = stream.removeprefix(DEVICE_STREAM)
        blocks[device] = []
        for each in by_stream[stream]:
            if isinstance(each.payload, BlockReceived):
                block = _received(each, each.payload)
                _signed(each, block, keys, hidden)
                blocks[device].append((each.event.version, block))
                signers[device].add(DEVICE_STREAM + block.block.signer)
    return blocks, signers


def _received(event: BundleEvent, said: BlockReceived) -> Received:
    try:
        return received(event.event.stream, event.recorded_at, said)
    except BlockError as error:
        raise BundleError("bundle_block", f"leaf {event.place}", str(error)) from None
    except ReceivedError as error:
        raise BundleError("bundle_block_differs", f"leaf {event.place}", error.what) from None


def _signed(event: BundleEvent, block: Received, keys: Mapping[str, SignerKeys], hidden: Set[str]) -> None:
    """Raise BundleError where a block is not signed by a key that its signer had when it was signed."""
    stream, text, signature = DEVICE_STREAM + block.block.signer, block.signed, block.signature
    if text is None or signature is None or stream in hidden:
        return
    signing = keys.get(stream, SignerKeys()).at(event.place)
    if not signing.keys or (block.block.grade == "gateway" and not signing.gateway):
        raise BundleError("bundle_key", f"leaf {event.place}", block.block.signer)
    _believed(signing, lambda key: holds(key, text, signature), block.block.last, event, block.block.signer)


def _believed(signing: Signing, under: Callable[[bytes], bool], last: int, event: BundleEvent, signer: str) -> None:
    """Raise BundleError where something is signed under no key of its signer, or under one that is not believed until
    `last`, the latest instant that it speaks of. What was recorded by then was under way while the key was changed."""
    until = signing.until(under)
    if until is None:
        raise BundleError("bundle_signature", f"leaf {event.place}", signer)
    if min(last, event.recorded_at) > until:
        raise BundleError("bundle_superseded", f"leaf {event.place}", signer)


def _compared(
    trip: str,
    said: CustodyStated,
    by_stream: Mapping[str, Sequence[BundleEvent]],
    blocks: Blocks,
    unclear: Set[str],
) -> tuple[Course, ...]:
    """What became of the sealings of the devices of which all is disclosed; raises BundleError where what is stated of
    them is something else."""
    case = _case(trip, said.known_by, by_stream, blocks, unclear)
    clear = [each for each in case.sealings if each.device not in unclear]
    found = courses(case, said.known_by, clear)
    spans = tuple(span for course in found for span in course.spans)
    derived = [StatedSpan(each.device, each.state, each.since, each.until) for each in spans]
    stated = [each for each in said.spans if each.device not in unclear]
    for one, other in zip_longest(derived, stated):
        if one != other:
            raise BundleError("bundle_spans", "statement", f"{one} {other}"[:200])
    return found


def _case(
    trip: str,
    known_by: int,
    by_stream: Mapping[str, Sequence[BundleEvent]],
    blocks: Blocks,
    unclear: Set[str],
) -> Case:
    """The case of the trip; of devices that are unclear nothing is in it but whose seals they are."""
    own = [each.recorded for each in by_stream.get(TRIP_STREAM + trip, ())]
    known = trip_of(own, known_by)
    firsts = {} if known is None else first_of(known.seals)
    devices = {}
    for device in firsts:
        # What it said is put in below: it was decoded when its signatures were verified.
        events = [
            each.recorded
            for each in by_stream.get(DEVICE_STREAM + device, ())
            if isinstance(each.payload, DeviceRegistered) and each.recorded_at <= known_by
        ]
        if device in unclear:
            # Recorded before everything, so that its sealings are there whenever the trip's own events came.
            first = msgspec.structs.replace(own[0][0], recorded_at=instant(0))
            events = [(first, DeviceRegistered("seal", "", 0, 0))]
        elif not events:
            raise BundleError("bundle_unregistered", "statement", device)
        devices[device] = events
    roads = [each.recorded for stream, events in by_stream.items() if stream.startswith(ROAD_STREAM) for each in events]
    said: dict[str, Heard] = {}
    before: dict[str, tuple[Block, ...]] = {}
    for device, parts in blocks.items():
        bound = firsts.get(device)
        earlier = {version for version, each in parts if bound and bound.precedes(version, each.block.last)}
        said[device] = heard([each for version, each in parts if version not in earlier])
        before[device] = tuple(each.block for version, each in parts if version in earlier)
    return replace(case_of(own, devices, roads, known_by), heard=said, before=before)
