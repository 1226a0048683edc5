"""Readings of seals enter the record: a block is an event of its device, and the same block again is the one that
stands.

What is signed is taken where the signature holds under a key that the device, or its gateway, has or had: what an
earlier key signed stays signed, however late it comes, and what it signs of after it was changed is refused. What came
unsigned is put into blocks here, with the lines that it was made of; in the name of a device that has a key it is
refused, since anybody could end that device's silence with it, or move it.
"""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import msgspec

from aforo.custody.device import PREFIX, KnownDevice
from aforo.custody.lines import packed
from aforo.domain.clock import instant, microseconds
from aforo.domain.device import BlockReceived, ReadingForm
from aforo.domain.ed25519 import SIGNATURE_BYTES
from aforo.domain.problem import Problem
from aforo.domain.text import catalogue
from aforo.flow.admission import clock_of, too_often
from aforo.flow.blocks_read import Reader, Signed, read_here, received
from aforo.flow.custody import Custody
from aforo.flow.telemetry import Refused, Statement
from aforo.flow.vouched import Vouched
from aforo.intake import seal_block, seal_text, telematics, traccar
from aforo.intake.portion import Portion, Portions
from aforo.intake.seal_block import BlockError
from aforo.log.put_aside import Later

#: What reads the unsigned forms; the zone is that of instants which name none.
FORMS: dict[str, Callable[[bytes, ZoneInfo | None], Portions]] = {
    "seal_text": lambda data, _: seal_text.read(data),
    "traccar": lambda data, _: traccar.read(data),
    "telematics": telematics.read,
}


#: Bytes of what came unsigned that are looked at first: a hundred messages of a seal.
FIRST_BYTES = 16 * 1024


#: What is wrong with a block that holds once a key is recorded, if it ever does.
_KEYS = ("block_signer_unknown", "block_key", "block_signature")


@dataclass
class Taken:
    """What is to be recorded of what came, how many readings that is, and what is wrong with the rest.

    `later` is what of the rest may be taken if it comes again: of each a problem is among the others.
    """

    said: list[Statement] = field(default_factory=list)
    readings: int = 0
    problems: list[Problem] = field(default_factory=list)
    later: list[Later] = field(default_factory=list)

    def waits(self, problem: Problem, device: str, signer: str, form: ReadingForm, raw: bytes) -> None:
        """Something is not taken now, and may be later."""
        self.problems.append(problem)
        self.later.append(Later(device, signer, form, raw, problem.code))


def of_signed(
    blocks: Sequence[bytes], custody: Custody, may: Callable[[KnownDevice], bool], reader: Reader = read_here
) -> Taken:
    """Signed blocks as they came. `may` says of which devices whoever sent them may report."""
    taken, names = Taken(), dict[int, tuple[str, str]]()
    for number, raw in enumerate(blocks, 1):
        try:
            names[number] = seal_block.named(raw)
        except BlockError as error:
            taken.problems.append(error.problem(number))
    known, position = custody.signers({name for each in names.values() for name in each})
    admission, now = custody.admission, microseconds(custody.log.clock())
    asked: dict[int, Signed] = {}
    for number, (name, signer) in names.items():
        device, raw = known.get(name), blocks[number - 1]
        if device is None or device.retired:
            taken.waits(_unknown(number), name, signer, "block", raw)
        elif not may(device):
            taken.problems.append(_unknown(number))
        elif admission.refuses(name):
            taken.waits(too_often(number), name, signer, "block", raw)
        else:
            asked[number] = Signed(raw, keys_of(name, signer, known))
    for number, read in zip(asked, reader(list(asked.values())), strict=True):
        name, signer = names[number]
        if (said := read.said) is None:
            if read.wrong is not None:
                wrong = msgspec.structs.replace(read.wrong, record=number)
                if wrong.code in _KEYS:
                    taken.waits(wrong, name, signer, "block", blocks[number - 1])
                else:
                    taken.problems.append(wrong)
        # Only what is vouched for is counted: nobody else uses up what a device that signs may send.
        elif not admission.takes(name, said.count):
            taken.waits(too_often(number), name, signer, "block", blocks[number - 1])
        else:
            taken.problems += clock_of(number, known[name], said.last, now)
            key, _ = asked[number].keys[read.under]
            by = Vouched(PREFIX + signer, known[signer], position, key, said.last, signer != name, number)
            taken.said.append(_statement(name, said, by))
            taken.readings += said.count
    admission.count(taken.readings, taken.problems)
    return taken


def of_unknown_devices(portions: Sequence[Portion], custody: Custody, may: Callable[[KnownDevice], bool]) -> Taken:
    """What is refused of what came unsigned by its first portions: all of it, where they name devices, and none that
    is known and may be reported of. Nothing is refused where one of them is."""
    devices = {each.device for each in portions}
    known = custody.known(devices)
    if any(not each.retired and may(each) for each in known.values()):
        return Taken()
    problems = [_unknown(0) for _ in devices]
    if problems:
        stopped = catalogue("aforo.flow").say("device_unknown_rest")
        problems.append(Problem(0, "device", "device_unknown_rest", stopped))
        custody.admission.count(0, problems)
    return Taken(problems=problems)


def of_portions(portions: Sequence[Portion], custody: Custody, may: Callable[[KnownDevice], bool]) -> Taken:
    """What came unsigned, by device: of each all or nothing, since who sent it is told by device what was taken.

    Lines that no reading of their portion stands beside are in no block: those that were understood are told of, so
    that nobody takes them for recorded, and nobody sends them again.
    """
    taken = Taken()
    known = custody.known({each.device for each in portions})
    admission, now = custody.admission, microseconds(custody.log.clock())
    good = {name for name, device in known.items() if not device.retired and may(device)}
    strangers = {each.device for each in portions if (own := known.get(each.device)) is None or own.retired}
    signing = {name for name in good if known[name].key}
    counts: Counter[str] = Counter()
    for portion in portions:
        counts[portion.device] += len(portion.readings)
    asked = {name: count for name, count in counts.items() if count and name in good and name not in signing}
    refused = {name for name, count in asked.items() if not admission.takes(name, count)}
    for portion in portions:
        taken.problems += portion.problems
        if portion.device not in good:
            if portion.device in strangers and len(portion.readings):
                taken.waits(_unknown(0), portion.device, "", portion.form, portion.raw)
            else:
                taken.problems.append(_unknown(0))
            continue
        if portion.device in signing:
            taken.problems.append(_signs(portion.device))
            continue
        if not len(portion.readings):
            if portion.wordless:
                taken.problems.append(_no_reading(portion))
            continue
        if portion.device in refused:
            taken.waits(too_often(0), portion.device, "", portion.form, portion.raw)
            continue
        raw, lines = seal_block.unsigned(portion.device, portion.readings), packed(portion.raw)
        said = received(portion.form, "unsigned", raw, portion.readings, lines=lines, zone=portion.zone)
        taken.problems += clock_of(0, known[portion.device], said.last, now)
        taken.said.append(_statement(portion.device, said))
        taken.readings += len(portion.readings)
    admission.count(taken.readings, taken.problems)
    return taken


def give_back(taken: Taken, custody: Custody) -> None:
    """What was taken is not recorded: no device's allowance is used up for it."""
    _given_back(taken.said, custody)


def refuse(taken: Taken, refused: Sequence[Refused], custody: Custody) -> None:
    """Some of what was taken was refused when it was to be recorded, since the keys of its signer were changed
    meanwhile: it is told as if it had come after that."""
    gone = {each.said.key for each in refused}
    taken.said = [each for each in taken.said if each.key not in gone]
    count = _given_back([each.said for each in refused], custody)
    problems = [_superseded(each) for each in refused]
    taken.readings -= count
    taken.problems += problems
    custody.admission.count(-count, problems)


def _given_back(said: Sequence[Statement], custody: Custody) -> int:
    """How many readings it is that no allowance is used up for."""
    count = 0
    for each in said:
        assert isinstance(each.payload, BlockReceived)
        custody.admission.gives_back(each.stream.removeprefix(PREFIX), each.payload.count)
        count += each.payload.count
    return count


def keys_of(device: str, signer: str, known: Mapping[str, KnownDevice]) -> tuple[tuple[str, int], ...]:
    """The keys that may have signed a block: those that the device itself, or a gateway that is registered as one, has
    or had, and until when each is believed. The one in force is tried first."""
    by = known.get(signer)
    if by is None or by.retired or not (signer == device or by.kind == "gateway"):
        return ()
    return by.believed


def _superseded(refused: Refused) -> Problem:
    said, by, now = refused.said.payload, refused.said.vouched, refused.signer
    assert isinstance(said, BlockReceived)
    assert by is not None
    device = refused.said.stream.removeprefix(PREFIX)
    if not keys_of(device, now.device, {now.device: now}):
        return BlockError("block_signer_unknown", 0).problem(by.number)
    at = len(base64.b64decode(said.block)) - SIGNATURE_BYTES
    return BlockError("block_key_superseded", at).problem(by.number)


def _unknown(record: int) -> Problem:
    return Problem(record, "device", "device_unknown", catalogue("aforo.flow").say("device_unknown"))


def _signs(device: str) -> Problem:
    return Problem(0, "device", "device_signs", catalogue("aforo.flow").say("device_signs", device=device))


def _no_reading(portion: Portion) -> Problem:
    count = f"{portion.wordless:,}"
    said = catalogue("aforo.flow").say("device_no_reading", device=portion.device, count=count)
    return Problem(0, "device", "device_no_reading", said, "warning")


def key_of(device: str, block: str) -> str:
    """The key by which a device's block, of this hash (hex), is known again."""
    return f"seal:{device}:{block}"


def _statement(device: str, said: BlockReceived, by: Vouched | None = None) -> Statement:
    return Statement(said, PREFIX + device, instant(said.last), key_of(device, said.hash), vouched=by)
