"""`aforo challenge`: what filers contest, who answers, and until when."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from aforo.cli import terminal
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.log import AsJson, Keys, Store, log_to_read, opened_log
from aforo.domain.event import ChallengeVerdict
from aforo.domain.text import catalogue
from aforo.exams.challenge import LARGEST_DOCUMENT, PARTIES, ChallengeRefusedError, Enclosed
from aforo.flow.challenge import NothingContestedError, answer, challenges, contest, opened
from aforo.flow.questions import Asking
from aforo.log.sequencer import sequence
from aforo.settings import officer

Party = StrEnum("Party", {kind: kind for kind in PARTIES})  # type: ignore[misc]


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    group = typer.Typer(no_args_is_help=True, help="What filers contest: file it, list it, read it, answer it.")
    group.command("file")(file)
    group.command("list")(waiting)
    group.command("show")(show)
    group.command("answer")(answered)
    app.add_typer(group, name="challenge")


def file(
    which: Annotated[
        str, typer.Argument(metavar="record", help="A crossing, a declaration, a decision or an examination.")
    ],
    party: Annotated[Party, typer.Option(help="Who contests.")],
    statement: Annotated[str, typer.Option(help="What is wrong, in words. It is kept sealed.")],
    document: Annotated[list[Path] | None, typer.Option(help="A document that shows it; at most five.")] = None,
    by: Annotated[
        str | None,
        typer.Option(help="Who takes it in, and so does not answer it; by default the user of this terminal."),
    ] = None,
    store: Store = None,
    keys: Keys = None,
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """Take in a challenge of a decision or of what an examination recorded."""
    say = Sentences("aforo.cli", lang)
    try:
        enclosed = [Enclosed(path.name, _read(path)) for path in document or ()]
    except OSError as error:
        terminal.fail(escape(say("file_unusable", why=error)), to_do=say("screen_to_do"))
    with opened_log(store, keys) as log, _refused(say, which):
        made = contest(log, which, party.value, statement, enclosed, actor=officer(by))
        sequence(log)
    if as_json:
        terminal.emit(made)
    else:
        told = say(
            "challenge_filed", challenge=made.challenge, crossing=made.crossing, due=made.due.isoformat(" ", "minutes")
        )
        terminal.out.print(told, markup=False)


def waiting(
    every: Annotated[bool, typer.Option("--all", help="Those too that have been answered.")] = False,
    store: Store = None,
    keys: Keys = None,
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """List the challenges that wait for an answer, the most urgent first. Exit 1 where one is overdue."""
    say = Sentences("aforo.cli", lang)
    with log_to_read(store, keys) as log:
        found, now = challenges(Asking(log), answered=every), log.clock()
    overdue = sum(each.answer is None and each.due < now for each in found)
    if as_json:
        terminal.emit(found)
    elif not found:
        terminal.out.print(say("challenge_none"), markup=False)
    else:
        table = terminal.listing(say, "challenge", "id", "crossing", "party", "due", "state")
        for each in found:
            state = each.answer.verdict if each.answer else "overdue" if each.due < now else "waits"
            cells = (
                each.challenge,
                each.crossing,
                say(f"challenge_party_{each.party}"),
                each.due.isoformat(" ", "minutes"),
            )
            table.add_row(*map(escape, cells), say(f"challenge_{state}"))
        terminal.show(table)
    if overdue:
        raise typer.Exit(terminal.FOUND)


def show(
    challenge: Annotated[str, typer.Argument(metavar="challenge", help="Its identifier.")],
    save: Annotated[Path | None, typer.Option(help="A folder to write its documents to.")] = None,
    store: Store = None,
    keys: Keys = None,
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """Read what was said and enclosed, as far as no erasure has closed it."""
    say = Sentences("aforo.cli", lang)
    with log_to_read(store, keys) as log, _refused(say, challenge):
        statement, documents = opened(log, challenge)
    if save is not None:
        save.mkdir(parents=True, exist_ok=True)
        for number, (_, body) in enumerate(documents, 1):
            if body is not None:
                # By number: a name from outside is no name for a file of ours.
                (save / f"{number}.bin").write_bytes(body)
    if as_json:
        terminal.emit({"statement": statement, "documents": [name for name, _ in documents]})
        return
    terminal.out.print(statement or say("challenge_closed"), markup=False)
    for number, (name, body) in enumerate(documents, 1):
        size = "–" if body is None else f"{len(body):,}"
        told = say("challenge_document", number=number, name=name or say("challenge_closed"), size=size)
        terminal.out.print(told, markup=False)


def answered(
    challenge: Annotated[str, typer.Argument(metavar="challenge", help="Its identifier.")],
    verdict: Annotated[ChallengeVerdict, typer.Option(help="upheld: the party is right; dismissed: it is not.")],
    reason: Annotated[
        str, typer.Option(help="Why, in a sentence. Recorded in clear for ever: it must not name a person.")
    ],
    by: Annotated[
        str | None, typer.Option(help="The officer who answers; by default the user of this terminal.")
    ] = None,
    store: Store = None,
    keys: Keys = None,
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """Answer a challenge. Upheld against what an examination recorded, it withdraws that: nothing is learnt from it."""
    say = Sentences("aforo.cli", lang)
    with opened_log(store, keys) as log, _refused(say, challenge):
        made = answer(log, challenge, verdict, officer(by), reason)
        sequence(log)
    if as_json:
        terminal.emit(made)
        return
    terminal.out.print(say(f"challenge_answered_{verdict}", crossing=made.crossing), markup=False)
    if made.withdrawn:
        terminal.out.print(say("challenge_withdrawn"), markup=False)


@contextmanager
def _refused(say: Sentences, which: str) -> Iterator[None]:
    try:
        yield
    except NothingContestedError:
        terminal.fail(escape(say("replay_nothing", which=which)), to_do=say("challenge_nothing_to_do"))
    except ChallengeRefusedError as refused:
        terminal.fail(say.of(catalogue("aforo.exams").say(refused.code)), where=escape(which), code=terminal.FOUND)


def _read(path: Path) -> bytes:
    """A document, or as much of it as tells that it is too large."""
    with path.open("rb") as stream:
        return stream.read(LARGEST_DOCUMENT + 1)
