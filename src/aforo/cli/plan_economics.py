"""`aforo plan economics`: minutes of waiting to money and jobs, as published ranges with their caveats."""

from __future__ import annotations

import math
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from aforo.cli import terminal
from aforo.cli.language import LanguageOption, Sentences
from aforo.measures import economics
from aforo.measures.economics import Range, Work
from aforo.measures.intervals import Interval

#: Minutes of waiting that a change can be of: a day's.
_MOST_MINUTES = 1_440.0


def plan_economics(
    minutes: Annotated[
        float, typer.Option(help="By how many minutes the mean wait is shorter; below zero where it is longer.")
    ],
    trucks: Annotated[int, typer.Option(min=1, max=100_000_000, help="Trucks a year that wait so.")],
    low: Annotated[float | None, typer.Option(help="The lower limit of the minutes' interval.")] = None,
    high: Annotated[float | None, typer.Option(help="Its upper limit.")] = None,
    border_trucks: Annotated[
        int, typer.Option(min=1, max=100_000_000, help="Northbound trucks a year at the whole border.")
    ] = 7_600_000,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
    lang: LanguageOption = "",
) -> None:
    """What minutes of waiting are worth: truck-hours, money and work, each as the range that was published.

    Jobs were published for the whole border alone. Where fewer trucks wait than cross it, their share is taken, and it
    is said that nobody published it so.
    """
    say, words = Sentences("aforo.cli", lang), Sentences("aforo.measures", lang)
    ends = (minutes if low is None else low, minutes if high is None else high)
    if not all(math.isfinite(each) and abs(each) <= _MOST_MINUTES for each in (minutes, *ends)):
        terminal.fail(say("economics_minutes"), where="--minutes", to_do=say("economics_minutes_do"))
    if not ends[0] <= minutes <= ends[1]:
        terminal.fail(say("economics_order"), where="--low, --high", to_do=say("economics_order_do"))
    if trucks > border_trucks:
        terminal.fail(say("economics_trucks"), where="--trucks", to_do=say("economics_trucks_do"))
    shorter = Interval(minutes, *ends)
    hours = Interval(*(trucks * each / 60.0 for each in (minutes, *ends)))
    worth = economics.worth_of(hours)
    work = economics.work_of(shorter, None if trucks == border_trucks else trucks / border_trucks)
    if json:
        told = {"minutes": shorter, "trucks": trucks, "truck_hours": hours, "worth": worth, "work": work}
        terminal.emit(told | {"not_used": economics.others()})
        return
    _tell(hours, worth, work, say, words)


def _tell(hours: Interval, worth: Range | None, work: Work | None, say: Sentences, words: Sentences) -> None:
    told = f"{hours.value or 0.0:,.0f}"
    if hours.low < hours.high:
        told = say("economics_limits", value=told, low=f"{hours.low:,.0f}", high=f"{hours.high:,.0f}")
    terminal.out.print(say("economics_hours", hours=told), style="bold", markup=False)
    if worth is None or work is None:
        terminal.paragraph(say("economics_unclear"))
        return
    gained = worth.low > 0.0
    money = dict(zip(("low", "high"), _whole(worth.low, worth.high), strict=True))
    rates = {"least": f"{worth.least:.2f}", "most": f"{worth.most:.2f}"}
    terminal.paragraph(say("economics_worth" if gained else "economics_cost", **money, **rates))
    jobs, years = _whole(work.jobs_low, work.jobs_high), _whole(work.hours_low, work.hours_high)
    code = f"economics_jobs{'' if work.share is None else '_part'}{'' if _any_job(work) else '_none'}"
    share = {} if work.share is None else {"share": f"{100.0 * work.share:.3g}"}
    terminal.paragraph(say(code, low=jobs[0], high=jobs[1], least=years[0], most=years[1], **share))
    for caveat in (*worth.caveats, *work.caveats):
        terminal.paragraph(words.of(caveat), "dim")
    table = Table(title=escape(say("economics_sources")))
    for head in ("economics_by", "economics_said", "economics_of"):
        table.add_column(escape(say(head)))
    for one in worth.estimates:
        year = say("economics_no_year") if one.year == 0 else str(one.year)
        said = say("economics_hour_said", dollars=f"{one.dollars:.2f}", year=year)
        table.add_row(*map(escape, (words.of(one.name), said, words.of(one.what))))
    for each in work.estimates:
        said = say("economics_jobs_said", jobs=f"{each.jobs:,.0f}", minutes=f"{each.minutes:g}")
        table.add_row(*map(escape, (words.of(each.name), said, words.of(each.where))))
    for other in economics.others():
        why = say("economics_not_used", why=words.of(other.why))
        table.add_row(*map(escape, (words.of(other.name), words.of(other.said), why)))
    terminal.show(table)


def _any_job(work: Work) -> bool:
    """Whether the range of jobs comes to one at all."""
    return max(abs(work.jobs_low), abs(work.jobs_high)) >= 1.0


def _whole(low: float, high: float) -> tuple[str, str]:
    """Two amounts of one sign, without it, the smaller first; to three digits, since no estimate carries more."""
    least, most = sorted((abs(low), abs(high)))
    return f"{float(f'{least:.3g}'):,.0f}", f"{float(f'{most:.3g}'):,.0f}"
