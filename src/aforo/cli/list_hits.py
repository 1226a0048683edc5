"""`aforo lists hits`, `confirm` and `dismiss`: the hits that wait for a person, and what the person says."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.text import Text as RichText

from aforo.cli import terminal
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.list_check import Folder
from aforo.cli.lists_used import lists_to_use
from aforo.cli.log import AsJson, Keys, Store, log_to_read, opened_log
from aforo.domain.text import catalogue
from aforo.flow.hits import HitRefusedError, NoHitError, ShownHit, Verdict, answer_hit
from aforo.flow.hits import hits as hits_of
from aforo.flow.questions import Asking
from aforo.log.sequencer import sequence
from aforo.settings import officer

HitArgument = Annotated[str, typer.Argument(metavar="hit", help="Its identifier, as `aforo lists hits` shows it.")]
Reason = Annotated[str, typer.Option(help="Why, in a sentence. Recorded in clear for ever: it must not name a person.")]
By = Annotated[str | None, typer.Option(help="The officer who answers; by default the user of this terminal.")]


def hits(
    every: Annotated[bool, typer.Option("--all", help="Those too that have been answered.")] = False,
    folder: Folder = None,
    store: Store = None,
    keys: Keys = None,
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """Show the hits that wait for a person, each with the entry, the score and why. Exit 1 where there is one."""
    say = Sentences("aforo.cli", lang)
    lists = lists_to_use(folder, say)()
    with log_to_read(store, keys) as log:
        found = hits_of(Asking(log), lists, answered=every)
    if as_json:
        terminal.emit(found)
    elif not found:
        terminal.out.print(say("hits_none"), markup=False)
    else:
        _show(found, say)
    if any(each.state == "open" for each in found):
        raise typer.Exit(terminal.FOUND)


def confirm(
    hit: HitArgument,
    reason: Reason,
    by: By = None,
    folder: Folder = None,
    store: Store = None,
    keys: Keys = None,
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """Say that the party is the one on the list. What it files from now on is decided with that."""
    _answer(hit, "confirmed", reason, by, folder, store, keys, as_json, lang)


def dismiss(
    hit: HitArgument,
    reason: Reason,
    by: By = None,
    folder: Folder = None,
    store: Store = None,
    keys: Keys = None,
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """Say that the party is another. It is not asked again while the entry says the same."""
    _answer(hit, "dismissed", reason, by, folder, store, keys, as_json, lang)


def _answer(
    hit: str,
    verdict: Verdict,
    reason: str,
    by: str | None,
    folder: Path | None,
    store: str | None,
    keys: str | None,
    as_json: bool,
    lang: str,
) -> None:
    say = Sentences("aforo.cli", lang)
    lists = lists_to_use(folder, say)()
    with opened_log(store, keys) as log:
        try:
            made = answer_hit(log, hit, verdict, officer(by), reason, lists)
        except NoHitError:
            terminal.fail(escape(say("hit_nothing", which=hit)), to_do=say("hit_nothing_to_do"))
        except HitRefusedError as refused:
            told = say.of(catalogue("aforo.flow").template(refused.code))
            terminal.fail(told, where=escape(hit), code=terminal.FOUND)
        sequence(log)
    if as_json:
        terminal.emit(made)
    else:
        terminal.out.print(say(f"hit_{verdict}"), markup=False)


def _show(found: list[ShownHit], say: Sentences) -> None:
    table = terminal.listing(
        say, "hits", "id", "state", "score", "entry", "name", "crossing", "party", "why", right=("score",)
    )
    for each in found:
        table.add_row(
            each.hit,
            say(f"hits_{each.state}"),
            f"{each.score / 10_000:.1f}",
            f"{each.publisher} {each.entry}",
            RichText(each.listed.name if each.listed else "–"),
            RichText(each.crossing_id or "–"),
            say(f"hits_{each.column}") if each.column else "–",
            RichText(say.of(each.reason) if each.reason else say("hits_no_list")),
        )
    terminal.show(table)
