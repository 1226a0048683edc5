"""Whether a claim is reproduced by the data, by how much it differs, or what the data lack to say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Literal

import msgspec

from aforo.domain.text import Text, catalogue
from aforo.measures.figures import percent
from aforo.scoreboard.claim_figures import (
    agrees,
    cut_off,
    digits_exchanged,
    exact,
    in_scale,
    places_shown,
    said,
    said_as_published,
    written,
)
from aforo.scoreboard.claim_tables import LackingError, Tables
from aforo.scoreboard.claims import (
    FALLING,
    RISING,
    Change,
    Claim,
    Claims,
    Cut,
    Formula,
    Other,
    Published,
    Ratio,
    Share,
    Sum,
    Trend,
    stated_alone,
    terms_of,
)

VerdictKind = Literal["reproduced", "differs_by", "not_in_the_data"]
NEITHER = "neither"


class CutFound(msgspec.Struct, frozen=True):
    """Another way of counting: what it gives, and whether that is the figure. `computed` is null where it cannot be
    counted either."""

    said: Text
    other: Other
    computed: str | None
    computed_said: Text | None
    reproduces: bool
    lacking: tuple[Text, ...] = ()


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a claim.

    `computed` and `by` (computed less published) are in the figure's own unit and scale, `by_percent` is in per cent of
    the figure; all are null where the claim's own formula cannot be computed, `by` also of a direction. `by_said` and
    `by_percent` are null too where the figure is a limit and the value that very figure. `differs_in` is in what a cut
    differs that does give the figure, `lacking` what is missing, `why` all that is to be said. `stated`: the verdict is
    worked out from figures that documents state, and from no table, so that no input changes it.
    """

    claim: str
    name: Text
    said: Text
    source: str
    published: Published
    published_said: Text
    verdict: VerdictKind
    computed: str | None = None
    computed_said: Text | None = None
    by: str | None = None
    by_said: Text | None = None
    by_percent: str | None = None
    differs_in: Other | None = None
    lacking: tuple[Text, ...] = ()
    cuts: tuple[CutFound, ...] = ()
    why: tuple[Text, ...] = ()
    stated: bool = False


@dataclass(frozen=True)
class _Made:
    """What a formula comes to: a value in the figure's scale, or the direction of a series of them."""

    value: Fraction
    series: tuple[Fraction, ...] = ()

    @property
    def direction(self) -> str:
        steps = list(pairwise(self.series))
        if all(before < after for before, after in steps):
            return RISING
        return FALLING if all(before > after for before, after in steps) else NEITHER

    def reproduces(self, published: Published) -> bool:
        """Whether it is what was published."""
        return self.direction == published.figure if self.series else agrees(self.value, published)

    def exact(self) -> str:
        return self.direction if self.series else exact(self.value)

    def said(self, published: Published) -> Text:
        """The same in words."""
        words = catalogue("aforo.scoreboard")
        if not self.series:
            return said(written(self.value, places_shown(self.value, published)), published)
        told = " → ".join(written(each, 0) for each in self.series)
        return words.say("claim.series", direction=words.say(f"direction.{self.direction}"), series=told)


def judge(claim: Claim, claims: Claims, tables: Tables) -> Verdict:
    """The verdict on one claim of a document. What cannot be computed is said to be so, never raised."""
    published = claim.published
    cuts = tuple(_cut(cut, published, claims, tables) for cut in claim.cuts)
    giving = next((cut for cut in cuts if cut.reproduces), None)
    try:
        made = _made(claim.formula, published, claims, tables)
    except LackingError as error:
        # A figure that another base gives is that base's figure; one that another period gives may be so by chance.
        elsewhere = giving is not None and giving.other != "period"
        stated = elsewhere and all(map(stated_alone, (claim.formula, *(cut.formula for cut in claim.cuts))))
        return Verdict(
            claim=claim.id, name=claim.name, said=claim.said, source=claim.source, published=published,
            published_said=said_as_published(published), verdict="differs_by" if elsewhere else "not_in_the_data",
            differs_in=giving.other if giving is not None and elsewhere else None, lacking=error.why, cuts=cuts,
            why=(*error.why, *_why_cuts(cuts), *_why_stated(stated), *((claim.note,) if claim.note else ())),
            stated=stated,
        )  # fmt: skip
    reproduced = made.reproduces(published)
    by = None if reproduced or made.series else made.value - Fraction(published.figure)
    slips = () if reproduced or made.series else tuple(_slips(made.value, published))
    stated = stated_alone(claim.formula)
    closed = dict.fromkeys(each for term in terms_of(claim.formula) for each in tables.taken_as_closed(term, claims))
    return Verdict(
        claim=claim.id, name=claim.name, said=claim.said, source=claim.source, published=published,
        published_said=said_as_published(published), verdict="reproduced" if reproduced else "differs_by",
        computed=made.exact(), computed_said=made.said(published),
        by=None if by is None else exact(by),
        by_said=_difference(by, made.value, published) if by else None,
        by_percent=_percent_of(by, published) if by else None,
        differs_in=None if reproduced or giving is None else giving.other, cuts=cuts,
        why=(
            *slips, *_why_cuts(cuts, reproduced), *closed, *_why_stated(stated),
            *((claim.note,) if claim.note else ()),
        ),
        stated=stated,
    )  # fmt: skip


def judge_all(claims: Claims, tables: Tables) -> list[Verdict]:
    """The verdicts on all claims of a document, in its order."""
    return [judge(claim, claims, tables) for claim in claims.claims]


def _made(formula: Formula, published: Published, claims: Claims, tables: Tables) -> _Made:
    """Raises LackingError."""
    match formula:
        case Sum():
            return _Made(in_scale(tables.total(formula.of, claims), published))
        case Trend():
            series = tuple(tables.total(each, claims) for each in formula.of)
            return _Made(series[-1], series)
        case Change():
            before, after = tables.total(formula.before, claims), tables.total(formula.after, claims)
            return _Made(100 * _over(after - before, before))
        case Share():
            return _Made(100 * _over(tables.total(formula.part, claims), tables.total(formula.whole, claims)))
        case Ratio():
            return _Made(_over(tables.total(formula.part, claims), tables.total(formula.whole, claims)))


def _over(part: Fraction, whole: Fraction) -> Fraction:
    if whole == 0:
        raise LackingError(_say("claim.nothing"))
    return part / whole


def _cut(cut: Cut, published: Published, claims: Claims, tables: Tables) -> CutFound:
    try:
        made = _made(cut.formula, published, claims, tables)
    except LackingError as error:
        return CutFound(cut.said, cut.other, None, None, False, error.why)
    return CutFound(cut.said, cut.other, made.exact(), made.said(published), made.reproduces(published))


def _why_cuts(cuts: tuple[CutFound, ...], reproduced: bool = False) -> Iterator[Text]:
    for cut in cuts:
        if cut.computed_said is None:
            why = Text("; ".join(each.en for each in cut.lacking), "; ".join(each.es for each in cut.lacking))
            yield _say("claim.cut_lacking", said=cut.said, why=why)
        else:
            code = "claim.cut_reproduces" if cut.reproduces and not reproduced else "claim.cut"
            yield _say(code, said=cut.said, figure=cut.computed_said)


def _why_stated(stated: bool) -> tuple[Text, ...]:
    """That no input changes a verdict which rests on no table."""
    return (_say("claim.stated"),) if stated else ()


def _slips(value: Fraction, published: Published) -> Iterator[Text]:
    """What the figure looks like: digits exchanged, or cut off."""
    if (meant := digits_exchanged(value, published)) is not None:
        yield _say("claim.exchanged", figure=written(Fraction(meant), len(meant.partition(".")[2])))
    if cut_off(value, published):
        yield _say("claim.cut_off")


def _difference(by: Fraction, value: Fraction, published: Published) -> Text:
    return said(written(by, places_shown(value, published), signed=True), published, points=True)


def _percent_of(by: Fraction, published: Published) -> str | None:
    figure = Fraction(published.figure)
    if figure == 0:
        return None
    return ("-" if by / abs(figure) < 0 else "+") + percent(float(abs(by / figure)))


def _say(code: str, **fields: object) -> Text:
    return catalogue("aforo.scoreboard").say(code, **fields)
