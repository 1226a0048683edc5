"""`aforo measure definitions`, `propose`, `adopt` and `retire`: what figures mean, and who decides that."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from aforo.cli import terminal
from aforo.cli.day_option import valid_day
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.log import AsJson, Keys, Store, log_if_there, opened_log, refusals
from aforo.flow.forum import Forum
from aforo.flow.live_bridges import directory_in_use
from aforo.flow.scoreboard_shown import MeasureShown, measures_shown
from aforo.log.origin import clock_of
from aforo.log.sequencer import sequence
from aforo.log.store import ConcurrencyError, StoreMissingError
from aforo.measures.definition import MOST_BYTES, Definition, DefinitionError
from aforo.scoreboard.forum import ForumError
from aforo.scoreboard.places import Places
from aforo.scoreboard.shipped import definitions
from aforo.settings import settings

_DAY = "%Y-%m-%d"

Code = Annotated[str, typer.Argument(metavar="measure@version", help="A version, such as scan-rate@2.")]
By = Annotated[str, typer.Option(help="Who takes the step: a person.")]
Side = Annotated[str, typer.Option(help="For which side that person speaks, such as an authority.")]
Reason = Annotated[str, typer.Option(help="Why: published with the step; names no person.")]
Since = Annotated[
    datetime | None,
    typer.Option("--from", formats=[_DAY], callback=valid_day, help="The first local day; today unless given."),
]


def list_definitions(
    on: Annotated[
        datetime | None, typer.Option(formats=[_DAY], callback=valid_day, help="Which were in use on this local day.")
    ] = None,
    store: Store = None,
    keys: Keys = None,
    language: LanguageOption = "",
    as_json: AsJson = False,
) -> None:
    """List the measures with their definitions, every version of each, and what the forum decided on it."""
    where = settings(store, keys)
    with refusals(where.store):
        try:
            with log_if_there(where.store, where.keys) as log:
                log.clock = clock_of(log)
                forum = Forum(log, Places(directory_in_use(log).ports))
                shown = measures_shown(forum.definitions(_date(on)), forum.versions(), names=True)
        except StoreMissingError:
            shown = measures_shown(definitions())
    if as_json:
        terminal.emit(shown)
        return
    say = Sentences("aforo.cli", language)
    for each in shown:
        _show(each, say)


def propose(
    file: Annotated[Path, typer.Argument(metavar="file", help="A measure document (TOML).")],
    by: By,
    side: Side = "",
    agreeing: Annotated[
        list[str] | None,
        typer.Option("--with", help="A side that has to agree too; repeat for several. Without any, another person."),
    ] = None,
    reason: Reason = "",
    draft: Annotated[bool, typer.Option("--draft", help="Register it as a draft; propose it later.")] = False,
    store: Store = None,
    keys: Keys = None,
    language: LanguageOption = "",
    as_json: AsJson = False,
) -> None:
    """Propose a document to the forum, or register it as a draft."""
    say = Sentences("aforo.cli", language)
    document = _read(file, say)
    sides = tuple(dict.fromkeys([side, *agreeing])) if agreeing else ()
    with _forum(store, keys, say, str(file)) as forum:
        own = forum.bring(
            document, by, stage="draft" if draft else "proposed", side=side, sides=sides, reason=reason
        )  # fmt: skip
        _tell(forum, own, say, as_json)


def adopt(
    version: Code,
    by: By,
    reason: Reason,
    side: Side = "",
    since: Since = None,
    store: Store = None,
    keys: Keys = None,
    language: LanguageOption = "",
    as_json: AsJson = False,
) -> None:
    """Adopt a version that another person proposed; it is in use once all sides have agreed."""
    say = Sentences("aforo.cli", language)
    with _forum(store, keys, say, version) as forum:
        own = forum.decide(version, "adopted", by, side=side, since=_date(since), reason=reason)
        _tell(forum, own, say, as_json)


def retire(
    version: Code,
    by: By,
    reason: Reason,
    side: Side = "",
    since: Since = None,
    store: Store = None,
    keys: Keys = None,
    language: LanguageOption = "",
    as_json: AsJson = False,
) -> None:
    """Retire a version: end its use, or withdraw what was proposed, or adopted and is not in use yet.

    No other version ends with it. It can still be computed by its version.
    """
    say = Sentences("aforo.cli", language)
    with _forum(store, keys, say, version) as forum:
        own = forum.decide(version, "retired", by, side=side, since=_date(since), reason=reason)
        _tell(forum, own, say, as_json)


@contextmanager
def _forum(store: str | None, keys: str | None, say: Sentences, what: str) -> Iterator[Forum]:
    """The forum of the log; what it refuses leaves with an error in words."""
    with opened_log(store, keys) as log:
        log.clock = clock_of(log)
        try:
            yield Forum(log, Places(directory_in_use(log).ports))
        except (ForumError, DefinitionError) as error:
            terminal.fail(escape(say.of(error.text)), where=escape(what), to_do=say("forum_to_do"))
        except ConcurrencyError:
            terminal.fail(say("scoreboard_faster"), to_do=say("scoreboard_faster_to_do"), code=terminal.FOUND)
        sequence(log)


def _read(file: Path, say: Sentences) -> bytes:
    try:
        with file.open("rb") as stream:
            return stream.read(MOST_BYTES + 1)
    except OSError as error:
        terminal.fail(escape(say("file_unusable", why=error)), to_do=say("no_such_file_to_do"))


def _date(day: datetime | None) -> date | None:
    return None if day is None else day.date()


def _tell(forum: Forum, own: Definition, say: Sentences, as_json: bool) -> None:
    """What stands after a step."""
    (shown,) = [
        each for each in measures_shown(forum.definitions(), forum.versions(), names=True) if each.document == own.hash
    ]
    if as_json:
        terminal.emit(shown)
        return
    terminal.out.print(f"{own.id}@{own.version}: {_status(shown, say)}", markup=False)


def _show(each: MeasureShown, say: Sentences) -> None:
    head = f"{say.of(each.name)} ({each.measure}, {each.version})"
    terminal.out.print(f"{head}: {_status(each, say)}", style="bold" if each.in_use else "dim", markup=False)
    for text in (each.definition, each.numerator, each.denominator, each.exclusions, each.standard):
        terminal.out.print(f"  {say.of(text)}", markup=False)
    for step in each.steps:
        who = ", ".join(word for word in (step.by, step.side) if word)
        told = say(f"forum_step_{step.stage}", at=f"{step.at:%Y-%m-%d %H:%M %Z}", by=who, since=step.since.isoformat())
        terminal.out.print(f"  {told} {step.reason}".rstrip(), markup=False)
    terminal.out.print(f"  {each.document}", markup=False)


def _status(each: MeasureShown, say: Sentences) -> str:
    told = [say("forum_in_use" if each.in_use else "forum_not_in_use")]
    if each.stage is not None:
        told.append(say(f"forum_stage_{each.stage}"))
    if each.waits_for:
        told.append(say("forum_waits_for", sides=", ".join(each.waits_for)))
    return ", ".join(told)
