"""`aforo alerts`: what staff have to see to, whose it is, and until when."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, cast, get_args

import typer
from rich.markup import escape
from rich.table import Table

from aforo.answers.alert import Alert, Phase
from aforo.answers.response import LONGEST_DOCUMENT, ResponseError
from aforo.cli import terminal
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.log import AsJson, Keys, Store, keys_present, log_to_read, opened_log, refusals
from aforo.cli.seal_shown import how_known
from aforo.domain.alert import AlertKind, StaffRole
from aforo.domain.text import catalogue
from aforo.flow import alert_acts
from aforo.flow.alert_acts import AlertRefusedError, UnknownAlertError
from aforo.flow.alert_rules import activate, in_force
from aforo.flow.alert_trips import announced_by, trip_alert, trip_named
from aforo.flow.alert_watch import Watch
from aforo.flow.alerts import Alerts
from aforo.flow.alerts_shown import Measure, Order, ShownAlert, TruckAlerts, Wanted, by_truck, measures, shown
from aforo.flow.custody import Custody
from aforo.flow.response_watch import Responding
from aforo.flow.truck_left import left_now
from aforo.log.accounts import Accounts
from aforo.log.address import shown as address_shown
from aforo.log.sequencer import sequence
from aforo.log.tokens import Tokens
from aforo.measures.response_times import Times
from aforo.settings import officer, settings

State = StrEnum("State", {phase: phase for phase in get_args(Phase)})  # type: ignore[misc]  # no list of literals here

_MOST = 10_000
#: Causes of one alert that a table tells.
_CAUSES_TOLD = 3

Which = Annotated[str, typer.Argument(metavar="alert", help="Its identifier.")]
By = Annotated[str | None, typer.Option(help="Who does it; by default the user of this terminal.")]
Why = Annotated[str, typer.Option(help="Why, in a sentence. Recorded in clear for ever: it must not name a person.")]


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    group = typer.Typer(
        no_args_is_help=True,
        help="What staff have to see to: list, take, put off, hand up, close.",
    )
    group.command("list")(listed)
    group.command("acknowledge")(acknowledge)
    group.command("assign")(assign)
    group.command("snooze")(snooze)
    group.command("escalate")(escalate)
    group.command("close")(close)
    group.command("measures")(measured)
    group.command("rules")(rules)
    group.command("tick")(tick)
    app.add_typer(group, name="alerts")


def listed(
    every: Annotated[bool, typer.Option("--all", help="Those too that are closed.")] = False,
    state: Annotated[list[State] | None, typer.Option(help="Only those in this state; may be given again.")] = None,
    kind: Annotated[AlertKind | None, typer.Option(help="Only those of this kind.")] = None,
    role: Annotated[StaffRole | None, typer.Option(help="Only those that this role is asked to see to.")] = None,
    owner: Annotated[str | None, typer.Option(help="Only this person's.")] = None,
    truck: Annotated[str | None, typer.Option(help="Only those of this truck, by its tractor's keyed hash.")] = None,
    crossing: Annotated[str | None, typer.Option(help="Only those of this crossing.")] = None,
    order: Annotated[
        Order, typer.Option(help="The most urgent first; or those by which a response can still save most.")
    ] = "urgency",
    store: Store = None,
    keys: Keys = None,
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """List alerts truck by truck, the most urgent first. Exit 1 where one is overdue."""
    say = Sentences("aforo.cli", lang)
    phases: frozenset[Phase] | None = frozenset(get_args(Phase)) if every else None
    if state:
        phases = frozenset(cast(Phase, each.value) for each in state)
    wanted = Wanted(
        phases, kind, role, owner,
        truck, crossing,
    )  # fmt: skip
    with log_to_read(store, keys) as log:
        now = log.clock()
        custody = Custody(log)
        found, total = by_truck(
            Alerts(log).all(), now, wanted, _MOST, 0, lambda each: left_now(each, log),
            lambda each: trip_alert(each, custody, now), order, lambda each: trip_named(each, custody),
            lambda each: announced_by(each, custody),
        )  # fmt: skip
    if as_json:
        terminal.emit({"now": now, "total": total, "trucks": found})
    elif not found:
        terminal.out.print(say("alerts_none"), markup=False)
    else:
        terminal.show(_table(found, say))
    if any(alert.phase == "overdue" for each in found for alert in each.alerts):
        raise typer.Exit(terminal.FOUND)


def acknowledge(
    which: Which,
    by: By = None,
    store: Store = None,
    keys: Keys = None,
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """Say that you have seen it and see to it: it is yours, and goes up the ladder only when the response is late."""
    _act(which, by, store, keys, as_json, lang, lambda alerts, own: alert_acts.acknowledge(alerts, which, own))


def assign(
    which: Which,
    to: Annotated[str, typer.Option(metavar="person", help="Who is to see to it: somebody who answers alerts here.")],
    by: By = None,
    store: Store = None,
    keys: Keys = None,
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """Give it to a person, who is to acknowledge it in the time that is left."""
    owners = _owners(store, keys)
    if to.strip() not in owners:
        say = Sentences("aforo.cli", lang)
        known = say("alerts_owners", names=", ".join(owners)) if owners else say("alerts_owners_none")
        refused = say.of(catalogue("aforo.answers").say("alert_owner_unknown"))
        terminal.fail(escape(refused), where=escape(to), to_do=escape(known), code=terminal.FOUND)
    _act(which, by, store, keys, as_json, lang, lambda alerts, own: alert_acts.assign(alerts, which, to, own))


def snooze(
    which: Which,
    minutes: Annotated[int, typer.Option(help="For how many minutes; it wakes by itself.", min=1)],
    reason: Why,
    by: By = None,
    store: Store = None,
    keys: Keys = None,
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """Put it off, as long and as often as the document of times allows."""
    _act(
        which,
        by,
        store,
        keys,
        as_json,
        lang,
        lambda alerts, own: alert_acts.snooze(alerts, which, minutes, reason, own),
    )


def escalate(
    which: Which,
    reason: Why,
    by: By = None,
    store: Store = None,
    keys: Keys = None,
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """Hand it up the ladder before it is late."""
    _act(which, by, store, keys, as_json, lang, lambda alerts, own: alert_acts.escalate(alerts, which, reason, own))


def close(
    which: Which,
    reason: Why,
    ending: Annotated[
        Literal["handled", "mistaken"], typer.Option("--as", help="Whether it was seen to, or there was nothing to it.")
    ] = "handled",
    by: By = None,
    store: Store = None,
    keys: Keys = None,
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """Close it, with what was done."""
    _act(
        which, by, store, keys, as_json, lang, lambda alerts, own: alert_acts.close(alerts, which, reason, own, ending)
    )


def measured(store: Store = None, keys: Keys = None, as_json: AsJson = False, lang: LanguageOption = "") -> None:
    """Say how long it takes until alerts are acknowledged and closed, kind by kind; what has no time yet is counted."""
    say = Sentences("aforo.cli", lang)
    with log_to_read(store, keys) as log:
        found = measures(Alerts(log).all(), log.clock())
    if as_json:
        terminal.emit(found)
    elif not found:
        terminal.out.print(say("alerts_none"), markup=False)
    else:
        terminal.show(_measures(found, say))


def rules(
    document: Annotated[
        Path | None, typer.Argument(metavar="file", help="A document (TOML) to put in force; without one, show it.")
    ] = None,
    by: By = None,
    store: Store = None,
    keys: Keys = None,
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """Show or replace the document that says who is asked about what, how fast, and how long it may be put off."""
    say = Sentences("aforo.cli", lang)
    try:
        if document is None:
            with log_to_read(store, keys) as log:
                force = in_force(log)
        else:
            with document.open("rb") as stream:
                body = stream.read(LONGEST_DOCUMENT + 1)
            with opened_log(store, keys) as log:
                force = activate(log, body, officer(by))
                sequence(log)
    except OSError as error:
        terminal.fail(escape(say("file_unusable", why=error)), to_do=say("screen_to_do"))
    except ResponseError as error:
        terminal.fail(escape(str(error)), where=escape(str(document or "")), to_do=say("alerts_rules_to_do"))
    if as_json:
        terminal.emit({"hash": force.hash, "rules": force.response})
        return
    told = force.response
    terminal.out.print(say("alerts_rules", name=told.name, version=told.version, hash=force.hash[:12]), markup=False)
    table = terminal.listing(say, "alerts", "kind", "step", "role", "acknowledge_within", "respond_within", "snooze")
    for kind, own in told.kind.items():
        for place, step in enumerate(own.steps):
            put_off = "" if place else f"{own.snooze.times} × {_lasts(60 * own.snooze.minutes)}"
            table.add_row(
                kind if place == 0 else "", str(place), say(f"alerts_role_{step.role}"),
                _lasts(60 * step.acknowledge.minutes), _lasts(60 * step.respond.minutes), put_off,
            )  # fmt: skip
    terminal.show(table)


def tick(store: Store = None, keys: Keys = None, as_json: AsJson = False, lang: LanguageOption = "") -> None:
    """Look after the alerts once: raise, settle and escalate what is due, and begin the responses that they start.
    `aforo serve` does so by itself."""
    say = Sentences("aforo.cli", lang)
    with _refused(say, ""), opened_log(store, keys) as log:
        watch = Watch(log)
        done = watch.look()
        watch.save()
        responding = Responding(Custody(log))
        responding.look()
        responding.save()
        sequence(log)
    if as_json:
        terminal.emit(done)
    else:
        told = say("alerts_ticked", raised=done.raised, settled=done.settled, escalated=done.escalated)
        terminal.out.print(told, markup=False)


def _act(
    which: str,
    by: str | None,
    store: str | None,
    keys: str | None,
    as_json: bool,
    lang: str,
    act: Callable[[Alerts, str], Alert],
) -> None:
    say = Sentences("aforo.cli", lang)
    with opened_log(store, keys) as log, _refused(say, which):
        alert = act(Alerts(log), officer(by))
        now = log.clock()
        sequence(log)
    told = shown(alert, now)
    if as_json:
        terminal.emit(told)
        return
    line = say("alerts_done", alert=told.alert_id, state=say(f"alerts_state_{told.phase}"), due=_instant(told.due))
    terminal.out.print(line, markup=False)


def _owners(store: str | None, keys: str | None) -> list[str]:
    """Whom an alert may be given to, as over the API: who may answer alerts here by an account or a token."""
    from aforo.api.access import who_may  # the other commands need no server

    where = settings(store, keys)
    if not keys_present(where.keys):
        said = Sentences("aforo.log")
        terminal.fail(said("cli_no_keys", keys=address_shown(where.keys)), to_do=said("cli_no_keys_do"))
    with refusals(where.store), closing(Tokens(where.keys)) as tokens, closing(Accounts(where.keys)) as accounts:
        return who_may("answer_alert", tokens, accounts)


@contextmanager
def _refused(say: Sentences, which: str) -> Iterator[None]:
    try:
        yield
    except UnknownAlertError:
        terminal.fail(escape(say("alerts_nothing", which=which)), to_do=say("alerts_nothing_to_do"))
    except AlertRefusedError as refused:
        terminal.fail(say.of(catalogue("aforo.answers").say(refused.code)), where=escape(which), code=terminal.FOUND)
    except ResponseError as error:
        terminal.fail(escape(str(error)), to_do=say("alerts_rules_to_do"))


def _table(found: list[TruckAlerts], say: Sentences) -> Table:
    table = terminal.listing(say, "alerts", "about", "what", "state", "whose", "due", "id", "truck")
    for each in found:
        for place, alert in enumerate(each.alerts):
            truck = (each.truck or "—") if place == 0 else ""
            about = _about(alert, say)
            whose = alert.owner or say(f"alerts_role_{alert.role}")
            due = alert.snoozed_until if alert.phase == "snoozed" else alert.due
            causes = f" ({len(alert.about)})" if len(alert.about) > 1 else ""
            told = " ".join((say.of(alert.what) + causes, *_of_finding(alert, say), *_of_trips(alert, say)))
            cells = (about, told, say(f"alerts_state_{alert.phase}"), whose, _instant(due), alert.alert_id, truck)
            table.add_row(*map(escape, cells))
    return table


def _about(alert: ShownAlert, say: Sentences) -> str:
    """What an alert is about, by the name that people use: its crossing, its trip, its road or its convoy."""
    if alert.crossing_id is not None:
        return alert.crossing_id
    if (trip := alert.trip) is not None:
        also = " · ".join(each for each in (trip.crossing, trip.carta_porte) if each)
        return say("alerts_of_trip", trip=trip.trip) + (f" ({also})" if also else "")
    room, _, name = alert.subject.partition("/")
    return say(f"alerts_of_{room}", name=name) if room in ("road", "convoy") else alert.subject


def _of_finding(alert: ShownAlert, say: Sentences) -> Iterator[str]:
    """What is to be done about something that was found, and when a truck that had gone was let go, and read last."""
    if alert.to_do is not None and alert.phase != "closed":
        yield say.of(alert.to_do)
    if (left := alert.left) is None:
        return
    place = ", ".join(each for each in (left.dock, left.bridge) if each)
    yield say("alerts_left", at=_instant(left.at), place=place or "—")
    if left.read_at is not None:
        yield say("alerts_left_read", reader=left.reader, at=_instant(left.read_at))


def _of_trips(alert: ShownAlert, say: Sentences) -> Iterator[str]:
    """What an alert on trips is about, and what settled it."""
    if alert.settled is not None:
        yield say.of(alert.settled)
    if alert.trips is None:
        return
    for each in alert.trips.causes[:_CAUSES_TOLD]:
        where = f"{each.latitude:.4f}, {each.longitude:.4f}" if each.latitude and each.longitude else "—"
        yield say(
            "alerts_trip", trip=each.trip, what=say.of(each.what), since=_instant(each.since), where=where,
            known=how_known(each, say),
        )  # fmt: skip
    if len(alert.trips.trips) > 1:
        yield say("alerts_trips", count=len(alert.trips.trips))
    yield say("alerts_saves", share=f"{alert.trips.saves:.0%}")


def _measures(found: list[Measure], say: Sentences) -> Table:
    table = terminal.listing(
        say, "alerts", "kind", "count", "open", "late", "escalated", "acknowledge_median", "acknowledge_p90", "missing",
        "respond_median", "respond_p90", "missing",
    )  # fmt: skip
    for each in found:
        counts = map(str, (each.alerts, each.open, each.overdue, each.escalated))
        table.add_row(each.kind, *counts, *_times(each.acknowledge), *_times(each.respond))
    return table


def _times(times: Times) -> tuple[str, str, str]:
    return _lasts(times.median_s), _lasts(times.p90_s), str(times.missing)


def _instant(at: datetime | None) -> str:
    return "—" if at is None else at.isoformat(" ", "minutes")


def _lasts(seconds: float | None) -> str:
    """A span, as hours, minutes and seconds."""
    return "—" if seconds is None else str(timedelta(seconds=round(seconds)))
