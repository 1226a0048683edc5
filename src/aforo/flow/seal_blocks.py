"""Readings of seals enter the record: a block is an event of its device, and the same block again is the one that
stands.

What is signed is taken where the signature holds under a key that the device, or its gateway, has or had: what an
earlier key signed stays signed. What came unsigned is put into blocks here, with the lines that it was made of; in the
name of a device that has a key it is refused, since anybody could end that device's silence with it, or move it.
"""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from zoneinfo import ZoneInfo

import msgspec

from aforo.custody import keys
from aforo.custody.device import PREFIX, KnownDevice
from aforo.custody.lines import packed
from aforo.domain.clock import instant, microseconds
from aforo.domain.device import BlockReceived, ReadingForm
from aforo.domain.problem import Problem
from aforo.domain.reading import Grade, Readings, lasted
from aforo.domain.text import catalogue
from aforo.flow.admission import clock_of, too_often
from aforo.flow.custody import Custody
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
    taken, decoded = Taken(), dict[int, Block]()
    for number, raw in enumerate(blocks, 1):
        try:
            decoded[number] = seal_block.decode(raw)
        except BlockError as error:
            taken.problems.append(error.problem(number))
    known = custody.known({name for each in decoded.values() for name in (each.device, each.signer)})
    admission, now = custody.admission, microseconds(custody.log.clock())
    for number, block in decoded.items():
        device, signer = known.get(block.device), known.get(block.signer)
        if device is None or device.retired or not may(device):
            taken.problems.append(_unknown(number))
        elif admission.refuses(block.device):
            taken.problems.append(too_often(number))
        elif (wrong := _wrong(block, signer)) is not None:
            taken.problems.append(msgspec.structs.replace(wrong, record=number))
        # Only what is vouched for is counted: nobody else uses up what a device that signs may send.
        elif not admission.takes(block.device, len(block.readings)):
            taken.problems.append(too_often(number))
        else:
            taken.problems += clock_of(number, device, block.readings, now)
            taken.said.append(_signed(block))
            taken.readings += len(block.readings)
    admission.count(taken.readings, taken.problems)
    return taken


def of_portions(portions: Sequence[Portion], custody: Custody, may: Callable[[KnownDevice], bool]) -> Taken:
    """What came unsigned, by device: of each all or nothing, since who sent it is told by device what was taken."""
    taken = Taken()
    known = custody.known({each.device for each in portions})
    admission, now = custody.admission, microseconds(custody.log.clock())
    good = {name for name, device in known.items() if not device.retired and may(device)}
    signing = {name for name in good if known[name].key}
    counts: Counter[str] = Counter()
    for portion in portions:
        counts[portion.device] += len(portion.readings)
    asked = {name: count for name, count in counts.items() if count and name in good and name not in signing}
    refused = {name for name, count in asked.items() if not admission.takes(name, count)}
    for portion in portions:
        taken.problems += portion.problems
        if not len(portion.readings):
            continue
        if portion.device not in good:
            taken.problems.append(_unknown(0))
            continue
        if portion.device in signing:
            taken.problems.append(_signs(portion.device))
            continue
        if portion.device in refused:
            taken.problems.append(too_often(0))
            continue
        taken.problems += clock_of(0, known[portion.device], portion.readings, now)
        raw = seal_block.unsigned(portion.device, portion.readings)
        lines = packed(portion.raw)
        taken.said.append(
            _statement(portion.device, portion.form, "unsigned", raw, portion.readings, lines=lines, zone=portion.zone)
        )
        taken.readings += len(portion.readings)
    admission.count(taken.readings, taken.problems)
    return taken


def _wrong(block: Block, signer: KnownDevice | None) -> Problem | None:
    """What is wrong with who signed a block: the device itself, or a gateway that is registered as one, under a key
    that it has or had. The one in force is tried first."""
    allowed = signer is not None and not signer.retired and (block.signer == block.device or signer.kind == "gateway")
    if signer is None or not allowed:
        return _refused(block, "")
    wrong: Problem | None = None
    for key in reversed(signer.keys or ("",)):
        if (found := _refused(block, key)) is None:
            return None
        wrong = wrong or found
    return wrong


def _refused(block: Block, key: str) -> Problem | None:
    known = {block.signer: keys.read(key)} if key else {}
    return seal_block.verified([block], known)[0]


def _unknown(record: int) -> Problem:
    return Problem(record, "device", "device_unknown", catalogue("aforo.flow").say("device_unknown"))


def _signs(device: str) -> Problem:
    return Problem(0, "device", "device_signs", catalogue("aforo.flow").say("device_signs", device=device))


def _signed(block: Block) -> Statement:
    gateway = "" if block.signer == block.device else block.signer
    return _statement(
        block.device, "block", block.grade, block.raw, block.readings, block.boot, block.sequence, gateway
    )


def _statement(
    device: str, form: ReadingForm, grade: Grade, raw: bytes, readings: Readings, boot: int = 0, sequence: int = 0,
    gateway: str = "", lines: str = "", zone: str = "",
) -> Statement:  # fmt: skip
    hash_ = sha256(raw).hexdigest()
    first, last = lasted(readings)
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
        zone=zone,
        packed=lines,
    )
    return Statement(block, PREFIX + device, instant(last), f"seal:{device}:{hash_}")
