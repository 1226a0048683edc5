"""The coverage of bridges in words, tables and pictures: the same for the terminal, the page and the forum's report."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, Literal

from aforo.domain.figure import ASSUMED
from aforo.measures.figures import percent
from aforo.ports.notes import in_both
from aforo.scoreboard.coverage import Closed, Coverage, unknown
from aforo.scoreboard.drawing import Drawing, Row, bars, spans
from aforo.scoreboard.paper import Grid, Paper, Picture, Points
from aforo.scoreboard.protections import AS_THEY_ARE, OF_THE_LOG, PROTECTIONS, SHARES, Known, Protected, Protection
from aforo.scoreboard.size_classes import FEWEST, Gap, OfClass, size_of

Say = Callable[..., str]
#: What the first table has of each bridge; the CSV has all.
_SHOWN: Final[tuple[Protection, ...]] = (
    "scanners", "in_service", "scanner_hours", "joint_hours", "fast_booths", "readers", "open_hours", "sealed",
    "seals_read",
)  # fmt: skip
#: A sentence names no more bridges than these; the table shows the others by dashes.
_MOST_NAMED: Final = 6


def marks(told: Coverage, say: Say) -> tuple[str, ...]:
    """What stands on every form of it."""
    own = [say("coverage.official")]
    if told.origin not in (None, "live"):
        own.append(say(f"report.origin_{told.origin}"))
    return tuple(own)


def paper(told: Coverage, say: Say, language: str) -> Paper:
    """The whole of it as a paper."""
    made = Paper(say("coverage.title"), language, marks(told, say), say("report.page"))
    put(made, told, say)
    return made


def put(made: Paper, told: Coverage, say: Say, level: Literal[1, 2] = 1) -> None:
    """Add the coverage to a paper; `level` 2 where it is one part of many."""
    for each in premises(told, say):
        made.say(each)
    made.heading(say("coverage.bridges"), level)
    made.say(say("coverage.bridges_said"), "small")
    made.parts.append(overview(told, say))
    made.parts.append(Picture(_scanners(told, say)))
    made.heading(say("coverage.gap"), level)
    made.say(say("coverage.gap_said", fewest=FEWEST), "small")
    made.parts.append(gap_table(told, say))
    made.parts += [Picture(each) for each in _gaps(told, say)]
    made.heading(say("coverage.moves"), level)
    for each in moves_said(told, say):
        made.say(each)
    made.parts.append(moves_table(told, say))
    made.heading(say("coverage.held"), level)
    made.say(say("coverage.held_said"))
    made.parts += [held_table(told, say), Picture(_held(told, say)), counted_table(told, say)]
    made.heading(say("coverage.rests"), level)
    made.say(say("coverage.rests_said"), "small")
    made.parts.append(rests_table(told, say, made.language))
    made.parts.append(Points(tuple(lacking(told, say))))


def premises(told: Coverage, say: Say) -> list[str]:
    """What it is computed from."""
    own = [say("coverage.no_counts")]
    if told.counts is not None:
        own = [say("coverage.counts", first=told.counts[0], last=told.counts[1])]
    own.append(say("coverage.classes", mid=f"{told.mid:,.0f}", large=f"{told.large:,.0f}"))
    if told.since is None or told.until is None:
        own.append(say("coverage.no_log"))
    else:
        own.append(say("coverage.log", since=f"{told.since}", until=f"{told.until}"))
    return own


def overview(told: Coverage, say: Say) -> Grid:
    """A row a bridge, the busiest first; an asterisk stands behind what is assumed."""
    shown = [name for name in _SHOWN if any(each.of(name) for each in told.bridges)]
    first = (say(f"coverage.{each}") for each in ("bridge", "trucks", "size"))
    heads = (*first, *(say(f"coverage.col_{name}") for name in shown))
    rows = tuple(
        (
            each.name,
            "–" if each.trucks is None else f"{each.trucks:,.0f}",
            _size(each, told, say),
            *(_cell(each.of(name)) for name in shown),
        )
        for each in sorted(told.bridges, key=lambda each: -(each.trucks or 0.0))
    )
    return Grid(heads, rows, frozenset({1, *range(3, len(heads))}))


def gap_table(told: Coverage, say: Say) -> Grid:
    """A protection by class, and mid-sized less large or why that is not said."""
    heads = ("protection", "large", "mid", "small", "difference")
    rows = tuple(
        (_unit(gap.name, say), *(_class(gap.name, each, say) for each in gap.classes), _difference(gap, say))
        for gap in told.gaps
    )
    return Grid(tuple(say(f"coverage.{each}") for each in heads), rows)


def moves_said(told: Coverage, say: Say) -> list[str]:
    """What the shares are, and are not."""
    moves = told.moves
    return [
        say(
            "coverage.model", days=moves.days, minutes=f"{moves.farthest:.0f}", most=moves.most,
            nearest=f"{moves.nearest:.0f}",
        ),
        say("coverage.fitted", count=len(moves.fitted_on)),
    ]  # fmt: skip


def moves_table(told: Coverage, say: Say) -> Grid:
    """A row an alternative, below the bridge that is closed, and one for what goes nowhere."""
    rows = [row for each in told.moves.closed for row in _moves(each, say)]
    heads = tuple(say(f"coverage.{each}") for each in ("closed", "to", "road", "share"))
    return Grid(heads, tuple(rows), frozenset({2, 3}))


def held_table(told: Coverage, say: Say) -> Grid:
    """The model beside what was counted."""
    heads = tuple(say(f"coverage.{each}") for each in ("place", "month", "counted", "modelled", "within"))
    rows = tuple(
        (each.name, each.month, f"{percent(each.counted)} %", _range(each.share, each.low, each.high, say),
         say("coverage.yes" if each.within else "coverage.no"))
        for each in told.moves.held
    )  # fmt: skip
    return Grid(heads, rows, frozenset({2, 3}))


def counted_table(told: Coverage, say: Say) -> Grid:
    """Trucks a month around the closure."""
    rows = tuple(
        (each.name, *("–" if one is None else f"{one:,}" for one in each.trucks)) for each in told.moves.counted
    )
    return Grid((say("coverage.counted_at"), *told.moves.months), rows, frozenset(range(1, 1 + len(told.moves.months))))


def rests_table(told: Coverage, say: Say, language: str) -> Grid:
    """Each protection with its sources, and of how many bridges it is known and assumed."""
    rows = []
    for name in PROTECTIONS:
        own = [known for each in told.bridges if (known := each.of(name)) is not None]
        if own:
            cited = dict.fromkeys(source for each in own for source in each.sources)
            sources = "; ".join(_source(each, say, language) for each in cited)
            rows.append((_unit(name, say), f"{len(own)}", f"{sum(each.assumed for each in own)}", sources))
    heads = tuple(say(f"coverage.{each}") for each in ("protection", "known_of", "assumed_of", "sources"))
    return Grid(heads, tuple(rows), frozenset({1, 2}))


def lacking(told: Coverage, say: Say) -> Iterable[str]:
    """What is not known, protection by protection."""
    if told.unplaced:
        yield say("coverage.unplaced", count=f"{told.unplaced:,}")
    for name, bridges in unknown(told.bridges).items():
        if len(bridges) == len(told.bridges):
            code = "coverage.unknown_log" if name in OF_THE_LOG else "coverage.unknown_all"
            yield say(code, protection=_name(name, say))
        else:
            named = f" ({', '.join(bridges)})" if len(bridges) <= _MOST_NAMED else ""
            yield say("coverage.unknown", protection=_name(name, say), count=len(bridges), bridges=named)


def _moves(closed: Closed, say: Say) -> Iterable[tuple[str, ...]]:
    if closed.nowhere is None or closed.nowhere_low is None or closed.nowhere_high is None:
        yield closed.name, say("coverage.no_alternative"), "", ""
        return
    for place, each in enumerate(closed.taken):
        road = say("coverage.same_place") if each.minutes is None else f"{each.minutes:,.0f}"
        name = f"{each.name}*" if each.lanes_assumed else each.name
        yield closed.name if place == 0 else "", name, road, _range(each.share, each.low, each.high, say)
    if closed.farther:
        yield "", say("coverage.farther", bridges=", ".join(closed.farther)), "", "–"
    yield "", say("coverage.nowhere"), "", _range(closed.nowhere, closed.nowhere_low, closed.nowhere_high, say)


def _scanners(told: Coverage, say: Say) -> Drawing:
    """Scanners for each thousand trucks a day: of the log where it knows most bridges, else of documents."""
    heard = sum(each.of("in_service") is not None for each in told.bridges)
    name: Protection = "in_service" if 2 * heard >= len(told.bridges) else "scanners"
    rows = []
    for each in sorted(told.bridges, key=lambda each: -(each.trucks or 0.0)):
        rate, known = each.rate(name), each.of(name)
        if rate is not None and known is not None and size_of(each, told.mid, told.large) != "small":
            rows.append(Row(each.name, rate, None, None, f"{rate:.2f}{'*' if known.assumed else ''}"))
    return bars(say("coverage.plot_scanners", protection=_name(name, say)), rows, say("coverage.per_thousand"), _tick)


def _gaps(told: Coverage, say: Say) -> list[Drawing]:
    """Those protections of which a gap is said, by class."""
    made = []
    for gap in told.gaps:
        if gap.refused is None:
            rows = [
                Row(say(f"coverage.{each.size}"), each.value, each.least, each.most, f"{each.value:,.1f}")
                for each in gap.classes if each.value is not None
            ]  # fmt: skip
            title = say("coverage.plot_gap", protection=_name(gap.name, say))
            made.append(spans(title, rows, _unit(gap.name, say), _tick))
    return made


def _held(told: Coverage, say: Say) -> Drawing:
    rows = [
        Row(f"{each.name}, {each.month}", 100 * each.share, 100 * each.low, 100 * each.high,
            say("coverage.plot_counted", share=percent(each.counted)))
        for each in told.moves.held
    ]  # fmt: skip
    return spans(say("coverage.plot_held"), rows, say("coverage.plot_share"), _tick)


def _size(bridge: Protected, told: Coverage, say: Say) -> str:
    size = size_of(bridge, told.mid, told.large)
    return "–" if size is None else say(f"coverage.{size}")


def _cell(known: Known | None) -> str:
    if known is None:
        return "–"
    if known.part is not None:
        return f"{percent(known.value)} %"
    return f"{known.value:,.0f}{'*' if known.assumed else ''}"


def _class(name: Protection, own: OfClass, say: Say) -> str:
    if own.value is None:
        return say("coverage.none_of", bridges=own.bridges)
    value = _number(name, own.value)
    return say("coverage.class_cell", value=value, stated=own.stated, bridges=own.bridges, assumed=own.assumed)


def _difference(gap: Gap, say: Say) -> str:
    if gap.difference is None or gap.least is None or gap.most is None:
        return say(f"coverage.refused_{gap.refused}", fewest=FEWEST)
    low, high = (_signed(gap.name, each) for each in (gap.least, gap.most))
    return say("coverage.difference_cell", value=_signed(gap.name, gap.difference), low=low, high=high)


def _number(name: Protection, value: float) -> str:
    return f"{percent(value)} %" if name in SHARES else f"{value:,.1f}" if value >= 100 else f"{value:,.2f}"


def _signed(name: Protection, value: float) -> str:
    sign = "−" if value < 0 else "+"
    if name in SHARES:
        return f"{sign}{percent(abs(value))} pp"
    return f"{sign}{_number(name, abs(value))}"


def _range(value: float, low: float, high: float, say: Say) -> str:
    return say("coverage.range", value=f"{100 * value:.0f}", low=f"{100 * low:.0f}", high=f"{100 * high:.0f}")


def _source(cited: str, say: Say, language: str) -> str:
    if cited == ASSUMED:
        return say("coverage.is_assumed")
    return say("coverage.is_log") if cited == "log" else in_both(cited).told(language)


def _name(name: Protection, say: Say) -> str:
    return say(f"coverage.has_{name}")


def _unit(name: Protection, say: Say) -> str:
    """A protection with the unit in which it is compared."""
    of_their_own = {"read_days": "days", **dict.fromkeys(SHARES, "share")}
    unit = of_their_own.get(name, "week" if name in AS_THEY_ARE else "thousand")
    return say(f"coverage.unit_{unit}", protection=_name(name, say))


def _tick(value: float) -> str:
    return f"{value:,.10g}"
