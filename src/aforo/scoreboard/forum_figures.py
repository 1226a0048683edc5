"""The figures of a forum's report: of each measure a picture, a table with intervals, counts and age."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Final

from aforo.measures.definition import Definition
from aforo.measures.estimates import COUNTED, PER_CENT, Estimate
from aforo.measures.figures import percent
from aforo.scoreboard.drawing import Drawing, Row, spans
from aforo.scoreboard.forum_report import Forum, Told
from aforo.scoreboard.paper import Grid, Paper, Picture

Say = Callable[..., str]
#: What is drawn of a figure: the first of these that it has, else its first number.
_DRAWN: Final = ("p95", "share", "incidents", "mean")
#: Rows of a picture.
_MOST_ROWS: Final = 30


def put(made: Paper, told: Forum, say: Say) -> None:
    """Every measure in use, each with what there is of it; those of which there is nothing are told last."""
    made.heading(say("report.figures"))
    made.say(say("report.figures_official" if told.official else "report.figures_public"), "small")
    empty = []
    for measure in told.definitions:
        own = [each for each in told.figures if each.document == measure.hash and each.missing is None]
        if own:
            _measure(made, measure, own, say)
        else:
            empty.append(measure.name.told(made.language))
    if empty:
        made.say(say("report.no_figure", measures=", ".join(empty)))


def _measure(made: Paper, measure: Definition, own: Sequence[Told], say: Say) -> None:
    name = measure.name.told(made.language)
    made.heading(name, 2)
    made.say(say("report.measure_of", measure=measure.id, version=measure.version, hash=measure.hash[:12]), "small")
    made.say(measure.definition.told(made.language))
    first, last = (f"{end(each.as_of for each in own):%Y-%m-%d %H:%M}Z" for end in (min, max))
    code = "report.computed_at" if not own[0].rounded else "report.published_between"
    made.say(say(code if first != last else code.replace("between", "at"), first=first, last=last), "small")
    if any(each.provisional for each in own):
        made.say(say("report.provisional"), "small")
    some = [each for each in own if each.whole or each.place is None]
    made.parts += [Picture(each) for each in _drawings(measure, name, some, say)]
    made.parts.append(_grid(some, measure, say))
    if len(some) < len(own):
        made.say(
            say("report.nothing_counted", places=len({each.place for each in own} - {each.place for each in some}))
        )


def _grid(own: Sequence[Told], measure: Definition, say: Say) -> Grid:
    names = list(dict.fromkeys(one.name for each in own for one in each.estimates))
    heads = [say("report.place"), say("report.when"), *(quantity(name, say) for name in names), say("report.counts")]
    of_days = any(each.days is not None for each in own)
    if of_days:
        heads.append(say("report.days_measured" if own[0].rounded else "report.days_heard"))
    rows = []
    for each in sorted(own, key=_order):
        known = {one.name: one for one in each.estimates}
        # What is too few for an estimate has its counts alone.
        cells = [
            say("report.too_few") if each.counts_only else cell(known.get(name), say, each.rounded) for name in names
        ]
        row = [_place(each, say), when(each), *cells, counts(each, say)]
        if of_days:
            whole = (each.last - each.first).days + 1
            row.append("–" if each.days is None else say("report.of", part=each.days, whole=whole))
        rows.append(tuple(row))
    return Grid(tuple(heads), tuple(rows), frozenset(range(2 + len(names), len(heads))))


def _drawings(measure: Definition, name: str, own: Sequence[Told], say: Say) -> Iterator[Drawing]:
    """The last time that there are figures of, by place; and all bridges together, or the only place, by time. One row
    alone is no picture."""
    last = max((each.first, each.last) for each in own)
    lately = [each for each in own if (each.first, each.last) == last]
    if len(lately) > 1:
        yield from _drawing(measure, name, lately, when(lately[0]), lambda each: _place(each, say), say, newest=False)
    places = {each.place for each in own}
    place = None if None in places or len(places) > 1 else next(iter(places))
    by_time = [each for each in own if each.place == place]
    if len(by_time) > 1:
        yield from _drawing(measure, name, by_time, _place(by_time[0], say), when, say, newest=True)


def _drawing(
    measure: Definition,
    name: str,
    own: Sequence[Told],
    of: str,
    label: Callable[[Told], str],
    say: Say,
    *,
    newest: bool,
) -> Iterator[Drawing]:
    """A row a figure, by what is drawn of the first; of more than are drawn the `newest`, or the first, and how many
    there are is said."""
    rows: list[Row] = []
    drawn = ""
    for each in sorted(own, key=_order):
        found = next((one for want in _DRAWN for one in each.estimates if one.name == want), None)
        found = found or next(iter(each.estimates), None)
        if found is None or found.value is None or each.counts_only or (drawn and found.name != drawn):
            continue
        drawn = found.name
        part = 100.0 if drawn in PER_CENT else 1.0
        low, high = (None if end is None else part * end for end in (found.low, found.high))
        told = number(found, found.value, each.rounded)
        rows.append(Row(label(each), part * found.value, low, high, told))
    if len(rows) > 1:
        unit = "%" if drawn in PER_CENT else say(f"report.unit_{measure.unit}")
        title = say("report.plot", measure=name, quantity=quantity(drawn, say), when=of)
        of_what = quantity(drawn, say)
        axis = of_what if of_what == unit else f"{of_what} ({unit})"
        # Of many times the newest are drawn; of many places the first.
        cut = len(rows) - _MOST_ROWS
        if cut > 0:
            rows = rows[cut:] if newest else rows[:_MOST_ROWS]
            title = say("report.plot_cut", title=title, shown=_MOST_ROWS, rows=cut + _MOST_ROWS)
        yield spans(title, rows, axis, lambda value: f"{value:,.10g}")


def _order(each: Told) -> tuple[bool, str, date]:
    """All bridges together first, then by name and time."""
    return each.place is not None, each.place or "", each.first


def when(each: Told) -> str:
    """The time of a figure: the name of what was published, or its local days."""
    return each.period or f"{each.first} – {each.last}"


def quantity(name: str, say: Say) -> str:
    """What an estimate is of, in words."""
    return say(f"report.q_{name}")


def number(one: Estimate, value: float | None, rounded: bool = False) -> str:
    """One number for people; a dash for one that is not known. What was published is `rounded` to whole minutes."""
    if value is None:
        return "–"
    if one.name in PER_CENT:
        return f"{percent(value)} %"
    if one.name == "ratio":
        return f"{value:.3g}"
    whole = rounded or (one.name in COUNTED and value.is_integer())
    return f"{value:,.0f}" if whole else f"{value:,.1f}"


def cell(one: Estimate | None, say: Say, rounded: bool = False) -> str:
    """An estimate with its interval."""
    if one is None or one.value is None:
        return "–"
    value = number(one, one.value, rounded)
    if one.low is None or one.high is None:
        return value
    low, high = (number(one, end, rounded).removesuffix(" %") for end in (one.low, one.high))
    return say("report.interval", value=value, low=low, high=high)


def counts(each: Told, say: Say) -> str:
    """Of how many a figure is, rounded ones say so by their sign; of how many bridge-days, where it leaves some out."""
    if each.whole is None:
        return "–"
    told = f"{each.whole:,}"
    if each.part is not None:
        told = say("report.of", part=f"{each.part:,}", whole=told)
    if each.covered is not None:
        told = say("report.covered", counts=told, known=f"{each.covered.bridge_days:,}", of=f"{each.covered.of:,}")
    return f"≈ {told}" if each.rounded else told


def _place(each: Told, say: Say) -> str:
    return say("report.all_bridges") if each.place is None else each.place
