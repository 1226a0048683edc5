"""A plan for a tariff or a rule in words: its tables as cells and its sentences, for the terminal and for the page."""

from __future__ import annotations

from typing import Final

from aforo.measures.economics import Range
from aforo.measures.intervals import Interval, shown
from aforo.twin.base_check import base_sentences
from aforo.twin.designs_told import three_digits
from aforo.twin.plan_page import Say, Spoken, Tabled
from aforo.twin.tariff_bridge import Opened
from aforo.twin.tariff_plan import Crossing, Port, TariffPlan, Week
from aforo.twin.threats import default_prevalences

#: A sentence names no more places of assumed figures than this.
_NAMED: Final = 4


def told_of(told: TariffPlan, say: Say, language: str) -> Spoken:
    """The plan in words."""
    return Spoken(
        say("tariff_title", title=told.title.told(language)),
        (say("synthetic"),),
        _headline(told, say),
        (_ports(told, say), _plans(told, say), _holds(told, say), _promises(told, say), *_reported(told, say)),
        tuple(_sentences(told, say, language)),
        tuple(_weeks(port, say) for port in told.ports),
    )


def _headline(told: TariffPlan, say: Say) -> tuple[str, ...]:
    opens = [each for each in told.crossings if not each.plan.opened.nothing]
    kept = [each for each in told.crossings if each.promise.minutes is not None and not each.promise.refused]
    named = "; ".join(f"{each.title}: {each.promise.minutes:g}" for each in kept)
    promise = say("tariff_headline_promise", promises=named) if kept else say("tariff_headline_no_promise")
    return (
        say("tariff_headline", announced=told.announced, effective=told.effective, goods=shown(told.goods, 100.0, 0),
            rate=shown(told.rate, 100.0, 0), ports=len(told.ports)),
        say("tariff_headline_opens", opens=len(opens), bridges=len(told.crossings)),
        promise,
    )  # fmt: skip


def _ports(told: TariffPlan, say: Say) -> Tabled:
    heads = tuple(say(f"tariff_column_{each}") for each in ("port", "busiest", "rise", "lowest", "fall", "quietest"))
    rows = []
    for port in told.ports:
        busiest = next(week for week in port.weeks if week.start == port.busiest)
        lowest = min(port.weeks, key=lambda week: _change(week).value or 0.0)
        cells = (busiest.start, _per_cent(_change(busiest)), lowest.start, _per_cent(_change(lowest)), port.quietest)
        rows.append((port.name if port.concerned else say("tariff_alternative", port=port.name), *cells))
    return Tabled(say("tariff_table_ports", draws=told.draws), heads, tuple(rows))


def _weeks(port: Port, say: Say) -> Tabled:
    heads = tuple(say(f"tariff_column_{each}") for each in ("week", "usual", "trucks", "change"))
    rows = [
        (week.start, f"{week.usual:,.0f}", shown(week.trucks, 1.0, 0), _per_cent(_change(week))) for week in port.weeks
    ]
    return Tabled(say("tariff_table_weeks", port=port.name), heads, tuple(rows))


def _plans(told: TariffPlan, say: Say) -> Tabled:
    names = ("bridge", "opens", "cost", "held_undone", "held_plan", "lost_undone", "lost_plan", "enough")
    rows = []
    for each in told.crossings:
        cost = "0" if each.plan.opened.nothing else shown(each.plan.cost, 1e-3, 0)
        opens = opened_told(each.plan.opened, say)
        own = each.plan
        lost = (shown(some, 100.0, 1, signed=True) for some in (own.lost_undone, own.lost))
        enough = say("tariff_is_enough" if own.enough else "tariff_is_short")
        rows.append((each.title, opens, cost, _share(own.undone), _share(own.held), *lost, enough))
    title = say("tariff_table_plans", futures=told.made)
    return Tabled(title, tuple(say(f"tariff_column_{name}") for name in names), tuple(rows), 2)


def _holds(told: TariffPlan, say: Say) -> Tabled:
    names = ("bridge", "wait_ordinary", "wait_undone", "wait_plan")
    rows = [(each.title, *(shown(wait, 1.0, 1) for wait in each.plan.wait)) for each in told.crossings]
    return Tabled(say("tariff_table_holds"), tuple(say(f"tariff_column_{name}") for name in names), tuple(rows))


def _promises(told: TariffPlan, say: Say) -> Tabled:
    heads = tuple(say(f"tariff_column_{each}") for each in ("bridge", "promise", "longest", "held_out", "share"))
    rows = []
    for each in told.crossings:
        own = each.promise
        word = say(
            f"tariff_refused_{own.refused}" if own.refused else "tariff_promised", minutes=f"{own.minutes or 0:g}"
        )
        longest = "–" if own.longest is None else f"{own.longest:.1f}"
        held = f"{own.held}/{own.tested}" if own.tested else "–"
        rows.append((each.title, word, longest, held, _share(own.share)))
    return Tabled(say("tariff_table_promises"), heads, tuple(rows), 2)


def _reported(told: TariffPlan, say: Say) -> tuple[Tabled, ...]:
    if not told.reported:
        return ()
    heads = tuple(say(f"tariff_column_{each}") for each in ("month", "reported", "posed"))
    rows = tuple((each.month, f"{100.0 * each.reported:+.1f} %", _per_cent(each.posed, 1)) for each in told.reported)
    return (Tabled(say("tariff_table_reported"), heads, rows),)


def opened_told(opened: Opened, say: Say) -> str:
    """What is opened, in words."""
    parts = []
    for name in ("standard", "fast", "earlier", "later"):
        number = getattr(opened, name)
        if number:
            parts.append(say(f"tariff_opens_{name}", number=number))
    parts += [say(f"tariff_opens_{name}") for name in ("full", "manned", "kept") if getattr(opened, name)]
    return "; ".join(parts) if parts else say("tariff_opens_nothing")


def _sentences(told: TariffPlan, say: Say, language: str) -> list[str]:
    sayings = [
        say("tariff_enough", longer=f"{told.longer:g}", less=f"{100.0 * told.less:g}", held=f"{100.0 * told.asked:.0f}",
            searched=told.searched),
        say("tariff_maintenance"),
    ]  # fmt: skip
    short = [each.title for each in told.crossings if not each.plan.found]
    if short:
        sayings.append(say("tariff_short", bridges="; ".join(short)))
    unheld = [each.title for each in told.crossings if each.plan.found and not each.plan.enough]
    if unheld:
        sayings.append(say("tariff_unheld", bridges="; ".join(unheld), held=f"{100.0 * told.asked:.0f}"))
    stranded = [each.title for each in told.crossings if each.plan.stranded and not each.plan.opened.nothing]
    if stranded:
        sayings.append(say("tariff_stranded", bridges="; ".join(stranded)))
    values = [each for each in told.crossings if each.plan.value is not None]
    sayings += [_worth(each, each.plan.value, say) for each in values if each.plan.value is not None]
    if values and values[0].plan.value is not None:
        own = values[0].plan.value
        sources = "; ".join(each.name.told(language) for each in own.estimates)
        sayings.append(say("design_value_rates", sources=sources, least=f"{own.least:.2f}", most=f"{own.most:.2f}"))
        sayings += [each.told(language) for each in own.caveats]
    sayings += base_sentences(told.base, {each.id: each.title for each in told.crossings}, say, language)
    if any(each.plan.value_missing is not None for each in told.crossings) and not told.base.checked:
        sayings.append(say("value_unchecked"))
    assured = 0.05 ** (1.0 / told.made)
    sayings.append(say("tariff_promise_told", made=told.made, tested=told.tested, assured=f"{100.0 * assured:.0f}"))
    if told.reported:
        sayings.append(say("tariff_not_checked"))
    based = "; ".join(f"{month} ← {source}" for month, source in told.based.items() if month != source)
    if based:
        sayings.append(say("tariff_based", based=based))
    if told.undiverted:
        sayings.append(say("tariff_undiverted", ports="; ".join(told.undiverted)))
    sayings.append(say("tariff_premise"))
    sayings.append(say("premise_traffic"))
    sayings.append(say("premise_prevalence_default", prevalences=default_prevalences(say)))
    places = ", ".join(told.assumed[:_NAMED])
    sayings.append(say("design_assumed", count=len(told.assumed), stated=told.stated, places=places))
    if told.sources:
        sayings.append(say("premise_sources", sources="; ".join(told.sources.values())))
    sayings.append(say("premise_counts", counts=told.counts.told(language)))
    documents = (f"{each.name} ({each.port}) {each.version} [{each.sha256[:8]}]" for each in told.documents)
    sayings.append(say("premise_documents", documents="; ".join(documents)))
    sayings.append(say("design_seed", seed=told.seed, futures=told.made + told.tested))
    return sayings


def _worth(each: Crossing, value: Range, say: Say) -> str:
    low, high = three_digits(value)
    hours, code = each.plan.saved, "tariff_value_saved"
    if value.low <= 0.0:
        hours, code = Interval(-(hours.value or 0.0), -hours.high, -hours.low), "tariff_value_lost"
    return say(code, bridge=each.title, hours=shown(hours, 1.0, 0), low=low, high=high)


def _change(week: Week) -> Interval:
    """The change of a week's trucks; of a week without any there is none."""
    own = week.trucks
    if not week.usual > 0.0 or own.value is None:
        return Interval(None, 0.0, 0.0)
    return Interval(*(end / week.usual - 1.0 for end in (own.value, own.low, own.high)))


def _per_cent(interval: Interval, digits: int = 0) -> str:
    return "–" if interval.value is None else f"{shown(interval, 100.0, digits, signed=True)} %"


def _share(interval: Interval) -> str:
    return "–" if interval.value is None else f"{shown(interval, 100.0, 0)} %"
