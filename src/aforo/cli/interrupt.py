"""Ctrl-C: a command ends at once, with one sentence, and leaves the log as sound as it was."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

#: The exit code of a command that was interrupted, as shells have it: 128 and the signal's number.
INTERRUPTED = 130
#: Seconds until an interrupt that was forgotten is raised again.
_SOON = 0.01


@contextmanager
def told_in_words() -> Iterator[None]:
    """Within the block an interrupt unwinds what runs, and then leaves with one sentence in the reader's language.

    Libraries have things of their own to say of an interrupt: SQLAlchemy logs, with a traceback, any exception that
    meets a connection while it is given back. And one that comes within a finaliser or the callback of a weak
    reference is printed by the interpreter and then forgotten. Neither is told, and the latter is raised again.
    """
    interrupted = False
    before = sys.unraisablehook

    def interrupt(signum: int, frame: FrameType | None) -> NoReturn:
        nonlocal interrupted
        interrupted = True
        import logging

        logging.disable()
        raise KeyboardInterrupt

    def unraisable(args: UnraisableHookArgs, /) -> None:
        if isinstance(args.exc_value, KeyboardInterrupt):
            # Not from here, where it would be forgotten again; and as a signal, which wakes what waits.
            main = threading.main_thread().ident
            again = threading.Timer(_SOON, signal.pthread_kill, (main, signal.SIGINT))
            again.daemon = True
            again.start()
        else:
            before(args)

    signal.signal(signal.SIGINT, interrupt)
    sys.unraisablehook = unraisable
    try:
        yield
    except BaseException as leaving:
        # Whatever an interrupt has become on its way here: an error of a half-made import, the exit of a command that
        # took it for a failure. Only a command that came to its end nevertheless has succeeded.
        if not interrupted or (isinstance(leaving, SystemExit) and leaving.code in (0, None)):
            raise
        _leave()


def _leave() -> NoReturn:
    # From here on another interrupt ends the process as the system does it: what is left is to wait for threads.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from aforo.cli import terminal
    from aforo.domain.text import catalogue

    terminal.err.print(terminal.in_language(catalogue("aforo.cli").say("interrupted")), markup=False)
    sys.exit(INTERRUPTED)
