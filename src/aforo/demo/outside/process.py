"""The process in which the world is played: its `main`, started by whoever serves the demonstration.

It is told what to play and then where in two lines of JSON on its standard input, says what happens in lines of JSON on
its standard output, and ends in good order when its standard input is closed.
"""

from __future__ import annotations

import signal
import sys
import threading
from datetime import datetime
from importlib import import_module
from pathlib import Path

import msgspec

from aforo.demo import clients
from aforo.demo.outside import places, traders
from aforo.demo.outside.playing import Playing
from aforo.demo.outside.timetable import Timetable
from aforo.demo.outside.wire import NoAnswerError, RefusedError, Wire
from aforo.domain import structs
from aforo.domain.clock import microseconds


class Scene(msgspec.Struct, frozen=True):
    """What is played: by which seed, from when on, at which bridges; whether the node is new, and has nothing compiled
    yet."""

    seed: int
    begins: datetime
    bridges: list[str]
    new: bool


class Stage(msgspec.Struct, frozen=True):
    """Where it is played: the demonstration's folder, and where the node listens."""

    folder: str
    host: str
    port: int


class Happened(msgspec.Struct, frozen=True):
    """Something that happened: its code, and how many it concerns or why."""

    what: str
    count: int = 0
    why: str = ""


def say(what: str, count: int = 0, why: str = "") -> None:
    """Tell whoever started the process."""
    sys.stdout.buffer.write(msgspec.json.encode(Happened(what, count, why)) + b"\n")
    sys.stdout.buffer.flush()


def main() -> None:
    """Play one world until standard input is closed."""
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)  # whoever started it stops it
    scene = msgspec.json.decode(sys.stdin.buffer.readline(), type=Scene)
    # All that needs no node comes first: that one is made ready meanwhile.
    shown = places.chosen(scene.bridges)
    if scene.new:
        # Slow to load, and needed for nothing else.
        import_module("aforo.demo.outside.warming").warm(shown[0])
    timetable = Timetable(shown, traders.draw(scene.seed), scene.seed, scene.begins.date())
    begins = microseconds(scene.begins)
    drawn = list(timetable.until(begins))
    told = sys.stdin.buffer.readline()
    if not told:
        return
    stage = msgspec.json.decode(told, type=Stage)
    stop = threading.Event()

    def wait() -> None:
        sys.stdin.buffer.read()
        stop.set()
        wire.stop()

    structs.make_ready()
    wire = Wire(stage.host, stage.port)
    threading.Thread(target=wait, daemon=True, name="until told to stop").start()
    folder = Path(stage.folder)
    own = clients.kept(folder)
    assert own is not None, "whoever starts the world has made its clients"
    playing = Playing(folder, scene.seed, shown, timetable, wire, own, begins, say)
    try:
        playing.run(drawn, stop)
    except (NoAnswerError, RefusedError) as error:
        if not stop.is_set():
            say("world_stopped", why=str(error))
            sys.exit(1)


if __name__ == "__main__":
    main()
