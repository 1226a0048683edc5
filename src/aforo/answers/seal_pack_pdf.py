"""The pack of a carrier's seals on paper: landscape letter, in one language, with what it does not prove at its end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime

from fpdf import FPDF
from fpdf.enums import TableBordersLayout
from fpdf.fonts import FontFace

from aforo.answers.seal_pack import Pack, PackPosition, PackSeal, PackTrip, summary
from aforo.domain.latin import latin
from aforo.domain.text import catalogue

#: Readings of one seal that are printed, evenly taken; all of them are in the table.
MOST_PRINTED = 24
_SIZE, _SMALL = 9.0, 7.5
#: What came late is no hole in the log: it was not known when it should have been.
_GAP_ROW = {"late": "pack_late_row"}
_GREY = (232, 232, 228)
Say = Callable[..., str]


def as_pdf(pack: Pack, language: str) -> bytes:
    """The pack as a PDF file, in `en` or `es`."""
    made = _Paper(pack, language)
    made.head()
    made.figures()
    made.trips()
    made.seal_log()
    made.inspections()
    made.custody()
    made.tracking()
    made.close()
    return bytes(made.output())


class _Paper(FPDF):
    """The pages; every text goes through `latin`, since the fonts of every reader have Latin letters alone."""

    def __init__(self, pack: Pack, language: str) -> None:
        super().__init__(orientation="landscape", format="letter")
        self._pack, self._language = pack, language
        say = self._say
        self.set_title(latin(say("pack_title", carrier=pack.carrier or say("pack_all_carriers"))))
        self.set_creator("Aforo")
        self.set_lang(language)
        self.set_creation_date(pack.known_by)
        self.set_auto_page_break(True, margin=14)
        self.alias_nb_pages()
        self.add_page()

    def _say(self, code: str, **fields: object) -> str:
        text = catalogue("aforo.answers").say(code, **fields)
        return text.told(self._language)

    def _custody(self, code: str) -> str:
        text = catalogue("aforo.custody").say(code)
        return text.told(self._language)

    def footer(self) -> None:
        """The number of the page, and that something was played where it was."""
        self.set_y(-11)
        self.set_font("helvetica", size=_SMALL)
        played = self._say("pack_played", origins=", ".join(self._pack.played)) if self._pack.played else ""
        self.cell(0, 5, latin(f"{self._say('pack_page')} {self.page_no()}/{{nb}}   {played}"), align="C")

    def head(self) -> None:
        """Whose pack it is, of which period, and by what it can be held against the log."""
        pack, say = self._pack, self._say
        self.set_font("helvetica", "B", 16)
        self._line(say("pack_title", carrier=pack.carrier or say("pack_all_carriers")), 9)
        if pack.played:
            self.set_font("helvetica", "B", 11)
            self._line(say("pack_played", origins=", ".join(pack.played)), 6)
        self.set_font("helvetica", size=_SIZE)
        self._line(say("pack_period", since=_time(pack.since), until=_time(pack.until)))
        self._line(say("pack_known_by", at=_time(pack.known_by), log=pack.log))
        self._line(say("pack_grades"))

    def figures(self) -> None:
        """The summary: each figure, of how many, and by grade."""
        rows = []
        for each in summary(self._pack):
            count = f"{each.count:,}" if each.of is None else self._say("pack_of", count=each.count, of=each.of)
            grades = self._say("pack_no_grade")
            if each.grades is not None:
                grades = ", ".join(f"{count} {self._grade(grade)}" for grade, count in each.grades.items()) or "-"
            rows.append((self._say(f"pack_sum_{each.name}"), count, grades))
        self._part("pack_summary")
        self._table(("pack_figure", "pack_count", "pack_by_grade"), rows, (46, 14, 40))

    def trips(self) -> None:
        """A row a trip: what it was, what it was for, and whether it was discharged."""
        missing = self._say("pack_not_recorded")
        rows = [
            (trip.trip, self._say(f"pack_regime_{trip.regime}"), trip.carrier or missing, trip.carta_porte or missing,
             trip.crossing or missing, _time(trip.deadline), self._discharge(trip), trip.discharged_by or "-")
            for trip in self._pack.trips
        ]  # fmt: skip
        heads = ("pack_trip", "pack_regime", "pack_carrier", "pack_carta_porte", "pack_crossing", "pack_deadline",
                 "pack_discharged", "pack_discharged_by")  # fmt: skip
        self._part("pack_trips")
        self._table(heads, rows, (12, 11, 10, 22, 13, 12, 16, 10))

    def _discharge(self, trip: PackTrip) -> str:
        if trip.discharged_at is not None:
            return f"{_time(trip.discharged_at)} {self._place(trip.discharged_where)}"
        return self._say("pack_overdue" if trip.deadline < self._pack.known_by else "pack_not_discharged")

    def seal_log(self) -> None:
        """A row a seal of a trip."""
        rows = [
            (
                trip.trip, seal.seal_id, self._say(f"pack_class_{seal.seal_class or 'none'}"), seal.supplier or "-",
                f"{_time(seal.since)} {self._place(seal.where)}{self._for(seal.crossing, seal.carta_porte)}",
                seal.recorded_by or "-", self._end(seal),
                "-" if seal.until is None else f"{seal.authority or '-'} / {seal.off_by or '-'}",
            )
            for trip in self._pack.trips for seal in trip.seals
        ]  # fmt: skip
        heads = ("pack_trip", "pack_number", "pack_class", "pack_supplier", "pack_put_on", "pack_recorded_by",
                 "pack_taken_off", "pack_off_by")  # fmt: skip
        self._part("pack_seal_log")
        self._table(heads, rows, (14, 10, 14, 12, 18, 10, 18, 10))

    def _end(self, seal: PackSeal) -> str:
        if seal.until is None:
            return self._say("pack_stands")
        at, where = _time(seal.until), self._place(seal.off_where)
        if seal.ended == "discharge":
            return self._say("pack_ended_by_discharge", at=at, where=where)
        return f"{at} {where}{self._for(seal.off_crossing, seal.off_carta_porte)}"

    def _for(self, crossing: str, carta_porte: str) -> str:
        """What the trip named when a seal was put on or taken off; nothing where it named nothing."""
        if not crossing and not carta_porte:
            return ""
        missing = self._say("pack_not_recorded")
        return self._say("pack_named_then", crossing=crossing or missing, carta_porte=carta_porte or missing)

    def _place(self, where: str) -> str:
        return where or self._say("pack_no_place")

    def inspections(self) -> None:
        """A row an inspection; and the trips of which none is recorded."""
        rows = []
        for trip in self._pack.trips:
            for each in trip.inspections:
                wrong = [f"{self._say(f'pack_point_{point}')}: {self._say(f'pack_found_{found}')}"
                         for point, found in each.points if found != "pass"]  # fmt: skip
                number = each.seal_id
                if each.own is False:
                    number = f"{number} ({self._say('pack_read_of_no_seal')})"
                outcome = self._say("pack_passed" if each.passed else "pack_not_passed")
                said = "; ".join([*wrong, *filter(None, (each.note,))])
                rows.append((trip.trip, _time(each.at), self._say(f"pack_{each.kind}"), number or "-", outcome,
                             said or "-", each.where or "-", each.recorded_by or "-"))  # fmt: skip
        heads = ("pack_trip", "pack_at", "pack_kind", "pack_number", "pack_outcome", "pack_found", "pack_where",
                 "pack_recorded_by")  # fmt: skip
        self._part("pack_inspections")
        self._table(heads, rows, (14, 14, 18, 12, 10, 22, 12, 10))
        for kind in ("vvtt", "conveyance"):
            bare = [each.trip for each in self._pack.trips if all(own.kind != kind for own in each.inspections)]
            if bare:
                self._line(self._say("pack_uninspected", kind=self._say(f"pack_{kind}"), trips=", ".join(bare)))

    def custody(self) -> None:
        """What the seals were, the numbers that were read on them, and the gaps."""
        states = [
            (trip.trip, each.device, self._custody(f"state_{each.state}"), _time(each.since),
             self._say("pack_still") if each.until is None else _time(each.until), self._grade(each.grade),
             ", ".join(self._custody(f"fact_{code}") for code in each.facts) or "-")
            for trip in self._pack.trips for each in trip.states
        ]  # fmt: skip
        self._part("pack_states")
        self._table(("pack_trip", "pack_device", "pack_state", "pack_since", "pack_until", "pack_grade", "pack_why"),
                    states, (14, 14, 10, 14, 14, 14, 24))  # fmt: skip
        reads = [
            (trip.trip, _time(each.at), each.seal_id, self._say(f"pack_read_{'own' if each.own else 'of_no_seal'}"),
             each.where or "-", self._grade(each.grade))
            for trip in self._pack.trips for each in trip.reads
        ]  # fmt: skip
        self._part("pack_reads")
        self._table(("pack_trip", "pack_at", "pack_number", "pack_outcome", "pack_where", "pack_grade"), reads,
                    (14, 14, 14, 24, 18, 16))  # fmt: skip
        gaps = [
            (trip.trip, each.device, self._custody(f"fact_{each.code}"), _time(each.earliest), _time(each.latest),
             self._say(f"pack_gap_{each.gap or 'never_came'}"), self._grade(each.grade))
            for trip in self._pack.trips for each in trip.gaps
        ]  # fmt: skip
        self._part("pack_gaps")
        heads = ("pack_trip", "pack_device", "pack_why", "pack_since", "pack_until", "pack_gap", "pack_grade")
        self._table(heads, gaps, (14, 14, 20, 14, 14, 14, 10))

    def tracking(self) -> None:
        """The tracking log, evenly thinned, with the gaps in their places."""
        self._part("pack_tracking")
        for trip in self._pack.trips:
            for seal in dict.fromkeys(each.device for each in trip.seals):
                self._track(trip, seal)

    def _track(self, trip: PackTrip, device: str) -> None:
        every = [each for each in trip.positions if each.device == device]
        printed = _thinned(every)
        self.set_font("helvetica", "B", _SIZE)
        self._line(self._say("pack_track", trip=trip.trip, device=device, shown=len(printed), total=len(every)), 6)
        rows = [
            (each.at, (
                _time(each.at), *self._where(each), "-" if each.speed is None else f"{each.speed:.0f}",
                self._say(f"pack_door_{each.door}"), self._grade(each.grade),
            ))
            for each in printed
        ]  # fmt: skip
        rows += [
            (each.earliest, (
                _time(each.earliest), self._say(_GAP_ROW.get(each.code, "pack_gap_row"), until=_time(each.latest)),
                "", "", "", self._say(f"pack_gap_{each.gap or 'never_came'}"),
            ))
            for each in trip.gaps if each.device == device
        ]  # fmt: skip
        heads = ("pack_at", "pack_latitude", "pack_longitude", "pack_speed", "pack_door", "pack_grade")
        self._lines(heads, [row for _, row in sorted(rows, key=lambda each: each[0])], (18, 22, 14, 10, 12, 24))

    def _where(self, each: PackPosition) -> tuple[str, str]:
        if each.latitude is None or each.longitude is None:
            return self._say("pack_no_fix"), ""
        return f"{each.latitude:.5f}", f"{each.longitude:.5f}"

    def close(self) -> None:
        """What it does not prove."""
        self._part("pack_proves_not")
        self.set_font("helvetica", size=_SIZE)
        for number in range(1, 5):
            self._line(self._say(f"pack_not_{number}"))

    def _grade(self, grade: str) -> str:
        return self._say(f"pack_grade_{grade}")

    def _part(self, code: str) -> None:
        if self.get_y() > self.h - 45:
            self.add_page()
        self.ln(3)
        self.set_font("helvetica", "B", 12)
        self._line(self._say(code), 7)

    def _line(self, text: str, height: float = 5) -> None:
        self.multi_cell(0, height, latin(text), new_x="LMARGIN", new_y="NEXT")

    def _table(self, heads: Iterable[str], rows: Sequence[Sequence[str]], widths: tuple[int, ...]) -> None:
        self.set_font("helvetica", size=_SMALL)
        if not rows:
            self._line(self._say("pack_nothing_recorded"))
            return
        with self.table(
            col_widths=widths,
            line_height=4,
            text_align="LEFT",
            borders_layout=TableBordersLayout.HORIZONTAL_LINES,
            headings_style=FontFace(emphasis="BOLD", fill_color=_GREY),
        ) as table:
            head = table.row()
            for each in heads:
                head.cell(latin(self._say(each)))
            for row in rows:
                line = table.row()
                for cell in row:
                    line.cell(latin(cell))

    def _lines(self, heads: Iterable[str], rows: Sequence[Sequence[str]], widths: tuple[int, ...]) -> None:
        """As `_table`, for cells that are short and of ours: nothing is wrapped, which is a tenth of the work."""
        self.set_font("helvetica", size=_SMALL)
        if not rows:
            self._line(self._say("pack_nothing_recorded"))
            return
        wide = [self.epw * each / sum(widths) for each in widths]
        self.set_fill_color(*_GREY)
        for width, each in zip(wide, heads, strict=True):
            self.cell(width, 4, latin(self._say(each)), border="B", fill=True)
        self.ln(4)
        for row in rows:
            for width, cell in zip(wide, row, strict=True):
                self.cell(width, 4, latin(cell), border="B")
            self.ln(4)


def _thinned(positions: list[PackPosition]) -> list[PackPosition]:
    """At most MOST_PRINTED of them, evenly, the first and the last among them."""
    if len(positions) <= MOST_PRINTED:
        return positions
    step = (len(positions) - 1) / (MOST_PRINTED - 1)
    return [positions[round(number * step)] for number in range(MOST_PRINTED)]


def _time(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M}Z"
