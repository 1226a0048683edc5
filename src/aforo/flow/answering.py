"""From what became of a message to what goes out: answers, and their bytes in the sender's own format.

`correspondence.answer` gives each `Reply` its answers and control numbers; `rendered(reply, form)` makes the bytes.
`answer_of` is the answer to one declaration at a turn of its crossing. An answer in X12 is an interchange of its own,
numbered by `control_numbers`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Literal, cast

import msgspec

from aforo.answers import (
    Answer,
    Grounds,
    Reference,
    Rendered,
    Standing,
    answer_in,
    held,
    of_filing,
    of_message,
    of_selection,
    public_reason,
)
from aforo.domain.decision import Examination
from aforo.domain.envelope import X12Reference
from aforo.flow.control_numbers import numbers
from aforo.flow.filer import Filer
from aforo.flow.node import Node
from aforo.flow.reply import Answered, Reply
from aforo.flow.told_publicly import OfFiling, Public
from aforo.intake.together import Told

Form = Literal["json", "page", "text", "x12"]


class _Selected(msgspec.Struct, frozen=True):
    """What an answer reads of a selection."""

    declaration_id: str
    examination: Examination


def answer_to(reply: Reply, law: Grounds) -> Answer:
    """What the sender of a message is told of all of it."""
    return _of_message(reply.told, reply.filings, reply.at, law)


def answers_to_sets(reply: Reply, law: Grounds) -> list[Answer]:
    """The same set by set, where the message came in envelopes: of each first its acceptance, then the statuses that
    may be told of its trucks."""
    answers: list[Answer] = []
    for place, (envelope, records) in enumerate(_by_set(reply.envelopes).items()):
        own = _part(reply.told, records, whole=place == 0)
        filings = [replace(each, record=records[each.record]) for each in reply.filings if each.record in records]
        answers.append(_of_message(own, filings, reply.at, law, envelope))
        answers += _of_trucks(filings, envelope, reply.at, law)
    return answers


def answer_of(
    own: str,
    public: Public,
    at: datetime,
    law: Grounds,
    *,
    place: str | None = None,
    port: str | None = None,
    envelope: X12Reference | None = None,
) -> Answer:
    """What the filer of one declaration is told at an instant; `place` is the port or bridge of its crossing, and
    `port` the port's code."""
    reference = Reference((own,), crossing=public.crossing, x12=envelope, port=port)
    standing = (_standing(Answered(0, own, public, False), law),)
    return _of(public, own, reference, at, law, place, standing)


def rendered(reply: Reply, form: Form | None = None) -> Rendered:
    """The answer to a message as bytes: in its sender's own format (None: X12 for X12, JSON for all others), or in the
    form that is asked for; who asks for X12 and filed nothing in it gets JSON. ValueError where it is not answered."""
    if reply.sets and form in (None, "x12"):
        return in_x12(reply.sets, reply.controls)
    if reply.answer is None:
        raise ValueError("the message is not answered yet")
    return answer_in("", reply.answer, control=0, prefer=form if form in ("page", "text") else "json")


def give_numbers(replies: Sequence[Reply], filers: Sequence[Filer], node: Node) -> None:
    """Give the answers of replies that go out in X12 the control numbers of their filers, durably, in one
    transaction."""
    each = [(answer, filer) for reply, filer in zip(replies, filers, strict=True) for answer in reply.sets]
    controls = numbers([answer for answer, _ in each], [filer for _, filer in each], node)
    for reply in replies:
        reply.controls, controls = controls[: len(reply.sets)], controls[len(reply.sets) :]


def in_x12(answers: Sequence[Answer], controls: Sequence[int]) -> Rendered:
    """Answers that have an envelope, as interchanges one behind the other. ValueError where there are none."""
    parts = [answer_in("x12", each, control=control) for each, control in zip(answers, controls, strict=True)]
    if not parts:
        raise ValueError("there is no answer")
    return Rendered(parts[0].media_type, b"".join(part.body for part in parts))


def _by_set(envelopes: dict[int, X12Reference]) -> dict[X12Reference, dict[int, int]]:
    """By envelope, the records in it: their number in the message, and that in the set."""
    sets: dict[X12Reference, dict[int, int]] = {}
    for record, envelope in envelopes.items():
        own = sets.setdefault(envelope, {})
        own[record] = len(own) + 1
    return sets


def _part(told: Told, records: dict[int, int], whole: bool) -> Told:
    """What was told of some records, by their numbers in their set; and, with `whole`, of the file and of records that
    have no envelope."""
    problems = [
        msgspec.structs.replace(each, record=records.get(each.record, 0))
        for each in told.problems
        if each.record in records or (whole and each.record == 0)
    ]
    notices = [replace(each, record=records[each.record]) for each in told.notices if each.record in records]
    return Told(told.source, len(records), problems, notices=notices)


def _of_message(
    told: Told, filings: Sequence[Answered], at: datetime, law: Grounds, envelope: X12Reference | None = None
) -> Answer:
    crossings, ports = {each.public.crossing for each in filings}, {each.port for each in filings}
    reference = Reference.to(
        [each.declaration_id for each in filings],
        crossing=crossings.pop() if len(crossings) == 1 else None,
        x12=envelope,
        port=ports.pop() if len(ports) == 1 else None,
    )
    actions = {each.action for each in filings}
    return of_message(reference, told, [_standing(each, law) for each in filings], actions, at, law)


def _standing(each: Answered, law: Grounds) -> Standing:
    reason = public_reason(each.public.status, law, each.public.stated)
    return Standing(each.declaration_id, each.public.crossing, each.public.status, reason, each.record, each.repeated)


def _of_trucks(filings: Sequence[Answered], envelope: X12Reference, at: datetime, law: Grounds) -> list[Answer]:
    """The statuses of a set's trucks that may be told, the declarations of one status together."""
    groups: dict[Public, list[Answered]] = {}
    for each in filings:
        if each.public.status in ("released", "to_be_examined", "held"):
            groups.setdefault(each.public, []).append(each)
    return [
        _of(
            public,
            own[0].declaration_id,
            Reference.to(
                [each.declaration_id for each in own], crossing=public.crossing, x12=envelope, port=own[0].port
            ),
            at,
            law,
            envelope.port or None,
            tuple(_standing(each, law) for each in own),
        )
        for public, own in groups.items()
    ]


def _of(
    public: Public,
    own: str,
    reference: Reference,
    at: datetime,
    law: Grounds,
    place: str | None,
    filings: tuple[Standing, ...],
) -> Answer:
    if public.status == "held":
        return held(reference, at, law, place=place, filings=filings)
    if public.status in ("released", "to_be_examined"):
        selected = _Selected(own, "release" if public.status == "released" else "scan")
        return of_selection(selected, reference, at, law, place=place, stated=public.stated, filings=filings)
    return of_filing(cast(OfFiling, public.status), reference, at, law, filings=filings)
