"""What a custody bundle proves, in words: instants in UTC, how long each state lasted, what is missing and withheld."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from rich.markup import escape

from aforo.cli import terminal
from aforo.cli.language import Sentences
from aforo.custody.bundle_verdict import BundleVerdict
from aforo.custody.case import NEVER
from aforo.custody.fact import Fact
from aforo.custody.states import Span
from aforo.domain.text import catalogue
from aforo.domain.trip import StatedSpan

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS = (("day", 86_400_000_000), ("hour", 3_600_000_000), ("minute", 60_000_000))


class BundleTold:
    """Tells of a verdict, in one language."""

    def __init__(self, lang: str) -> None:
        self._say, self._custody = Sentences("aforo.cli", lang), Sentences("aforo.custody", lang)

    def tell(self, verdict: BundleVerdict) -> None:
        """Print what a bundle proves."""
        say = self._say
        proves = "bundle_proves_part" if verdict.withheld else "bundle_proves"
        self._paragraph(proves, trip=plain(verdict.trip), log=plain(verdict.log), at=utc(verdict.known_by),
                        size=f"{verdict.size:,}")  # fmt: skip
        if verdict.witnessed_at is not None:
            self._paragraph("bundle_witnessed", at=utc(verdict.witnessed_at * 1_000_000))
        if verdict.origins != ("live",):
            terminal.paragraph(say("bundle_played", origins=", ".join(verdict.origins)), style="bold")
        table = terminal.listing(say, "bundle", "device", "state", "since", "until", "lasted", "grade", "why")
        for span in verdict.spans:
            table.add_row(*(escape(cell) for cell in self._cells(span)))
        if verdict.spans:
            terminal.show(table)
        for fact in dict.fromkeys(fact for span in verdict.spans for fact in span.facts):
            self._fact("bundle_fact", fact, earliest=utc(fact.earliest), latest=utc(fact.latest),
                       lasted=self.lasted(fact.latest - fact.earliest))  # fmt: skip
        for fact in verdict.gaps:
            gap = say(f"bundle_gap_{fact.gap or 'never_came'}")
            if fact.until == NEVER:
                self._fact("bundle_gap_goes_on", fact, since=utc(fact.since), gap=gap)
            else:
                self._fact("bundle_gap", fact, since=utc(fact.since), until=utc(fact.until), gap=gap,
                           lasted=self.lasted(fact.until - fact.since))  # fmt: skip
        for fact in verdict.noted:
            self._fact("bundle_noted", fact, at=utc(fact.since), place=plain(fact.place) or say("bundle_no_place"))
        for bound in verdict.bound:
            told = {name: plain(getattr(bound, name)) or say("bundle_unnamed") for name in ("crossing", "carta_porte")}
            self._paragraph(f"bundle_{bound.act}", device=plain(bound.device), at=utc(bound.at), **told)
        for each in verdict.withheld:
            why = self._custody(f"withheld_{each.why}")
            self._paragraph("bundle_withheld", stream=plain(each.stream), version=each.version, why=why)
        if verdict.withheld:
            compared = ", ".join(map(plain, verdict.compared)) or say("bundle_nothing")
            self._paragraph("bundle_compared", devices=compared)
        for said in verdict.stated:
            self._word(said)
        self._paragraph("bundle_proves_not")

    def lasted(self, micro: int) -> str:
        """A duration in microseconds, in words, to the last of them."""
        parts = []
        for unit, size in _UNITS:
            count, micro = divmod(micro, size)
            if count:
                parts.append(self._counted(unit, str(count)))
        whole, rest = divmod(micro, 1_000_000)
        if whole or rest or not parts:
            parts.append(self._counted("second", f"{whole}.{rest:06}".rstrip("0") if rest else str(whole)))
        return ", ".join(parts)

    def _word(self, said: StatedSpan) -> None:
        """What the node stated, and nothing was compared with."""
        code = f"state_{said.state}"
        named = self._custody(code) if code in catalogue("aforo.custody").codes else plain(said.state)
        told = {"device": plain(said.device), "state": named, "since": utc(said.since)}
        if said.until == NEVER:
            self._paragraph("bundle_word_goes_on", **told)
        else:
            self._paragraph("bundle_word", **told, until=utc(said.until), lasted=self.lasted(said.until - said.since))

    def _counted(self, unit: str, count: str) -> str:
        return self._say(f"bundle_{unit}" if count == "1" else f"bundle_{unit}s", count=count)

    def _cells(self, span: Span) -> tuple[str, ...]:
        goes_on = span.until == NEVER
        until = self._say("bundle_still") if goes_on else utc(span.until)
        why = ", ".join(dict.fromkeys(self._custody(f"fact_{each.code}") for each in span.facts))
        state, grade = self._custody(f"state_{span.state}"), self._custody(f"grade_{span.grade}")
        lasted = "" if goes_on else self.lasted(span.until - span.since)
        return plain(span.device), state, utc(span.since), until, lasted, grade, why

    def _fact(self, code: str, fact: Fact, **fields: str) -> None:
        what, grade = self._custody(f"fact_{fact.code}"), self._custody(f"grade_{fact.grade}")
        self._paragraph(code, device=plain(fact.device), what=what, grade=grade, **fields)

    def _paragraph(self, code: str, **fields: object) -> None:
        terminal.paragraph(self._say(code, **fields))


def utc(at: int) -> str:
    """Microseconds since 1970 as ISO 8601 writes an instant in UTC, with a Z; to the microsecond where it has any. A
    bundle is a stranger's: what it says is shown as it is, also beyond the years that events are read to name."""
    try:
        moment = _EPOCH + timedelta(microseconds=at)
    except OverflowError:  # behind the year 9999
        return f"1970-01-01T00:00:00Z + {at} µs"
    return moment.isoformat().replace("+00:00", "Z")


def plain(text: str) -> str:
    """What somebody else named, in which nothing stands for a new line or for a command to the terminal."""
    return "".join(each if each.isprintable() else f"\\u{ord(each):04x}" for each in text)
