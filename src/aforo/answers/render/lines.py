"""What the page and the text both say, in one language: headings and lines, shortened to what is fit to be read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import Literal
from zoneinfo import ZoneInfo

from aforo.answers.answer import Answer, Mend
from aforo.answers.grounds import Status
from aforo.domain.codes import port_named, port_zone
from aforo.domain.problem import Gravity
from aforo.domain.text import Text, catalogue
from aforo.intake.batch import LONGEST_NAME, printable

Language = Literal["en", "es"]
LANGUAGES: tuple[Language, ...] = ("en", "es")
#: Declarations and problems that are shown; a person mends no thousand of them from paper.
SHOWN = 100

#: The heading over the problems of each gravity.
HEADINGS: dict[Gravity, str] = {"refusal": "heading_mend", "warning": "heading_note"}

#: Statuses of what the record has no declaration of.
_NOT_TAKEN: frozenset[Status] = frozenset({"received", "noted", "refused"})

_CATALOGUE = catalogue("aforo.answers")


def say(language: Language, code: str, **fields: object) -> str:
    """A sentence of the room in one language."""
    return in_(language, _CATALOGUE.say(code, **fields))


def in_(language: Language, text: Text) -> str:
    """One language of a text, as it may be shown."""
    return seen(text.en if language == "en" else text.es)


def seen(text: str) -> str:
    """Text from anywhere without marks that a terminal or a page would act on; whole, for it is the filer's own."""
    blank = " ".join(text.split())
    return "".join(printable(blank[at : at + LONGEST_NAME]) for at in range(0, len(blank), LONGEST_NAME))


@dataclass(frozen=True)
class Section:
    """A heading, and either rows of (name, value) or sentences below it."""

    heading: str
    rows: tuple[tuple[str, str], ...] = ()
    sentences: tuple[str, ...] = ()


def short(answer: Answer, language: Language) -> str:
    """The status in a word or three."""
    return say(language, f"short_{answer.status}")


def reference(answer: Answer, language: Language) -> Section:
    """Which filing this answers, and the answer's own number and time."""
    named = answer.reference
    rows = []
    if named.declarations:
        shown = ", ".join(map(seen, named.declarations[:SHOWN]))
        if more := named.unlisted + max(len(named.declarations) - SHOWN, 0):
            shown = f"{shown} {say(language, 'more_declarations', count=more)}"
        rows.append((say(language, "of_declarations"), shown))
    if named.crossing:
        rows.append((say(language, "of_crossing"), seen(named.crossing)))
    if named.message:
        rows.append((say(language, "of_message"), seen(named.message)))
    if named.x12:
        controls = (named.x12.interchange_control, named.x12.group_control, named.x12.set_control)
        rows.append((say(language, "of_controls"), " / ".join(map(seen, controls))))
    rows.append((say(language, "of_answer"), answer.id))
    if named.port:
        rows.append((say(language, "of_port"), seen(port_named(named.port))))
    rows.append((say(language, "of_time"), f"{answer.at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"))
    if zone := port_zone(named.port):
        local = answer.at.astimezone(ZoneInfo(zone)).isoformat(sep=" ", timespec="seconds")
        rows.append((say(language, "of_local_time"), f"{local} {zone}"))
    rows.append((say(language, "of_law"), answer.law))
    return Section(say(language, "heading_reference"), tuple(rows))


def grounds(answer: Answer, language: Language) -> Section:
    """The legal grounds, each with its citation; what nobody confirmed says so."""
    rows = []
    for each in answer.grounds:
        doubt = "" if each.confirmed else f" ({say(language, 'not_confirmed')})"
        rows.append((seen(each.citation), in_(language, each.text) + doubt))
    return Section(say(language, "heading_grounds"), tuple(rows))


def stated(answer: Answer, language: Language) -> Section:
    """What authors of rules wrote for filers."""
    return Section(say(language, "heading_stated"), sentences=tuple(in_(language, each) for each in answer.stated))


def contest(answer: Answer, language: Language) -> str:
    """How to contest the answer; nothing where no declaration was taken that could be named."""
    if not answer.reference.declarations or answer.status in _NOT_TAKEN:
        return ""
    return say(language, "contest", name=seen(answer.reference.declarations[0]))


def mends(answer: Answer, gravity: Gravity) -> tuple[Mend, ...]:
    """The problems of one gravity, as many as are shown."""
    return tuple(each for each in answer.mend if each.gravity == gravity)[:SHOWN]


def place_of(mend: Mend, language: Language) -> str:
    """A problem's place, its words for parts of a file in the reader's language; what else a format calls a place by
    stays as it is."""
    parts = (part.partition(" ") for part in seen(mend.place).split(", "))
    return ", ".join(
        say(language, f"word_{word}") + blank + name if f"word_{word}" in _CATALOGUE.codes else word + blank + name
        for word, blank, name in parts
    )


def left_out(answer: Answer) -> int:
    """How many problems are not shown."""
    return answer.unlisted + len(answer.mend) - len(mends(answer, "refusal")) - len(mends(answer, "warning"))


def record_of(mend: Mend, language: Language) -> str:
    """A problem's record: its number, or the file as a whole."""
    return str(mend.record) if mend.record else say(language, "the_file")


def where(mend: Mend, language: Language) -> str:
    """A problem's record and place in a line, the record once where its place names it too."""
    place = place_of(mend, language)
    if not mend.record:
        return f"{record_of(mend, language)}, {place}"
    record = f"{say(language, 'column_record')} {mend.record}"
    same = f"{place},".casefold().startswith(f"{record},".casefold())
    return record + place[len(record) :] if same else f"{record}, {place}"
