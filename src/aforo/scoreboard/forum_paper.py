"""A forum's report as a paper: figures, differences, incidents, fleet, claims, definitions, and what cannot be said."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from aforo.measures.definition import Definition
from aforo.scoreboard import coverage_told, forum_figures, forum_parts
from aforo.scoreboard.forum_figures import when
from aforo.scoreboard.forum_report import Forum, Told
from aforo.scoreboard.paper import Grid, Paper

Say = Callable[..., str]
#: Places that one line of a refusal names.
_MOST_NAMED: Final = 5


def paper(told: Forum, say: Say, words: Say, language: str, other: tuple[str, str] | None = None) -> Paper:
    """The report in one language; `words` are the sentences of the command line, which has those of the fleet and of
    claims. `other` is the same report in the other language: its name and its file."""
    version = say("report.official" if told.official else "report.public")
    title = say("report.title", since=f"{told.since}", until=f"{told.until}")
    made = Paper(title, language, marks(told, say), say("report.page"), other)
    made.say(version, "strong")
    _about(made, told, say)
    forum_figures.put(made, told, say)
    forum_parts.differences(made, told, say)
    forum_parts.incidents(made, told, say)
    if told.official:
        forum_parts.fleet(made, told.fleet, say, words)
    forum_parts.claims(made, told.claims, say, words)
    if told.coverage is not None:
        made.heading(say("coverage.title"))
        coverage_told.put(made, told.coverage, say, level=2)
    _definitions(made, told, say)
    _refused(made, told, say)
    return made


def marks(told: Forum, say: Say) -> tuple[str, ...]:
    """What stands on every page."""
    own = []
    if told.official:
        own.append(say("report.official_mark"))
    if told.origin != "live":
        own.append(say(f"report.origin_{told.origin}"))
    return tuple(own)


def _about(made: Paper, told: Forum, say: Say) -> None:
    at = f"{told.now:%Y-%m-%d %H:%M}Z"
    if told.events is None:
        made.say(say("report.made_public", at=at, log=told.log))
    else:
        heard = say("report.never") if told.heard is None else f"{told.heard:%Y-%m-%d %H:%M}Z"
        made.say(say("report.made", at=at, log=told.log, events=f"{told.events:,}", heard=heard))
    made.say(say("report.how_to_read"), "small")


def _definitions(made: Paper, told: Forum, say: Say) -> None:
    made.heading(say("report.definitions"))
    made.say(say("report.definitions_said"), "small")
    for each in told.definitions:
        made.heading(each.name.told(made.language), 2)
        made.parts.append(Grid((say("report.field"), say("report.says")), tuple(_definition(each, made.language, say))))


def _definition(each: Definition, language: str, say: Say) -> Iterator[tuple[str, str]]:
    yield say("report.document"), say("report.document_said", measure=each.id, version=each.version, hash=each.hash)
    for name, text in (
        ("definition", each.definition), ("numerator", each.numerator_said), ("denominator", each.denominator_said),
        ("exclusions", each.exclusions_said), ("standard", each.standard),
    ):  # fmt: skip
        yield say(f"report.{name}"), text.told(language)
    yield say("report.way"), say(f"report.way_{each.interval}")
    yield say("report.events"), ", ".join(each.events)


def _refused(made: Paper, told: Forum, say: Say) -> None:
    """What cannot be said, each with the reason."""
    made.heading(say("report.cannot"))
    made.say(say("report.cannot_said"), "small")
    grouped: dict[str, list[str]] = {}
    for each in told.refused:
        grouped.setdefault(each.why.told(made.language), []).append(each.what.told(made.language))
    rows = [(", ".join(names), "–", why) for why, names in grouped.items()]
    rows += _missing(told, made.language, say)
    rows += _of_others(told, made.language, say)
    heads = tuple(say(f"report.{each}") for each in ("what", "where", "why"))
    made.parts.append(Grid(heads, tuple(rows) or ((say("report.nothing"), "–", "–"),)))


def _missing(told: Forum, language: str, say: Say) -> Iterator[tuple[str, str, str]]:
    """Figures that are missing, by measure and reason: at which places, and in how many of the times."""
    names = {each.hash: each.name.told(language) for each in told.definitions}
    found: dict[tuple[str, str], dict[str, list[Told]]] = {}
    for each in told.figures:
        if each.missing is not None or each.counts_only:
            why = say("report.too_few_why") if each.missing is None else each.missing.text.told(language)
            place = say("report.all_bridges") if each.place is None else each.place
            found.setdefault((each.document, why), {}).setdefault(place, []).append(each)
    # Measures that lack at the same places for the same reason are told together.
    alike: dict[tuple[str, str], list[str]] = {}
    for (document, why), places in found.items():
        times = {when(each) for each in told.figures if each.document == document}
        named = [
            name if len(times) == 1 else say("report.times_of", place=name, count=len(own), times=len(times))
            for name, own in places.items()
        ]
        shown = ", ".join(named[:_MOST_NAMED])
        if len(named) > _MOST_NAMED:
            shown = say("report.and_more", places=shown, count=len(named) - _MOST_NAMED)
        alike.setdefault((shown, why), []).append(names.get(document, document[:12]))
    for (shown, why), measures in alike.items():
        yield ", ".join(measures), shown, why


def _of_others(told: Forum, language: str, say: Say) -> Iterator[tuple[str, str, str]]:
    """What the parts beside the figures cannot say."""
    if told.fleet is not None:
        hours = told.fleet.all.hours["unexplained"]
        if hours:
            yield say("report.fleet"), "–", say("report.unexplained_why", hours=f"{hours:,.0f}")
        unknown = sum(each.share is None for each in told.fleet.utilisation)
        if unknown:
            yield say("report.utilisation"), "–", say("report.utilisation_why", count=f"{unknown:,}")
    elif told.official:
        yield say("report.fleet"), "–", say("report.no_fleet")
    if told.claims is None:
        yield say("report.claims"), "–", say("report.no_claims")
    else:
        own = forum_parts.listed(told.claims)
        if rest := len(told.claims.verdicts) - len(own):
            yield say("report.claims"), "–", say("report.claims_rest", count=rest)
        for each in own:
            if each.verdict == "not_in_the_data":
                why = "; ".join(one.told(language) for one in each.why)
                yield each.name.told(language), "–", why or say("report.not_in_the_data")
    if told.coverage is not None:
        refused: dict[str, list[str]] = {}
        for gap in told.coverage.gaps:
            if gap.refused is not None:
                refused.setdefault(gap.refused, []).append(say(f"coverage.has_{gap.name}"))
        for code, protections in refused.items():
            yield say("coverage.gap"), ", ".join(protections), say(f"coverage.refused_{code}", fewest=3)
