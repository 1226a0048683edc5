"""One truck's story on a terminal: its timeline, its evidence as a waterfall, its lot, what was said and learnt."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from rich.console import RenderableType
from rich.text import Text

from aforo.demo.drawing import Column, Scale
from aforo.demo.layout import block, heading, indented, marked, section
from aforo.demo.sentences import Speaker, clock_time, minutes, percent
from aforo.demo.story import Case, Learnt, Moment, Story
from aforo.domain.codes import schedule_d
from aforo.domain.units import MICRO
from aforo.measures.control import SEVERAL, UNPLANNED
from aforo.risk.naming import named, party

#: Terms below this (log-odds) are added up in one line, in the case of the likeliest threat and of the others.
_SMALL, _SMALL_ELSEWHERE = 0.05, 0.25
_BAR_WIDTH = 60


def story(told: Story, say: Speaker, width: int) -> Iterator[RenderableType]:
    """All of it; `width` is that of the terminal."""
    yield from section(say("story_title", crossing=told.crossing_id), say)
    yield from _declared(told, say)
    yield from _timeline(told, say, width)
    yield from _evidence(told, say, width)
    yield from _lot(told, say)
    yield from heading(say("public_title"))
    yield marked(
        [(Text("en", style="dim"), Text(told.public_reason.en)), (Text("es", style="dim"), Text(told.public_reason.es))]
    )
    yield from _learnt(told.learnt, say, width)


def _declared(told: Story, say: Speaker) -> Iterator[RenderableType]:
    fields = told.declared
    parts = [f"{told.bridge} ({told.port})"]
    if fields.declared_empty:
        parts.append(say("goods_empty"))
    else:
        parts.append(
            say(
                "declared_goods",
                hs6=fields.hs6 or "?",
                origin=fields.origin or "?",
            )
        )
        if fields.gross_mass_kg is not None:
            parts.append(say("declared_mass", mass=f"{fields.gross_mass_kg:,.0f}"))
        if fields.value_usd is not None:
            parts.append(say("declared_value", value=f"{fields.value_usd:,.0f}"))
        if fields.duty_rate is not None:
            parts.append(say("declared_duty", rate=f"{100 * fields.duty_rate:g}"))
        if fields.packages is not None:
            parts.append(say("declared_packages", packages=f"{fields.packages:,.0f}"))
        else:
            parts.append(say("declared_packages_missing"))
    parts.append(say("declared_lane", lane=say(f"lane_{fields.lane or 'standard'}")))
    parts.append(say("declared_programme", programme=say(f"programme_{fields.trade_programme or 'none'}")))
    yield Text.assemble((say("story_declared") + "  ", "bold"), " · ".join(parts))
    if told.sealed:
        yield Text(
            say("story_sealed", fields=", ".join(say(f"field_{name}") for name in sorted(told.sealed))), style="dim"
        )


def _timeline(told: Story, say: Speaker, width: int) -> Iterator[RenderableType]:
    yield from heading(say("timeline_title"))
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
    yield from block(columns, rows, width, indent=2)


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
    yield from heading(say("evidence_title"))
    for place, case in enumerate(told.cases):
        yield from _waterfall(case, say, width, small=_SMALL_ELSEWHERE if place else _SMALL)
    yield Text(say("evidence_rest", probability=percent(told.probability, 2)), style="dim")


def waterfall(case: Case, say: Speaker, small: float) -> list[tuple[str, int, int]]:
    """The lines of a case as (name, from, to) in micro-log-odds, the strongest first, the small ones as one: the last
    ends at the total."""
    by_size = sorted(case.steps, key=lambda step: (-abs(step.micro_log_odds), step.source, step.code))
    shown = [step for step in by_size if abs(step.micro_log_odds) >= small * MICRO]
    if len(shown) + 1 == len(by_size):  # a single one needs no gathering
        shown = by_size
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
    """Each term as a bar from where the one before ended, on an axis of log-odds that just holds them all."""
    title = say("evidence_threat", threat=say(f"threat_{case.threat}"), probability=percent(case.probability, 2))
    yield indented(Text(title, style="bold cyan"))
    steps = waterfall(case, say, small)
    ends = [case.base, *(end for _, _, end in steps)]
    scale = Scale(min(ends), max(ends), max(20, min(_BAR_WIDTH, width - 60)))
    rows = [[Text(say("evidence_base")), _number(case.base, signed=False), scale.mark(case.base, "bold")]]
    for name, start, end in steps:
        bar = scale.bar(start, end, "red" if end >= start else "green")
        rows.append([Text(name), _number(end - start, signed=True), bar])
    if not steps:
        rows.append([Text(say("evidence_none"), style="dim"), Text(), Text()])
    total = Text(say("evidence_total"), style="bold")
    rows.append([total, _number(case.total, signed=False), scale.mark(case.total, "bold")])
    yield from block([Column("", least=34, grows=1), Column("", "right"), Column("")], rows, width, indent=4)


def _number(micro: int, *, signed: bool) -> Text:
    """Log-odds with three decimals and a true minus sign."""
    return Text((f"{micro / MICRO:+.3f}" if signed else f"{micro / MICRO:.3f}").replace("-", "−"))


def _lot(told: Story, say: Speaker) -> Iterator[RenderableType]:
    lot = told.lot
    yield from heading(say("lot_title"))
    code = "lot_drawn" if lot.drawn else "lot_not_drawn"
    yield indented(Text(say(code, lot=f"{lot.lot:.4f}", chance=f"{lot.chance:.4f}", pool=_pool(lot.pool, say))))
    commitment = say(
        "lot_commitment",
        position=f"{lot.committed_at:,}",
        commitment=lot.commitment[:16],
        day=lot.day.isoformat(),
        zone=lot.zone,
    )
    yield indented(Text(commitment))


def _pool(name: str, say: Speaker) -> str:
    """The pool of strata that a crossing's chance belongs to (port/lane/programme, * for several) in words."""
    if name == UNPLANNED:
        return say("pool_unplanned")
    port, lane, programme = name.split(" (")[0].split("/")
    known = schedule_d().get(port)
    return ", ".join(
        (
            say("pool_ports") if port == SEVERAL else known.name.split(",")[0] if known else port,
            say("pool_lanes") if lane == SEVERAL else say("declared_lane", lane=say(f"lane_{lane}")),
            say("pool_programmes")
            if programme == SEVERAL
            else say("declared_programme", programme=say(f"programme_{programme}")),
        )
    )


def _learnt(learnt: Learnt | None, say: Speaker, width: int) -> Iterator[RenderableType]:
    yield from heading(say("learnt_title"))
    if learnt is None:
        yield indented(Text(say("learnt_nothing")))
        return
    ends = [0.0, *(end for _, was, now in learnt.parties for end in (was, now))]
    scale = Scale(min(ends), max(ends), _BAR_WIDTH)
    rows = []
    for kind, was, now in learnt.parties:
        figures = f"{was:+.2f} → {now:+.2f}".replace("-", "−")
        bar = scale.bar(was, now, "red" if now >= was else "green")
        rows.append([Text(say.of(party(kind))), Text(figures), bar])
    columns = [Column("", least=10), Column("", "right"), Column("")]
    yield from block(columns, rows, width, indent=2)
    next_load = say("learnt_next", before=percent(learnt.next_before), after=percent(learnt.next_after))
    yield indented(Text(next_load))
