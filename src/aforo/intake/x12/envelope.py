"""Interchanges, functional groups and transaction sets: what encloses what, control numbers and counts.

X12.5 and X12.6: ISA … IEA enclose groups, GS … GE enclose sets, ST … SE enclose segments. A trailer repeats the control
number of its header and counts what it closes; control numbers are unique in what encloses them. What is wrong in a
header, or between ST and SE, refuses the sets that it concerns; a wrong trailer of a group or an interchange is told,
and the sets that are whole are kept.
"""

from __future__ import annotations

from collections.abc import Iterator

from aforo.domain.problem import Gravity
from aforo.intake.message import Fault
from aforo.intake.x12.elements import count_of, is_date, is_time
from aforo.intake.x12.segments import definitions
from aforo.intake.x12.sets import Group, TransactionSet
from aforo.intake.x12.tokens import (
    ISA_LENGTH,
    ISA_SEPARATORS,
    LONGEST_SEGMENT,
    SPACE,
    Segment,
    Separators,
    mended,
    patterns,
    separators,
)

OLDEST, NEWEST = 4010, 8999  # versions that are read: dates have their century from 4010 on
#: More segments than this are no manifest of a truck; what follows in the set is not held.
MOST_SEGMENTS = 50_000
#: Faults of the file as a whole that are told one by one, and those after which the rest of it is not read.
MOST_FAULTS, TOO_MANY_FAULTS = 100, 20_000
#: Codes of ISA14 (whether an acknowledgment is asked for) and ISA15 (production, test, information).
_ISA_CODES = {14: ("0", "1"), 15: ("P", "T", "I")}


def read(text: str, whole: bool) -> Iterator[TransactionSet | Fault]:
    """The transaction sets of a file in order, and what is wrong outside of them.

    `whole` says that the text is of one encoding (see `tokens.text_of`).
    """
    told = 0
    for each in _File(text, whole).read():
        if isinstance(each, Fault):
            told += 1
            if told == TOO_MANY_FAULTS:
                yield Fault("x12_broken", each.place)
                return
            if told > MOST_FAULTS:
                continue
            if told == MOST_FAULTS:
                each = Fault("x12_more", each.place)
        yield each


class _File:
    """A file being read: where in its text we are, and which interchanges have been seen."""

    def __init__(self, text: str, whole: bool) -> None:
        self.text, self.whole = text, whole
        self.at = 0
        self.number = 0
        self.seen: set[tuple[str, ...]] = set()

    def read(self) -> Iterator[TransactionSet | Fault]:
        while True:
            start = self._next_isa()
            between = self.text[self.at : self.at + LONGEST_SEGMENT if start < 0 else start].strip(SPACE + "\x1a")
            if between:
                where = f"after interchange {self.number}" if self.number else "before the first interchange"
                yield Fault("x12_stray", where)
            if start < 0:
                if not self.number:
                    yield Fault("x12_no_isa", "before the first interchange")
                return
            self.at = start
            self.number += 1
            yield from self._interchange()

    def _next_isa(self) -> int:
        """Where the next ISA begins; -1 where there is none."""
        start = self.at
        while (start := self.text.find("ISA", start)) >= 0:
            follows = self.text[start + 3 : start + 7]
            if len(follows) == 4 and not follows[0].isalnum() and follows[0] == follows[3]:
                return start
            if start == self.at and follows and not follows[0].isalnum():
                return start
            start += 3
        return -1

    def _interchange(self) -> Iterator[TransactionSet | Fault]:
        place = f"interchange {self.number}"
        head = self.text[self.at : self.at + ISA_LENGTH]
        if len(head) < ISA_LENGTH:
            yield Fault("x12_cut", place, name="ISA")
            self.at = len(self.text)
            return
        faults: list[Fault] = []
        if any(head[position] != head[3] for position in ISA_SEPARATORS) or head.count(head[3]) != len(ISA_SEPARATORS):
            found = self._loose_isa(place, faults)
        else:
            found = separators(head)
            parts = head[:105].split(head[3])
            self.at += ISA_LENGTH
            if found is None:
                faults.append(Fault("x12_separators", f"{place} ISA"))
        if found is None:
            yield faults[0]
            return
        if faults:
            parts = self.isa
        else:
            faults = self._isa_faults(parts, place, found)
        key = (parts[5], parts[6], parts[7], parts[8], parts[13])
        if key in self.seen:
            faults.append(Fault("x12_duplicate", f"{place} ISA", name="ISA13"))
        self.seen.add(key)
        yield from _Interchange(self, place, parts, found, faults).read()

    def _loose_isa(self, place: str, faults: list[Fault]) -> Separators | None:
        """The separators of an ISA whose elements have not their lengths: its sets are found, to be refused."""
        mark = self.text[self.at + 3]
        faults.append(Fault("x12_isa_length", f"{place} ISA", name="ISA"))
        end = self.at + 3
        for _ in range(15):
            end = self.text.find(mark, end + 1, self.at + 3 * ISA_LENGTH)
            if end < 0:
                self.at += 3
                return None
        component, segment = self.text[end + 1 : end + 2], self.text[end + 2 : end + 3]
        self.isa = [part.strip() for part in self.text[self.at : end + 2].split(mark)]
        self.at = end + 3
        found = Separators(mark, component, "", segment)
        usable = segment and not segment.isalnum() and segment != mark and mark.isascii() and not mark.isalnum()
        return found if usable else None

    def _isa_faults(self, parts: list[str], place: str, found: Separators) -> list[Fault]:
        # All elements are mandatory; those of authorization and security (ISA02, ISA04) may be filled with blanks.
        where = f"{place} ISA"
        faults = []
        for position, good, code in (
            (1, parts[1].isalnum(), "x12_code"),
            (3, parts[3].isalnum(), "x12_code"),
            (5, parts[5].isalnum(), "x12_code"),
            (6, parts[6].strip() != "", "x12_required"),
            (7, parts[7].isalnum(), "x12_code"),
            (8, parts[8].strip() != "", "x12_required"),
            (9, is_date("20" + parts[9]), "x12_date"),
            (10, is_time(parts[10]), "x12_time"),
            (12, count_of(parts[12]) is not None, "x12_code"),
            (13, count_of(parts[13]) is not None, "x12_number"),
            (14, parts[14] in _ISA_CODES[14], "x12_code"),
            (15, parts[15] in _ISA_CODES[15], "x12_code"),
        ):
            if not good:
                allowed = f" ({', '.join(_ISA_CODES[position])})" if position in _ISA_CODES else ""
                faults.append(Fault(code, f"{where}{position:02d}", name=f"ISA{position:02d}{allowed}"))
        if parts[12] >= "00402" and not found.repetition:
            faults.append(Fault("x12_repetition", f"{where}11", "warning", "ISA11"))
        if parts[15] == "T":
            faults.append(Fault("x12_test", f"{where}15", "warning", "ISA15"))
        return faults


class _Interchange:
    """An interchange being read: its groups and sets, until IEA or what takes its place."""

    def __init__(self, file: _File, place: str, isa: list[str], marks: Separators, faults: list[Fault]) -> None:
        self.file, self.place, self.isa, self.marks, self.faults = file, place, isa, marks, faults
        self.groups = 0
        self.group: Group | None = None
        self.group_sets = 0
        self.group_numbers: set[str] = set()
        self.set_numbers: set[str] = set()
        self.open: TransactionSet | None = None
        self.yielded = False
        self._blank, self._next = patterns(marks.element, marks.segment)

    def read(self) -> Iterator[TransactionSet | Fault]:
        for parts, notes in self._segments():
            name = parts[0]
            if name == "IEA":
                yield from self._end_group("GE")
                yield from self._trailer(parts)
                if not self.yielded:
                    yield Fault("x12_no_set", self.place)
                break
            if name == "GS":
                yield from self._end_group("GE")
                self._start_group(parts)
            elif name == "GE":
                yield from self._end_set("SE")
                yield from self._close_group(parts)
            elif name == "ST":
                yield from self._end_set("SE")
                self._start_set(parts, notes)
            elif name == "SE":
                yield from self._close_set(parts)
            elif name == "TA1":
                yield self._acknowledgment(parts)
            elif self.open is not None:
                self._add(parts, notes)
            else:
                yield Fault("x12_stray", self._where())
        else:
            yield from self._end_group("GE")
            yield Fault("x12_missing_trailer", self.place, name="IEA")
        if not self.yielded:
            # There is no set to tell it of.
            yield from self.faults

    def _segments(self) -> Iterator[tuple[list[str], str]]:
        """The segments after ISA, split into elements, with the code of what is odd about their text."""
        file, element, end = self.file, self.marks.element, self.marks.segment
        text = file.text
        while True:
            stop = text.find(end, file.at)
            segment = text[file.at : stop if stop >= 0 else file.at + LONGEST_SEGMENT].lstrip(SPACE)
            if segment.startswith("ISA") and segment[3:4] and not segment[3].isalnum():
                file.at = text.index("ISA", file.at)
                return
            if stop < 0:
                # The rest has no terminator: a cut file, unless nothing follows.
                file.at = len(text)
                if segment.strip(SPACE):
                    yield segment[:LONGEST_SEGMENT].rstrip(SPACE).split(element), "x12_unterminated"
                return
            file.at = stop + len(end)
            if not segment:
                # Terminators in a row are taken as one, with the space between them.
                if found := self._blank.match(text, file.at):
                    file.at = found.end()
                continue
            note = ""
            if len(segment) > LONGEST_SEGMENT:
                segment, note = segment[:3], "x12_segment_long"
            elif not file.whole:
                segment, note = mended(segment)
            yield segment.split(element), note

    def _where(self) -> str:
        return self.group.place if self.group else self.place

    def _start_group(self, parts: list[str]) -> None:
        self.groups += 1
        place = f"{self.place}, group {self.groups}"
        gs = Segment(0, parts)
        faults = definitions(OLDEST)["GS"].faults(gs, place)
        # Sender and receiver are codes between partners, some of one letter.
        partners = [each.code == "x12_short" and each.name[:4] in ("GS02", "GS03") for each in faults]
        faults = [
            each._replace(gravity="warning") if partner else each
            for each, partner in zip(faults, partners, strict=True)
        ]
        version = _version(gs.get(8))
        if not OLDEST <= version <= NEWEST:
            faults.append(Fault("x12_version", f"{place} GS08", name="GS08"))
            version = NEWEST
        if gs.get(7) not in ("X", "T", ""):
            faults.append(Fault("x12_code", f"{place} GS07", name="GS07 (X, T)"))
        if gs.get(6) in self.group_numbers:
            faults.append(Fault("x12_duplicate", f"{place} GS06", name="GS06"))
        self.group_numbers.add(gs.get(6))
        self.group = Group(place, gs, version, self.isa, [*self.faults, *faults])
        self.group_sets = 0
        self.set_numbers = set()

    def _start_set(self, parts: list[str], note: str) -> None:
        self.group_sets += 1
        group = self.group
        st = Segment(1, parts)
        number = st.get(2)
        shown = number if number.isascii() and number.isalnum() and len(number) <= 9 else str(self.group_sets)
        faults = []
        if group is None:
            group = Group(self.place, Segment(0, ["GS"]), NEWEST, self.isa, list(self.faults))
            faults.append(Fault("x12_no_group", self.place, name="GS"))
        place = f"{group.place}, set {shown}"
        faults += definitions(group.version)["ST"].faults(st, place)
        if number in self.set_numbers:
            faults.append(Fault("x12_duplicate", f"{place} ST02", name="ST02"))
        self.set_numbers.add(number)
        self.open = TransactionSet(st.get(1), place, [st], group, self.marks, faults)
        self._note(note)

    def _add(self, parts: list[str], note: str) -> None:
        current = self.open
        assert current is not None
        if len(current.segments) >= MOST_SEGMENTS:
            current.faults.append(Fault("x12_set_long", current.place))
            found, self.file.at = self._next.search(self.file.text, self.file.at - 1), len(self.file.text)
            self.file.at = found.end() if found else self.file.at
            return
        current.segments.append(Segment(len(current.segments) + 1, parts))
        self._note(note)

    def _note(self, note: str) -> None:
        """Tell what is odd about the text of the segment that was just added."""
        if not note or self.open is None:
            return
        gravity: Gravity = "warning" if note == "encoding_guessed" else "refusal"
        if gravity == "refusal" or len(self.open.faults) < MOST_FAULTS:
            place = f"{self.open.place}, segment {len(self.open.segments)}"
            self.open.faults.append(Fault(note, place, gravity))

    def _close_set(self, parts: list[str]) -> Iterator[TransactionSet | Fault]:
        current = self.open
        if current is None:
            yield Fault("x12_stray", self._where())
            return
        se = Segment(len(current.segments) + 1, parts)
        where = f"{current.place}, segment {se.number}"
        current.faults += definitions(current.group.version)["SE"].faults(se, current.place)
        if count_of(se.get(1)) not in (None, se.number):
            current.faults.append(Fault("x12_count", f"{where} SE01", name="SE01"))
        if se.get(2) and se.get(2) != current.segments[0].get(2):
            current.faults.append(Fault("x12_control", f"{where} SE02", name="SE02"))
        yield self._finish(current)

    def _end_set(self, missing: str) -> Iterator[TransactionSet]:
        """End a set that its trailer has not ended."""
        if self.open is not None:
            self.open.faults.append(Fault("x12_missing_trailer", self.open.place, name=missing))
            yield self._finish(self.open)

    def _finish(self, current: TransactionSet) -> TransactionSet:
        self.open = None
        self.yielded = True
        current.faults += current.group.faults
        return current

    def _close_group(self, parts: list[str]) -> Iterator[Fault]:
        if self.group is None:
            yield Fault("x12_stray", self.place)
            return
        group, self.group = self.group, None
        ge = Segment(0, parts)
        yield from definitions(group.version)["GE"].faults(ge, group.place)
        if count_of(ge.get(1)) not in (None, self.group_sets):
            yield Fault("x12_count", f"{group.place} GE01", name="GE01")
        if ge.get(2) and ge.get(2) != group.gs.get(6):
            yield Fault("x12_control", f"{group.place} GE02", name="GE02")
        if not self.group_sets:
            yield from group.faults

    def _end_group(self, missing: str) -> Iterator[TransactionSet | Fault]:
        yield from self._end_set("SE")
        if self.group is not None:
            yield Fault("x12_missing_trailer", self.group.place, name=missing)
            self.group = None

    def _trailer(self, parts: list[str]) -> Iterator[Fault]:
        iea = Segment(0, parts)
        yield from definitions(OLDEST)["IEA"].faults(iea, self.place)
        if count_of(iea.get(1)) not in (None, self.groups):
            yield Fault("x12_count", f"{self.place} IEA01", name="IEA01")
        if iea.get(2) and iea.get(2) != self.isa[13]:
            yield Fault("x12_control", f"{self.place} IEA02", name="IEA02")

    def _acknowledgment(self, parts: list[str]) -> TransactionSet:
        """A TA1, which stands between ISA and the first group, as a set of its own."""
        place = f"{self.place}, TA1"
        group = Group(self.place, Segment(0, ["GS"]), NEWEST, self.isa, list(self.faults))
        segment = Segment(1, parts)
        faults = definitions(OLDEST)["TA1"].faults(segment, place)
        self.yielded = True
        return TransactionSet("TA1", place, [segment], group, self.marks, [*faults, *self.faults])


def _version(written: str) -> int:
    """The version of a group as a number, such as 5010 of `005010X…`; 0 where it is none."""
    digits = written[:6]
    return int(digits) if len(digits) == 6 and digits.isascii() and digits.isdigit() else 0
