"""An answer: what a filer is told of a filing, and nothing else.

It says a status, its legal grounds, what to mend, and where to go. The officers' class of reasons (score, evidence,
rule, model, price, lottery) has no field here, so that no rendering can show it. The identifier of a decision is left
out too: it opens a replay and is the same for all who filed on one truck, so that two filers could tell from it that
they share one; who contests names the declaration.

The statuses, and who gives them:

- `received`: taken in and not yet read. `accepted`, `partly`, `refused`: by what intake found.
- `noted`: received and kept, and nothing was done with it, for it declares nothing.
- `amended`, `cancelled`: accepted, and every record of the filing amended or cancelled an earlier one.
- `released`, `to_be_examined`: by a selection. Every examination, a life-safety hold among them, is the one status
  with the same words: whoever is told "hold" where others are told "scan" is warned.
- `held`: an officer keeps goods or truck after an examination. No selection makes it.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache
from typing import Literal, Protocol, get_args

import msgspec

from aforo.answers.grounds import GROUNDED, Ground, Grounds, Status
from aforo.domain.codes import port_named
from aforo.domain.decision import Examination
from aforo.domain.envelope import X12Reference
from aforo.domain.problem import Gravity, Problem
from aforo.domain.text import Text, catalogue
from aforo.intake.batch import printable
from aforo.intake.together import Told

#: Identifiers and problems that one answer lists; what is beyond is counted.
MOST_LISTED = 1_000
STATUSES: tuple[Status, ...] = get_args(Status)
#: Statuses of the filing as a document; the others are of the truck.
OF_FILING: frozenset[Status] = frozenset({"received", "noted", "accepted", "partly", "refused", "amended", "cancelled"})

_CATALOGUE = catalogue("aforo.answers")


class Reference(msgspec.Struct, frozen=True):
    """Which filing is answered, by the names that its own filer gave: `declarations` (at most `MOST_LISTED`, the others
    counted in `unlisted`), the `crossing` or trip, the `message`'s number in its format, the code of its one `port`."""

    declarations: tuple[str, ...] = ()
    unlisted: int = 0
    crossing: str | None = None
    message: str | None = None
    x12: X12Reference | None = None
    port: str | None = None
    #: Where it is for, in words, for who asks where it stands; no part of what an answer is known by.
    place: str | msgspec.UnsetType = msgspec.UNSET

    @classmethod
    def to(
        cls,
        declarations: Sequence[str],
        *,
        crossing: str | None = None,
        message: str | None = None,
        x12: X12Reference | None = None,
        port: str | None = None,
    ) -> Reference:
        """The reference to a filing of any number of declarations."""
        listed = tuple(declarations[:MOST_LISTED])
        return cls(listed, len(declarations) - len(listed), crossing, message, x12, port)


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


class Standing(msgspec.Struct, frozen=True):
    """Where one declaration of the filing stands, and why, as its filer may know it.

    `record` is its number in the message, 0 where it was asked for by name; `repeated` says that it had been filed
    before.
    """

    declaration_id: str
    crossing_id: str
    status: Status
    public_reason: Text
    record: int = 0
    repeated: bool = False


class Answer(msgspec.Struct, frozen=True):
    """What goes out. `id` is made from all the rest, so the same answer has the same identifier whenever it is made.

    `says` is the status in words; `stated` what authors of rules wrote for filers; `law` country and version of the
    document of grounds. `unlisted` counts problems that are not among `mend`. `records` is how many a message has, and
    `filings` what became of each declaration that was taken. `synthetic` says that it is of an exercise: no truck, no
    goods and no duty stand behind it.
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
    records: int = 0
    filings: tuple[Standing, ...] = ()
    synthetic: bool = False


class PublicFacts(Protocol):
    """All that an answer reads of a selection's line: a `flow.selection.Selection` fits."""

    @property
    def declaration_id(self) -> str: ...

    @property
    def examination(self) -> Examination: ...


def received(reference: Reference, at: datetime, law: Grounds) -> Answer:
    """The answer to what is taken in and waits to be read. `at` has its offset: ValueError otherwise, here as below."""
    return _answer("received", reference, at, law)


def of_message(
    reference: Reference,
    told: Told,
    filings: Sequence[Standing],
    actions: Collection[str | None],
    at: datetime,
    law: Grounds,
) -> Answer:
    """The answer to a message that was read: accepted, in part, or refused, with what to mend.

    `filings` are the declarations of it that were taken, `actions` what they do to earlier ones. Refusals are listed
    before warnings.
    """
    status: Status
    if not told.good or not (filings or told.records):
        status = "partly" if filings else "refused"
    elif not filings and len(told.notices) == told.records:
        status = "noted"
    elif filings and set(actions) == {"cancel"}:
        status = "cancelled"
    else:
        status = "amended" if filings and set(actions) == {"replace"} else "accepted"
    listed = sorted(told.problems, key=Problem.rank)[:MOST_LISTED] if told.problems else ()
    mend = tuple(
        Mend(each.record, printable(each.place), each.code, each.gravity, _bounded(each.reason)) for each in listed
    )
    unlisted = len(told.problems) - len(mend)
    return _answer(
        status, reference, at, law, mend=mend, unlisted=unlisted, records=told.records, filings=tuple(filings)
    )


def of_filing(
    status: Literal["accepted", "amended", "cancelled"],
    reference: Reference,
    at: datetime,
    law: Grounds,
    *,
    filings: Sequence[Standing] = (),
) -> Answer:
    """The answer to one declaration that the log has, as long as nothing is told of its truck."""
    return _answer(status, reference, at, law, filings=tuple(filings))


def of_selection(
    selected: PublicFacts,
    reference: Reference,
    at: datetime,
    law: Grounds,
    *,
    place: str | None = None,
    stated: Sequence[Text] = (),
    filings: Sequence[Standing] = (),
) -> Answer:
    """The answer to a decision: released or to be examined, and where to go. `place` names bridge or port; `stated` are
    the sentences that authors of rules wrote for filers.

    ValueError where the selection is of a declaration that the reference does not name.
    """
    if selected.declaration_id not in reference.declarations and not reference.unlisted:
        raise ValueError("the selection is of another declaration than the reference names")
    status: Status = "released" if selected.examination == "release" else "to_be_examined"
    return _answer(status, reference, at, law, stated=stated, place=place, filings=tuple(filings))


def held(
    reference: Reference, at: datetime, law: Grounds, *, place: str | None = None, filings: Sequence[Standing] = ()
) -> Answer:
    """The answer after an officer decided, behind an examination, to keep the goods or the truck."""
    return _answer("held", reference, at, law, place=place, filings=tuple(filings))


def public_reason(status: Status, law: Grounds, stated: Sequence[Text] = ()) -> Text:
    """A status in words, with its legal grounds where it takes something from a filer, and with what authors of rules
    stated for filers."""
    says = _grounded(status, law)
    if not stated:
        return says
    return Text(" ".join((says.en, *(each.en for each in stated))), " ".join((says.es, *(each.es for each in stated))))


@cache
def _says(status: Status) -> Text:
    return _CATALOGUE.say(f"status_{status}")


@cache
def _grounded(status: Status, law: Grounds) -> Text:
    says = _says(status)
    if status not in GROUNDED:
        return says
    cited = [
        Text(each.citation, each.citation) if each.confirmed else _CATALOGUE.say("cited_doubt", citation=each.citation)
        for each in _grounds(law, status)
    ]
    en = _CATALOGUE.say("cited", citations="; ".join(each.en for each in cited)).en
    es = _CATALOGUE.say("cited", citations="; ".join(each.es for each in cited)).es
    return Text(f"{says.en} {en}", f"{says.es} {es}")


@cache
def _grounds(law: Grounds, status: Status) -> tuple[Ground, ...]:
    return law.of(status)


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
    records: int = 0,
    filings: tuple[Standing, ...] = (),
) -> Answer:
    if at.tzinfo is None:
        raise ValueError("the answer's instant has no offset")
    go = None
    if way := _WAYS.get(status):
        here = printable(port_named(place)) if place else ""
        go = Direction(
            printable(place or ""), _CATALOGUE.say(way, place=here) if here else _CATALOGUE.say(f"{way}_anywhere")
        )
    answer = Answer(
        "",
        status,
        at,
        reference,
        _says(status),
        tuple(_bounded(each) for each in stated),
        f"{law.country} {law.version}",
        _grounds(law, status),
        mend,
        unlisted,
        go,
        records,
        filings,
        law.synthetic,
    )
    # Sixteen letters and digits: short enough to be told at a counter, long enough (80 bits) never to meet another.
    digest = base64.b32encode(hashlib.sha256(msgspec.json.encode(answer)).digest()).decode().lower()
    return msgspec.structs.replace(answer, id=f"ans_{digest[:16]}")


def _bounded(text: Text, longest: int = 1_000) -> Text:
    return Text(text.en[:longest], text.es[:longest])
