"""What the documents of responses say, as people are shown it: the plan's deadlines and steps, and whom to call."""

from __future__ import annotations

import msgspec

from aforo.custody.contacts import Authority, ContactBook, GuardedYard
from aforo.custody.response_plan import Answer, ResponsePlan, Start
from aforo.domain.response import ResponseKind, TheftStart
from aforo.domain.text import Text
from aforo.flow.responses_shown import LineShown, line_shown

#: Carriers of one document that are shown: an association's may name thousands.
MOST_CARRIERS = 200


class StepContents(msgspec.Struct, frozen=True):
    """An act of a checklist; `source` is what stands behind it, missing where it is assumed."""

    code: str
    say: Text
    source: Text | None


class StartContents(msgspec.Struct, frozen=True):
    """What is found of a trip that starts a response; `source` is what stands behind it, missing where it is
    assumed."""

    on: TheftStart
    source: Text | None


class AnswerContents(msgspec.Struct, frozen=True):
    """How one kind is answered: the desk that owns it until somebody takes it over, null where none is named; minutes
    from the alert until somebody is reached, and is at the truck; the steps, the first first; and what is found of a
    trip that starts one, beside what somebody reports: nothing of people."""

    owner: str | None
    contact_min: float
    contact_source: str
    contact_note: str
    scene_min: float
    scene_source: str
    scene_note: str
    steps: list[StepContents]
    starts: list[StartContents]


class PlanContents(msgspec.Struct, frozen=True):
    """What the plan in force says. `sources` are those that it names; `assumed` is nobody."""

    name: str
    version: str
    theft: AnswerContents
    people: AnswerContents
    sources: dict[str, Text]


class DeskContents(msgspec.Struct, frozen=True):
    """The desks of a carrier, as trips name it."""

    carrier: str
    lines: list[LineShown]


class AreaContents(msgspec.Struct, frozen=True):
    """Between two parallels and two meridians, degrees."""

    south: float
    north: float
    west: float
    east: float


class AuthorityContents(msgspec.Struct, frozen=True):
    """An authority's line, for what it is called, and where: everywhere without areas."""

    line: LineShown
    kinds: list[ResponseKind]
    areas: list[AreaContents]


class YardContents(msgspec.Struct, frozen=True):
    """A guarded yard: a circle, its middle in degrees; `phone` is missing where none is known."""

    id: str
    name: str
    latitude: float
    longitude: float
    radius_m: int
    phone: str | None
    source: str
    note: str


class BookContents(msgspec.Struct, frozen=True):
    """A document of contacts; of its carriers, `carriers_total` in all, the first are shown."""

    name: str
    version: str
    carriers: list[DeskContents]
    carriers_total: int
    authorities: list[AuthorityContents]
    yards: list[YardContents]
    sources: dict[str, str]


class ContactsContents(msgspec.Struct, frozen=True):
    """What the documents of contacts in force say, those put last first."""

    contacts: list[BookContents]


def plan_contents(plan: ResponsePlan) -> PlanContents:
    """What a plan says."""
    sources = {key: each.text for key, each in plan.sources.items()}
    return PlanContents(
        plan.name, plan.version, _answer(plan, plan.theft, plan.theft.starts), _answer(plan, plan.people, ()), sources
    )


def contacts_contents(books: list[ContactBook]) -> ContactsContents:
    """What documents of contacts say, in their order."""
    return ContactsContents([_book(each) for each in books])


def _answer(plan: ResponsePlan, each: Answer, starts: tuple[Start, ...]) -> AnswerContents:
    steps = [StepContents(step.code, step.say.text, plan.source_of(step)) for step in each.steps]
    on = [StartContents(start.on, plan.source_of(start)) for start in starts]
    return AnswerContents(
        each.owner, each.contact.minutes, each.contact.source, each.contact.note, each.scene.minutes,
        each.scene.source, each.scene.note, steps, on,
    )  # fmt: skip


def _book(book: ContactBook) -> BookContents:
    desks = [
        DeskContents(desk.carrier, [line_shown(each) for each in desk.lines]) for desk in book.carriers[:MOST_CARRIERS]
    ]
    authorities, yards = [_authority(each) for each in book.authorities], [_yard(each) for each in book.yards]
    return BookContents(book.name, book.version, desks, len(book.carriers), authorities, yards, dict(book.sources))


def _authority(each: Authority) -> AuthorityContents:
    areas = [AreaContents(area.south, area.north, area.west, area.east) for area in each.areas]
    return AuthorityContents(line_shown(each), list(each.kinds), areas)


def _yard(each: GuardedYard) -> YardContents:
    return YardContents(
        each.id, each.name, each.lat, each.lon, round(each.radius.metres), each.phone, each.source,
        each.note or each.radius.note,
    )  # fmt: skip
