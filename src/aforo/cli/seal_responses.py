"""`aforo seal responses` and its like: responses on the road are listed, worked on and ended; people and theft are
reported; what responses go by is put in force."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from aforo.cli import terminal
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.log import AsJson, Keys, Store, log_to_read, made_log
from aforo.cli.port_live import contents
from aforo.cli.seal_shown import how_known
from aforo.custody.document import RoadError
from aforo.domain.response import ON_CROSSINGS, PEOPLE_SIGNS, Outcome, Party, ResponseEnding, TheftTeller
from aforo.flow import response_acts, theft_reports
from aforo.flow.alerts import Alerts
from aforo.flow.custody import Custody, CustodyRefusedError, UnknownTripError
from aforo.flow.response_acts import Desk, ResponseRefusedError
from aforo.flow.response_documents import put_contacts, put_plan
from aforo.flow.responses import Responses, UnknownResponseError
from aforo.flow.responses_shown import ResponseRow, ResponseShown, listed, shown
from aforo.settings import officer

#: Responses that are listed.
MOST = 200
_Response = Annotated[str, typer.Argument(metavar="response", help="The response's identifier, or that of its alert.")]
_By = Annotated[str, typer.Option(help="Who acts; by default this terminal's user.")]


def register(group: typer.Typer) -> None:
    """Add the commands to `aforo seal`."""
    for name, command in (
        ("responses", responses), ("response", response), ("respond", respond), ("end-response", end_response),
        ("people", people), ("theft", theft), ("response-plan", response_plan), ("contacts", contacts),
    ):  # fmt: skip
        group.command(name)(command)


def responses(
    ended: Annotated[bool, typer.Option("--ended", help="Those that ended, the last first.")] = False,
    store: Store = None,
    keys: Keys = None,
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """Responses on the road that go on, people first, then what is due next."""
    say = Sentences("aforo.cli", lang)
    with log_to_read(store, keys) as log:
        now = log.clock()
        custody = Custody(log)
        wanted = [each for each in Responses(custody).all() if (each.ended_at is not None) == ended]
        found = listed(custody, wanted, now, MOST)
    if as_json:
        terminal.emit({"now": now, "total": len(wanted), "responses": found})
    elif not found:
        terminal.out.print(say("response_none"), markup=False)
    else:
        terminal.show(_table(found, say))


def response(
    which: _Response, store: Store = None, keys: Keys = None, as_json: AsJson = False, lang: LanguageOption = ""
) -> None:
    """One response: its clock, whom to call, the nearest yards, what is known of the load, and the checklist."""
    say = Sentences("aforo.cli", lang)
    with log_to_read(store, keys) as log, _refused(say, which):
        responses = Responses(Custody(log))
        found = shown(responses.custody, Alerts(log), responses.find(which))
    if as_json:
        terminal.emit(found)
    else:
        _show(found, say)


def respond(
    which: _Response,
    own: Annotated[bool, typer.Option("--own", help="See to it from here on.")] = False,
    to: Annotated[str, typer.Option(help="Give it to somebody else, by name.")] = "",
    taken_from: Annotated[str, typer.Option("--from", help="Who sees to it so far, where you take it over.")] = "",
    step: Annotated[str, typer.Option(help="A step of the checklist that is done.")] = "",
    not_possible: Annotated[bool, typer.Option("--not-possible", help="The step cannot be done.")] = False,
    called: Annotated[Party | None, typer.Option(help="Who was called.")] = None,
    contact: Annotated[str, typer.Option(help="The line that was called, as the response names it.")] = "",
    outcome: Annotated[Outcome, typer.Option(help="What came of the call.")] = "reached",
    arrived: Annotated[str, typer.Option(help="Which service stands at the truck.")] = "",
    by: _By = "",
    store: Store = None,
    keys: Keys = None,
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """Record what was done about a response: each option that is given is an act of its own."""
    say = Sentences("aforo.cli", lang)
    with made_log(store, keys) as log, _refused(say, which):
        desk = Desk(Responses(Custody(log)), Alerts(log), officer(by or None))
        if own or to:
            response_acts.own(desk, which, to or None, taken_from or None)
        if step:
            response_acts.step(desk, which, step, "not_possible" if not_possible else "done")
        if called is not None:
            response_acts.contact(desk, which, called, contact, outcome)
        if arrived:
            response_acts.arrive(desk, which, arrived)
        found = shown(desk.responses.custody, desk.alerts, desk.responses.find(which))
    if as_json:
        terminal.emit(found)
    else:
        _show(found, say)


def end_response(
    which: _Response,
    ending: Annotated[ResponseEnding, typer.Argument(help="How it ended.")],
    handed_to: Annotated[str, typer.Option(help="To whom it was handed over.")] = "",
    people: Annotated[int | None, typer.Option(help="How many people were found, where they were counted.")] = None,
    dead: Annotated[int | None, typer.Option(help="How many of them were dead.")] = None,
    by: _By = "",
    store: Store = None,
    keys: Keys = None,
    lang: LanguageOption = "",
) -> None:
    """End a response; its alert is settled with it."""
    say = Sentences("aforo.cli", lang)
    with made_log(store, keys) as log, _refused(say, which):
        desk = Desk(Responses(Custody(log)), Alerts(log), officer(by or None))
        response_acts.end(desk, which, ending, handed_to, people, dead)
    terminal.out.print(say("response_ended", response=which), markup=False)


def people(
    trip: Annotated[str, typer.Argument(help="The trip's identifier.")],
    sign: Annotated[list[str], typer.Option(help=f"What says so, may be repeated: {', '.join(PEOPLE_SIGNS)}.")],
    where: Annotated[str, typer.Option(help="Where that was: a place, no person.")] = "",
    by: _By = "",
    store: Store = None,
    keys: Keys = None,
    lang: LanguageOption = "",
) -> None:
    """Report signs of people in the load of a trip; an alert and a response follow."""
    say = Sentences("aforo.cli", lang)
    signs = tuple(each for each in PEOPLE_SIGNS if each in sign)
    if unknown := set(sign) - set(signs):
        terminal.fail(say("response_sign", sign=escape(min(unknown))), to_do=", ".join(PEOPLE_SIGNS))
    with made_log(store, keys) as log, _refused(say, trip):
        response_acts.signs(log, trip, signs, where, actor=officer(by or None), origin=log.marks)
    terminal.out.print(say("response_people", trip=trip), markup=False)


def theft(
    trip: Annotated[str, typer.Argument(help="The trip's identifier.")],
    told_by: Annotated[TheftTeller, typer.Option(help="What whoever told of it is to the load.")],
    where: Annotated[str, typer.Option(help="Where that was: a place, no person.")] = "",
    words: Annotated[str, typer.Option(help="What they said; names nobody.")] = "",
    key: Annotated[str, typer.Option(help="Your own name for this report: it is recorded once.")] = "",
    by: _By = "",
    store: Store = None,
    keys: Keys = None,
    lang: LanguageOption = "",
) -> None:
    """Report that the truck of a trip, or its load, is stolen; an alert and a response follow."""
    say = Sentences("aforo.cli", lang)
    with made_log(store, keys) as log, _refused(say, trip):
        theft_reports.report(
            log, trip, told_by, where, words, actor=officer(by or None), origin=log.marks, key=key.strip()
        )
    terminal.out.print(say("response_theft", trip=trip), markup=False)


def response_plan(
    file: Annotated[Path, typer.Argument(help="The plan, as TOML.")],
    by: _By = "",
    store: Store = None,
    keys: Keys = None,
    lang: LanguageOption = "",
) -> None:
    """Put a plan in force: deadlines and checklists of responses that begin from now on."""
    say = Sentences("aforo.cli", lang)
    with made_log(store, keys) as log, _refused(say, file.name):
        made = put_plan(log, contents(file, say), officer(by or None))
    terminal.out.print(say("response_put", name=made.name, version=made.version), markup=False)


def contacts(
    file: Annotated[Path, typer.Argument(help="Contacts and yards, as TOML.")],
    by: _By = "",
    store: Store = None,
    keys: Keys = None,
    lang: LanguageOption = "",
) -> None:
    """Put a document of contacts in force, in place of the one of its name."""
    say = Sentences("aforo.cli", lang)
    with made_log(store, keys) as log, _refused(say, file.name):
        made = put_contacts(log, contents(file, say), officer(by or None))
    terminal.out.print(say("response_put", name=made.name, version=made.version), markup=False)


@contextmanager
def _refused(say: Sentences, which: str) -> Iterator[None]:
    """What is refused ends the command in words."""
    try:
        yield
    except UnknownResponseError:
        terminal.fail(say("response_unknown", response=escape(which)), to_do=say("response_unknown_to_do"))
    except UnknownTripError as error:
        terminal.fail(say("seal_no_trip", trip=escape(str(error))), to_do=say("seal_no_trip_to_do"))
    except (ResponseRefusedError, CustodyRefusedError) as refused:
        terminal.fail(Sentences("aforo.flow")(refused.code), where=refused.place, code=terminal.FOUND)
    except RoadError as error:
        terminal.fail(escape(say.of(error.text)), where=escape(which))


def _table(found: list[ResponseRow], say: Sentences) -> Table:
    table = terminal.listing(say, "response", "trip", "kind", "next", "due", "owner", "sealed", "id")
    for each in found:
        next_ = say(f"response_ending_{each.ending}") if each.ending else ""
        if each.next_stage is not None:
            next_ = say(f"response_stage_{each.next_stage}")
        due = "" if each.next_due is None else each.next_due.isoformat(" ", "minutes")
        sealed = "" if each.sealed_since is None else each.sealed_since.isoformat(" ", "minutes")
        trip = each.trip if each.discharged_at is None else say("response_trip_over", trip=each.trip)
        owner = each.owner or say("response_nobody")
        if each.owner is not None and not each.taken:
            owner = say("response_first_owner", owner=each.owner)
        kind = say(f"response_kind_{each.kind}")
        table.add_row(*map(escape, (trip, kind, next_, due, owner, sealed, each.response)))
    return table


def _show(found: ResponseShown, say: Sentences) -> None:
    terminal.show(_table([found.row], say))
    out = terminal.out
    if found.carta_porte is not None:
        out.print(say("response_carta_porte", carta_porte=found.carta_porte), markup=False)
    if found.other_trips:
        out.print(say("response_other_trips", trips=", ".join(found.other_trips)), markup=False)
    for started in _started(found, say):
        out.print(started, markup=False)
    for line in (*found.authority_lines, *found.carrier_lines):
        out.print(say("response_line", name=say.of(line.name), phone=line.phone, contact=line.contact), markup=False)
    if found.fix is None:
        out.print(say("response_no_fix"), markup=False)
    else:
        fix, at = found.fix, found.fix.at.isoformat(" ", "seconds")
        where = {"latitude": f"{fix.latitude:.5f}", "longitude": f"{fix.longitude:.5f}"}
        out.print(say("response_fix", **where, at=at, known=say(f"seal_known_{fix.grade}")), markup=False)
    for yard in found.yards:
        out.print(say("response_yard", name=yard.name, km=f"{yard.metres / 1000:.1f}"), markup=False)
    if found.heat is None:
        out.print(say("response_no_heat"), markup=False)
    else:
        heat, at = found.heat, found.heat.at.isoformat(" ", "seconds")
        told = {"heat": f"{heat.celsius:.1f}", "at": at, "device": heat.device}
        out.print(say("response_heat", **told, known=say(f"seal_known_{heat.grade}")), markup=False)
    for each in found.steps:
        mark = {"done": "x", "not_possible": "-", None: " "}[each.outcome]
        out.print(f"[{mark}] {each.code}: {say.of(each.say)}", markup=False)


def _started(found: ResponseShown, say: Sentences) -> Iterator[str]:
    """What started a response, and how that is known."""
    for alert in found.alerts:
        for each in alert.causes:
            since = each.since.isoformat(" ", "seconds")
            yield say("response_started", what=say.of(each.what), since=since, known=how_known(each, say))
        for told in alert.reports:
            where, at = told.where or say("response_nowhere"), told.at.isoformat(" ", "seconds")
            teller = say(f"response_told_by_{told.told_by}")
            yield say("response_theft_told", teller=teller, at=at, where=where, words=told.words)
        if alert.kind == "people_signs":
            yield say("response_reported")
        elif not alert.causes and not alert.reports and alert.kind not in ON_CROSSINGS:
            yield say("response_started_gone")
