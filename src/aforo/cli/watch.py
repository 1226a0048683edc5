"""`aforo watch`: files that are put into a folder are filed, and answered beside."""

from __future__ import annotations

import gc
import logging
import queue
import signal
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from enum import StrEnum
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from aforo.answers.grounds import parse, shipped
from aforo.api.aims import Aiming
from aforo.api.app import MOST_BYTES
from aforo.api.desk import Desk, DeskFullError
from aforo.api.repricing import Repricing
from aforo.api.rules_taken_up import RulesTakenUp
from aforo.bootstrap import open_node, save_state
from aforo.cli import terminal
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.log import Keys, Store, refusals
from aforo.cli.node import ModelOption, RateOption, node_refusals
from aforo.flow.answering import Form
from aforo.flow.receiving import Message
from aforo.flow.reply import Reply
from aforo.flow.watching import ENDINGS, File, Handled, Pace, Watch, keep_watching
from aforo.intake.folder import Folder, FolderInUseError, FolderUnfitError
from aforo.log.opened import open_log
from aforo.log.sequencer import Sequencing
from aforo.settings import settings

#: Seconds without a change after which a file is whole, unless said otherwise.
SETTLE_S = 5.0
DAY_S = 86_400.0


class AnswerForm(StrEnum):
    """A form that every answer can be had in."""

    json = "json"
    page = "page"
    text = "text"


_FORMS: dict[AnswerForm, Form] = {AnswerForm.json: "json", AnswerForm.page: "page", AnswerForm.text: "text"}


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("watch")(command)


def command(
    folder: Annotated[Path, typer.Argument(help="The folder that senders put files into.")],
    model: ModelOption,
    carrier: Annotated[
        list[str] | None,
        typer.Option(metavar="code", help="The SCAC or RFC under which files here may be filed; repeat it."),
    ] = None,
    any_carrier: Annotated[bool, typer.Option("--any-carrier", help="Files here may be filed for anyone.")] = False,
    rate: RateOption = 0.05,
    policy: Annotated[Path | None, typer.Option(help="A policy document (TOML) in place of the shipped one.")] = None,
    store: Store = None,
    keys: Keys = None,
    every: Annotated[float, typer.Option(help="Seconds between two looks into the folder.", min=0.1)] = 1.0,
    settle: Annotated[
        float, typer.Option(help="Seconds without a change after which a file is whole.", min=0.0)
    ] = SETTLE_S,
    grounds: Annotated[
        str, typer.Option(help="The legal grounds that answers name: US or MX as shipped, or a document (TOML).")
    ] = "US",
    form: Annotated[
        AnswerForm | None, typer.Option(help="The form of answers, in place of the format of what is answered.")
    ] = None,
    keep: Annotated[
        float, typer.Option(metavar="days", help="Days after which what is in done and refused is removed.", min=0.0)
    ] = 30.0,
    once: Annotated[bool, typer.Option("--once", help="Handle what is there, and leave.")] = False,
    json: Annotated[bool, typer.Option("--json", help="A line of JSON for each file.")] = False,
    lang: LanguageOption = "",
) -> None:
    """File what is put into a folder, and answer it beside, until told to stop (Ctrl-C, SIGTERM).

    Exit 1 with --once where something could not be filed and is to be tried again.
    """
    say = Sentences("aforo.cli", lang)
    carriers = frozenset(code.strip() for code in carrier or () if code.strip())
    if bool(carriers) == any_carrier:
        terminal.fail(say("watch_whose"), to_do=say("watch_whose_to_do"))
    where = settings(store, keys)
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s %(message)s", level=logging.WARNING)
    with node_refusals(say, model, where), ExitStack() as stack:
        document = policy.read_bytes() if policy else None
        law = shipped(grounds) if grounds in ("US", "MX") else parse(Path(grounds).read_bytes())
        watched = stack.enter_context(opened(folder, settle, say))
        with refusals(where.store):
            log = stack.enter_context(open_log(where))
            stack.enter_context(log.database.serve(alone=False))
        stack.enter_context(Sequencing(log))
        desk = Desk(lambda: open_node(log, model, rate, document, law=law))
        rules, repricing = RulesTakenUp(log, desk), Repricing(desk, log)
        with desk, rules, repricing, Aiming(desk, log):
            gc.freeze()
            own = None if form is None else _FORMS[form]
            watch = Watch(watched, filing(desk), carriers or None, MOST_BYTES, own, law)
            pace = Pace(every, keep * DAY_S)
            with told_to_stop() as stop:
                if not once:
                    terminal.err.print(say("watch_ready", folder=folder), markup=False)
                ended = keep_watching(watch, pace, stop, lambda each: _tell(each, json, say), once=once)
        if desk.node is not None:
            save_state(desk.node)
    if not once:
        terminal.err.print(say("watch_ended"), markup=False)
        return
    if json:
        terminal.emit(ended)
    else:
        if ended.unsettled:
            terminal.err.print(say("watch_waiting", count=ended.unsettled), markup=False)
        terminal.err.print(say("watch_done", handled=ended.handled, put_off=ended.put_off), markup=False)
    if ended.put_off:
        raise typer.Exit(terminal.FOUND)


def _tell(each: Handled, json: bool, say: Sentences) -> None:
    if json:
        terminal.emit(each)
        return
    fields = {name: getattr(each, name) for name in ("file", "declarations", "records", "repeated", "problems")}
    reason = say.of(each.reason) if each.reason else ""
    told = say(f"watch_{each.verdict}", **fields, answer=each.answer, reason=reason)
    terminal.out.print(f"{told} {reason}" if each.verdict == "refused" and reason else told, markup=False)


def filing(desk: Desk) -> File:
    """Has a desk answer messages, which it takes together; where no more may wait, those are for another time."""

    def filed(messages: Sequence[Message]) -> list[Reply | BaseException]:
        waiting: list[Future[Reply] | DeskFullError] = []
        for message in messages:
            try:
                waiting.append(desk.submit(message))
            except DeskFullError as full:
                waiting.append(full)
        return [each if isinstance(each, DeskFullError) else each.exception() or each.result() for each in waiting]

    return filed


@contextmanager
def opened(path: Path, settle: float, say: Sentences) -> Iterator[Folder]:
    """A folder to watch; leaves with an error in words where it cannot be."""
    if not path.is_dir():
        terminal.fail(say("watch_no_folder", folder=path), to_do=say("watch_no_folder_to_do"))
    try:
        folder = Folder(path, settle, endings=ENDINGS.values())
    except FolderInUseError:
        terminal.fail(say("watch_in_use", folder=path), to_do=say("watch_in_use_to_do"))
    except FolderUnfitError as error:
        terminal.fail(say("watch_unfit", folder=path, part=error), to_do=say("watch_unfit_to_do"))
    with folder:
        yield folder


@contextmanager
def told_to_stop() -> Iterator[threading.Event]:
    """An event that is set when the process is told to stop: what is in hand is finished first.

    A thread sets it. Who is told by a signal stands wherever it was met, also within the event's own lock as it waits
    for it, and would wait there for itself; a simple queue may be put into from there.
    """
    stop, signals = threading.Event(), queue.SimpleQueue[bool]()

    def passed_on() -> None:
        if signals.get():
            stop.set()

    def told(signum: int, frame: FrameType | None) -> None:
        signals.put(True)

    thread = threading.Thread(target=passed_on, name="told-to-stop", daemon=True)
    thread.start()
    before = {number: signal.signal(number, told) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        signals.put(False)
        thread.join()
