"""Segments of X12 that the customs sets are made of: their elements in order, which must be there, and which together.

Facts of the ASC X12 segment directory (X12.22), as published for releases 4010 to 8050 by stedi.com/edi and
kasoftware.com/schema/edi, and by the open grammars EdiFabric (X12004050, X12006050), GotWoods/EDDY and
apimeister/x12-types. Where releases differ, a segment has the elements of the latest, and an element is mandatory as
long as every release until then says so; `elements` gives lengths by release.

A line is a segment (what is indented goes on with it): `!` marks an element that must be there (`!-5020`: until that
version), `*` one that is a composite; one that the dictionary does not hold is written out, with name, type and
lengths. Then the relational conditions of X12.59: P all or none, R at least one, E only one, C the first needs the
others, L the first needs at least one of the others; `~` before one means that a breach is told and refuses nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from itertools import pairwise
from typing import NamedTuple

from aforo.domain.codes import countries, countries_by_alpha3
from aforo.domain.problem import Gravity
from aforo.intake.message import Fault
from aforo.intake.x12.elements import CODES, Element, dictionary, fault_of, is_period, sight
from aforo.intake.x12.tokens import Segment

#: A breach only warns where it is about a vessel (M10), which trucks are none of, or where only later releases have the
#: condition (the jurisdictions of VEH and VID).
SEGMENTS = """
GS 479! 142! 124! 373! 337! 28! 455! 480!
GE 97! 28!
IEA "Number of Included Functional Groups N0 1/5"! "Interchange Control Number N0 9/9"!
ST 143! 329! "Implementation Convention Reference AN 1/35"
SE 96! 329!
TA1 "Interchange Control Number N0 9/9"! "Interchange Date AN 6/6"! 337! "Interchange Acknowledgment Code ID 1/1"!
  "Interchange Note Code ID 3/3"!
M10 140! 91! 26!-5020 597 182 55!-5010 127 380 256!-4020 897 1073 127 353 346 | ~P0410 ~R0504
P4 310! 373! 380 310 337 373 337
LX 554!
M11 598! 310! 380!-4060 588!-4060 81!-4060 188!-4060 183 184 "Bill of Lading Type Code ID 2/2"
  "Place of Receipt by Pre-carrier AN 1/17" 598 140! 140 140 140 "Shipper's Export Declaration Requirements ID 1/1"
  "Export Exception Code ID 1/2" 140 140 310 310 91 "Payment Method Code ID 1/3" 1271 309
  "Service Level Code ID 2/2" 373 1073 | P0304 P0506 P0708 P1113 C1514 C1815 C1918
M12 599! 732 310 310 146 60 140 128 127 91 182 1073 373 310 | E0206 C0608 P0809 P1011
M13 140! 310! 580 598! 380 393 306 598 140! 140 | P0810
M14 598! "Bill of Lading Status Code ID 1/2"! 732 599 373 598 140! 140 380! 127 310 | P0608
M15 "Notification Entity Qualifier ID 1/2"! 127! 373! 310 140 337! 225 127 140 19 156 1073 128 127 182 91 310 |
  R0410 C1110 P1314 C1516
M7 225! 225 225 225 98
M7A 225! 225! 373 98 93 352
MBL 140! 598! 306 1073 56 80 140 598 | P0708
N1 98! 93 66 67 706 98 | R0203 P0304
N3 166! 166
N4 19 156 116 26 309 310 1715 | E0207 C0605 C0704
NM1 98! 1065! 1035 1036 1037 1038 1039 66 67 706 98 1035 | P0809 C1110 C1203
DMG 1250 1251 1068 1067 * 1066 26 659 380 1270 1271 | P0102
DMA 127 156 127 156 "Applicant Type Code ID 1/1" "Licensing Agency Code ID 1/1" 26 819 "Status Code ID 1/2" 19
  "Color AN 1/10" "Color AN 1/10" "Measurement Unit Qualifier ID 1/1" 65 188 81 352 26 | P0304 P0607 P1314 P1516
REF 128! 127 352 * | R0203
N9 128! 127 369 373 337 623 * | R0203 C0605
DTM 374! 373 337 623 1250 1251 | R020305 C0403 P0506
PER 366! 93 365 364 365 364 365 364 443 | P0304 P0506 P0708
X1 "Licensing Agency Code ID 1/1" "Export License Number AN 6/12" "Export License Status Code ID 1/1" 373
  "Export License Symbol Code ID 1/2" "Export License Control Code ID 1/1" 26 "Schedule B Code ID 7/10"
  "International/Domestic Code ID 1/1" 80 "Lading Value N0 2/9" "Export Filing Key Code ID 1/1" 355
  "Unit Price R 1/17" "U.S. Government License Type ID 1/1" 67
R4 115! 309 310 114 26 "Terminal Name AN 2/30" "Pier Number AN 1/4" 156 | P0203
P5 "Port or Terminal Function Code ID 1/1"! 309! 310!
VEH "Assigned Number N0 1/9" 539 1096 559 127 127 127 82 127 156 310 1073 610 1073 610 306 26 93 26 40 127 128 578
  127 127 1715 | C0504 C0704 L040507 ~C1017 ~E1026 P1819 ~L200221 ~P2122 ~C2617
CII 93! 127! 1096! 100 610!
VID 40! 206 207! 225 225 567 65 189 24 578 56 310 140 127 156 26 127 1715 288 761 | ~L141518 ~C1516 ~E1518 ~L161518
  ~C1816
N10 380 369 87 23 22 146 188 81 127 588 26 26 100 | P0405 P0708 C1306
VC 539! "Vehicle Deck Position Code ID 2/2" "Vehicle Type Code ID 1/1" "Dealer Code ID 2/9" "Route Code ID 1/13"
  "Bay Location ID 1/6" "Automotive Manufacturers Code ID 2/2" "Damage Exception Indicator ID 1/1"
  "Supplemental Inspection Code ID 1/1" "Factory Car Order Number AN 6/10" "Vessel Stowage Location AN 1/12"
  "Equipment Orientation Code ID 1/1" 310
MAN 88! 87! 87 88 87 87 | P0405 C0605
H1 62! 209 208 64 63 200 77 355 254 | P0708
H2 64! 274
V9 304! 106 373 337 19 156 26 641 154 380 "Train Delay Reason Code ID 2/2" 61 623 380 154 "Total Equipment N0 1/3"
  "Total Equipment N0 1/3" "Total Equipment N0 1/3" 81 82 | P1011 C1304 C1509
V2 82 "Vessel Draft R 1/9" "Vessel Draft R 1/9" 81 183
K1 61! 61
K3 "Fixed Format Information AN 1/80"! "Fixed Format Information AN 1/80" "Fixed Format Information AN 1/80"
X4 598 380 599 732 373! 337 615! 598 140! 140 206 207 310 310 128 127 623 310 310 1073 | P0304 P0810 P1516 C1706
  C1803 C1903
N7 206 207! 81 187 "Tare Weight N0 3/8" "Weight Allowance N0 2/6" "Dunnage N0 1/6" 183 184 102 40 140
  "Temperature Control N2 2/4" "Position AN 1/3" 567 "Tare Qualifier Code ID 1/1" 188 761 56 65 189 24 140
  "Car Type Code ID 1/4" | P0304 P0816 P0809
BA1 - - - - - - - - - - - - - - -
AK1 479! 28! 480
AK2 143! 329! "Implementation Convention Reference AN 1/35"
AK3 721! 719! 447 720
AK4 * "Data Element Reference Number N0 1/4" 723! 724
AK5 717! 718 718 718 718 718
AK9 715! 97! 123! "Number of Accepted Transaction Sets N0 1/6"! 716 716 716 716 716
"""


class Rule(NamedTuple):
    """An element of a segment: the element, whether it must be there, and its name as it is told (`M1003 …`)."""

    element: Element
    mandatory: bool
    label: str


class Condition(NamedTuple):
    """A relational condition between elements of a segment: its kind, whether it only warns, and their labels.

    `bits` has a bit for each position, `first` that of the first.
    """

    kind: str
    first: int
    bits: int
    warns: bool
    label: str

    def broken(self, given: int) -> bool:
        """Whether it is broken where the elements of the bits `given` are there."""
        kind, here = self.kind, given & self.bits
        if kind == "P":
            return here not in (0, self.bits)
        if kind == "R":
            return not here
        if kind == "E":
            return here & (here - 1) != 0
        if not given & self.first:
            return False
        return here != self.bits if kind == "C" else here == self.first


#: What is said where a condition is broken.
RELATIONS = {"P": "x12_all", "R": "x12_any", "E": "x12_only", "C": "x12_needs", "L": "x12_needs_any"}
#: Joins a segment's elements for its pattern; no value may have it.
_JOINT = "\x1f"


@dataclass(frozen=True)
class Definition:
    """A segment as one version has it. What its `pattern` matches is right, conditions apart; other things may be.

    `broken` tells which of its conditions are, by which of its parts are there. `periods` are the places of qualifiers
    of dates and of the dates that they qualify, `countries` those of country codes.
    """

    name: str
    rules: tuple[Rule, ...]
    broken: Callable[[tuple[bool, ...]], list[Condition]] | None
    pattern: re.Pattern[str]
    periods: tuple[tuple[int, int], ...] = ()
    countries: tuple[int, ...] = ()

    def faults(self, segment: Segment, place: str, repetition: str = "") -> list[Fault]:
        """What is wrong with a segment's elements. `place` is the set's; the segment's and the element's are added.

        None of the elements may be repeated, so that the `repetition` separator has no place in a value.
        """
        parts = segment.parts
        found: list[Fault] = []
        joined = _JOINT.join(parts)
        if self.pattern.match(joined) is None or (repetition and repetition in joined):
            found = self._elements(parts, _place(segment, place), repetition)
        if self.broken is not None:
            for condition in self.broken(tuple(map(bool, parts))):
                gravity: Gravity = "warning" if condition.warns else "refusal"
                code = RELATIONS[condition.kind]
                found.append(Fault(code, _place(segment, place), gravity, condition.label))
        if self.periods or self.countries:
            found += self._codes(parts, _place(segment, place))
        return found

    def _codes(self, parts: list[str], place: str) -> Iterator[Fault]:
        """Dates that are none of the calendar, and countries that are not in the list."""
        for qualifier, at in self.periods:
            if at < len(parts) and parts[at].strip() and not is_period(parts[qualifier].strip(), parts[at].strip()):
                label = self.rules[at - 1].label
                yield Fault("x12_period", f"{place} {label.split(' ')[0]}", name=label)
        for at in self.countries:
            if at < len(parts) and (code := parts[at].strip()) and code not in _countries():
                label = self.rules[at - 1].label
                yield Fault("x12_country", f"{place} {label.split(' ')[0]}", "warning", label)

    def _elements(self, parts: list[str], place: str, repetition: str) -> list[Fault]:
        found = []
        for position, rule in enumerate(self.rules, 1):
            value = parts[position] if position < len(parts) else ""
            code = ""
            if not value or value.isspace():
                code = "x12_required" if rule.mandatory else ""
            elif fault_of(rule.element, value):
                code = fault_of(rule.element, value.strip())
            elif repetition and repetition in value:
                code = "x12_repeated"
            if code:
                allowed = f" ({', '.join(sorted(CODES[rule.element.number]))})" if code == "x12_code" else ""
                found.append(Fault(code, f"{place} {rule.label.split(' ')[0]}", name=rule.label + allowed))
        if any(parts[len(self.rules) + 1 :]):
            found.append(Fault("x12_surplus", place, name=self.name))
        return found


@cache
def _countries() -> frozenset[str]:
    """Codes of countries of two letters and of three."""
    return countries() | countries_by_alpha3().keys()


def _place(segment: Segment, place: str) -> str:
    return f"{place}, segment {segment.number}" if segment.number else f"{place} {segment.name}"


_WORD = re.compile(r'"([^"]+)"(\S*)|(\S+)')
_FREE = Element("", "AN", 1, 500, "")


@cache
def definitions(version: int) -> dict[str, Definition]:
    """The segments by identifier, as of a version such as 5010."""
    table = {}
    for line in SEGMENTS.replace("\n  ", " ").strip().splitlines():
        name, _, rest = line.partition(" ")
        elements, _, conditions = rest.partition(" | ")
        rules = tuple(
            _rule(name, position, match, version) for position, match in enumerate(_WORD.finditer(elements), 1)
        )
        related = tuple(_condition(name, word) for word in conditions.split())
        # Which parts are there is alike in most segments of a kind.
        broken = lru_cache(maxsize=1_024)(partial(_broken, related)) if related else None
        numbers = [rule.element.number for rule in rules]
        periods = tuple((at, at + 1) for at, pair in enumerate(pairwise(numbers), 1) if pair == ("1250", "1251"))
        lands = tuple(at for at, number in enumerate(numbers, 1) if number == "26")
        table[name] = Definition(name, rules, broken, _pattern(name, rules), periods, lands)
    return table


def _broken(conditions: tuple[Condition, ...], there: tuple[bool, ...]) -> list[Condition]:
    """Those of a segment's conditions that are broken where some of its parts are there."""
    given = sum(1 << position for position, is_there in enumerate(there) if is_there)
    return [condition for condition in conditions if condition.broken(given)]


def _rule(segment: str, position: int, match: re.Match[str], version: int) -> Rule:
    written, mark, word = match.groups()
    if written is not None:
        *words, kind, lengths = written.split()
        least, most = lengths.split("/")
        element = Element("", kind, int(least), int(most), " ".join(words))
    else:
        word, bang, until = word.partition("!")
        mark = bang + until
        element = _FREE if word in ("*", "-") else dictionary(version)[word]
    mandatory = mark.startswith("!") and (mark == "!" or version <= int(mark[2:]))
    return Rule(element, mandatory, f"{segment}{position:02d} {element.name}".strip())


def _condition(segment: str, word: str) -> Condition:
    warns, word = word.startswith("~"), word.removeprefix("~")
    positions = [int(word[at : at + 2]) for at in range(1, len(word), 2)]
    label = ", ".join(f"{segment}{position:02d}" for position in positions)
    return Condition(word[0], 1 << positions[0], sum(1 << position for position in positions), warns, label)


def _pattern(name: str, rules: tuple[Rule, ...]) -> re.Pattern[str]:
    """Matches the joined elements of a segment that are right at first sight, which nearly all are."""
    text, needed = "", False
    for rule in reversed(rules):
        value = sight(rule.element)
        needed |= rule.mandatory
        if rule.mandatory:
            text = f"{_JOINT}{value}{text}"
        else:
            # What follows can be left out from here on, unless something mandatory is among it.
            text = f"(?:{_JOINT}(?:{value})?{text})" + ("" if needed else "?")
    return re.compile(f"{name}{text}\\Z")
