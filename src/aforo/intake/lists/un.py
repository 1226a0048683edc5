"""The United Nations Security Council's consolidated list, XML.

Read as a stream. A document type declaration is refused before anything it could declare is expanded or fetched:
entities and external references have no place in a list. Elements that this reader does not know are told once each.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from xml.parsers import expat

from aforo.domain.watchlist import Entry, ListedAddress, ListedIdentifier, ListedName, NameQuality, PartyKind
from aforo.intake.lists.reading import MOST_BYTES, MOST_NAMES, Problems, Reading, birth_of, squeezed

ROOT = "CONSOLIDATED_LIST"
_KINDS: dict[str, PartyKind] = {"INDIVIDUAL": "person", "ENTITY": "firm"}
_QUALITIES: dict[str, NameQuality] = {
    "good": "strong", "a.k.a.": "strong", "low": "weak", "f.k.a.": "former", "": "strong",
}  # fmt: skip
#: Elements deeper than this, and more text and tags in one entry than this, are refused.
_DEEPEST = 12
_MOST_TEXT = 1_000_000

#: Groups of an entry, by what follows `INDIVIDUAL_` or `ENTITY_`.
_GROUPS = ("ALIAS", "ADDRESS", "DATE_OF_BIRTH", "PLACE_OF_BIRTH", "DOCUMENT")
_SIMPLE = {
    "DATAID", "VERSIONNUM", "FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME", "UN_LIST_TYPE",
    "REFERENCE_NUMBER", "LISTED_ON", "GENDER", "COMMENTS1", "NAME_ORIGINAL_SCRIPT", "NATIONALITY", "TITLE",
    "DESIGNATION", "LIST_TYPE", "LAST_DAY_UPDATED", "SORT_KEY", "SORT_KEY_LAST_MOD", "SUBMITTED_BY", "NATIONALITY2",
    "DELISTED_ON",
}  # fmt: skip
_IN_GROUP = {
    "QUALITY", "ALIAS_NAME", "COUNTRY", "CITY", "STATE_PROVINCE", "STREET", "ZIP_CODE", "NOTE", "TYPE_OF_DATE", "DATE",
    "YEAR", "FROM_YEAR", "TO_YEAR", "TYPE_OF_DOCUMENT", "TYPE_OF_DOCUMENT2", "NUMBER", "ISSUING_COUNTRY",
    "DATE_OF_ISSUE", "CITY_OF_ISSUE", "COUNTRY_OF_ISSUE", "DATE_OF_BIRTH", "CITY_OF_BIRTH", "COUNTRY_OF_BIRTH",
}  # fmt: skip

Fields = dict[str, list[str]]


def recognises(head: str) -> bool:
    """Whether a file that begins so is this list."""
    return f"<{ROOT}" in head


@dataclass
class _Entry:
    """What an entry's elements hold: texts by element, and for each group, texts by element."""

    tag: str
    line: int
    texts: Fields = field(default_factory=lambda: defaultdict(list))
    groups: dict[str, list[Fields]] = field(default_factory=lambda: defaultdict(list))
    size: int = 0


class _StoppedError(Exception):
    """The document is refused; the problem is in the ledger."""


def read(files: Mapping[str, bytes]) -> Reading:
    """The entries of the list's file. Where the XML breaks, what came before is kept and the rest is told."""
    ledger = Problems("")
    entries: dict[str, Entry] = {}
    published: datetime | None = None
    for name, data in sorted(files.items()):
        ledger.file = name
        if len(data) > MOST_BYTES:
            ledger.add("list_too_large", 0, "")
            continue
        reader = _Reader(ledger, entries)
        reader.read(data)
        published = reader.published or published
    return Reading(tuple(entries.values()), tuple(ledger.found), ledger.counts, published)


class _Reader:
    """The handlers of one document."""

    def __init__(self, ledger: Problems, entries: dict[str, Entry]) -> None:
        self.published: datetime | None = None
        self._ledger = ledger
        self._entries = entries
        self._path: list[str] = []
        self._entry: _Entry | None = None
        self._text: list[str] = []
        self._unknown: set[str] = set()
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        self._parser.StartDoctypeDeclHandler = self._doctype

    def read(self, data: bytes) -> None:
        try:
            self._parser.Parse(data, True)
        except _StoppedError:
            pass
        except expat.ExpatError as wrong:
            self._ledger.add("xml_damaged", 0, f"line {wrong.lineno}")
        except (LookupError, ValueError):
            # An encoding that does not exist, or that Python reads and expat does not.
            self._ledger.add("list_not_text", 0, "")

    def _stop(self, code: str) -> None:
        self._ledger.add(code, 0, f"line {self._parser.CurrentLineNumber}")
        raise _StoppedError

    def _doctype(self, *_: object) -> None:
        self._stop("xml_doctype")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if not self._path and tag != ROOT:
            self._stop("list_unknown")
        if len(self._path) >= _DEEPEST:
            self._stop("xml_too_deep")
        self._path.append(tag)
        self._text = []
        if self._entry is not None:
            self._grow(len(tag))
        if tag == ROOT:
            self.published = _instant(attributes.get("dateGenerated", ""))
        elif tag in _KINDS and len(self._path) == 3:
            self._entry = _Entry(tag, self._parser.CurrentLineNumber)
        elif self._entry is not None and len(self._path) == 4 and self._group(tag):
            self._entry.groups[self._group(tag)].append(defaultdict(list))

    def _characters(self, text: str) -> None:
        if self._entry is not None:
            self._grow(len(text))
            self._text.append(text)

    def _grow(self, characters: int) -> None:
        assert self._entry is not None, "only what is in an entry is counted"
        self._entry.size += characters
        if self._entry.size > _MOST_TEXT:
            self._stop("record_too_long")

    def _end(self, tag: str) -> None:
        self._path.pop()
        entry, depth = self._entry, len(self._path)
        if entry is None:
            return
        text = squeezed("".join(self._text))
        self._text = []
        if depth == 2:
            self._entry = None
            self._finish(entry)
        elif depth == 3 and not self._group(tag):
            if tag not in _SIMPLE:
                self._stranger(tag)
            if text:
                entry.texts[tag].append(text)
        elif depth == 4:
            group = self._group(self._path[3])
            if (group and tag not in _IN_GROUP) or (not group and tag != "VALUE"):
                self._stranger(tag)
            if text:
                (entry.groups[group][-1][tag] if group else entry.texts[self._path[3]]).append(text)
        elif depth > 4 and text:
            self._stranger(tag)

    def _group(self, tag: str) -> str:
        prefix = f"{self._entry.tag}_" if self._entry is not None else ""
        return tag.removeprefix(prefix) if tag.startswith(prefix) and tag.removeprefix(prefix) in _GROUPS else ""

    def _stranger(self, tag: str) -> None:
        if tag not in self._unknown and len(self._unknown) < MOST_NAMES:
            self._unknown.add(tag)
            place = f"line {self._parser.CurrentLineNumber}"
            self._ledger.add("element_unknown", 0, place, gravity="warning", element=tag)

    def _finish(self, drafted: _Entry) -> None:
        number, place = len(self._entries) + 1, f"line {drafted.line}"
        entry = _made(drafted, number, place, self._ledger)
        if entry is None:
            return
        if entry.entry_id in self._entries:
            same = self._entries[entry.entry_id] == entry
            code = "entry_repeated" if same else "entry_contradicts"
            self._ledger.add(code, number, place, gravity="warning" if same else "refusal")
        else:
            self._entries[entry.entry_id] = entry


def _made(drafted: _Entry, number: int, place: str, ledger: Problems) -> Entry | None:
    texts = drafted.texts
    entry_id = next(iter(texts["REFERENCE_NUMBER"] or texts["DATAID"]), "")
    if not entry_id:
        ledger.add("entry_number_wrong", number, place)
        return None
    names = _names(drafted)
    if not names:
        ledger.add("name_missing", number, place)
        return None
    if len(names) > MOST_NAMES:
        ledger.add("names_too_many", number, place)
    births, places = _births(drafted, number, place, ledger), _texts(drafted, "PLACE_OF_BIRTH")
    notes = [*texts["TITLE"], *texts["DESIGNATION"], *texts["GENDER"], *(f"born in {each}" for each in places)]
    return Entry(
        "un",
        entry_id,
        _KINDS[drafted.tag],
        tuple(names[:MOST_NAMES]),
        tuple(_address(each) for each in drafted.groups["ADDRESS"][:MOST_NAMES] if any(each.values())),
        births,
        tuple(dict.fromkeys((*texts["NATIONALITY"], *texts["NATIONALITY2"]))),
        tuple(texts["UN_LIST_TYPE"]),
        tuple(_identifiers(drafted.groups["DOCUMENT"])),
        "; ".join((*notes, *texts["COMMENTS1"])),
        next(iter(texts["LISTED_ON"]), None),
    )


def _names(drafted: _Entry) -> list[ListedName]:
    texts = drafted.texts
    spoken = " ".join(each for tag in ("FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME") for each in texts[tag])
    names = [ListedName(spoken)] if spoken else []
    names += [ListedName(each, "strong") for each in texts["NAME_ORIGINAL_SCRIPT"]]
    for alias in drafted.groups["ALIAS"]:
        quality = _QUALITIES.get(_first(alias, "QUALITY").lower(), "strong")
        # Some aliases are several, between semicolons.
        several = (part.strip() for each in alias.get("ALIAS_NAME", ()) for part in each.split(";"))
        names += [ListedName(each, quality) for each in several if each]
    return list(dict.fromkeys(names))


def _births(drafted: _Entry, number: int, place: str, ledger: Problems) -> tuple[str, ...]:
    told: list[str] = []
    for birth in drafted.groups["DATE_OF_BIRTH"]:
        if birth.get("FROM_YEAR") and birth.get("TO_YEAR"):
            told.append(f"{_first(birth, 'FROM_YEAR')} to {_first(birth, 'TO_YEAR')}")
        told += birth.get("DATE", ()) or birth.get("YEAR", ())
    told += [each for alias in drafted.groups["ALIAS"] for each in alias.get("DATE_OF_BIRTH", ())]
    read = [(each, birth_of(each)) for each in told]
    if any(day is None for _, day in read):
        ledger.add("birth_unreadable", number, place, gravity="warning")
    return tuple(dict.fromkeys(day for _, day in read if day is not None))


def _texts(drafted: _Entry, group: str) -> list[str]:
    return [", ".join(text for texts in each.values() for text in texts) for each in drafted.groups[group] if each]


def _address(fields: Fields) -> ListedAddress:
    place = ", ".join(each for tag in ("CITY", "STATE_PROVINCE", "ZIP_CODE") for each in fields.get(tag, ()))
    return ListedAddress(_first(fields, "STREET"), place, _first(fields, "COUNTRY"), "; ".join(fields.get("NOTE", ())))


def _identifiers(documents: list[Fields]) -> list[ListedIdentifier]:
    found = []
    for each in documents[:MOST_NAMES]:
        kind = " ".join((*each.get("TYPE_OF_DOCUMENT", ()), *each.get("TYPE_OF_DOCUMENT2", ()))) or "document"
        country = _first(each, "ISSUING_COUNTRY") or _first(each, "COUNTRY_OF_ISSUE")
        found += [ListedIdentifier(kind, number, country) for number in each.get("NUMBER", ())]
    return found


def _first(fields: Fields, tag: str) -> str:
    return next(iter(fields.get(tag, ())), "")


def _instant(text: str) -> datetime | None:
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return None
    return read if read.tzinfo else read.replace(tzinfo=UTC)
