"""A plan of a port in words: its tables as cells and its sentences, for the terminal and for the page."""

from __future__ import annotations

from typing import Final

from aforo.measures.economics import Range
from aforo.measures.intervals import Interval, shown
from aforo.twin.base_check import base_sentences
from aforo.twin.design_plan import YEARLY, Judged, PlanOfPort
from aforo.twin.designs_cost import WEEKS
from aforo.twin.plan_page import Say, Spoken, Tabled
from aforo.twin.threats import default_prevalences
from aforo.twin.week_run import SHARES

#: The figures of each table beside the first, with the factor by which they are told and their decimals.
_TABLES: Final = {
    "waits": ("wait_mean", "wait_p95", "fast_p95", "crossing_mean", "crossing_p95"),
    "street": ("street_mean", "street_p95", "street_most", "street_over"),
    "examination": ("scan_share", "examined_share", "prevented_share", "found_share"),
}
_JUDGED: Final = ("wait_mean", "street_mean", "prevented_share")
_NET_ORDER: Final = ("gains", "untold", "unclear", "loses")
_NET: Final = ("hours", "value", "cost_more", "net")
_RANGES: Final = ("trucks", "wait_mean", "wait_p95", "fast_p95", "street_most")
_WHOLE: Final = frozenset({"truck_hours", "street_p95", "street_most"})
_MILLION: Final = 1e6
#: How money of a year is told: the factor to millions of US$, and the decimals.
_MONEY: Final = (1.0 / _MILLION, 2)
#: A sentence names no more places of assumed figures than this.
_NAMED: Final = 4


def told_of(told: PlanOfPort, say: Say, language: str) -> Spoken:
    """The plan in words."""
    return Spoken(
        say("port_plan_title", title=told.title.told(language), designs=len(told.designs)),
        (say("synthetic"),),
        _headline(told, say, language),
        _tables(told, say, language),
        tuple(_sentences(told, say, language)),
    )


def _headline(told: PlanOfPort, say: Say, language: str) -> tuple[str, ...]:
    """The designs on the front; before them, where all of these lose net, that the first design is better by that."""
    # A design that gains is named first, one that loses or may lose last, with that.
    front = sorted(
        (each for each in told.designs if each.front), key=lambda each: _NET_ORDER.index(_net_standing(each))
    )
    named = [_named(each, say, language) for each in front]
    fields = {"front": "; ".join(named), "futures": told.futures, "days": told.days, "start": told.start}
    if told.runs == 1:
        line = say("port_plan_headline", **fields)
    else:
        line = say("port_plan_headline_year", end=told.end, **fields)
    if all(_net_standing(each) == "loses" for each in front):
        return say("port_plan_headline_net", first=told.designs[0].title.told(language)), line
    return (line,)


def _net_standing(each: Judged) -> str:
    """How a design stands net of cost beside the first: it gains, is not told, is unclear, or loses."""
    if each.loses:
        return "loses"
    if each.net is None:
        return "untold"
    return "gains" if each.net.low > 0.0 else "unclear" if each.net.high > 0.0 else "loses"


def _named(each: Judged, say: Say, language: str) -> str:
    standing = _net_standing(each)
    title = each.title.told(language)
    return title if standing in ("gains", "untold") else say(f"design_front_{standing}", design=title)


def _tables(told: PlanOfPort, say: Say, language: str) -> tuple[Tabled, ...]:
    design, cost = say("design_column_design"), say("design_column_cost", year=told.year)
    judged = [say(f"design_figure_{name}") for name in _JUDGED]
    ranges = [design, *(say(f"design_figure_{name}") for name in _RANGES)]
    titles = tuple((each.id, each.title.told(language)) for each in told.designs)
    return (
        Tabled(say("design_table_titles"), (design, say("design_column_title")), titles, 2),
        Tabled(
            say("design_table_main"),
            (design, cost, *judged, say("design_column_front")),
            tuple(_main(each, say) for each in told.designs),
        ),
        Tabled(
            say("design_table_net", first=told.designs[0].id),
            (design, *(say(f"design_column_{name}", year=told.year) for name in _NET)),
            tuple(_net(each, told.base.checked, say) for each in told.designs[1:]),
        ),
        Tabled(
            say("design_table_apart", first=told.designs[0].id),
            (design, *judged),
            tuple(map(_apart, told.designs[1:])),
        ),
        *(_figures(told, name, say) for name in _TABLES),
        Tabled(
            say("design_table_ranges", futures=told.futures),
            tuple(ranges),
            tuple(_ranges(each, told) for each in told.designs),
        ),
        _stands(told, say),
        _hours(told, say),
        _lines(told, say, language),
    )


def _main(each: Judged, say: Say) -> tuple[str, ...]:
    standing = _net_standing(each)
    told = "design_front_yes" if standing in ("gains", "untold") else f"design_front_yes_{standing}"
    front = say(told if each.front else "design_front_no")
    return each.id, shown(each.cost, 1.0 / _MILLION, 1), *(_figure(each, name) for name in _JUDGED), front


def _figures(told: PlanOfPort, table: str, say: Say) -> Tabled:
    names = _TABLES[table]
    heads = [say("design_column_design"), *(say(f"design_figure_{name}") for name in names)]
    rows = [[each.id, *(_figure(each, name) for name in names)] for each in told.designs]
    if table == "street":
        heads.append(say("design_figure_metres"))
        for row, each in zip(rows, told.designs, strict=True):
            metres = each.metres["street_most"]
            row.append("–" if metres is None else f"{metres:,.0f}")
    return Tabled(say(f"design_table_{table}"), tuple(heads), tuple(map(tuple, rows)))


def _figure(each: Judged, name: str) -> str:
    """A mean over futures with its limits."""
    return shown(each.figures[name], *_form(name))


def _form(name: str) -> tuple[float, int]:
    return 100.0 if name in SHARES else 1.0, 0 if name in _WHOLE else 1


def _net(each: Judged, checked: bool, say: Say) -> tuple[str, ...]:
    """What a design takes or saves in a year beside the first: truck-hours, their value, cost, and the net of both."""
    taken = Interval(-(each.saved.value or 0.0), -each.saved.high, -each.saved.low)
    unclear = say("design_net_unclear" if checked else "design_net_unchecked")
    value = unclear if each.value is None else _range(each.value.low, each.value.high)
    net = unclear if each.net is None else _range(each.net.low, each.net.high)
    return each.id, shown(taken, 1.0, 0, signed=True), value, shown(each.cost_difference, *_MONEY, signed=True), net


def _range(low: float, high: float) -> str:
    """A range of money, million US$."""
    factor, digits = _MONEY
    return f"[{factor * low:+z,.{digits}f}, {factor * high:+z,.{digits}f}]".replace("-", "−")


def _apart(each: Judged) -> tuple[str, ...]:
    return each.id, *(shown(each.differences[name], *_form(name), signed=True) for name in _JUDGED)


def _ranges(each: Judged, told: PlanOfPort) -> tuple[str, ...]:
    def between(name: str) -> str:
        ends, factor = each.range[name], told.times_a_year if name in YEARLY else 1.0
        if ends.least is None or ends.most is None:
            return "–"
        return f"{factor * ends.least:,.0f}–{factor * ends.most:,.0f}"

    return each.id, *(between(name) for name in _RANGES)


def _stands(told: PlanOfPort, say: Say) -> Tabled:
    names = [
        name for name in told.designs[0].stands if name != "port" and any(each.stands[name] for each in told.designs)
    ]
    rows = [(each.id, *(f"{each.stands[name]:,}" for name in names)) for each in told.designs]
    heads = (say("design_column_design"), *(say(f"design_stands_{name}") for name in names))
    return Tabled(say("design_table_stands"), heads, tuple(rows))


def _hours(told: PlanOfPort, say: Say) -> Tabled:
    duties = list(dict.fromkeys(hours.duty for each in told.designs for hours in each.hours))
    rows = []
    for each in told.designs:
        own = {hours.duty: hours for hours in each.hours}
        cells = [f"{own[duty].week * WEEKS:,.0f}" if duty in own else "–" for duty in duties]
        rows.append((each.id, *cells))
    heads = (say("design_column_design"), *(say(f"design_duty_{duty}") for duty in duties))
    return Tabled(say("design_table_hours"), heads, tuple(rows))


def _lines(told: PlanOfPort, say: Say, language: str) -> Tabled:
    named: dict[str, str] = {}
    for each in told.designs:
        for line in each.lines:
            duty = line.id.removeprefix("staff.")
            named[line.id] = say(f"design_staff_{duty}") if line.title is None else line.title.told(language)
    rows = []
    for id, name in named.items():
        years = [next((line.year for line in each.lines if line.id == id), None) for each in told.designs]
        rows.append((name, *("–" if year is None else f"{year / _MILLION:,.2f}" for year in years)))
    rows.append((say("design_lines_total"), *(f"{(each.cost.value or 0.0) / _MILLION:,.2f}" for each in told.designs)))
    heads = (say("design_column_item"), *(each.id for each in told.designs))
    return Tabled(say("design_table_lines", year=told.year), heads, tuple(rows))


def _sentences(told: PlanOfPort, say: Say, language: str) -> list[str]:
    sayings = []
    for each in told.designs:
        name = each.title.told(language)
        for by in each.dominated:
            told_apart = {
                "cost": shown(by.apart["cost"], 1.0 / _MILLION, 1, signed=True),
                "wait": shown(by.apart["wait_mean"], 1.0, 1, signed=True),
                "street": shown(by.apart["street_mean"], 1.0, 1, signed=True),
                "prevented": shown(by.apart["prevented_share"], 100.0, 1, signed=True),
            }
            held = shown(by.share, 100.0, 0)
            sayings.append(say("design_dominated", design=name, by=by.by, share=held, **told_apart))
            if by.note is not None:
                sayings.append(say("design_dominated_note", by=by.by, note=by.note.told(language)))
    sayings.append(say("design_front_means"))
    sayings += [_year(told, say), *_money(told, say, language), *_tolls(told, say)]
    sayings.append(say("design_street"))
    if any((each.figures["missing_share"].value or 0.0) > 0.0 for each in told.designs):
        most = max(each.figures["missing_share"].value or 0.0 for each in told.designs)
        sayings.append(say("design_missing", share=f"{100.0 * most:.2f}"))
    sayings.append(
        say("design_traffic", port=told.counted, share=shown(told.share, 100.0, 0), growth=shown(told.growth, 1.0, 2))
    )
    sayings.append(say("design_cost_told", discount=shown(told.discount, 100.0, 1), year=told.year))
    sayings.append(say("design_not_modelled"))
    sayings.append(say("premise_traffic"))
    sayings.append(say("premise_prevalence_default", prevalences=default_prevalences(say)))
    places = ", ".join(told.assumed[:_NAMED])
    sayings.append(say("design_assumed", count=len(told.assumed), stated=told.stated, places=places))
    if told.sources:
        sayings.append(say("premise_sources", sources="; ".join(told.sources.values())))
    sayings.append(say("premise_counts", counts=told.counts.told(language)))
    documents = (f"{each.name} ({each.port}) {each.version} [{each.sha256[:8]}]" for each in told.documents)
    sayings.append(say("premise_documents", documents="; ".join(documents)))
    sayings.append(say("design_seed", seed=told.seed, futures=told.futures))
    return sayings


def _year(told: PlanOfPort, say: Say) -> str:
    """Of which days a year is made."""
    times = f"{told.times_a_year:.1f}"
    if told.runs == 1:
        return say("design_year_named", days=told.days, start=told.start, times=times)
    return say("design_year_drawn", days=told.days, start=told.start, end=told.end, runs=told.runs, times=times)


def _tolls(told: PlanOfPort, say: Say) -> list[str]:
    """What tolls would come to, and that dollars of another year are not those of the costs."""
    tolled = [
        say("design_toll", design=each.id, tolls=shown(each.tolls, 1.0 / _MILLION, 1), year=each.toll_year)
        for each in told.designs
        if each.tolls is not None
    ]
    if not tolled:
        return []
    sayings = [say("design_tolls", tolls="; ".join(tolled))]
    if any(each.toll_year not in (None, told.year) for each in told.designs):
        sayings.append(say("design_toll_years", year=told.year))
    return sayings


def _money(told: PlanOfPort, say: Say, language: str) -> list[str]:
    """What truck-hours are worth beside the first design, as a range; that it is not clear where it is not."""
    first = told.designs[0].id
    sayings = [worth_told(each.value, each.id, first, say) for each in told.designs if each.value is not None]
    stranded = [each.id for each in told.designs[1:] if each.stranded]
    if stranded:
        sayings.append(say("design_value_stranded", designs=", ".join(stranded)))
    sayings += base_sentences(told.base, dict.fromkeys(told.base.unchecked, told.port), say, language)
    unvalued = not told.base.checked and any(each.value_missing is not None for each in told.designs)
    if unvalued:
        sayings.append(say("value_unchecked"))
    unclear = [each.id for each in told.designs[1:] if each.value is None and not each.stranded and told.base.checked]
    if unclear:
        sayings.append(say("design_value_unclear", designs=", ".join(unclear)))
    values = [each.value for each in told.designs if each.value is not None]
    if values:
        sources = "; ".join(each.name.told(language) for each in values[0].estimates)
        rates = {"least": f"{values[0].least:.2f}", "most": f"{values[0].most:.2f}"}
        sayings.append(say("design_value_rates", sources=sources, **rates))
        sayings += [each.told(language) for each in values[0].caveats]
        sayings.append(say("design_net_told", first=first, year=told.year))
    losing = [each.id for each in told.designs if each.loses]
    if losing:
        sayings.append(say("design_net_loses", designs=", ".join(losing)))
    return sayings


def worth_told(value: Range, design: str, first: str, say: Say) -> str:
    """What a design's truck-hours are worth beside the first's."""
    low, high = three_digits(value)
    code = "design_value_saved" if value.low > 0.0 else "design_value_lost"
    return say(code, design=design, first=first, low=low, high=high)


def three_digits(value: Range) -> tuple[str, str]:
    """The ends of a range of money without sign, the smaller first; no estimate carries more than three digits."""
    low, high = sorted((abs(value.low), abs(value.high)))
    return f"{float(f'{low:.3g}'):,.0f}", f"{float(f'{high:.3g}'):,.0f}"
