"""The report's sentences: which of them a pilot's figures call for, in one language. Plain text, nothing escaped."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from aforo.domain.text import catalogue
from aforo.measures.control_outlook import examinations_needed
from aforo.measures.figures import expected, percent
from aforo.measures.intervals import Interval
from aforo.risk.model import FEWEST_FINDINGS
from aforo.trials.pilot.compare import FEWEST_DRAWS, LARGEST_RELATIVE_WIDTH
from aforo.trials.pilot.figures import Pilot

Language = Literal["en", "es"]
LANGUAGES: tuple[Language, ...] = ("en", "es")
#: So many days without an extract are named.
_MOST_DAYS = 12
#: The share of thinning that the headline tells.
HALF = 0.5


class Words:
    """The catalogue of the pilot in one language."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._catalogue = catalogue("aforo.trials.pilot")

    def __call__(self, code: str, **fields: object) -> str:
        text = self._catalogue.say(code, **fields)
        return text.told(self.language)


def whole(number: float) -> str:
    """A count with its thousands apart; what is below zero with a true minus."""
    return f"{round(number):,}".replace("-", "−")


def carried(interval: Interval) -> bool:
    """Whether a rate can be shown as one."""
    value = interval.value
    return value is not None and value > 0.0 and interval.width <= LARGEST_RELATIVE_WIDTH * value


def limits(interval: Interval) -> str:
    return f"{percent(interval.low)}–{percent(interval.high)} %"


def rate(interval: Interval, found: int, of: int, say: Words) -> str:
    """A rate with its interval; where the data cannot carry one its counts and the upper limit; or that it is not
    known."""
    if of == 0:
        return say("not_known")
    if carried(interval):
        return f"{percent(interval.value or 0.0)} % ({limits(interval)})"
    return f"{whole(found)} / {whole(of)} (≤ {percent(interval.high)} %)"


def headline(made: Pilot, say: Words) -> list[str]:
    """What a decision-maker should take from it: what was done, what is known, what is not, what to do."""
    lines = [_scope(made, say), verdict(made, say), _kept(made, say)]
    square = made.square
    dark = square.only_ours.crossings - square.only_ours.examined
    if square.only_theirs.crossings or square.only_ours.crossings:
        lines.append(
            say(
                "moves",
                only_theirs=whole(square.only_theirs.crossings),
                theirs=whole(made.workload.theirs),
                missed=whole(made.kept.missed),
                only_ours=whole(square.only_ours.crossings),
                dark=whole(dark),
            )
        )
    half = next((step for step in made.thinning if step.share == HALF), None)
    if half is not None and made.kept.found:
        lines.append(
            say(
                "saving",
                kept=whole(half.found),
                found=whole(made.kept.found),
                share=percent(half.kept.value or 0.0),
                low=percent(half.kept.low),
                high=percent(half.kept.high),
                fewer=whole(square.both.resolved + square.only_theirs.resolved - half.examinations),
            )
        )
    return [*lines, _next(made, say)]


def _scope(made: Pilot, say: Words) -> str:
    work = made.workload
    said = {
        "nights": whole(made.nights),
        "theirs": whole(work.theirs),
        "crossings": whole(work.crossings),
        "ours": whole(work.ours),
    }
    if work.theirs == work.ours:
        return say("scope_equal", **said)
    shares = (percent(count / work.crossings if work.crossings else 0.0) for count in (work.theirs, work.ours))
    return say("scope_unequal", **said, **dict(zip(("theirs_share", "ours_share"), shares, strict=True)))


def _same(made: Pilot) -> bool:
    return made.verdict.moved == 0 and made.square.only_theirs.crossings == 0


def verdict(made: Pilot, say: Words) -> str:
    """Which of the two would have found more, as far as it can be told."""
    own = made.verdict
    if own.basis == "nothing":
        return say("verdict_nothing")
    if _same(made):
        return say("verdict_same")
    low, high, value = own.difference.low, own.difference.high, own.difference.value
    said: dict[str, object] = {
        "moved": whole(own.moved), "draws": whole(own.draws), "draws_found": whole(own.draws_found),
        "dark": whole(own.moved - own.moved_examined), "break_even": percent(own.break_even),
        "lost": whole(round(own.break_even * own.moved)),
    }  # fmt: skip
    if own.says == "fewer":
        low, high, value = -high, -low, None if value is None else -value
    signed = own.says == "unsettled"
    return say(
        f"verdict_{own.basis}_{own.says}",
        **said,
        low=("+" if signed and round(low) > 0 else "") + whole(low),
        high=("+" if signed and round(high) > 0 else "") + whole(high),
        value=("+" if signed and round(value or 0.0) > 0 else "") + whole(value or 0.0),
    )


def _kept(made: Pilot, say: Words) -> str:
    own = made.kept
    if own.found and own.expected == 1.0:
        return say("kept_all", found=whole(own.found), kept=whole(own.kept))
    if own.found == 0:
        return say("kept_nothing")
    return say(
        f"kept_{'unsettled' if own.says == 'nothing' else own.says}",
        found=whole(own.found),
        kept=whole(own.kept),
        share=percent(own.share.value or 0.0),
        low=percent(own.share.low),
        high=percent(own.share.high),
        expected=percent(own.expected),
    )


def _next(made: Pilot, say: Words) -> str:
    own = made.verdict
    if own.basis == "nothing":
        return say("next_list")
    if own.says == "more":
        return say("next_settled")
    if own.says == "fewer":
        return say("next_fewer")
    if own.needed is None or _same(made):
        return say("next_finds")
    return say("next_sample", needed=whole(own.needed), break_even=percent(own.break_even))


def how(made: Pilot, say: Words) -> str:
    """How the verdict was come to."""
    own = made.verdict
    lost = whole(round(own.break_even * own.moved))
    if own.basis == "bounds":
        return say("verdict_how_bounds", lost=lost, unresolved=whole(own.unresolved))
    return say(
        "verdict_how_sample",
        lost=lost,
        moved=whole(own.moved),
        rate=percent(own.rate.value or 0.0),
        low=percent(own.rate.low),
        high=percent(own.rate.high),
        draws=whole(own.draws),
        break_even=percent(own.break_even),
    )


def lift(made: Pilot, say: Words) -> str | None:
    """By how much finds are more frequent where both agree; None where there is nothing to compare."""
    own = made.kept.lift
    if own.value is None or made.kept.found == 0:
        return None
    return say(
        "lift_words",
        diff=f"{100 * abs(own.value):.1f}",
        direction=say("higher" if own.value >= 0.0 else "lower"),
        low=f"{100 * own.low:+.1f}".replace("-", "−"),
        high=f"{100 * own.high:+.1f}".replace("-", "−"),
    )


def cannot_say(made: Pilot, say: Words) -> Iterator[str]:
    """What the data cannot say, the gravest first."""
    own = made.verdict
    yield say("cannot_selective")
    if own.without_chance:
        yield say("cannot_chances", count=whole(own.without_chance))
    elif not made.workload.theirs_random:
        yield say("cannot_no_sample")
    elif own.basis != "sample":
        yield say("cannot_few_draws", draws=whole(own.draws), least=FEWEST_DRAWS)
    yield say("cannot_taught")
    if made.cold:
        yield say("cannot_cold", nights=whole(made.cold_nights), least=FEWEST_FINDINGS)
    if made.workload.unknown:
        yield say("cannot_unknown", count=whole(made.workload.unknown))
    if own.unresolved:
        yield say("cannot_unresolved", count=whole(own.unresolved))
    both, only = made.square.both, made.square.only_theirs
    found, resolved = both.found + only.found, both.resolved + only.resolved
    if found and resolved != found:
        of_all = found / resolved
        needed = examinations_needed(of_all, LARGEST_RELATIVE_WIDTH)
        if needed > resolved:
            yield say(
                "cannot_rate", found=whole(found), rate=percent(of_all), needed=whole(needed), resolved=whole(resolved)
            )
    yield say("cannot_kinds")
    yield say("cannot_react")
    yield say("cannot_wait")
    yield say("cannot_season", nights=whole(made.nights))


def assumed(made: Pilot, say: Words) -> Iterator[str]:
    """What the figures stand on."""
    origin = made.provenance
    yield say("assumed_unit")
    yield say("assumed_work") if origin.rate is None else say("assumed_rate", rate=percent(origin.rate))
    yield say("assumed_morning")
    if made.cold:
        yield say("assumed_cold")
    else:
        yield say("assumed_model", first=origin.training_first[:10], last=origin.training_last[:10])
    yield say("assumed_lottery", count=whole(made.workload.ours_random))
    yield say("assumed_labels")
    if made.verdict.basis == "sample":
        yield say("assumed_draws")
    yield say("assumed_independent")


def data(made: Pilot, say: Words) -> Iterator[str]:
    """What came, and how it was ordered."""
    yield say(f"quality_order_{made.order}")
    if made.missing:
        named = ", ".join(made.missing[:_MOST_DAYS]) + (", …" if len(made.missing) > _MOST_DAYS else "")
        yield say("quality_missing", count=whole(len(made.missing)), days=named)
    else:
        yield say("quality_none_missing")
    if made.unread:
        yield say("quality_unread", files=", ".join(made.unread))
    own = made.today
    yield say(
        "quality_list", rows=whole(own.rows), name=own.name, refused=whole(own.refused), matched=whole(own.matched),
        unlisted=whole(own.unlisted),
    )  # fmt: skip
    if own.contradicted:
        yield say("quality_contradicted", count=whole(own.contradicted))
    if own.complete or made.workload.unknown:
        yield say("quality_complete" if own.complete else "quality_incomplete")
    if own.channels:
        several = ", ".join(f"{name} ({whole(count)})" for name, count in list(own.channels.items())[:_MOST_DAYS])
        yield say("quality_channels", channels=several)


def calibrated(made: Pilot, say: Words) -> str:
    own = made.calibration
    if own is None:
        return say("calibration_none")
    ratio = own.observed_over_predicted
    predicted = sum(each.predicted * each.crossings for each in own.bins)
    found = sum((each.observed.value or 0.0) * each.crossings for each in own.bins)
    return say(
        "calibration_words",
        expected=expected(predicted),
        found=whole(found),
        ratio=f"{ratio.value or 0.0:.2f}",
        low=f"{ratio.low:.2f}",
        high=f"{ratio.high:.2f}",
    )
