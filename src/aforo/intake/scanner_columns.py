"""The scanner log of a whole fleet in columns: years of reports and scans, streamed, in little memory.

Rows mean what `scanner_log` says that they mean. Those that are written plainly, nearly all of any file, are understood
in columns; each of the others is read by `scanner_log` itself, so that there is one rule for what a row says and what
is wrong with it. Notes are not kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any, BinaryIO, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from aforo.domain.clock import microseconds
from aforo.domain.problem import Problem
from aforo.domain.scanner import CAUSES, SCANNER_EVENTS
from aforo.domain.text import catalogue
from aforo.domain.units import Int64Array
from aforo.intake import scanner_log
from aforo.intake.growing import Columns, Growing
from aforo.intake.scanner_chunks import Chunk, chunks
from aforo.intake.scanner_log import ScanMade, ScannerReport
from aforo.intake.scanner_plain import ABSENT as ABSENT
from aforo.intake.scanner_plain import causes_of, count_lacks, plain_rows
from aforo.intake.scanner_terms import PLAIN_TERMS, ScannerTally, ScannerTerms
from aforo.intake.telemetry import AHEAD, problem_of

#: Rows of one file: ten years of the largest fleet, and much more.
MOST_ROWS: Final = 100_000_000
#: Problems that are kept one by one; further ones are counted.
MOST_PROBLEMS: Final = 1_000
#: Columns of words that are kept as codes: the name by which words are told apart, of the words' own table.
_WORDS: Final = ("scanner_id", "reporter", "port", "kind", "contract_id", "blocker", "conveyance")
_FOLDED: Final = frozenset({"reporter", "port", "kind"})
#: Reports that are hashed at once.
_HASHED_AT_ONCE: Final = 1 << 18


class Words:
    """Words by code, as they were first written; some are told apart whatever the case of their letters."""

    def __init__(self, *, folded: bool) -> None:
        self.names: list[str] = []
        self._codes: dict[str, int] = {}
        self._folded = folded

    def code(self, word: str | None) -> int:
        """The code of a word, a new one where it is new; ABSENT of none."""
        if word is None:
            return ABSENT
        found = self._codes.setdefault(word.casefold() if self._folded else word, len(self.names))
        if found == len(self.names):
            self.names.append(word)
        return found

    def codes(self, words: pl.Series) -> npt.NDArray[np.int32]:
        """The codes of a column."""
        if words.null_count() == len(words):
            return np.full(len(words), ABSENT, dtype=np.int32)
        # By first occurrence, so that codes do not depend on how the columns are worked on.
        own = words.drop_nulls().unique(maintain_order=True)
        codes = [self.code(word) for word in own]
        return words.replace_strict(own, codes, default=ABSENT, return_dtype=pl.Int32).to_numpy()


@dataclass
class ScannerColumns:
    """What a scanner log says, in columns of one row a report or a scan, in the order of the file.

    `reports`: scanner, at, row, event, cause, planned, reporter, port, kind, contract, blocker, told_after (the
    microseconds from what happened until it was told, 0 where a row does not say); `scans`: scanner, at, row,
    conveyance, operator. Instants are in microseconds since 1970, `operator` in milliseconds; events and causes
    are codes by their place in SCANNER_EVENTS and CAUSES, words those of `words`; ABSENT is what a row does not say.
    `row` is the line of the file that it begins at, as a person sees it: the header of a table is line 1. `late` counts
    reports that were told more than a day after they happened, `undated` those that do not say when they were told.
    `problems` are of refused rows, `counts` their numbers by code; `tally` is what rows lacked.
    """

    words: dict[str, Words]
    reports: Columns = field(default_factory=dict)
    scans: Columns = field(default_factory=dict)
    records: int = 0
    repeated: int = 0
    late: int = 0
    undated: int = 0
    problems: list[Problem] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    tally: ScannerTally = field(default_factory=ScannerTally)

    def zones(self, terms: ScannerTerms) -> dict[str, str]:
        """The zone of each scanner whose reports name places of one zone alone."""
        pairs = np.unique(np.stack([self.reports["scanner"], self.reports["port"]], axis=1), axis=0)
        scanners, ports = self.words["scanner_id"].names, self.words["port"].names
        named = ((scanners[scanner], ports[port]) for scanner, port in pairs.tolist() if port != ABSENT)
        return scanner_log.zones_of_scanners(named, terms)


def new_words() -> dict[str, Words]:
    """No words yet, for each column that is kept as codes."""
    return {name: Words(folded=name in _FOLDED) for name in _WORDS}


def read(
    stream: BinaryIO,
    now: datetime,
    words: dict[str, Words] | None = None,
    progress: Callable[[int], None] | None = None,
    terms: ScannerTerms = PLAIN_TERMS,
) -> ScannerColumns:
    """The scanner log of a file, CSV or NDJSON, as the clock says `now`, by some terms. A bad row stops no other.

    `words` are those of another file, where a scanner has to have one code in both. `progress` is told how many records
    were read so far. `stream` is read once more where a time without an offset needs the place of its scanner.
    """
    result = ScannerColumns(new_words() if words is None else words)
    reports, scans = Growing(_REPORT), Growing(_SCAN)
    if not _read(stream, now, result, reports, scans, progress, terms, whatever=False):
        zones = _zones(stream, terms) | dict(terms.zones_of_scanners)
        terms = replace(terms, zones_of_scanners=zones)
        stream.seek(0)
        result = ScannerColumns(new_words() if words is None else words)
        reports, scans = Growing(_REPORT), Growing(_SCAN)
        _read(stream, now, result, reports, scans, progress, terms, whatever=True)
    if not result.records and not result.counts:
        _tell(result, Problem(0, "file", "rows_none", catalogue("aforo.intake").say("rows_none")))
    result.reports, result.scans = reports.taken(), scans.taken()
    _told_once(result)
    return result


def _read(
    stream: BinaryIO,
    now: datetime,
    result: ScannerColumns,
    reports: Growing,
    scans: Growing,
    progress: Callable[[int], None] | None,
    terms: ScannerTerms,
    *,
    whatever: bool,
) -> bool:
    """Read all rows. Without `whatever` it stops, and is False, at the first time without an offset whose zone is not
    known."""
    for chunk in chunks(stream, partial(_lose, result)):
        result.records = chunk.records
        if result.records > MOST_ROWS:
            say = catalogue("aforo.intake").say
            _lose(result, Problem(0, "file", "rows_too_many", say("rows_too_many", most=f"{MOST_ROWS:,}")))
            break
        _understood(chunk, now, result, reports, scans, terms)
        if result.tally.unplaced and not whatever:
            return False
        if progress is not None:
            progress(result.records)
    return True


def _zones(stream: BinaryIO, terms: ScannerTerms) -> dict[str, str]:
    """The zone of each scanner of a file whose rows name places of one zone alone."""
    stream.seek(0)
    places: set[tuple[str, str]] = set()
    for chunk in chunks(stream, lambda _: None):
        named = chunk.frame.select("scanner_id", "port").drop_nulls().unique()
        places.update(named.iter_rows())
    return scanner_log.zones_of_scanners(places, terms)


def _understood(
    chunk: Chunk, now: datetime, result: ScannerColumns, reports: Growing, scans: Growing, terms: ScannerTerms
) -> None:
    """What the rows of a chunk say: in columns where they are plain, by `scanner_log` where they are not."""
    codes = causes_of(chunk.frame["cause"], terms)
    made = plain_rows(chunk.frame, microseconds(now + AHEAD), terms, codes)
    plain = made["plain"].to_numpy()
    scan = made["scan"].to_numpy()
    words = {
        name: result.words[name].codes(chunk.frame[name].filter(pl.Series(plain))) for name in _WORDS
    }  # only words of rows that are taken
    lines = chunk.lines[plain]
    kept = {
        name: made[name].filter(pl.Series(plain))
        for name in ("at", "reported_at", "event", "cause", "planned", "operator")
    }
    is_scan = scan[plain]
    report = ~is_scan
    count_lacks(chunk.frame, made, codes, terms, result.tally)
    at = kept["at"].to_numpy()
    said = kept["reported_at"].fill_null(ABSENT).to_numpy()
    _count_late(result, at[report], said[report])
    reports.add(
        {
            "scanner": words["scanner_id"][report],
            "at": at[report],
            "row": lines[report],
            "event": kept["event"].fill_null(ABSENT).to_numpy()[report],
            "cause": kept["cause"].fill_null(ABSENT).to_numpy()[report],
            "planned": kept["planned"].fill_null(ABSENT).to_numpy()[report],
            **{_SHORT[name]: words[name][report] for name in ("reporter", "port", "kind", "contract_id", "blocker")},
            "told_after": np.where(said == ABSENT, 0, said - at)[report],
        }
    )
    scans.add(
        {
            "scanner": words["scanner_id"][is_scan],
            "at": at[is_scan],
            "row": lines[is_scan],
            "conveyance": words["conveyance"][is_scan],
            "operator": kept["operator"].fill_null(ABSENT).to_numpy()[is_scan],
        }
    )
    _one_by_one(chunk, np.flatnonzero(~plain), now, result, reports, scans, terms)


_SHORT: Final = {
    "contract_id": "contract",
    "reporter": "reporter",
    "port": "port",
    "kind": "kind",
    "blocker": "blocker",
}


def _one_by_one(
    chunk: Chunk,
    which: Int64Array,
    now: datetime,
    result: ScannerColumns,
    reports: Growing,
    scans: Growing,
    terms: ScannerTerms,
) -> None:
    """The rows that are not written plainly, each as `scanner_log` reads it."""
    if not len(which):
        return
    told: list[tuple[int, ...]] = []
    made: list[tuple[int, ...]] = []
    code = {name: words.code for name, words in result.words.items()}
    for at in which.tolist():
        number, line = int(chunk.numbers[at]), int(chunk.lines[at])
        one = scanner_log.understand(chunk.row(at), now, terms, result.tally)
        if isinstance(one, ScanMade):
            operator = ABSENT if one.operator_ms is None else one.operator_ms
            made.append(
                (code["scanner_id"](one.scanner_id), one.at, line, code["conveyance"](one.conveyance), operator)
            )
        elif isinstance(one, ScannerReport):
            happened = microseconds(one.at)
            said = ABSENT if one.reported_at is None else microseconds(one.reported_at)
            _count_late(result, np.array([happened]), np.array([said]))
            told.append(
                (
                    code["scanner_id"](one.scanner_id), happened, line, SCANNER_EVENTS.index(one.event),
                    ABSENT if one.cause is None else CAUSES.index(one.cause),
                    ABSENT if one.planned is None else int(one.planned), code["reporter"](one.reporter),
                    code["port"](one.port), code["kind"](one.kind), code["contract_id"](one.contract_id),
                    code["blocker"](one.blocker), 0 if said == ABSENT else said - happened,
                )
            )  # fmt: skip
        else:
            problem, column = one
            _tell(result, problem_of(number, line, problem, column))
            result.tally.lose(chunk.row(at))
    for rows_, kinds, into in ((told, _REPORT, reports), (made, _SCAN, scans)):
        table = np.array(rows_, dtype=np.int64).reshape(len(rows_), len(kinds))
        into.add({name: table[:, place] for place, name in enumerate(kinds)})


#: The narrowest types of the columns; words are seldom more than two bytes number.
_REPORT: Final[dict[str, Any]] = {
    "scanner": np.int16, "at": np.int64, "row": np.int32, "event": np.int8, "cause": np.int8, "planned": np.int8,
    "reporter": np.int16, "port": np.int16, "kind": np.int16, "contract": np.int16, "blocker": np.int16,
    "told_after": np.int16,
}  # fmt: skip
_SCAN: Final[dict[str, Any]] = {
    "scanner": np.int16, "at": np.int64, "row": np.int32, "conveyance": np.int16, "operator": np.int32,
}  # fmt: skip
_DAY = 86_400_000_000


def _count_late(result: ScannerColumns, at: Int64Array, said: Int64Array) -> None:
    result.undated += int((said == ABSENT).sum())
    result.late += int(((said != ABSENT) & (said - at > _DAY)).sum())


def _told_once(result: ScannerColumns) -> None:
    """Leaves out scans that were told before, and counts what was told again: a report or a scan that says all that
    another does."""
    said = result.reports
    if len(said["at"]):
        result.repeated += _again(said)
    kept = first_told(result.scans)
    result.repeated += len(result.scans["at"]) - len(kept)
    result.scans = {name: column[kept] for name, column in result.scans.items()}


#: What differs where a report is told again.
_OF_TELLING: Final = frozenset({"row", "told_after"})


def _again(said: Columns) -> int:
    """How many reports say all that another does."""
    # Row by row of a table the hashes would stand beside a copy of all of it.
    hashes = np.empty(len(said["at"]), dtype=np.uint64)
    for since in range(0, len(hashes), _HASHED_AT_ONCE):
        part = slice(since, since + _HASHED_AT_ONCE)
        table = pl.DataFrame({name: column[part] for name, column in said.items() if name not in _OF_TELLING})
        hashes[part] = table.hash_rows(seed=0).to_numpy()
    hashes.sort()
    return int((hashes[1:] == hashes[:-1]).sum())


def first_told(scans: Mapping[str, npt.NDArray[Any]]) -> Int64Array:
    """The rows of scans, in their order, that no earlier row tells: what differs in anything is another scan, as two of
    one minute of which an operator took longer over one."""
    order = np.lexsort((scans["operator"], scans["at"], scans["conveyance"], scans["scanner"]))
    again = np.zeros(len(order), dtype=np.bool_)
    again[1:] = np.logical_and.reduce(
        [scans[name][order[1:]] == scans[name][order[:-1]] for name in ("scanner", "conveyance", "at", "operator")]
    )
    return np.sort(order[~again]).astype(np.int64)


def _lose(result: ScannerColumns, problem: Problem) -> None:
    """One more problem, of what cannot be read at all."""
    _tell(result, problem)
    result.tally.lose(None)


def _tell(result: ScannerColumns, problem: Problem) -> None:
    """One more problem; of those beyond the most only the number is kept."""
    result.counts[problem.code] += 1
    if len(result.problems) < MOST_PROBLEMS:
        result.problems.append(problem)
