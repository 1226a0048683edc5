"""An answer: what a filer is told of a filing, and nothing else.

It says a status, its legal grounds, what to mend, and where to go. The officers' class of reasons (score, evidence,
rule, model, price, lottery) has no field here, so that no rendering can show it. The identifier of a decision is left
out too: it opens a replay and is the same for all who filed on one truck, so that two filers could tell from it that
they share one; who contests names the declaration and the answer's own identifier.

The statuses, and who gives them:

- `received`: taken in and not yet read. `accepted`, `partly`, `refused`: by what intake found.
- `amended`, `cancelled`: accepted, and every record of the filing amended or cancelled an earlier one.
- `released`, `to_be_examined`: by a selection. Every examination, a life-safety hold among them, is the one status
  with the same words: whoever is told "hold" where others are told "scan" is warned.
- `held`: an officer keeps goods or truck after an examination. No selection makes it.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal, Protocol, get_args

import msgspec

from aforo.answers.grounds import Ground, Grounds, Status
from aforo.domain.decision import Examination
from aforo.domain.problem import Gravity, Problem
from aforo.domain.text import Text, catalogue
from aforo.intake.batch import IntakeBatch, printable

#: Identifiers and problems that one answer lists; what is beyond is counted.
MOST_LISTED = 1_000
STATUSES: tuple[Status, ...] = get_args(Status)
#: Statuses of the filing as a document; the others are of the truck.
OF_FILING: frozenset[Status] = frozenset({"received", "accepted", "partly", "refused", "amended", "cancelled"})

_CATALOGUE = catalogue("aforo.answers")


class X12Reference(msgspec.Struct, frozen=True):
    """The envelope of an X12 set that is answered, as its sender wrote it.

    Qualifiers and identifiers are those of ISA05 to ISA08, the control numbers ISA13, GS06 and ST02; the parties of the
    group are GS02 and GS03, `version` GS08, `set_kind` ST01, `interchange_version` ISA12, `usage` ISA15; `manifest` are
    the elements of its M10, `port` the code in its P4.
    """

    sender_qualifier: str
    sender: str
    receiver_qualifier: str
    receiver: str
    interchange_control: str
    group_control: str
    set_control: str
    set_kind: str
    group_sender: str
    group_receiver: str
    version: str = "004060"
    interchange_version: str = "00400"
    usage: Literal["P", "T", "I"] = "P"
    manifest: tuple[str, ...] = ()
    port: str = ""


class Reference(msgspec.Struct, frozen=True):
    """Which filing is answered, by the names that its own filer gave: `declarations` (at most `MOST_LISTED`, the others
    counted in `unlisted`), the `crossing` or trip, the `message`'s number in its format."""

    declarations: tuple[str, ...] = ()
    unlisted: int = 0
    crossing: str | None = None
    message: str | None = None
    x12: X12Reference | None = None

    @classmethod
    def to(
        cls,
        declarations: Sequence[str],
        *,
        crossing: str | None = None,
        message: str | None = None,
        x12: X12Reference | None = None,
    ) -> Reference:
        """The reference to a filing of any number of declarations."""
        listed = tuple(declarations[:MOST_LISTED])
        return cls(listed, len(declarations) - len(listed), crossing, message, x12)


class Mend(msgspec.Struct, frozen=True):
    """One thing that was found wrong (`refusal`) or odd (`warning`): record, place in the file, what to do."""

    record: int
    place: str
    code: str
    gravity: Gravity
    reason: Text


class Direction(msgspec.Struct, frozen=True):
    """Where to go: the place by its name, and the way there in words."""

    place: str
    words: Text


class Answer(msgspec.Struct, frozen=True):
    """What goes out. `id` is made from all the rest, so the same answer has the same identifier whenever it is made.

    `says` is the status in words; `stated` what authors of rules wrote for filers; `law` country and version of the
    document of grounds. `unlisted` counts problems that are not among `mend`.
    """

    id: str
    status: Status
    at: datetime
    reference: Reference
    says: Text
    stated: tuple[Text, ...]
    law: str
    grounds: tuple[Ground, ...]
    mend: tuple[Mend, ...]
    unlisted: int
    go: Direction | None


class PublicFacts(Protocol):
    """All that an answer reads of a selection's line: a `flow.selection.Selection` fits."""

    @property
    def declaration_id(self) -> str: ...

    @property
    def examination(self) -> Examination: ...


def received(reference: Reference, at: datetime, law: Grounds) -> Answer:
    """The answer to what is taken in and waits to be read. `at` has its offset: ValueError otherwise, here as below."""
    return _answer("received", reference, at, law)


def of_intake(reference: Reference, batches: Iterable[IntakeBatch], at: datetime, law: Grounds) -> Answer:
    """The answer to a filing that was read: accepted, in part, or refused, with what to mend. Refusals are listed
    before warnings."""
    refusals: list[Problem] = []
    warnings: list[Problem] = []
    found = records = bad = 0
    stopped = False
    actions: set[str | None] = set()
    for batch in batches:
        records += batch.records
        bad += len(batch.refused)
        stopped |= batch.stopped
        actions.update(batch.table["action"].unique().to_list())
        for each in batch.findings:
            found += len(each.records)
            kept = refusals if each.gravity == "refusal" else warnings
            kept += each.problems(MOST_LISTED - len(kept))
    status: Status
    if bad or stopped:
        status = "partly" if records > bad else "refused"
    elif actions == {"cancel"}:
        status = "cancelled"
    else:
        status = "amended" if actions == {"replace"} else "accepted"
    listed = (refusals + warnings)[:MOST_LISTED]
    listed.sort(key=lambda problem: (problem.gravity != "refusal", problem.record))
    mend = tuple(
        Mend(each.record, printable(each.place), each.code, each.gravity, _bounded(each.reason)) for each in listed
    )
    return _answer(status, reference, at, law, mend=mend, unlisted=found - len(mend))


def of_selection(
    selected: PublicFacts,
    reference: Reference,
    at: datetime,
    law: Grounds,
    *,
    place: str | None = None,
    cancelled: bool = False,
    stated: Sequence[Text] = (),
) -> Answer:
    """The answer to a decision: released or to be examined, and where to go; `cancelled` where nothing of the crossing
    stands. `place` names bridge or port; `stated` are the sentences that authors of rules wrote for filers.

    ValueError where the selection is of a declaration that the reference does not name.
    """
    if selected.declaration_id not in reference.declarations and not reference.unlisted:
        raise ValueError("the selection is of another declaration than the reference names")
    if cancelled:
        return _answer("cancelled", reference, at, law)
    status: Status = "released" if selected.examination == "release" else "to_be_examined"
    return _answer(status, reference, at, law, stated=stated, place=place)


def held(reference: Reference, at: datetime, law: Grounds, *, place: str | None = None) -> Answer:
    """The answer after an officer decided, behind an examination, to keep the goods or the truck."""
    return _answer("held", reference, at, law, place=place)


#: The way of each status that has one, by its sentence. It names no scanner and no dock: the booth does.
_WAYS: dict[Status, str] = {"released": "go_on", "to_be_examined": "go_inspection", "held": "go_stay"}


def _answer(
    status: Status,
    reference: Reference,
    at: datetime,
    law: Grounds,
    *,
    mend: tuple[Mend, ...] = (),
    unlisted: int = 0,
    stated: Sequence[Text] = (),
    place: str | None = None,
) -> Answer:
    if at.tzinfo is None:
        raise ValueError("the answer's instant has no offset")
    go = None
    if way := _WAYS.get(status):
        here = printable(place) if place else ""
        go = Direction(here, _CATALOGUE.say(way, place=here) if here else _CATALOGUE.say(f"{way}_anywhere"))
    answer = Answer(
        "",
        status,
        at,
        reference,
        _CATALOGUE.say(f"status_{status}"),
        tuple(_bounded(each) for each in stated),
        f"{law.country} {law.version}",
        law.of(status),
        mend,
        unlisted,
        go,
    )
    # Sixteen letters and digits: short enough to be told at a counter, long enough (80 bits) never to meet another.
    digest = base64.b32encode(hashlib.sha256(msgspec.json.encode(answer)).digest()).decode().lower()
    return msgspec.structs.replace(answer, id=f"ans_{digest[:16]}")


def _bounded(text: Text, longest: int = 1_000) -> Text:
    return Text(text.en[:longest], text.es[:longest])
