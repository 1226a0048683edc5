"""What `aforo demo` serves: the same application as `aforo serve`, and the clock of a world that plays to it."""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import threading
import time
import webbrowser
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

import platformdirs

from aforo.api.access import Access, Rate
from aforo.api.aims import Aiming
from aforo.api.app import application
from aforo.api.backup_making import Backups
from aforo.api.counters import Counters
from aforo.api.custody_weighing import CustodyWeighing
from aforo.api.demo_clock import Stage
from aforo.api.demo_clock import routes as clock_routes
from aforo.api.demo_people import routes as people_routes
from aforo.api.desk import Desk
from aforo.api.dossiers_kept import DossiersKept
from aforo.api.front import Front
from aforo.api.live_topics import Ticking
from aforo.api.people import People
from aforo.api.readiness import Readiness, look_up
from aforo.api.repricing import Repricing
from aforo.api.rules_taken_up import RulesTakenUp
from aforo.api.sandbox import marked
from aforo.api.server import server
from aforo.api.yard_reads import YardReads
from aforo.bootstrap import open_node, save_state
from aforo.cli import terminal
from aforo.cli.demo_telling import Telling
from aforo.cli.garbage import seldom_searched
from aforo.cli.language import Sentences
from aforo.cli.log import refusals
from aforo.cli.node import node_refusals
from aforo.cli.turns import short_turns
from aforo.demo import clients, folder, staging
from aforo.demo.clock import PacedClock
from aforo.demo.folder import ACTOR, DemoFolder, InUseError, NotADemoError, OtherSeedError, OtherWorldError
from aforo.demo.outside import places, traders
from aforo.demo.outside.places import NoBridgeError, Shown
from aforo.demo.outside.process import Happened, Scene
from aforo.demo.outside.process import Stage as Playhouse
from aforo.demo.player import Player
from aforo.demo.sandbox import law
from aforo.domain import structs
from aforo.flow.alert_watch import AlertWatch
from aforo.flow.custody_watch import CustodyWatch
from aforo.flow.delivering import Delivering, Ways
from aforo.flow.own_filings import OwnFilings
from aforo.flow.response_watch import ResponseWatch
from aforo.flow.scoreboard import Publishing
from aforo.log.opened import open_log
from aforo.log.sequencer import Sequencing
from aforo.log.tokens import Tokens
from aforo.trials.plans.planner import Planner

#: Where a newcomer begins: as somebody who may do what there is to do.
ENTER = "/console/enter/supervisor"
#: Where it listens unless told otherwise, if nothing else does.
_USUAL_PORT = 8480
#: The rate at which trucks are examined where a bridge has no prices.
_RATE = 0.05
#: Requests a second of one token: the world's clients are few, and each speaks for many.
_REQUESTS = 10_000.0


@dataclass(frozen=True)
class Asked:
    """What the command line says."""

    bridges: tuple[str, ...]
    border: bool
    speed: float
    folder: Path | None
    new: bool
    seed: int | None
    host: str
    port: int | None
    seconds: float | None
    browser: bool
    json: bool
    lang: str


def serve(asked: Asked) -> None:
    """Make the demonstration where there is none yet, and play it until it is stopped."""
    began = time.monotonic()
    say = Sentences("aforo.demo", asked.lang)
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s %(message)s", level=logging.WARNING)
    if not _is_here(asked.host):
        terminal.err.print(say("demo_open_to_others", host=asked.host), style="bold", markup=False)
    shown = _shown(asked, say)
    structs.make_ready()
    with ExitStack() as stack:
        # Taken before anything is made or removed: who cannot listen need not wait.
        listening = stack.enter_context(closing(_listening(asked, say)))
        place = _folder(asked, stack, say)
        stack.enter_context(node_refusals(Sentences("aforo.cli", asked.lang), place.model, place.where))
        heard = _Heard(say, began, asked.seconds)
        scene = Scene(place.seed, traders.BEGINS, [each.bridge.id for each in shown], new=not place.learnt)
        player = stack.enter_context(Player(scene, heard))
        _learn(place, shown, say)
        clock = PacedClock(traders.BEGINS, asked.speed)
        with refusals(place.where.store):
            log = stack.enter_context(open_log(place.where, clock))
            stack.enter_context(log.database.serve(alone=True))
            log.marks = "synthetic"
            tokens = stack.enter_context(closing(Tokens(place.where.keys)))
            people = stack.enter_context(People(place.where.keys))
        clock.begin(max(traders.BEGINS, staging.ends(log) or traders.BEGINS))
        own = _clients(place, say)
        staging.put_ports(log)
        staging.put_corridor(log)
        staging.put_contacts(log, [code for each in own.senders for code in each.carriers])
        staging.put_fleet(log)
        prices = staging.wants(place, shown, clock().date())
        with terminal.progress(say("demo_prices"), sum(len(inputs) for _, inputs in prices)) as advance:
            staging.solve(log, prices, advance)
        sequencing = stack.enter_context(Sequencing(log))
        stack.enter_context(Delivering(log, law(), tokens.good, Ways(), ACTOR))
        custody = stack.enter_context(CustodyWatch(log, origin="synthetic")).custody
        stack.enter_context(AlertWatch(log))
        stack.enter_context(ResponseWatch(custody, origin="synthetic"))
        counts = staging.counts()
        desk = Desk(lambda: open_node(log, place.model, _RATE, origin="synthetic", actor=ACTOR, law=law(),
                                      counts=lambda: counts, custody=custody))  # fmt: skip
        with (
            desk,
            RulesTakenUp(log, desk),
            Repricing(desk, log),
            CustodyWeighing(desk, log),
            Aiming(desk, log),
            YardReads(desk, log),
            DossiersKept(desk),
            Publishing(lambda: None if desk.node is None else desk.node.scoreboards()),
            OwnFilings(log) as own_filings,
            Planner(place.path / "plans") as planner,
        ):
            seldom_searched()
            short_turns()
            number = int(listening.getsockname()[1])
            address = f"http://[{asked.host}]:{number}" if ":" in asked.host else f"http://{asked.host}:{number}"
            names = {each.bridge.id: each.bridge.name for each in shown}
            stage = Stage(clock, names, {name: name not in place.by_hand for name in names}, _kept_by_hand(place))
            readiness, counters = Readiness(log, desk, sequencing), Counters()
            look_up(counters, readiness, desk)
            access = Access(tokens, Rate(_REQUESTS, 2 * _REQUESTS), people)
            front = Front(
                desk, access, Ways(), readiness, counters, Backups(place.where.store, None), own_filings,
                lambda: _ticking(clock), planner=planner,
            )  # fmt: skip
            more = clock_routes(stage)
            if _is_here(asked.host):
                more += people_routes(own.people, own.password)
            app = marked(application(front, more=more))
            _tell(asked, place, address, own, say)
            heard.address = address + _way_in(asked.host) if asked.browser else ""
            player.play(Playhouse(str(place.path), asked.host, number))
            with Telling(stage, say):
                server(app, asked.host, number, first=player.stop).run(sockets=[listening])
        if desk.node is not None:
            save_state(desk.node)
    terminal.err.print(say("demo_ended", folder=place.path), markup=False)


class _Heard:
    """What is said of what happens in the world."""

    def __init__(self, say: Sentences, began: float, seconds: float | None) -> None:
        """`seconds` after the first truck is there, everything ends."""
        self._say, self._began, self._seconds = say, began, seconds
        #: What a browser is to be opened at when the first truck is there; empty for none.
        self.address = ""

    def __call__(self, happened: Happened) -> None:
        seconds = f"{time.monotonic() - self._began:.1f}"
        told = self._say(f"demo_{happened.what}", count=f"{happened.count:,}", why=happened.why, seconds=seconds)
        terminal.err.print(told, markup=False)
        if happened.what not in ("first_filed", "resumed"):
            return
        if self.address and _has_windows():
            webbrowser.open(self.address)
        if self._seconds is not None:
            ending = threading.Timer(self._seconds, os.kill, (os.getpid(), signal.SIGTERM))
            ending.daemon = True
            ending.start()


def _has_windows() -> bool:
    """Whether a browser would have a screen of its own: one that draws in this terminal is none to open."""
    return sys.platform in ("darwin", "win32") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _shown(asked: Asked, say: Sentences) -> list[Shown]:
    if asked.border:
        return places.every()
    try:
        return places.chosen(asked.bridges or places.DEFAULT)
    except NoBridgeError as wrong:
        terminal.fail(say("demo_no_bridge", bridge=wrong), to_do=say("demo_no_bridge_to_do"))


def _folder(asked: Asked, stack: ExitStack, say: Sentences) -> DemoFolder:
    path = asked.folder or Path(platformdirs.user_data_dir("aforo", appauthor=False)) / "demo"
    try:
        return stack.enter_context(folder.opened(path, asked.seed, anew=asked.new))
    except NotADemoError:
        terminal.fail(say("demo_not_a_demo", folder=path), to_do=say("demo_not_a_demo_to_do"))
    except InUseError:
        terminal.fail(say("demo_in_use", folder=path), to_do=say("demo_in_use_to_do"))
    except OtherSeedError as other:
        terminal.fail(say("demo_other_seed", folder=path, seed=other.seed), to_do=say("demo_other_seed_to_do"))
    except OtherWorldError:
        terminal.fail(say("demo_other_world", folder=path), to_do=say("demo_new_to_do"))
    except OSError as error:
        terminal.fail(say("demo_folder_failed", folder=path, why=error), to_do=say("demo_not_a_demo_to_do"))


def _learn(place: DemoFolder, shown: list[Shown], say: Sentences) -> None:
    """The model of a new folder, and the clients of its world."""
    if place.learnt:
        return
    terminal.err.print(say("demo_learning"), markup=False)
    drawn = traders.draw(place.seed)
    with terminal.progress(say("demo_learning_bar"), drawn.past.height) as advance:
        folder.learn(place, drawn, advance)
    bridges = [each.bridge.id for each in places.every()]
    clients.make(place.path, place.where.keys, drawn.carriers, bridges, shown[0].bridge.id)


def _clients(place: DemoFolder, say: Sentences) -> clients.Clients:
    own = clients.kept(place.path)
    if own is None:
        terminal.fail(say("demo_folder_failed", folder=place.path, why="clients.json"), to_do=say("demo_new_to_do"))
    return own


def _kept_by_hand(place: DemoFolder) -> Callable[[Mapping[str, bool]], None]:
    """Keeps who works at which bridge; what stands of a bridge that is not shown now is left as it is."""

    def keep(automatic: Mapping[str, bool]) -> None:
        others = place.by_hand - automatic.keys()
        place.keep_by_hand(others | {name for name, by_itself in automatic.items() if not by_itself})

    return keep


def _ticking(clock: PacedClock) -> Ticking:
    return Ticking(clock(), clock.speed, round(clock.attained, 2), clock.paused)


def _tell(asked: Asked, place: DemoFolder, address: str, own: clients.Clients, say: Sentences) -> None:
    if asked.json:
        said = {"synthetic": True, "address": address, "folder": str(place.path), "token": own.visitor}
        terminal.emit(said | {"password": own.password, "people": own.people})
        return
    terminal.out.print(say("demo_ready", address=address + _way_in(asked.host), folder=place.path), markup=False)
    names = ", ".join(each.login for each in own.people)
    terminal.out.print(say("demo_people", names=names, password=own.password), markup=False)
    terminal.out.file.flush()


def _is_here(host: str) -> bool:
    """Whether an address is this machine's own: nobody else is told the people's password."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _way_in(host: str) -> str:
    return ENTER if _is_here(host) else ""


def _listening(asked: Asked, say: Sentences) -> socket.socket:
    """A socket that listens on the port; where none is named on the usual one, or if that is taken, on any."""
    family = socket.AF_INET6 if ":" in asked.host else socket.AF_INET
    try:
        return socket.create_server((asked.host, asked.port or _USUAL_PORT), family=family, backlog=128)
    except OSError as error:
        if asked.port is None:
            return socket.create_server((asked.host, 0), family=family, backlog=128)
        terminal.fail(
            say("demo_address", port=asked.port, why=error.strerror or error), to_do=say("demo_address_to_do")
        )
