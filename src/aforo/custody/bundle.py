"""The custody bundle: one file of one trip that shows anybody what the log has of it, and that it has it.

It holds leaves of the log with their audit paths, under one signed and cosigned checkpoint; what follows from them is
found by whoever reads it (`bundle_verdict`). The file has one encoding, so that who changes a byte of it changes what
it says; docs/reference/custody-verdict.md tells the form.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final, Literal, get_args

import msgspec

from aforo.domain.problem import Problem
from aforo.domain.text import Text, catalogue
from aforo.log.merkle import HASH_BYTES

FORMAT: Final = "aforo-custody-bundle"
VERSION: Final = 1
MOST_BYTES: Final = 64 * 1024 * 1024
MOST_LEAVES: Final = 100_000
#: Nodes of an audit path: a tree has fewer than 2^60 leaves.
MOST_NODES: Final = 64
#: Numbers that every reader of JSON keeps.
MOST_NUMBER: Final = 2**53
#: Arrays and objects that stand in each other, and characters of a number.
MOST_NESTED: Final = 32
MOST_DIGITS: Final = 100

#: Why a leaf is withheld: it is of a person, a business secret, part of an inquiry, or of another load.
Why = Literal["personal", "trade", "law", "other_load"]
WHY: Final[tuple[Why, ...]] = get_args(Why)


class BundleError(ValueError):
    """Why a bundle proves nothing: `code` of the catalogue, and where in it; `what` names the part that is meant."""

    def __init__(self, code: str, place: str = "file", what: str = "") -> None:
        super().__init__(f"{code} at {place}" + (f": {what}" if what else ""))
        self.code = code
        self.place = place
        self.what = what

    @property
    def problem(self) -> Problem:
        """What to tell who has the bundle."""
        return Problem(1, self.place, self.code, self.text)

    @property
    def text(self) -> Text:
        return catalogue("aforo.custody").say(self.code, what=self.what)


class Leaf(msgspec.Struct, frozen=True, gc=False):
    """A leaf of the log: the stored event, and the nodes (32 bytes each, the lowest first) that lead to the root."""

    index: int
    body: bytes
    path: tuple[bytes, ...]


class Withheld(msgspec.Struct, frozen=True, gc=False):
    """A leaf whose event is not shown: its hash, its path, and the version of a stream that it is said to be."""

    index: int
    hash: bytes
    path: tuple[bytes, ...]
    stream: str
    version: int
    why: Why


class Bundle(msgspec.Struct, frozen=True):
    """What a bundle holds: `statement` is the index of the leaf that states the trip's custody."""

    log: str
    checkpoint: str
    trip: str
    statement: int
    leaves: tuple[Leaf | Withheld, ...]


#: Names in order, no white space, no escape that is not needed: the one encoding of a bundle.
_ENCODER = msgspec.json.Encoder(order="sorted")


def made(bundle: Bundle) -> bytes:
    """The file of a bundle, its leaves in the order of the log."""
    leaves = [_written(each) for each in sorted(bundle.leaves, key=lambda each: each.index)]
    value = {
        "checkpoint": bundle.checkpoint,
        "format": FORMAT,
        "leaves": leaves,
        "log": bundle.log,
        "statement": bundle.statement,
        "trip": bundle.trip,
        "version": VERSION,
    }
    return _encoded(value)


def _written(leaf: Leaf | Withheld) -> dict[str, Any]:
    path = base64.b64encode(b"".join(leaf.path)).decode()
    if isinstance(leaf, Leaf):
        return {"body": leaf.body.decode(), "index": leaf.index, "path": path}
    hash_ = base64.b64encode(leaf.hash).decode()
    return {"hash": hash_, "index": leaf.index, "path": path, "stream": leaf.stream, "version": leaf.version,
            "why": leaf.why}  # fmt: skip


def _encoded(value: Any) -> bytes:
    return _ENCODER.encode(value)


def read(data: bytes) -> Bundle:
    """The bundle that a file holds; nothing of it is verified but its form. Raises BundleError, and nothing else."""
    if len(data) > MOST_BYTES:
        raise BundleError("bundle_too_large")
    try:
        value = strict_json(data.decode(), "file")
    except UnicodeDecodeError:
        raise BundleError("bundle_not_json") from None
    names = {"checkpoint", "format", "leaves", "log", "statement", "trip", "version"}
    if not isinstance(value, dict) or value.get("format") != FORMAT or value.get("version") != VERSION:
        raise BundleError("bundle_format")
    leaves = value.get("leaves")
    texts = all(isinstance(value.get(each), str) for each in ("checkpoint", "log", "trip"))
    if value.keys() != names or not texts or not _is_number(value["statement"]) or type(value["version"]) is not int:
        raise BundleError("bundle_form")
    if not isinstance(leaves, list) or len(leaves) > MOST_LEAVES:
        raise BundleError("bundle_form", "leaves")
    bundle = Bundle(
        value["log"], value["checkpoint"], value["trip"], value["statement"],
        tuple(_leaf(each, f"leaves[{place}]") for place, each in enumerate(leaves)),
    )  # fmt: skip
    if _encoded(value) != data:
        raise BundleError("bundle_not_canonical")
    indexes = [each.index for each in bundle.leaves]
    if any(one >= other for one, other in pairwise(indexes)):
        raise BundleError("bundle_order", "leaves")
    return bundle


_SHOWN, _HIDDEN = {"body", "index", "path"}, {"hash", "index", "path", "stream", "version", "why"}


def _leaf(value: Any, place: str) -> Leaf | Withheld:
    if not isinstance(value, dict) or value.keys() not in (_SHOWN, _HIDDEN) or not _is_number(value["index"]):
        raise BundleError("bundle_form", place)
    raw = strict_base64(value["path"], place)
    if len(raw) % HASH_BYTES or len(raw) > MOST_NODES * HASH_BYTES:
        raise BundleError("bundle_form", place)
    path = tuple(raw[start : start + HASH_BYTES] for start in range(0, len(raw), HASH_BYTES))
    if "body" in value:
        if not isinstance(value["body"], str):
            raise BundleError("bundle_form", place)
        return Leaf(value["index"], value["body"].encode(), path)
    hash_ = strict_base64(value["hash"], place)
    said = isinstance(value["stream"], str) and _is_number(value["version"]) and value["version"] >= 1
    if len(hash_) != HASH_BYTES or not said or value["why"] not in WHY:
        raise BundleError("bundle_form", place)
    return Withheld(value["index"], hash_, path, value["stream"], value["version"], value["why"])


def _is_number(value: Any) -> bool:
    return type(value) is int and 0 <= value < MOST_NUMBER


def strict_base64(text: Any, place: str) -> bytes:
    """The bytes of base64 in its one encoding. Raises BundleError."""
    if not isinstance(text, str):
        raise BundleError("bundle_form", place)
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BundleError("bundle_base64", place) from None
    if base64.b64encode(raw).decode() != text:
        raise BundleError("bundle_base64", place)
    return raw


def strict_json(text: str, place: str) -> Any:
    """What JSON says that names nothing twice, has no fractions and does not nest deep. Raises BundleError."""
    if _is_deep(text):
        raise BundleError("bundle_nested", place)

    def named(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(pairs)
        if len(value) != len(pairs):
            raise BundleError("bundle_name_twice", place)
        return value

    def refused(number: str) -> Any:
        raise BundleError("bundle_number", place, number[:20])

    def whole(number: str) -> int:
        # How many digits Python reads is for whoever runs it to set.
        return int(number) if len(number) <= MOST_DIGITS else refused(number)

    try:
        value = json.loads(text, object_pairs_hook=named, parse_int=whole, parse_float=refused, parse_constant=refused)
    except BundleError:
        raise
    except ValueError:
        raise BundleError("bundle_not_json", place) from None
    if "\\ud" in text or "\\uD" in text:
        _refuse_surrogates(value, place)
    return value


def _is_deep(text: str) -> bool:
    """Whether arrays and objects stand in each other deeper than they may, as far as text is JSON. It is asked before
    anything is decoded: how deep a decoder gets is another thing in every version of Python."""
    if text.count("[") + text.count("{") <= MOST_NESTED:
        return False
    # Without the escapes a quote begins or ends a string: every second part stands outside of them.
    outside = text.replace("\\\\", "").replace('\\"', "").split('"')[::2]
    depth = 0
    for each in re.findall("[][{}]", "".join(outside)):
        depth += 1 if each in "[{" else -1
        if depth > MOST_NESTED:
            return True
    return False


def _refuse_surrogates(value: Any, place: str) -> None:
    """Escapes can write half of a character, which no bytes can."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise BundleError("bundle_not_json", place) from None
