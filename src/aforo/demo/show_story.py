"""One truck's story on a terminal: its timeline, its evidence as a waterfall, its lot, what was said and learnt."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from rich.console import RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.text import Text

from aforo.demo.drawing import Column, fitted, line, signed_bar
from aforo.risk.naming import named
from aforo.demo.sentences import Speaker, clock_time, minutes, percent
from aforo.demo.story import Case, Learnt, Moment, Story
from aforo.domain.units import MICRO

#: Terms below this (log-odds) are added up in one line, in the case of the likeliest threat and of the others.
_SMALL, _SMALL_ELSEWHERE = 0.05, 0.25
_BAR_WIDTH = 36


def story(told: Story, say: Speaker, width: int) -> Iterator[RenderableType]:
    """All of it; `width` is that of the terminal."""
    yield Padding(
        Rule(
            Text.assemble(
                (say("story_title", crossing=told.crossing_id), "bold"), ("  " + say("synthetic_mark"), "yellow")
            ),
            align="left",
        ),
        (1, 0, 0, 0),
    )
    yield from _declared(told, say)
    yield from _timeline(told, say, width)
    yield from _evidence(told, say, width)
    yield from _lot(told, say)
    yield _heading(say("public_title"))
    yield Padding(Text(f"en  {told.public_reason.en}\nes  {told.public_reason.es}"), (0, 0, 0, 2))
    yield from _learnt(told.learnt, say, width)


def _heading(title: str) -> RenderableType:
    return Padding(Text(title, style="bold"), (1, 0, 0, 0))


def _declared(told: Story, say: Speaker) -> Iterator[RenderableType]:
    fields = told.declared
    parts = [f"{told.bridge} ({told.port})"]
    if fields.get("declared_empty"):
        parts.append(say("goods_empty"))
    else:
        parts.append(
            say(
                "declared_goods",
                goods=fields.get("description", "?"),
                hs6=fields.get("hs6", "?"),
                origin=fields.get("origin", "?"),
            )
        )
        for code, name, form in (
            ("declared_mass", "gross_mass_kg", "{:,.0f}"),
            ("declared_value", "value_usd", "{:,.0f}"),
        ):
            if name in fields:
                parts.append(say(code, **{code.removeprefix("declared_"): form.format(float(fields[name]))}))
        if "duty_rate" in fields:
            parts.append(say("declared_duty", rate=f"{100 * float(fields['duty_rate']):g}"))
        if "packages" in fields:
            parts.append(say("declared_packages", packages=f"{float(fields['packages']):,.0f}"))
        else:
            parts.append(say("declared_packages_missing"))
    parts.append(say("declared_lane", lane=say(f"lane_{fields.get('lane', 'standard')}")))
    parts.append(say("declared_programme", programme=say(f"programme_{fields.get('trade_programme', 'none')}")))
    yield Text.assemble((say("story_declared") + "  ", "bold"), " · ".join(parts))
    if told.sealed:
        yield Text(
            say("story_sealed", fields=", ".join(say(f"field_{name}") for name in sorted(told.sealed))), style="dim"
        )


def _timeline(told: Story, say: Speaker, width: int) -> Iterator[RenderableType]:
    yield _heading(say("timeline_title"))
    rows = [
        [
            Text(clock_time(moment.occurred_at, told.zone, seconds=True)),
            Text(say("timeline_position", position=f"{moment.position:,}"), style="dim"),
            Text(say(f"moment_{moment.type}"), style="cyan"),
            Text(_told(moment, told, say)),
        ]
        for moment in told.moments
    ]
    replayed = say("told_differs", count=len(told.differences)) if told.differences else say("told_replayed")
    rows.append(
        [
            Text(),
            Text(),
            Text(say("moment_replayed"), style="cyan"),
            Text(replayed, style="red" if told.differences else "green"),
        ]
    )
    columns = [Column(""), Column("", "right"), Column(""), Column("", grows=1, least=20)]
    widths = fitted(columns, rows, width - 2)
    for row in rows:
        yield Padding(line(columns, widths, row), (0, 0, 0, 2))


def _told(moment: Moment, told: Story, say: Speaker) -> str:
    """What an event said, in one sentence."""
    kind = moment.type.removeprefix("crossing.")
    if kind == "assessed":
        return say("told_assessed", probability=percent(told.probability), threat=say(f"threat_{told.cases[0].threat}"))
    if kind == "decided":
        figures = {"value": minutes(told.value), "price": minutes(told.price)}
        if told.basis is None:
            return say("told_released", **figures)
        option = say(f"examination_{told.examination}")
        if told.basis == "mandatory":
            grounds = "; ".join(
                say("ground_people") if each == "people" else say("ground_rule", rule=each) for each in told.mandatory
            )
            return say("told_mandatory", examination=option, grounds=grounds)
        return say("told_decided", examination=option, basis=say(f"basis_{told.basis}"), **figures)
    if kind == "examined":
        if told.violation is None:
            return say("told_no_result")
        return say("told_found", threat=say(f"threat_{told.threat}")) if told.violation else say("told_nothing")
    return say(f"told_{kind}")


def _evidence(told: Story, say: Speaker, width: int) -> Iterator[RenderableType]:
    yield _heading(say("evidence_title"))
    for place, case in enumerate(told.cases):
        yield from _waterfall(case, say, width, small=_SMALL_ELSEWHERE if place else _SMALL)
    yield Text(say("evidence_rest", probability=percent(told.probability, 2)), style="dim")


def waterfall(case: Case, say: Speaker, small: float) -> list[tuple[str, int, int]]:
    """The lines of a case as (name, from, to) in micro-log-odds, the strongest first, the small ones as one: the last
    ends at the total."""
    by_size = sorted(case.steps, key=lambda step: -abs(step.micro_log_odds))
    shown = [step for step in by_size if abs(step.micro_log_odds) >= small * MICRO]
    names = [say.of(named(step.source, step.code)) for step in shown]
    amounts = [step.micro_log_odds for step in shown]
    left = by_size[len(shown) :]
    if left:
        names.append(say("evidence_small", count=len(left)))
        amounts.append(sum(step.micro_log_odds for step in left))
    at = [case.base]
    for amount in amounts:
        at.append(at[-1] + amount)
    return [(name, start, end) for name, (start, end) in zip(names, pairwise(at), strict=True)]


def _waterfall(case: Case, say: Speaker, width: int, small: float) -> Iterator[RenderableType]:
    yield Padding(
        Text(
            say("evidence_threat", threat=say(f"threat_{case.threat}"), probability=percent(case.probability, 2)),
            style="bold cyan",
        ),
        (0, 0, 0, 2),
    )
    steps = waterfall(case, say, small)
    ends = [0, case.base, case.total, *(end for _, _, end in steps)]
    low, high = min(ends), max(ends)
    rows = [
        [
            Text(say("evidence_base")),
            _number(case.base, signed=False),
            signed_bar(0, case.base, low, high, _BAR_WIDTH, "dim"),
        ]
    ]
    for name, start, end in steps:
        bar = signed_bar(start, end, low, high, _BAR_WIDTH, "red" if end >= start else "green")
        rows.append([Text(name), _number(end - start, signed=True), bar])
    if not steps:
        rows.append([Text(say("evidence_none"), style="dim"), Text(), Text()])
    total = Text(say("evidence_total"), style="bold")
    rows.append([total, _number(case.total, signed=False), signed_bar(0, case.total, low, high, _BAR_WIDTH, "bold")])
    columns = [Column("", least=20, grows=1), Column("", "right"), Column("")]
    widths = fitted(columns, rows, width - 4)
    for row in rows:
        yield Padding(line(columns, widths, row), (0, 0, 0, 4))


def _number(micro: int, *, signed: bool) -> Text:
    """Log-odds with three decimals and a true minus sign."""
    return Text((f"{micro / MICRO:+.3f}" if signed else f"{micro / MICRO:.3f}").replace("-", "−"))


def _lot(told: Story, say: Speaker) -> Iterator[RenderableType]:
    lot = told.lot
    yield _heading(say("lot_title"))
    code = "lot_drawn" if lot.drawn else "lot_not_drawn"
    yield Padding(Text(say(code, lot=f"{lot.lot:.4f}", chance=f"{lot.chance:.4f}", pool=lot.pool)), (0, 0, 0, 2))
    commitment = say(
        "lot_commitment",
        position=f"{lot.committed_at:,}",
        commitment=lot.commitment[:16],
        day=lot.day.isoformat(),
        zone=lot.zone,
    )
    yield Padding(Text(commitment), (0, 0, 0, 2))


def _learnt(learnt: Learnt | None, say: Speaker, width: int) -> Iterator[RenderableType]:
    yield _heading(say("learnt_title"))
    if learnt is None:
        yield Padding(Text(say("learnt_nothing")), (0, 0, 0, 2))
        return
    low = min(0.0, *(min(was, now) for _, was, now in learnt.parties))
    high = max(0.0, *(max(was, now) for _, was, now in learnt.parties))
    rows = []
    for kind, was, now in learnt.parties:
        figures = f"{was:+.2f} → {now:+.2f}".replace("-", "−")
        bar = signed_bar(was, now, low, high, _BAR_WIDTH, "red" if now >= was else "green")
        rows.append([Text(say(f"part_{kind}")), Text(figures), bar])
    columns = [Column("", least=10), Column("", "right"), Column("")]
    widths = fitted(columns, rows, width - 2)
    for row in rows:
        yield Padding(line(columns, widths, row), (0, 0, 0, 2))
    next_load = say("learnt_next", before=percent(learnt.next_before), after=percent(learnt.next_after))
    yield Padding(Text(next_load), (0, 0, 0, 2))
