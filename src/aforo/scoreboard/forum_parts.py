"""Parts of a forum's report beside its figures: differences, incidents, the fleet and its contracts, claims."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Final

from aforo.domain.clock import instant
from aforo.domain.scanner import CAUSES
from aforo.domain.text import Text
from aforo.fleet.groups import GroupOutages
from aforo.fleet.remarks import by_document, some
from aforo.fleet.report import ContractFound, FleetFound
from aforo.measures.figures import percent
from aforo.scoreboard.claim_verdicts import Verdict
from aforo.scoreboard.claims_told import counts_said, verdict_said
from aforo.scoreboard.drawing import Row, bars
from aforo.scoreboard.forum_report import Claimed, Differs, Forum
from aforo.scoreboard.paper import Grid, Paper, Picture, Points

Say = Callable[..., str]
#: Rows of a table of differences; the data have all.
_MOST: Final = 20


def differences(made: Paper, told: Forum, say: Say) -> None:
    """What differs between sources, and what was published anew."""
    made.heading(say("report.differs"))
    made.say(say("report.differs_said"), "small")
    if not told.differs and not told.revised:
        made.say(say("report.no_difference"))
    if told.differs:
        heads = ("what", "place", "when", "one_says", "other_says", "difference")
        rows = tuple(_difference(each, made.language, say) for each in told.differs[:_MOST])
        made.parts.append(Grid(tuple(say(f"report.{each}") for each in heads), rows, frozenset({5})))
        if len(told.differs) > _MOST:
            made.say(say("report.more", count=f"{len(told.differs) - _MOST:,}"), "small")
    if told.revised:
        again = tuple(
            (each.period, f"{each.revision}", f"{each.at:%Y-%m-%d %H:%M}Z", each.reason) for each in told.revised
        )
        columns = ("period", "revision", "at", "reason")
        made.parts.append(Grid(tuple(say(f"report.{each}") for each in columns), again, frozenset({1})))


def _difference(each: Differs, language: str, say: Say) -> tuple[str, ...]:
    def value(number: float) -> str:
        return f"{number:,.0f}" if float(number).is_integer() else f"{number:,.1f}"

    one = value(each.one)
    if each.one_low is not None and each.one_high is not None:
        one = say("report.interval", value=one, low=value(each.one_low), high=value(each.one_high))
    by = f"{'−' if each.by < 0 else '+'}{value(abs(each.by))}"
    return (
        each.what.told(language), each.place, each.when or "–",
        f"{one}; {each.one_source.told(language)}",
        f"{value(each.other)}; {each.other_source.told(language)}", by,
    )  # fmt: skip


def incidents(made: Paper, told: Forum, say: Say) -> None:
    """Incidents, one a row."""
    made.heading(say("report.incidents"))
    made.say(say("report.incidents_official" if told.official else "report.incidents_public"), "small")
    if not told.incidents:
        made.say(say("report.no_incident"))
        return
    heads = ["kind", "place", "from", "to", "severity"] + (["source"] if told.official else [])
    rows = []
    for each in told.incidents:
        row = [say(f"report.kind_{each.kind}"), each.place, each.started, each.ended or say("report.went_on")]
        row.append("–" if each.severity is None else f"{each.severity}")
        if told.official:
            row.append(each.source or "–")
        rows.append(tuple(row))
    made.parts.append(Grid(tuple(say(f"report.{each}") for each in heads), tuple(rows)))


def fleet(made: Paper, found: FleetFound | None, say: Say, words: Say) -> None:
    """Scanners: outages with their causes, by port, purchases, contracts, utilisation."""
    made.heading(say("report.fleet"))
    if found is None:
        made.say(say("report.no_fleet"))
        return
    own = found.all
    made.say(say("report.fleet_period", since=f"{instant(found.start):%Y-%m-%d %H:%M}Z",
                 until=f"{instant(found.end):%Y-%m-%d %H:%M}Z"), "small")  # fmt: skip
    share = None if not own.service else own.down / own.service
    made.say(
        say(
            "report.fleet_said", scanners=f"{own.scanners:,}", down=f"{own.ever_down:,}", hours=f"{own.down:,.0f}",
            service=f"{own.service:,.0f}", share="–" if share is None else f"{percent(share)} %",
            failures=f"{own.failures:,}", mtbf=_hours(own.mtbf), mttr=_hours(own.mttr),
            unexplained=f"{own.hours['unexplained']:,.0f}",
        )
    )  # fmt: skip
    if own.down:
        rows = [
            Row(
                say("report.unexplained") if cause == "unexplained" else words(f"fleet_cause_{cause}"),
                own.hours[cause], None, None, f"{own.hours[cause]:,.0f} h · {percent(own.hours[cause] / own.down)} %",
            )
            for cause in (*CAUSES, "unexplained")
        ]  # fmt: skip
        causes = bars(say("report.plot_causes"), rows, say("report.hours"), lambda each: f"{each:,.0f}")
        made.parts.append(Picture(causes))
    if found.ports:
        made.parts.append(_ports(found.ports, say))
    if found.ordered:
        stages = ", ".join(f"{_stage(name, say, words)} {count:,}" for name, count in found.ordered.items())
        made.say(say("report.ordered", count=f"{sum(found.ordered.values()):,}", stages=stages))
    for remarks in by_document(found.remarks):
        fields = {"document": remarks.document, "count": f"{len(remarks.words):,}", "words": some(remarks.words)}
        made.say(words(f"fleet_remark_{remarks.what}", **fields), "small")
    for each in found.contracts:
        _contract(made, each, say, words)
    _utilisation(made, found, say)


def _ports(found: tuple[GroupOutages, ...], say: Say) -> Grid:
    heads = ("port", "scanners", "hours_down", "unexplained", "available", "least", "failures")
    rows = tuple(
        (
            each.name or say("report.unknown_port"), f"{each.scanners:,}", f"{each.down:,.0f}",
            f"{each.unexplained:,.0f}", f"{percent(each.available)} %", f"{percent(each.least)} %",
            f"{each.failures:,}",
        )
        for each in found
    )  # fmt: skip
    return Grid(tuple(say(f"report.{each}") for each in heads), rows, frozenset(range(1, len(heads))))


def _contract(made: Paper, found: ContractFound, say: Say, words: Say) -> None:
    made.heading(say("report.contract", contract=found.id, version=found.version), 2)
    made.say(
        say(
            "report.contract_said", supplier=found.supplier, hash=found.document[:12], scanners=f"{found.scanners:,}",
            months=f"{len(found.months):,}", short=f"{found.short:,}",
            minimum="–" if found.minimum is None else f"{percent(found.minimum)} %",
            fees=_money(found.fees_cents, found.currency), owed=_money(found.owed_cents, found.currency),
        )
    )  # fmt: skip
    if found.partial:
        unjudged = words("fleet_report_unjudged") if found.unjudged else ""
        made.say(words("fleet_report_partial", count=f"{found.partial:,}", unjudged=unjudged), "small")
    lines, cents = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for line in found.lines:
        lines[line.reason, line.clause] += 1
        cents[line.reason, line.clause] += line.cents
    if lines:
        rows = tuple(
            (words(f"fleet_report_for_{reason}"), clause, f"{lines[reason, clause]:,}",
             _money(cents[reason, clause], found.currency))
            for reason, clause in sorted(lines)
        )  # fmt: skip
        heads = tuple(say(f"report.{each}") for each in ("for", "clause", "lines", "credit"))
        made.parts.append(Grid(heads, rows, frozenset({2, 3})))


def _utilisation(made: Paper, found: FleetFound, say: Say) -> None:
    """By port the months in which utilisation is known, and what it is over them."""
    if not found.utilisation:
        return
    rows = []
    for port in dict.fromkeys(each.port for each in found.utilisation):
        own = [each for each in found.utilisation if each.port == port]
        known = [each for each in own if each.share is not None]
        hours = sum(each.hours for each in known)
        share = f"{percent(sum(each.operator_hours for each in known) / hours)} %" if hours else say("report.unknown")
        target = own[0].target
        rows.append(
            (port, f"{len(known):,} / {len(own):,}", share, "–" if target is None else f"{percent(target)} %")
        )  # fmt: skip
    made.heading(say("report.utilisation"), 2)
    made.say(say("report.utilisation_said"), "small")
    heads = tuple(say(f"report.{each}") for each in ("port", "months_known", "utilisation", "target"))
    made.parts.append(Grid(heads, tuple(rows), frozenset({1, 2, 3})))


def claims(made: Paper, told: Claimed | None, say: Say, words: Say) -> None:
    """What is claimed about the corridor, by whom, beside what the data give, and why the verdict is what it is."""
    made.heading(say("report.claims"))
    if told is None:
        made.say(say("report.no_claims"))
        return

    def text(own: Text) -> str:
        return own.told(made.language)

    made.say(say("report.claims_said", name=text(told.name), version=told.version, hash=told.hash[:12]), "small")
    made.say(counts_said(told.verdicts, words), "strong")
    rows = tuple(
        (
            text(each.name), text(told.sources[each.source].told), text(each.published_said),
            "–" if each.computed_said is None else text(each.computed_said), verdict_said(each, words, text),
            "; ".join(text(why) for why in each.why) or "–",
        )
        for each in listed(told)
    )  # fmt: skip
    heads = ("claim", "source", "published_as", "computed", "verdict", "claim_why")
    if rows:
        made.parts.append(Grid(tuple(say(f"report.{each}") for each in heads), rows))
    if rest := len(told.verdicts) - len(rows):
        made.say(say("report.claims_rest", count=rest))
    cited = {each.source: told.sources[each.source] for each in listed(told)}
    if found := tuple(f"{text(own.told)}: {own.title}, {own.url}" for own in cited.values() if own.url):
        made.say(say("report.claims_sources"), "small")
        made.parts.append(Points(found))
    stated = sum(each.stated for each in told.verdicts)
    made.say(say("report.claims_inputs_but", count=stated) if stated else say("report.claims_inputs"), "small")
    made.parts.append(Points(told.inputs or (say("report.nothing"),)))


def listed(told: Claimed) -> tuple[Verdict, ...]:
    """The claims that are told one by one: all, or, where the tables that were given can judge but a few of them, these
    alone."""
    judged = tuple(each for each in told.verdicts if each.verdict != "not_in_the_data")
    return judged if 2 * len(judged) < len(told.verdicts) else told.verdicts


def _stage(name: str, say: Say, words: Say) -> str:
    if name in ("unaccounted", "untold"):
        return words(f"fleet_report_{name}_stage")
    return words(f"fleet_stage_{name}")


def _hours(value: float | None) -> str:
    return "–" if value is None else f"{value:,.1f} h"


def _money(cents: int, currency: str) -> str:
    return f"{'−' if cents < 0 else ''}{abs(cents) // 100:,}.{abs(cents) % 100:02d} {currency}"
