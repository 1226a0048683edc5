#!/usr/bin/env python3
"""Verify a custody bundle with this file alone: Python 3.11 or later and the package `cryptography`.

    python verify_bundle.py BUNDLE --log-key KEY (--witness-key KEY | --checkpoint NOTE) [--json | --lang es]

It says what follows in words, instants in UTC; with --json all of it to the microsecond, and 2^62 for what still is so.
It was written after docs/reference/custody-verdict.md and shares no code with the product, so that one can be held
against the other. It finds out anew what the page says: that the leaves are the log's, that none is missing, that
blocks are signed, and which states follow from the readings. Exit 0: all of it holds. 1: it is refused. 2: wrong use.
"""

import argparse
import base64
import hashlib
import io
import json
import math
import re
import struct
import sys
import unicodedata
from datetime import UTC, datetime, timedelta
from itertools import groupby, pairwise
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

NEVER = 2**62
#: Of one version for ever: what a text is must not depend on the Python that reads it.
UNICODE = unicodedata.ucd_3_2_0
GRADES = ["device", "gateway", "unsigned"]
STATES = {
    "broken": {"opened", "tampered", "removed", "swapped"},
    "suspect": {"cloned", "forked", "rolled_back", "conflicting", "clock_ahead", "clock_back", "teleported"},
    "open": {"opened_at_place"},
    "silent": {"silent", "jammed", "missing"},
}


class RefusedError(Exception):
    """The bundle proves nothing, and why."""


def demand(condition: Any, why: str) -> None:
    if not condition:
        raise RefusedError(why)


# --- Encodings -------------------------------------------------------------------------------------------------------


def is_deep(text: str) -> bool:
    """Whether arrays and objects stand in each other more than 32 deep, before a decoder calls itself for each."""
    if text.count("[") + text.count("{") <= 32:
        return False
    # Without the escapes a quote begins or ends a string: every second part stands outside of them.
    outside = text.replace("\\\\", "").replace('\\"', "").split('"')[::2]
    depth = 0
    for each in re.findall("[][{}]", "".join(outside)):
        depth += 1 if each in "[{" else -1
        if depth > 32:
            return True
    return False


def json_value(text: str) -> Any:
    demand(not is_deep(text), "arrays or objects stand more than 32 deep in each other")

    def no_name_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        demand(len({name for name, _ in pairs}) == len(pairs), "a name stands twice in an object")
        return dict(pairs)

    def no_fraction(number: str) -> Any:
        raise RefusedError(f"{number[:20]} is no whole number")

    def whole(number: str) -> int:
        demand(len(number) <= 100, f"{number[:20]}… is too long a number")
        return int(number)

    try:
        value = json.loads(text, object_pairs_hook=no_name_twice, parse_int=whole, parse_float=no_fraction,
                           parse_constant=no_fraction)  # fmt: skip
        json.dumps(value, ensure_ascii=False).encode()
    except ValueError as error:
        raise RefusedError(f"not JSON: {error}") from None
    return value


def base64_bytes(text: Any) -> bytes:
    demand(isinstance(text, str), "base64 is a text")
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError:
        raise RefusedError("not base64") from None
    demand(base64.b64encode(raw) == text.encode(), "base64 in another encoding than its one")
    return raw


class Cbor:
    """Deterministic CBOR, head by head."""

    def __init__(self, raw: bytes) -> None:
        self.raw, self.at = raw, 0

    def take(self, count: int) -> bytes:
        demand(self.at + count <= len(self.raw), "CBOR is cut short")
        self.at += count
        return self.raw[self.at - count : self.at]

    def head(self, kind: int) -> int:
        first = self.take(1)[0]
        demand(first >> 5 == kind, f"CBOR of type {first >> 5} where {kind} should be")
        size = first & 31
        if size < 24:
            return size
        demand(size < 28, "CBOR of indefinite or reserved length")
        value = int.from_bytes(self.take(1 << (size - 24)), "big")
        demand(value >= (24, 2**8, 2**16, 2**32)[size - 24], "CBOR that is not the shortest")
        return value

    def uint(self) -> int:
        return self.head(0)

    def data(self) -> bytes:
        return self.take(self.head(2))

    def text(self) -> bytes:
        return self.take(self.head(3))

    def map_of(self, count: int) -> None:
        demand(self.head(5) == count, "a CBOR map of another size")

    def key(self, number: int) -> None:
        demand(self.uint() == number, f"key {number} is not where it should be")

    def end(self) -> None:
        demand(self.at == len(self.raw), "something stands behind the CBOR")


# --- Ed25519, notes, trees -------------------------------------------------------------------------------------------

P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
ORDER_8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
SMALL = (0, 1, P - 1, ORDER_8, P - ORDER_8)


def is_point(raw: bytes) -> bool:
    y = int.from_bytes(raw, "little") % 2**255
    return len(raw) == 32 and y < P and y not in SMALL


def holds(key: bytes, message: bytes, signature: bytes) -> bool:
    if len(signature) != 64 or not is_point(key) or not is_point(signature[:32]):
        return False
    if int.from_bytes(signature[32:], "little") >= L:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


#: What no name has: `+`, control characters, spaces, halves of characters.
NOT_IN_NAMES = re.compile("[+\x00-\x20\x7f-\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ud800-\udfff]")


def is_name(name: str) -> bool:
    return bool(name) and not NOT_IN_NAMES.search(name)


def key_of(text: str, kind: int) -> tuple[str, bytes, bytes]:
    """Name, identifier and bytes of a key as text."""
    parts = text.strip().split("+", 2)
    demand(len(parts) == 3 and is_name(parts[0]), "a key reads name+identifier+base64")
    raw = base64_bytes(parts[2])
    demand(len(raw) == 33 and raw[0] == kind and is_point(raw[1:]), "not a key that is taken")
    identifier = hashlib.sha256(parts[0].encode() + b"\n" + raw).digest()[:4]
    demand(identifier.hex() == parts[1], "the key's identifier is not its own")
    return parts[0], identifier, raw[1:]


def read_note(note: str) -> tuple[str, list[tuple[str, bytes, bytes]]]:
    """The text of a note, and name, identifier and signature of its lines."""
    demand(len(note) <= 2**20, "the note is too long")
    demand(all(each >= " " or each == "\n" for each in note), "the note has control characters")
    text, found, rest = note.rpartition("\n\n")
    demand(found and text and rest.endswith("\n"), "not a signed note")
    lines = rest[:-1].split("\n")
    demand(len(lines) <= 64, "too many signatures")
    signatures = []
    for line in lines:
        parts = line.split(" ", 2)
        demand(len(parts) == 3 and parts[0] == "—" and is_name(parts[1]), "not a line of a signature")
        raw = base64_bytes(parts[2])
        demand(len(raw) > 4, "a signature of nothing")
        signatures.append((parts[1], raw[:4], raw[4:]))
    return text + "\n", signatures


def read_checkpoint(text: str) -> tuple[str, int, bytes]:
    """Origin, size and root that the text of a checkpoint says."""
    lines = text.split("\n")
    demand(len(lines) >= 4 and not lines[-1] and all(lines[:-1]), "not a checkpoint")
    demand(re.fullmatch("0|[1-9][0-9]{0,17}", lines[1]), "not the size of a tree")
    root = base64_bytes(lines[2])
    demand(len(root) == 32, "not a root")
    return lines[0], int(lines[1]), root


def open_checkpoint(note: str, log_key: str, witness_key: str | None) -> tuple[str, int, bytes, int | None]:
    """Origin, size and root of a checkpoint that is signed, and when the witness cosigned it."""
    text, signatures = read_note(note)
    demand(len({each[:2] for each in signatures}) == len(signatures), "a key signed the checkpoint twice")
    name, identifier, key = key_of(log_key, 1)
    own = [signature for who, which, signature in signatures if (who, which) == (name, identifier)]
    demand(own and all(holds(key, text.encode(), each) for each in own), "the log did not sign the checkpoint")
    times = []
    if witness_key is not None:
        witness, identifier, key = key_of(witness_key, 4)
        for who, which, signature in signatures:
            if (who, which) == (witness, identifier):
                seconds = int.from_bytes(signature[:8], "big")
                message = f"cosignature/v1\ntime {seconds}\n{text}".encode()
                demand(
                    len(signature) == 72 and seconds < 2**63 and holds(key, message, signature[8:]),
                    "a cosignature does not hold",
                )
                times.append(seconds)
        demand(times, "the witness did not cosign the checkpoint")
    origin, size, root = read_checkpoint(text)
    demand(origin == name, "the checkpoint is of another log than its key")
    return origin, size, root, max(times) if times else None


def sha(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def root_of(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """The root that an audit path leads to (RFC 9162, 2.1.3.2)."""
    demand(index < size, "a leaf behind the end of the tree")
    fn, sn, found = index, size - 1, leaf
    for each in path:
        demand(sn, "an audit path is too long")
        if fn % 2 or fn == sn:
            found = sha(b"\1", each, found)
            while fn and not fn % 2:
                fn, sn = fn // 2, sn // 2
        else:
            found = sha(b"\1", found, each)
        fn, sn = fn // 2, sn // 2
    demand(sn == 0, "an audit path is too short")
    return found


# --- The file --------------------------------------------------------------------------------------------------------


def is_number(value: Any) -> bool:
    return type(value) is int and 0 <= value < 2**53


def read_file(data: bytes) -> dict[str, Any]:
    demand(len(data) <= 64 * 2**20, "the file is too large")
    try:
        bundle = json_value(data.decode())
    except UnicodeDecodeError:
        raise RefusedError("not UTF-8") from None
    written = json.dumps(bundle, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    demand(written == data, "the file is in another encoding than its one")
    names = {"checkpoint", "format", "leaves", "log", "statement", "trip", "version"}
    demand(isinstance(bundle, dict) and set(bundle) == names, "not the names of a bundle")
    demand(bundle["format"] == "aforo-custody-bundle", "not a custody bundle")
    demand(type(bundle["version"]) is int and bundle["version"] == 1, "another version")
    demand(all(isinstance(bundle[each], str) for each in ("checkpoint", "log", "trip")), "not a text")
    demand(is_number(bundle["statement"]), "not an index")
    leaves = bundle["leaves"]
    demand(isinstance(leaves, list) and len(leaves) <= 100_000, "not leaves")
    last = -1
    for leaf in leaves:
        demand(isinstance(leaf, dict) and is_number(leaf.get("index")), "not a leaf")
        path = base64_bytes(leaf.get("path"))
        demand(len(path) % 32 == 0 and len(path) <= 64 * 32, "not an audit path")
        leaf["path"] = [path[at : at + 32] for at in range(0, len(path), 32)]
        if "body" in leaf:
            demand(set(leaf) == {"body", "index", "path"} and isinstance(leaf["body"], str), "not a leaf")
            leaf["hash"] = sha(b"\0", leaf["body"].encode())
        else:
            demand(set(leaf) == {"hash", "index", "path", "stream", "version", "why"}, "not a leaf")
            leaf["hash"] = base64_bytes(leaf["hash"])
            demand(len(leaf["hash"]) == 32 and isinstance(leaf["stream"], str), "not a leaf")
            demand(is_number(leaf["version"]) and leaf["version"] > 0, "not a version")
            demand(leaf["why"] in ("personal", "trade", "law", "other_load"), "withheld without a reason")
        demand(leaf["index"] > last, "leaves are out of order")
        last = leaf["index"]
    return bundle


# --- Events ----------------------------------------------------------------------------------------------------------

HOUR, SIXTY = "([01][0-9]|2[0-3])", "[0-5][0-9]"
INSTANT = re.compile(rf"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}T{HOUR}:{SIXTY}:{SIXTY}(\.[0-9]{{6}})?(Z|[+-]{HOUR}:{SIXTY})")
PLACE = {"name": str, "latitude": 900_000_000, "longitude": 1_800_000_000, "radius_m": range(10**9 + 1)}
COUNT = range(2**53 + 1)
#: What `data` holds: a type, or a range, or a bound both ways; in a tuple with what stands for it where it is absent.
DATA: dict[str, dict[str, Any]] = {
    "trip.opened": {"places": (list, [])},
    "trip.sealed": {
        "device": str, "seal_id": str, "device_version": (range(2**53), 0), "crossing": (str, ""),
        "carta_porte": (str, ""),
    },
    "trip.unsealed": {"device": str, "crossing": (str, ""), "carta_porte": (str, "")},
    "trip.seal_read": {"seal_id": str, "where": (str, ""), "reader": (str, ""), "signature": (str, "")},
    "trip.discharged": {},
    "trip.stated": {"known_by": COUNT, "extents": list, "spans": list},
    "device.registered": {
        "kind": str, "promise_s": range(10**9 + 1), "tolerance_s": range(10**9 + 1), "key": (str, ""),
    },
    "device.key_rotated": {"key": str, "vouched": (str, "")},
    "device.retired": {},
    "device.block": {
        "grade": str, "block": str, "hash": str, "count": int, "first": int, "last": int, "boot": (int, 0),
        "sequence": (int, 0), "gateway": (str, ""),
    },
    "road.covered": {
        "since": COUNT, "until": COUNT, "heard": COUNT, "expected": COUNT, "place": dict, "jammed": (bool, False),
    },
}  # fmt: skip


def fields(value: Any, wanted: dict[str, Any]) -> dict[str, Any]:
    demand(isinstance(value, dict), "not an object")
    made = {}
    for name, kind in wanted.items():
        if isinstance(kind, tuple):
            made[name] = value.get(name, kind[1])
            kind = kind[0]
        else:
            demand(name in value, f"{name} is missing")
            made[name] = value[name]
        if isinstance(kind, type):
            demand(type(made[name]) is kind, f"{name} is of another kind")
        else:
            bounds = kind if isinstance(kind, range) else range(-kind, kind + 1)
            demand(type(made[name]) is int and made[name] in bounds, f"{name} is out of bounds")
    return made


def place_of(value: Any) -> dict[str, Any]:
    place = fields(value, {**PLACE, "use": (str, "stop")})
    demand(place["use"] in ("stop", "open"), "a place of another use")
    return place


def instant(text: Any) -> int:
    demand(isinstance(text, str) and INSTANT.fullmatch(text), "not an instant")
    try:
        return (datetime.fromisoformat(text) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    except ValueError:
        raise RefusedError("not an instant") from None


def event_of(leaf: dict[str, Any], trip: str) -> dict[str, Any]:
    value = json_value(leaf["body"])
    event = fields(value, {"type": str, "stream": str, "schema": int, "version": range(1, 2**53), "data": dict,
                           "occurred_at": str, "recorded_at": str, "origin": (str, "live")})  # fmt: skip
    demand(event["origin"] in ("live", "synthetic", "twin"), "an event of another origin")
    event["index"] = leaf["index"]
    event["occurred"], event["recorded"] = instant(event["occurred_at"]), instant(event["recorded_at"])
    if event["type"] not in DATA:
        event["data"] = {}
        return event
    start = event["type"].split(".")[0] + "/"
    demand(event["stream"] == "trip/" + trip if start == "trip/" else event["stream"].startswith(start),
           "an event on another stream than its own")  # fmt: skip
    demand(event["schema"] == 1, "an event of another schema")
    data = event["data"] = fields(event["data"], DATA[event["type"]])
    if event["type"] == "trip.opened":
        data["places"] = [place_of(each) for each in data["places"]]
    elif event["type"] == "device.registered":
        demand(data["kind"] in ("seal", "tracker", "gateway"), "a device of another kind")
    elif event["type"] == "road.covered":
        data["place"] = place_of(data["place"])
    elif event["type"] == "trip.stated":
        for name, kinds in (("extents", [str, int, int]), ("spans", [str, str, int, int])):
            for each in data[name]:
                demand(isinstance(each, list) and [type(part) for part in each] == kinds, f"not {name}")
    return event


def check_extents(bundle: dict[str, Any], events: list[dict[str, Any]], statement: dict[str, Any]) -> None:
    """That every version which the statement names is one leaf, and every leaf one of them."""
    own = "trip/" + bundle["trip"]
    extents = statement["data"]["extents"]
    demand([each[1:] for each in extents if each[0] == own] == [[1, statement["version"] - 1]],
           "the statement does not rest on all of the trip")  # fmt: skip
    missing = set()
    for stream, first, last in extents:
        demand(stream == own or stream.startswith(("device/", "road/")), "the statement rests on another stream")
        demand(1 <= first <= last < 2**53, "not an extent")
        demand(last - first < len(bundle["leaves"]), "events are missing")
        for version in range(first, last + 1):
            demand((stream, version) not in missing, "the statement names a version twice")
            missing.add((stream, version))
    stands = [(each["index"], each["stream"], each["version"]) for each in events]
    stands += [(each["index"], each["stream"], each["version"]) for each in bundle["leaves"] if "why" in each]
    last_of: dict[str, int] = {}
    for index, stream, version in sorted(stands):
        demand(version > last_of.get(stream, 0), f"leaf {index} is out of the order of its stream")
        last_of[stream] = version
        if index != statement["index"]:
            demand((stream, version) in missing, f"leaf {index} is none that the statement rests on")
            missing.remove((stream, version))
    demand(not missing, f"events are missing: {sorted(missing)[:3]}")


def check_complete(statement: dict[str, Any], events: list[dict[str, Any]]) -> None:
    """That something is named of the stream of each device that sealed the load, and behind its binding every version
    up to the last that is named."""
    named: dict[str, set[int]] = {}
    for stream, first, last in statement["data"]["extents"]:
        named.setdefault(stream, set()).update(range(first, last + 1))
    bound: dict[str, int] = {}
    for event in events:
        if event["type"] == "trip.sealed" and event["recorded"] <= statement["data"]["known_by"]:
            device, version = event["data"]["device"], event["data"]["device_version"]
            bound[device] = min(version, bound.get(device, version))
    for device, first in bound.items():
        versions = named.get("device/" + device)
        demand(versions, f"the statement names nothing that {device} said")
        behind = [version for version in versions or () if version > first]
        demand(len(behind) == max([first, *behind]) - first, f"the statement passes over something that {device} said")


# --- Keys and blocks -------------------------------------------------------------------------------------------------

#: Name, form in `struct`, tag, bytes, what is absent, least and most.
COLUMNS: list[tuple[str, str, int, int, int | None, int, int]] = [
    ("at", "q", 79, 8, None, 0, 4133980799999999),
    ("sequence", "I", 70, 4, 0, 0, 2**32),
    ("kind", "B", 64, 1, 0, 0, 12),
    ("door", "B", 64, 1, 0, 0, 2),
    ("fix", "B", 64, 1, 0, 0, 1),
    ("latitude", "i", 78, 4, 0, -900_000_000, 900_000_000),
    ("longitude", "i", 78, 4, 0, -1_800_000_000, 1_800_000_000),
    ("speed", "H", 69, 2, 65535, 0, 65535),
    ("course", "H", 69, 2, 65535, 0, 36000),
    ("battery", "H", 69, 2, 65535, 0, 65535),
    ("signal", "h", 77, 2, -32768, -32768, 32767),
    ("interval", "I", 70, 4, 2**32 - 1, 0, 2**32),
    ("heat", "h", 77, 2, -32768, -32768, 32767),
    ("tag", "Q", 71, 8, 0, 0, 2**64),
]
TAMPER, DROP, UNLOCK, JAMMED = 11, 6, 8, 12


def is_identifier(raw: bytes) -> bool:
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return False
    seen = all(each == " " or (UNICODE.category(each)[0] not in "CZ" and each != "\xad") for each in text)
    plain = seen and UNICODE.is_normalized("NFC", text)
    return plain and 1 <= len(raw) <= 64 and text == " ".join(text.split())


#: Keys, the one in force last, and until when each is believed.
Keys = list[tuple[bytes, int]]


def keys_of(device: str, events: list[dict[str, Any]]) -> list[tuple[int, Keys, bool]]:
    """From which index on which keys it has or had, and whether it signs for others."""
    made: list[tuple[int, Keys, bool]] = []
    had: Keys = []
    gateway = retired = False
    tolerance = 0
    for event in events:
        data = event["data"]
        if event["type"] == "device.retired":
            retired = True
        elif event["type"] == "device.registered":
            retired, gateway = False, data["kind"] == "gateway"
        elif event["type"] != "device.key_rotated":
            continue
        if event["type"] == "device.key_rotated" or data.get("key"):
            key = base64_bytes(data["key"])
            demand(is_point(key), f"the key of {device} is none that is taken")
            if data.get("vouched"):
                message = b"aforo device key rotation\n" + device.encode() + b"\n" + key
                signature = base64_bytes(data["vouched"])
                demand(had and holds(had[-1][0], message, signature), f"nobody vouches for a key of {device}")
            if all(key != known for known, _ in had):
                superseded = [(known, event["recorded"] + tolerance) for known, _ in had[-1:]]
                had = [*had[:-1], *superseded, (key, NEVER)]
        if event["type"] == "device.registered":
            tolerance = data["tolerance_s"] * 1_000_000
        made.append((event["index"], [] if retired else had, gateway))
    return made


def keys_at(keys: dict[str, list[tuple[int, Keys, bool]]], signer: str, index: int) -> tuple[Keys, bool]:
    """The keys that a signer had at a place of the log, and whether it signs for others."""
    before = [each for each in keys.get("device/" + signer, []) if each[0] < index]
    return before[-1][1:] if before else ([], False)


def check_signature(had: Keys, message: bytes, signature: bytes, last: int, event: dict[str, Any]) -> None:
    """That it is by a key that is believed of what speaks of no later time than `last`."""
    until = next((until for key, until in reversed(had) if holds(key, message, signature)), None)
    demand(until is not None, f"leaf {event['index']} is not signed")
    sound = until is not None and min(last, event["recorded"]) <= until
    demand(sound, f"leaf {event['index']} is signed by a key that was superseded before")


def check_reads(
    events: list[dict[str, Any]], keys: dict[str, list[tuple[int, Keys, bool]]], hidden: set[str]
) -> list[dict[str, Any]]:
    """The numbers read that a reader signed; refused where it did not."""
    signed = [each for each in events if each["type"] == "trip.seal_read" and each["data"]["signature"]]
    for event in signed:
        data = event["data"]
        signature = base64_bytes(data["signature"])
        if "device/" + data["reader"] in hidden:
            continue
        had, gateway = keys_at(keys, data["reader"], event["index"])
        message = f"aforo seal read\n{data['reader']}\n{event['occurred']}\n{data['seal_id']}".encode()
        demand(had and gateway, f"{data['reader']} has no key for leaf {event['index']}, or is no gateway")
        check_signature(had, message, signature, event["occurred"], event)
    return [each["data"] for each in signed]


def block_of(event: dict[str, Any]) -> dict[str, Any]:
    """The block that an event holds, with its readings and what its signer signed."""
    data, raw = event["data"], base64_bytes(event["data"]["block"])
    demand(len(raw) <= 65536 and hashlib.sha256(raw).hexdigest() == data["hash"], "a block of another hash")
    demand(data["grade"] in GRADES, "an unknown grade")
    device = event["stream"].removeprefix("device/")
    signer = {"device": device, "gateway": data["gateway"], "unsigned": ""}[data["grade"]]
    payload, signed, signature = raw, b"", b""
    if data["grade"] != "unsigned":
        outer = Cbor(raw)
        demand(outer.head(6) == 18 and outer.head(4) == 4, "not COSE_Sign1")
        at = outer.at
        inner = Cbor(outer.data())
        protected = raw[at : outer.at]
        inner.map_of(2)
        inner.key(1)
        demand(inner.head(1) == 7, "not EdDSA")
        inner.key(4)
        said = inner.data()
        inner.end()
        demand(is_identifier(said) and said == signer.encode(), "another signer")
        demand(data["grade"] == "device" or signer != device, "a gateway that is the device")
        outer.map_of(0)
        at = outer.at
        payload = outer.data()
        signed = b"\x84\x6aSignature1" + protected + b"\x40" + raw[at : outer.at]
        signature = outer.data()
        outer.end()
        demand(len(signature) == 64, "not a signature")
    cbor = Cbor(payload)
    cbor.map_of(6)
    cbor.key(1)
    demand(cbor.uint() == 1, "a block of another version")
    cbor.key(2)
    said = cbor.text()
    demand(is_identifier(said) and said == device.encode(), "a block of another device")
    cbor.key(3)
    boot = cbor.uint()
    cbor.key(4)
    sequence = cbor.uint()
    cbor.key(5)
    previous = cbor.data()
    demand(boot < 2**53 and sequence < 2**53 and len(previous) == 32, "not a place in a chain")
    if data["grade"] == "unsigned":
        demand(boot == sequence == 0 and previous == bytes(32), "an unsigned block in a chain")
    cbor.key(6)
    columns = read_columns(cbor)
    cbor.end()
    times = columns["at"]
    said_of_it = (data["boot"], data["sequence"], data["count"], data["first"], data["last"])
    demand(said_of_it == (boot, sequence, len(times), min(times), max(times)), "the log says another thing of a block")
    records = zip(*(columns[name] for name, *_ in COLUMNS), strict=True)
    form = "<" + "".join(each[1] for each in COLUMNS)
    return {
        "index": event["index"], "version": event["version"], "hash": raw and hashlib.sha256(raw).digest(),
        "grade": GRADES.index(data["grade"]), "signer": signer, "boot": boot, "sequence": sequence,
        "previous": previous, "first": min(times), "last": max(times), "arrived": event["recorded"],
        "signed": signed, "signature": signature, "records": [struct.pack(form, *values) for values in records],
    }  # fmt: skip


def read_columns(cbor: Cbor) -> dict[str, tuple[int, ...]]:
    columns: dict[str, tuple[int, ...]] = {}
    left, last, count = cbor.head(5), 0, 0
    for _ in range(left):
        number = cbor.uint()
        demand(last < number <= len(COLUMNS) and (last > 0 or number == 1), "columns are out of order")
        last = number
        name, form, tag, size, absent, least, most = COLUMNS[number - 1]
        demand(cbor.head(6) == tag, f"{name} is of another type")
        raw = cbor.data()
        if number == 1:
            count = len(raw) // size
            demand(1 <= count <= 1000, "not 1 to 1,000 readings")
        demand(len(raw) == count * size, f"{name} is of another length")
        values = struct.unpack(f"<{count}{form}", raw)
        demand(any(each != absent for each in values), f"{name} should be left out")
        sound = all(least <= each <= most or each == absent for each in values)
        demand(sound, f"{name} is out of bounds")
        columns[name] = values
    demand(count, "no readings")
    for name, _, _, _, absent, _, _ in COLUMNS:
        if name not in columns:
            columns[name] = (absent or 0,) * count
    return columns


# --- The case --------------------------------------------------------------------------------------------------------


def sealings_of(events: list[dict[str, Any]], unclear: set[str]) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    opened = False
    for event in events:
        at, device = event["occurred"], event["data"].get("device")
        opened = opened or event["type"] == "trip.opened"
        if not opened or event["type"] not in ("trip.sealed", "trip.unsealed", "trip.discharged"):
            continue
        for each in made:
            if each["until"] == NEVER and (event["type"] == "trip.discharged" or each["device"] == device):
                each["until"] = max(at, each["since"])
        if event["type"] == "trip.sealed":
            made.append({"device": device, "seal_id": event["data"]["seal_id"], "since": at, "until": NEVER,
                         "bound": event["data"]["device_version"]})  # fmt: skip
    for each in made:
        each["promise"] = each["tolerance"] = 0
        # Of the sealing by which it was bound first.
        first = min((one for one in made if one["device"] == each["device"]), key=lambda one: int(one["bound"]))
        each["first"] = first["bound"], first["since"]
        if each["device"] not in unclear:
            stream = "device/" + each["device"]
            own = [event for event in events if event["type"] == "device.registered" and event["stream"] == stream]
            demand(own, f"{each['device']} is not registered")
            # By the last before it was bound: what is promised later is of later sealings.
            data = [own[0], *(event for event in own if event["version"] < each["bound"])][-1]["data"]
            each["promise"], each["tolerance"] = data["promise_s"] * 1_000_000, data["tolerance_s"] * 1_000_000
    return sorted((each for each in made if each["since"] < each["until"]),
                  key=lambda each: (each["since"], each["device"], each["until"]))  # fmt: skip


def is_before(block: dict[str, Any], sealing: dict[str, Any]) -> bool:
    """Whether it came before its device was bound to the trip, and speaks of no time since it was put on."""
    version, since = sealing["first"]
    return bool(block["version"] < version and block["last"] < since)


def told(blocks: list[dict[str, Any]], tolerance: int) -> list[dict[str, Any]]:
    """What a device said: each reading once, in order."""
    best: dict[bytes, tuple[int, int, bytes, tuple[str, int]]] = {}
    came: dict[bytes, int] = {}
    for block in blocks:
        for record in block["records"]:
            rank = (block["grade"], block["arrived"], block["hash"], (block["signer"], block["boot"]))
            if record not in best or rank[:3] < best[record][:3]:
                best[record] = rank
            came[record] = min(came.get(record, block["arrived"]), block["arrived"])
    made = []
    form, names = "<" + "".join(each[1] for each in COLUMNS), [each[0] for each in COLUMNS]
    for record, (grade, _, hash_, chain) in best.items():
        reading: dict[str, Any] = dict(zip(names, struct.unpack(form, record), strict=True))
        reading |= {"record": record, "grade": grade, "block": hash_, "chain": chain, "arrived": came[record]}
        reading["ahead"] = reading["at"] > came[record] + tolerance
        reading["time"] = came[record] if reading["ahead"] else reading["at"]
        reading["open"] = reading["door"] == 2 or reading["kind"] in (DROP, UNLOCK, TAMPER)
        reading["closed"] = reading["door"] == 1 and not reading["open"]
        made.append(reading)
    return sorted(made, key=lambda each: (each["time"], each["sequence"], each["record"]))


METRES = 111132.953 / 10000000


def cosine(latitude: int) -> float:
    x = latitude * 1.7453292519943295e-09
    q = x * x
    made = 1 / math.factorial(20)
    for k in range(9, -1, -1):
        made = made * q + (-1) ** k / math.factorial(2 * k)
    return made


def metres(latitude: int, longitude: int, to_latitude: int, to_longitude: int) -> float:
    north = (to_latitude - latitude) * METRES
    turned = abs(to_longitude - longitude)
    east = min(turned, 3_600_000_000 - turned) * METRES * cosine(latitude)
    return math.sqrt(north * north + east * east)


def leapt(one: dict[str, Any], other: dict[str, Any]) -> bool:
    far = metres(one["latitude"], one["longitude"], other["latitude"], other["longitude"])
    return far > 5000 + 70 * (other["time"] - one["time"]) / 1000000


def is_in(place: dict[str, Any], reading: dict[str, Any]) -> bool:
    here, there = (reading["latitude"], reading["longitude"]), (place["latitude"], place["longitude"])
    return metres(*here, *there) <= place["radius_m"]


def number_text(value: str) -> str:
    """A seal's number as it is compared."""
    if any(UNICODE.category(each) == "Cn" for each in value):
        return value
    plain = UNICODE.normalize("NFKC", value)
    kept = "".join(each for each in plain if UNICODE.category(each)[0] in "LMN" or each == "&")
    folded = UNICODE.normalize("NFKC", kept.casefold())
    return "".join(each.upper() if each.isascii() else each for each in folded) or value


# --- Facts -----------------------------------------------------------------------------------------------------------


def fact(code: str, since: int, *, earliest: int | None = None, latest: int | None = None, until: int = NEVER,
         of: list[dict[str, Any]], place: str = "") -> dict[str, Any]:  # fmt: skip
    """A fact, as good as the weakest of the blocks or readings that it is of."""
    return {
        "code": code, "since": since, "until": until, "earliest": since if earliest is None else earliest,
        "latest": since if latest is None else latest, "grade": max((each["grade"] for each in of), default=2),
        "gap": "", "place": place,
    }  # fmt: skip


def about(code: str, blocks: list[dict[str, Any]]) -> dict[str, Any]:
    first, last = min(each["first"] for each in blocks), max(each["last"] for each in blocks)
    return fact(code, first, latest=last, of=blocks)


def chain_facts(blocks: list[dict[str, Any]], before: list[dict[str, Any]], tolerance: int) -> list[dict[str, Any]]:
    """What blocks say that none of before does without one of them."""
    found: list[dict[str, Any]] = []
    asked = {each["hash"] for each in blocks}

    def add(code: str, of: list[dict[str, Any]]) -> None:
        if any(each["hash"] in asked for each in of):
            found.append(about(code, of))

    signed = {each["hash"]: each for each in [*before, *blocks] if each["grade"] < 2}
    for signer in {each["signer"] for each in signed.values()}:
        own = sorted((each for each in signed.values() if each["signer"] == signer),
                     key=lambda each: (each["boot"], each["sequence"], each["hash"]))  # fmt: skip
        places: dict[tuple[int, int], list[dict[str, Any]]] = {}
        after: dict[bytes, list[dict[str, Any]]] = {}
        for block in own:
            places.setdefault((block["boot"], block["sequence"]), []).append(block)
            after.setdefault(block["previous"], []).append(block)
        for same in places.values():
            if len(same) > 1:
                add("cloned", same)
        for block in own:
            ahead = places.get((block["boot"], block["sequence"] - 1), [])
            named = [each for each in ahead if each["hash"] == block["previous"]]
            if ahead and not named:
                add("forked", [*ahead, block])
            elif named and block["first"] < named[0]["last"] - tolerance:
                add("clock_back", [named[0], block])
        for previous, several in after.items():
            if len({(each["boot"], each["sequence"]) for each in several}) > 1:
                add("forked" if previous != bytes(32) else "rolled_back", several)
        begun: dict[str, Any] | None = None
        for boot in sorted({each["boot"] for each in own}, reverse=True):
            here = [each for each in own if each["boot"] == boot]
            for block in here:
                if begun is not None and block["last"] > begun["first"] + tolerance:
                    add("rolled_back", [block, begun])
            least = min(here, key=lambda each: (each["first"], each["hash"]))
            if begun is None or least["first"] < begun["first"]:
                begun = least
        for one, other in pairwise(own):
            gap = other["boot"] > one["boot"] or other["sequence"] > one["sequence"] + 1
            unknown = other["previous"] != bytes(32) and all(each["hash"] != other["previous"] for each in own)
            if gap and unknown and other["hash"] in asked:
                since, latest = sorted([one["last"], other["first"]])
                found.append(fact("missing", since, latest=latest, until=max(latest, since + 1), of=[one, other]))
    return found


def own_facts(own: list[dict[str, Any]], tolerance: int) -> list[dict[str, Any]]:
    found = []
    groups = {"clock_ahead": [each for each in own if each["ahead"]], "clock_back": [], "conflicting": []}
    by_block: dict[bytes, list[dict[str, Any]]] = {}
    by_index: dict[tuple[int, int], list[dict[str, Any]]] = {}
    for each in own:
        if each["grade"] < 2:
            by_block.setdefault(each["block"], []).append(each)
        elif each["sequence"] > 0:
            by_index.setdefault((each["at"], each["sequence"]), []).append(each)
    for readings in by_block.values():
        readings = sorted(readings, key=lambda each: int(each["sequence"]))
        for one, other in pairwise(readings):
            if other["at"] < one["at"] - tolerance:
                groups["clock_back"] += [one, other]
    for readings in by_index.values():
        if len(readings) > 1:
            groups["conflicting"] += readings
    for code, readings in groups.items():
        if readings:
            times = [each["time"] for each in readings]
            found.append(fact(code, min(times), latest=max(times), of=readings))
    fixes = [each for each in own if each["fix"] and not each["ahead"]]
    leaps = [place for place in range(len(fixes) - 1) if leapt(fixes[place], fixes[place + 1])]
    many = len(leaps) > 2 * max(2, len(fixes) // 100)
    for_good = [
        place
        for place in leaps
        if 0 < place < len(fixes) - 2
        and leapt(fixes[place - 1], fixes[place + 1])
        and leapt(fixes[place], fixes[place + 2])
    ]
    for place in for_good[:1] or (leaps[:1] if many and len(fixes) > 3 else []):
        one, other = fixes[place : place + 2]
        found.append(fact("teleported", one["time"], latest=other["time"], of=[one, other]))
    return found


def opening_facts(
    sealing: dict[str, Any], stood: list[dict[str, Any]], places: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    found, at, closed_at, fix = [], 0, sealing["since"], None
    while at < len(stood):
        reading = stood[at]
        if not reading["open"]:
            if reading["closed"]:
                closed_at = reading["time"]
            if reading["fix"]:
                fix = reading
            at += 1
            continue
        end = at
        while end < len(stood) and not stood[end]["closed"]:
            end += 1
        rows = stood[at:end]
        fixes = [each for each in rows if each["fix"]]
        last = fixes[-1] if fixes else fix
        if not fixes and fix is not None and reading["time"] - fix["time"] <= 900_000_000:
            fixes = [fix]
        may = fixes and any(place["use"] == "open" and all(is_in(place, each) for each in fixes) for place in places)
        kinds = {each["kind"] for each in rows}
        code = "tampered" if TAMPER in kinds else "opened_at_place" if may else "removed" if DROP in kinds else "opened"
        until = stood[end]["time"] if code == "opened_at_place" and end < len(stood) else NEVER
        found.append(fact(code, reading["time"], earliest=closed_at, until=until, of=rows))
        at, fix = end, last
    return found


def silence_facts(
    sealing: dict[str, Any], stood: list[dict[str, Any]], covered: list[dict[str, Any]], known_by: int
) -> list[dict[str, Any]]:
    found = []
    limit, end = sealing["promise"] + sealing["tolerance"], min(known_by, sealing["until"])
    day = 86_400_000_000
    marks: list[tuple[int, Any]] = [(sealing["since"], None), *((each["time"], each) for each in stood), (end, None)]
    for place, ((first, one), (second, other)) in enumerate(pairwise(marks)):
        if second - first <= limit:
            continue
        since, readings = first + limit, [each for each in (one, other) if each is not None]
        here = [each for each in covered
                if any(reading["fix"] and is_in(each["place"], reading) for reading in readings)]  # fmt: skip
        code = "silent"
        if (one is not None and one["kind"] == JAMMED) or any(
            each["jammed"] and each["since"] < second and each["until"] > since for each in here
        ):
            code = "jammed"
        elif any(each["since"] <= since and each["until"] >= second and each["heard"] * 5 < each["expected"]
                 for each in here):  # fmt: skip
            code = "dead_zone"
        goes_on = place == len(marks) - 2 and end < sealing["until"]
        until = NEVER if goes_on else second
        found.append(fact(code, since, earliest=first, latest=second, until=until, of=readings))
        for_good = not goes_on and known_by - second > day
        if other is not None:
            for_good = known_by - other["arrived"] > day
            if one is not None and (one["grade"], one["chain"]) == (other["grade"], other["chain"]):
                counted = other["grade"] < 2 or other["sequence"] > 0
                for_good = for_good or (counted and other["sequence"] == one["sequence"] + 1)
        found[-1]["gap"] = "permanent" if for_good else "open"
    heard = latest = sealing["since"]
    came = -1
    for reading in sorted(stood, key=lambda each: int(each["arrived"])):
        if reading["arrived"] > came:
            came, heard = reading["arrived"], latest
            filled = []
            if came - heard > limit:
                filled = [each for each in stood if heard < each["time"] < came <= each["arrived"]]
            if filled:
                last = max(each["time"] for each in filled)
                found.append(fact("late", heard + limit, earliest=heard, latest=last, until=came, of=filled))
                found[-1]["gap"] = "late_filled"
        latest = max(latest, reading["time"])
    return found


def swap_facts(
    sealing: dict[str, Any], sealings: list[dict[str, Any]], seen: list[tuple[int, str, int, str]]
) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    last, swapped = sealing["since"], False
    for at, number, grade, place in sorted(seen):
        if sealing["since"] <= at < sealing["until"]:
            standing = {number_text(each["seal_id"]) for each in sealings if each["since"] <= at < each["until"]}
            by = {"of": [{"grade": grade}], "place": place}
            if number_text(number) not in standing and not swapped:
                swapped = True
                found.append(fact("swapped", at, earliest=last, **by))
            if number_text(number) == number_text(sealing["seal_id"]):
                last = at
                found.append(fact("seen", at, until=at + 1, **by))
    return found


def alarm_facts(sealing: dict[str, Any], stood: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found = []
    for is_alarm, rows in groupby(enumerate(stood), lambda each: each[1]["kind"] == JAMMED):
        if is_alarm:
            own = list(rows)
            (first, reading), behind = own[0], own[-1][0] + 1
            found.append(fact(
                "jam_alarm", reading["time"], earliest=stood[first - 1]["time"] if first else sealing["since"],
                until=stood[behind]["time"] if behind < len(stood) else NEVER, of=[each for _, each in own],
            ))  # fmt: skip
    return found


def spans_of(
    sealing: dict[str, Any], readings: list[dict[str, Any]], facts: list[dict[str, Any]], known_by: int
) -> list[dict[str, Any]]:
    end = sealing["until"] if sealing["until"] <= known_by else NEVER
    cuts = {sealing["since"]}
    telling = [each for each in facts if any(each["code"] in codes for codes in STATES.values())]
    for each in telling:
        cuts |= {cut for cut in (each["since"], each["until"]) if sealing["since"] < cut < end and cut <= known_by}
    spans: list[dict[str, Any]] = []
    for cut in sorted(cuts):
        holding = [each for each in telling if each["since"] <= cut < each["until"]]
        state, behind = "intact", []
        for name, codes in STATES.items():
            behind = [each for each in holding if each["code"] in codes]
            if behind:
                state = name
                break
        if not spans or spans[-1]["state"] != state or spans[-1]["facts"] != behind:
            spans.append({"device": sealing["device"], "state": state, "since": cut, "facts": behind})
    for place, span in enumerate(spans):
        span["until"] = spans[place + 1]["since"] if place + 1 < len(spans) else end
        rests = span["facts"] or [each for each in readings if sealing["since"] <= each["time"] < span["until"]]
        span["grade"] = GRADES[max((each["grade"] for each in rests), default=2)]
    return spans


# --- All of it -------------------------------------------------------------------------------------------------------


def bound_to(events: list[dict[str, Any]], known_by: int) -> list[dict[str, Any]]:
    """For which crossing, and under which Carta Porte, seals were put on and taken off, where either was named."""
    return [
        {"device": each["data"]["device"], "act": each["type"].removeprefix("trip."), "at": each["occurred"],
         "crossing": each["data"]["crossing"], "carta_porte": each["data"]["carta_porte"]}
        for each in events
        if each["type"] in ("trip.sealed", "trip.unsealed") and each["recorded"] <= known_by
        and (each["data"]["crossing"] or each["data"]["carta_porte"])
    ]  # fmt: skip


def verify(data: bytes, log_key: str, witness_key: str | None = None, checkpoint: str | None = None) -> dict[str, Any]:
    """What a bundle proves; raises RefusedError. Either a witness's key or a trusted checkpoint's text is needed."""
    demand((witness_key is None) != (checkpoint is None), "give a witness's key or a checkpoint that you trust")
    bundle = read_file(data)
    origin, size, root, witnessed_at = open_checkpoint(bundle["checkpoint"], log_key, witness_key)
    demand(origin == bundle["log"], "the checkpoint is of another log")
    if checkpoint is not None:
        demand(read_checkpoint(checkpoint) == (origin, size, root), "not the checkpoint that is trusted")
    for leaf in bundle["leaves"]:
        found = root_of(leaf["hash"], leaf["index"], size, leaf["path"])
        demand(found == root, f"leaf {leaf['index']} is not in the log")

    events = [event_of(leaf, bundle["trip"]) for leaf in bundle["leaves"] if "body" in leaf]
    statements = [each for each in events if each["index"] == bundle["statement"] and each["type"] == "trip.stated"]
    demand(statements, "there is no statement")
    statement = statements[0]
    known_by = statement["data"]["known_by"]
    demand(known_by <= statement["recorded"], "the statement knows what had not come")
    check_extents(bundle, events, statement)
    check_complete(statement, events)
    events.remove(statement)

    hidden = {each["stream"] for each in bundle["leaves"] if "why" in each}
    unclear = {each.removeprefix("device/") for each in hidden if each.startswith("device/")}
    streams: dict[str, list[dict[str, Any]]] = {}
    for event in events:
        streams.setdefault(event["stream"], []).append(event)
    keys = {stream: keys_of(stream.removeprefix("device/"), own) for stream, own in streams.items()
            if stream.startswith("device/")}  # fmt: skip
    blocks: dict[str, list[dict[str, Any]]] = {}
    for stream in keys:
        device = stream.removeprefix("device/")
        for event in streams[stream]:
            if event["type"] != "device.block":
                continue
            block = block_of(event)
            blocks.setdefault(device, []).append(block)
            signer = "device/" + block["signer"]
            if signer in hidden:
                unclear.add(device)
            elif block["grade"] < 2:
                had, gateway = keys_at(keys, block["signer"], event["index"])
                demand(had, f"{block['signer']} has no key for leaf {event['index']}")
                demand(block["grade"] == 0 or gateway, f"{block['signer']} is no gateway")
                check_signature(had, block["signed"], block["signature"], block["last"], event)

    spans: list[dict[str, Any]] = []
    gaps: list[dict[str, Any]] = []
    noted: list[dict[str, Any]] = []
    compared: set[str] = set()
    readers = {"device/" + each["reader"] for each in check_reads(events, keys, hidden)}
    if not readers & hidden and not any(each.startswith(("trip/", "road/")) for each in hidden):
        known = [each for each in events if each["recorded"] <= known_by]
        sealings = sealings_of(known, unclear)
        opened = [each for each in known if each["type"] == "trip.opened"]
        places = opened[-1]["data"]["places"] if opened else []
        covered = [each["data"] for each in known if each["type"] == "road.covered"]
        seen = [(each["occurred"], each["data"]["seal_id"], 1 if each["data"]["signature"] else 2,
                 each["data"]["where"]) for each in known if each["type"] == "trip.seal_read"]  # fmt: skip
        for sealing in sealings:
            if sealing["device"] in unclear:
                continue
            if sealing["since"] > known_by:
                continue
            compared.add(sealing["device"])
            own_blocks = [each for each in blocks.get(sealing["device"], []) if each["arrived"] <= known_by]
            since, until, tolerance = sealing["since"], sealing["until"], sealing["tolerance"]
            before = [each for each in own_blocks if is_before(each, sealing)]
            own_blocks = [each for each in own_blocks if not is_before(each, sealing)]
            readings = told(own_blocks, tolerance)
            own = [each for each in readings if since - tolerance <= each["time"] < until]
            stood = [each for each in own if each["time"] >= since]
            facts = [
                *chain_facts(own_blocks, before, tolerance),
                *own_facts(own, tolerance),
                *opening_facts(sealing, stood, places),
                *swap_facts(sealing, sealings, seen),
                *alarm_facts(sealing, stood),
                *silence_facts(sealing, stood, covered, known_by),
            ]
            facts = [each for each in facts if each["since"] <= known_by and each["since"] < until
                     and min(each["until"], each["latest"] + 1) > since - tolerance]  # fmt: skip
            spans += spans_of(sealing, readings, facts, known_by)
            told_of = [{**each, "device": sealing["device"]} for each in facts]
            gaps += [each for each in told_of if each["gap"] or each["code"] == "missing"]
            noted += [each for each in told_of if each["code"] in ("seen", "jam_alarm")]
        stated = [each for each in statement["data"]["spans"] if each[0] not in unclear]
        derived = [[each["device"], each["state"], each["since"], each["until"]] for each in spans]
        demand(derived == stated, f"the states are not those stated: {derived} {stated}")
    return {
        "trip": bundle["trip"], "log": origin, "size": size, "root": root.hex(), "witnessed_at": witnessed_at,
        "known_by": known_by, "compared": sorted(compared), "spans": spans, "gaps": gaps,
        "noted": noted, "bound": bound_to(events, known_by),
        "stated": [each for each in statement["data"]["spans"] if each[0] not in compared],
        "withheld": [[each["stream"], each["version"], each["why"]] for each in bundle["leaves"] if "why" in each],
        "origins": sorted({each["origin"] for each in [*events, statement]}),
    }  # fmt: skip


# --- In words --------------------------------------------------------------------------------------------------------

#: In English and in Spanish.
WORDS: dict[str, tuple[str, str]] = {
    "proven": (
        "Trip {trip}: all of this is in the log {log} of {size} events, and follows from what had come by {at}.",
        "Viaje {trip}: todo esto está en el registro {log} de {size} eventos y se sigue de lo llegado hasta {at}.",
    ),
    "proven_part": (
        "Trip {trip}: all of this is in the log {log} of {size} events; of what had come by {at} a part is withheld.",
        "Viaje {trip}: todo esto está en el registro {log} de {size} eventos; de lo llegado hasta {at} hay una"
        " parte reservada.",
    ),
    "root": ("The log's root is {root}.", "La raíz del registro es {root}."),
    "witnessed": ("The witness cosigned that log at {at}.", "El testigo refrendó ese registro el {at}."),
    "trusted": ("That log is the one of the checkpoint that you trust.",
                "Ese registro es el del punto de control en que usted confía."),
    "played": ("This was not recorded of a real trip ({origins}).",
               "Esto no se registró de un viaje real ({origins})."),
    "span": ("{device}: {state} from {since} until {until} ({lasted}); vouched for by {grade}",
             "{device}: {state} desde {since} hasta {until} ({lasted}); lo respalda {grade}"),
    "goes_on": ("{device}: {state} from {since}, still so; vouched for by {grade}",
                "{device}: {state} desde {since}, sigue así; lo respalda {grade}"),
    "fact": ("    {what}: after {earliest}, at {latest} at the latest ({lasted}); vouched for by {grade}",
             "    {what}: después de {earliest}, a más tardar el {latest} ({lasted}); lo respalda {grade}"),
    "missing_until": ("Missing: {device}: {what}, from {since} until {until} ({lasted}); {gap}",
                      "Falta: {device}: {what}, desde {since} hasta {until} ({lasted}); {gap}"),
    "missing_on": ("Missing: {device}: {what}, from {since}, still so; {gap}",
                   "Falta: {device}: {what}, desde {since}, sigue así; {gap}"),
    "noted": ("Noted: {device}: {what}, {since} ({place}); vouched for by {grade}",
              "Anotado: {device}: {what}, {since} ({place}); lo respalda {grade}"),
    "no_place": ("no place named", "sin lugar indicado"),
    "sealed": ("{device}: put on at {at}; the trip then named crossing {crossing}, Carta Porte {carta_porte}",
               "{device}: se puso el {at}; el viaje indicaba entonces cruce {crossing}, Carta Porte {carta_porte}"),
    "unsealed": ("{device}: taken off at {at}; the trip then named crossing {crossing}, Carta Porte {carta_porte}",
                 "{device}: se retiró el {at}; el viaje indicaba entonces cruce {crossing}, Carta Porte {carta_porte}"),
    "unnamed": ("none", "sin indicar"),
    "withheld": ("Withheld: {stream}, version {version} ({why}).", "Reservado: {stream}, versión {version} ({why})."),
    "compared": ("By what is withheld, the states are proven of these seals only: {devices}.",
                 "Por lo reservado, los estados solo quedan probados para estos candados: {devices}."),
    "word": ("The node's word, not recomputed: {device}: {state} from {since} until {until} ({lasted})",
             "Palabra del nodo, no recalculada: {device}: {state} desde {since} hasta {until} ({lasted})"),
    "word_goes_on": ("The node's word, not recomputed: {device}: {state} from {since}, still so",
                     "Palabra del nodo, no recalculada: {device}: {state} desde {since}, sigue así"),
    "none": ("none", "ninguno"),
    "proves_not": (
        "It does not prove that nothing was recorded later, nor that what an unsigned reading says is true.",
        "No prueba que después no se haya registrado nada, ni que sea cierto lo que dice una lectura sin firma.",
    ),
    "refused": ("REFUSED: it proves nothing: {why}", "RECHAZADO: no prueba nada: {why}"),
    "day": ("day", "día"), "days": ("days", "días"), "hour": ("hour", "hora"), "hours": ("hours", "horas"),
    "minute": ("minute", "minuto"), "minutes": ("minutes", "minutos"),
    "second": ("second", "segundo"), "seconds": ("seconds", "segundos"),
    "gap_open": ("open: it may still be filled", "abierto: todavía puede llenarse"),
    "gap_late_filled": ("filled late", "llenado tarde"), "gap_permanent": ("permanent", "permanente"),
    "gap_": ("blocks never came", "nunca llegaron bloques"),
    "state_broken": ("broken", "violado"), "state_suspect": ("suspect", "sospechoso"),
    "state_open": ("open", "abierto"),
    "state_silent": ("silent", "en silencio"), "state_intact": ("intact", "íntegro"),
    "grade_device": ("the device", "el dispositivo"), "grade_gateway": ("a gateway", "una pasarela"),
    "grade_unsigned": ("nobody", "nadie"),
    "withheld_personal": ("of a person", "de una persona"),
    "withheld_trade": ("a business secret", "secreto comercial"),
    "withheld_law": ("an inquiry", "una investigación"), "withheld_other_load": ("of another load", "de otra carga"),
    "fact_opened": ("opened outside of where it may be", "abierto fuera de donde se permite"),
    "fact_tampered": ("tampered with", "manipulado"), "fact_removed": ("removed", "retirado"),
    "fact_swapped": ("another seal in its place", "otro candado en su lugar"),
    "fact_cloned": ("two blocks of one place in its chain", "dos bloques en un mismo lugar de su cadena"),
    "fact_forked": ("a block that does not follow the one before it", "un bloque que no sigue al anterior"),
    "fact_rolled_back": ("an earlier start speaks of later times", "un arranque anterior habla de tiempos posteriores"),
    "fact_conflicting": ("two readings of one instant and index", "dos lecturas de un mismo instante e índice"),
    "fact_clock_ahead": ("its clock is ahead", "su reloj va adelantado"),
    "fact_clock_back": ("its clock went back", "su reloj retrocedió"),
    "fact_teleported": ("a leap that no truck makes", "un salto que ningún camión da"),
    "fact_opened_at_place": ("opened where it may be", "abierto donde se permite"),
    "fact_silent": ("not heard as promised", "no se oyó como prometía"),
    "fact_jammed": ("not heard on a road that is jammed", "no se oyó en un camino con la señal bloqueada"),
    "fact_missing": ("blocks are missing", "faltan bloques"), "fact_late": ("came late", "llegó tarde"),
    "fact_dead_zone": ("hardly anybody is heard there", "ahí casi nadie se oye"),
    "fact_seen": ("its number was read on it", "se leyó en él su número"),
    "fact_jam_alarm": ("it said that it was jammed", "avisó de que le bloquean la señal"),
}  # fmt: skip


def shown(text: object) -> str:
    """A text in which nothing stands for a new line, or for a command to the screen."""
    return "".join(each if each.isprintable() else f"\\u{ord(each):04x}" for each in str(text))


def say(lang: str, code: str, **values: object) -> str:
    text = WORDS[code][lang == "es"]
    return text.format(**{name: shown(value) for name, value in values.items()})


def instant_text(at: int) -> str:
    """An instant, in microseconds since 1970, in UTC."""
    try:
        return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)).isoformat().replace("+00:00", "Z")
    except OverflowError:
        return f"1970-01-01T00:00:00Z + {at} µs"


def duration_text(lang: str, lasted: int) -> str:
    """A duration, in microseconds, to the last of them."""
    parts = []
    for unit, size in (("day", 86_400_000_000), ("hour", 3_600_000_000), ("minute", 60_000_000)):
        count, lasted = divmod(lasted, size)
        if count:
            parts.append(f"{count} {say(lang, unit if count == 1 else unit + 's')}")
    whole, rest = divmod(lasted, 1_000_000)
    if whole or rest or not parts:
        number = f"{whole}.{rest:06}".rstrip("0") if rest else str(whole)
        parts.append(f"{number} {say(lang, 'second' if number == '1' else 'seconds')}")
    return ", ".join(parts)


def in_words(proven: dict[str, Any], lang: str) -> str:
    """What `verify` found, for people."""

    def when(of: dict[str, Any], *names: str) -> dict[str, str]:
        first, last = (of[name] for name in names)
        return {**{name: instant_text(of[name]) for name in names}, "lasted": duration_text(lang, last - first)}

    lines = [say(lang, "proven_part" if proven["withheld"] else "proven", trip=proven["trip"], log=proven["log"],
                 size=proven["size"], at=instant_text(proven["known_by"])),
             say(lang, "root", root=proven["root"])]  # fmt: skip
    if proven["witnessed_at"] is None:
        lines.append(say(lang, "trusted"))
    else:
        lines.append(say(lang, "witnessed", at=instant_text(proven["witnessed_at"] * 1_000_000)))
    if proven["origins"] != ["live"]:
        lines.append(say(lang, "played", origins=", ".join(proven["origins"])))
    for span in proven["spans"]:
        common = {"device": span["device"], "state": say(lang, f"state_{span['state']}"),
                  "grade": say(lang, f"grade_{span['grade']}")}  # fmt: skip
        if span["until"] == NEVER:
            lines.append(say(lang, "goes_on", since=instant_text(span["since"]), **common))
        else:
            lines.append(say(lang, "span", **when(span, "since", "until"), **common))
        for each in sorted(span["facts"], key=lambda each: (each["since"], each["code"])):
            lines.append(say(lang, "fact", what=say(lang, f"fact_{each['code']}"), **when(each, "earliest", "latest"),
                             grade=say(lang, f"grade_{GRADES[each['grade']]}")))  # fmt: skip
    for each in proven["gaps"]:
        common = {"device": each["device"], "what": say(lang, f"fact_{each['code']}"),
                  "gap": say(lang, f"gap_{each['gap']}")}  # fmt: skip
        if each["until"] == NEVER:
            lines.append(say(lang, "missing_on", since=instant_text(each["since"]), **common))
        else:
            lines.append(say(lang, "missing_until", **when(each, "since", "until"), **common))
    for each in proven["noted"]:
        lines.append(say(lang, "noted", device=each["device"], what=say(lang, f"fact_{each['code']}"),
                         since=instant_text(each["since"]), place=each["place"] or say(lang, "no_place"),
                         grade=say(lang, f"grade_{GRADES[each['grade']]}")))  # fmt: skip
    for each in proven["bound"]:
        told = {name: each[name] or say(lang, "unnamed") for name in ("crossing", "carta_porte")}
        lines.append(say(lang, each["act"], device=each["device"], at=instant_text(each["at"]), **told))
    for stream, version, why in proven["withheld"]:
        lines.append(say(lang, "withheld", stream=stream, version=version, why=say(lang, f"withheld_{why}")))
    if proven["withheld"]:
        lines.append(say(lang, "compared", devices=", ".join(proven["compared"]) or say(lang, "none")))
    for device, state, since, until in proven["stated"]:
        told = {"device": device, "since": instant_text(since),
                "state": say(lang, f"state_{state}") if f"state_{state}" in WORDS else state}  # fmt: skip
        if until == NEVER:
            lines.append(say(lang, "word_goes_on", **told))
        else:
            lines.append(
                say(lang, "word", until=instant_text(until), lasted=duration_text(lang, until - since), **told)
            )
    return "\n".join([*lines, say(lang, "proves_not")])


def main() -> int:
    parser = argparse.ArgumentParser(description="Verify a custody bundle offline.")
    parser.add_argument("bundle")
    parser.add_argument("--log-key", required=True, help="name+identifier+base64")
    parser.add_argument("--witness-key", help="name+identifier+base64")
    parser.add_argument("--checkpoint", help="a file with a checkpoint of the log that you trust")
    parser.add_argument("--json", action="store_true", help="all of it for machines, instants in microseconds")
    parser.add_argument("--lang", choices=["en", "es"], default="en", help="of the words")
    asked = parser.parse_args()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    if (asked.witness_key is None) == (asked.checkpoint is None):
        parser.error("give --witness-key or --checkpoint")
    try:
        with open(asked.bundle, "rb") as file:
            data = file.read()
        trusted = None
        if asked.checkpoint is not None:
            with open(asked.checkpoint, encoding="utf-8") as file:
                trusted = file.read().partition("\n\n")[0].rstrip("\n") + "\n"
    except OSError as error:
        parser.error(str(error))
    try:
        proven = verify(data, asked.log_key, asked.witness_key, trusted)
    except RefusedError as error:
        why = str(error)
        print(json.dumps({"refused": why}) if asked.json else say(asked.lang, "refused", why=why))
        return 1
    print(json.dumps(proven, indent=1) if asked.json else in_words(proven, asked.lang))
    return 0


if __name__ == "__main__":
    sys.exit(main())
