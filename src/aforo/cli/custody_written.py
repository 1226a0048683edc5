"""The custody of a log that a command records in: what is refused ends the command in words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.markup import escape

from aforo.cli import terminal
from aforo.cli.language import Sentences
from aforo.cli.log import made_log
from aforo.flow.custody import Custody, CustodyRefusedError, UnknownDeviceError, UnknownTripError


@contextmanager
def custody_written(store: str | None, keys: str | None) -> Iterator[Custody]:
    """The custody of the log of a command's options, which is made where there is none. What is refused, and a trip or
    device that the log does not have, ends the command."""
    say = Sentences("aforo.cli")
    with made_log(store, keys) as log:
        try:
            yield Custody(log)
        except CustodyRefusedError as refused:
            terminal.fail(Sentences("aforo.flow")(refused.code), where=refused.place)
        except UnknownTripError as error:
            terminal.fail(say("seal_no_trip", trip=escape(str(error))), to_do=say("seal_no_trip_to_do"))
        except UnknownDeviceError as error:
            terminal.fail(say("seal_no_device", device=escape(str(error))), to_do=say("seal_no_device_to_do"))
