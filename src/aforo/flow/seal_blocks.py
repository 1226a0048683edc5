"""Readings of seals enter the record: a block is an event of its device, and the same block again is the one that
stands.

What is signed is taken where the signature holds under a key that the device, or its gateway, has or had: what an
earlier key signed stays signed. What came unsigned is put into blocks here, with the lines that it was made of.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from zoneinfo import ZoneInfo

import msgspec

from aforo.custody import keys
from aforo.custody.device import PREFIX, KnownDevice
from aforo.domain.clock import instant
from aforo.domain.device import BlockReceived, ReadingForm
from aforo.domain.problem import Problem
from aforo.domain.reading import Grade, Readings
from aforo.domain.text import catalogue
from aforo.flow.custody import Custody, UnknownDeviceError
from aforo.flow.telemetry import Statement
from aforo.intake import seal_block, seal_text, telematics, traccar
from aforo.intake.portion import Portion, Portions
from aforo.intake.seal_block import Block, BlockError

#: What reads the unsigned forms; the zone is that of instants which name none.
FORMS: dict[str, Callable[[bytes, ZoneInfo | None], Portions]] = {
    "seal_text": lambda data, _: seal_text.read(data),
    "traccar": lambda data, _: traccar.read(data),
    "telematics": telematics.read,
}


@dataclass
class Taken:
    """What is to be recorded of what came, how many readings that is, and what is wrong with the rest."""

    said: list[Statement] = field(default_factory=list)
    readings: int = 0
    problems: list[Problem] = field(default_factory=list)


def of_signed(blocks: Sequence[bytes], custody: Custody, may: Callable[[KnownDevice], bool]) -> Taken:
    """Signed blocks as they came. `may` says of which devices whoever sent them may report."""
    taken = Taken()
    for number, raw in enumerate(blocks, 1):
        try:
            block = seal_block.decode(raw)
        except BlockError as error:
            taken.problems.append(error.problem(number))
            continue
        device, signer = _known(block.device, custody, may), _signer(block, custody)
        if device is None:
            taken.problems.append(_unknown(number))
        elif signer is None or all(_refused(block, key) for key in signer.keys):
            wrong = _refused(block, signer.key if signer is not None else "")
            taken.problems.append(msgspec.structs.replace(wrong or _unknown(number), record=number))
        else:
            gateway = "" if block.signer == block.device else block.signer
            taken.said.append(
                _statement(block.device, "block", block.grade, raw, block.readings, block.boot, block.sequence, gateway)
            )
            taken.readings += len(block.readings)
    return taken


def of_portions(portions: Sequence[Portion], custody: Custody, may: Callable[[KnownDevice], bool]) -> Taken:
    """What came unsigned, by device."""
    taken = Taken()
    for portion in portions:
        taken.problems += portion.problems
        if not len(portion.readings):
            continue
        if _known(portion.device, custody, may) is None:
            taken.problems.append(_unknown(0))
            continue
        raw = seal_block.unsigned(portion.device, portion.readings)
        lines = base64.b64encode(portion.raw).decode()
        taken.said.append(
            _statement(portion.device, portion.form, "unsigned", raw, portion.readings, lines=lines, zone=portion.zone)
        )
        taken.readings += len(portion.readings)
    return taken


def _known(device: str, custody: Custody, may: Callable[[KnownDevice], bool]) -> KnownDevice | None:
    try:
        known = custody.device(device)
    except UnknownDeviceError:
        return None
    return None if known.retired or not may(known) else known


def _signer(block: Block, custody: Custody) -> KnownDevice | None:
    """Who signed a block: the device, or a gateway that is registered as one."""
    try:
        signer = custody.device(block.signer)
    except UnknownDeviceError:
        return None
    own = block.signer == block.device
    return signer if not signer.retired and (own or signer.kind == "gateway") else None


def _refused(block: Block, key: str) -> Problem | None:
    known = {block.signer: keys.read(key)} if key else {}
    return seal_block.verified([block], known)[0]


def _unknown(record: int) -> Problem:
    return Problem(record, "device", "device_unknown", catalogue("aforo.flow").say("device_unknown"))


def _statement(
    device: str, form: ReadingForm, grade: Grade, raw: bytes, readings: Readings, boot: int = 0, sequence: int = 0,
    gateway: str = "", lines: str = "", zone: str = "",
) -> Statement:  # fmt: skip
    hash_ = sha256(raw).hexdigest()
    first, last = int(readings["at"].min()), int(readings["at"].max())
    block = BlockReceived(
        form,
        grade,
        base64.b64encode(raw).decode(),
        hash_,
        len(readings),
        first,
        last,
        boot,
        sequence,
        gateway,
        lines,
        zone,
    )
    return Statement(block, PREFIX + device, instant(last), f"seal:{device}:{hash_}")
