"""A server on a free port, over a post's log, for tests that speak HTTP; and tokens of every role."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from journeys import RATE, Post
from tokens_issued import issue_token

from aforo.answers import shipped
from aforo.api.access import Access, Rate
from aforo.api.app import application
from aforo.api.backup_making import Backups
from aforo.api.counters import Counters
from aforo.api.desk import Capacity, Desk
from aforo.api.front import Front
from aforo.api.hearing import Limits
from aforo.api.people import People, now
from aforo.api.provider import ProviderSettings
from aforo.api.readiness import Readiness, look_up
from aforo.api.server import server
from aforo.api.watch import Watcher, Watchers
from aforo.bootstrap import open_node
from aforo.domain.role import ROLES, Role
from aforo.flow.delivering import Delivering, Ways
from aforo.flow.node import Node
from aforo.flow.own_filings import OwnFilings
from aforo.log.accounts import Account
from aforo.log.cosignature import WitnessKey
from aforo.log.passwords import hashed
from aforo.log.sequencer import Sequencing
from aforo.log.store import Log
from aforo.log.tokens import Tokens
from aforo.risk.screening.in_use import ListsInUse
from aforo.routing.policy import default_document
from aforo.trials.plans.planner import WORKER, Planner

#: Seconds for an answer: a simulation that nobody ran on this machine is compiled first.
CLIENT_S = 240
#: What the accounts of tests sign in with.
PASSWORD = "a lorry that carries tiles"
#: The shipped policy, but that filers are told of the selection as soon as it is made.
TELLING = default_document().replace(b"choice = false", b"choice = true")


@dataclass
class Listening:
    """A server that listens. `as_` gives a client with a token of a role; `own` and `other` are two carriers."""

    address: str
    tokens: Tokens
    desk: Desk
    log: Log
    counters: Counters
    people: People
    #: Tells the server to stop, as a signal would.
    stop: Callable[[], None] = lambda: None
    clients: dict[str, httpx.Client] = field(default_factory=dict)
    texts: dict[tuple[str, str, tuple[str, ...]], str] = field(default_factory=dict)
    #: Threads of a test share tokens and clients: one makes each, once.
    making: threading.RLock = field(default_factory=threading.RLock)

    def as_(self, role: Role, name: str = "", carriers: tuple[str, ...] = ()) -> httpx.Client:
        named = name or role
        if role == "port" and not carriers:
            carriers = ("2304",)
        if role in ("device", "municipality") and not carriers:
            carriers = ("world-trade",)
        with self.making:
            if named not in self.clients:
                text = self.token(role, named, carriers)
                bearer = {"Authorization": f"Bearer {text}"}
                self.clients[named] = httpx.Client(
                    base_url=self.address, headers=bearer, timeout=CLIENT_S, trust_env=False
                )
            return self.clients[named]

    def token(self, role: Role, name: str, carriers: tuple[str, ...] = ()) -> str:
        """The text of a token, issued once."""
        now, asked = datetime.now(UTC), (role, name, carriers)
        with self.making:
            if asked not in self.texts:
                self.texts[asked], _ = issue_token(self.tokens, name, role, carriers, now, now + timedelta(hours=1))
            return self.texts[asked]

    def second(self, first: httpx.Client, crossing: str, name: str = "Second", **signed: str) -> dict[str, str]:
        """The header of a second officer for what the first one orders: by an account where the node has any."""
        if not self.people.accounts.any():
            return {"Second-Authorization": f"Bearer {self.token('supervisor', name)}"}
        if ("supervisor", name, ()) in self.texts:
            name = f"{name} at a screen"  # a token bears the plain name
        self.account("supervisor", name)
        said = {"name": name, "password": PASSWORD, "crossing_id": crossing, **signed}
        return {"Second-Authorization": f"Bearer {first.post('/v1/seconds', json=said).json()['token']}"}

    def carrier(self, code: str = "CA-1") -> httpx.Client:
        return self.as_("carrier", f"carrier {code}", (code,))

    def account(self, role: Role, name: str = "", codes: tuple[str, ...] = ()) -> Account:
        """The account of a name, made where there is none yet; its password is PASSWORD."""
        name = name or f"{role} at a screen"
        found = self.people.accounts.by_login(name)
        made = datetime.now(UTC)
        return found or self.people.accounts.add(name, name, role, codes, "en", made, password=hashed(PASSWORD))

    def signed_in(self, role: Role, name: str = "", codes: tuple[str, ...] = ()) -> httpx.Client:
        """A client that has signed in as an account, and sends what a page of the server would."""
        account = self.account(role, name, codes)
        client = httpx.Client(
            base_url=self.address, headers={"Origin": self.address}, timeout=CLIENT_S, trust_env=False
        )
        self.clients[f"session {account.login} {len(self.clients)}"] = client
        answer = client.post("/v1/session", json={"name": account.login, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        client.headers["X-Aforo-CSRF"] = answer.json()["csrf"]
        return client

    @property
    def nobody(self) -> httpx.Client:
        if "" not in self.clients:
            self.clients[""] = httpx.Client(base_url=self.address, timeout=CLIENT_S, trust_env=False)
        return self.clients[""]


@contextmanager
def listening(
    post: Post,
    *,
    rate: Rate | None = None,
    capacity: Capacity | None = None,
    opened: Any = None,
    policy: bytes | None = None,
    ways: Ways | None = None,
    limits: Limits | None = None,
    watchers: Sequence[Watcher] = (),
    folder: Path | None = None,
    lists: ListsInUse | None = None,
    clock: Callable[[], datetime] = now,
    provider: ProviderSettings | None = None,
    worker: Sequence[str] = WORKER,
    witnesses: Sequence[WitnessKey] = (),
) -> Iterator[Listening]:
    """Serve a post's log. `opened` is called with each node as it is opened; `watchers` are told, as counters are.
    Sessions are counted by `clock`; `worker` runs plans; `witnesses` are those whose cosignatures are served."""
    with (
        post.log() as log,
        closing(Tokens(post.settings.keys)) as tokens,
        People(post.settings.keys, clock=clock, provider=provider) as people,
    ):

        def open_() -> Node:
            node = open_node(log, post.model, RATE, policy, actor="tester", lists=lambda: lists)
            if opened is not None:
                opened(node)
            return node

        ways = ways or Ways()
        counters = Counters()
        watcher = Watchers([counters, *watchers])
        with (
            Sequencing(log) as sequencing,
            Delivering(log, shipped("US"), tokens.good, ways),
            Desk(open_, capacity, watcher=watcher) as desk,
            OwnFilings(log) as own_filings,
            Planner(post.folder.with_name(f"{post.folder.name}-plans"), worker=worker) as planner,
        ):
            backups = Backups(post.settings.store, None if folder is None else folder / "backups")
            readiness = Readiness(log, desk, sequencing, folder)
            look_up(counters, readiness, desk)
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                port = free.getsockname()[1]
            access = Access(tokens, rate, people)
            front = Front(
                desk, access, ways, readiness, counters, backups, own_filings, planner=planner, witnesses=witnesses
            )
            app = application(front, limits=limits)
            running = server(app, "127.0.0.1", port, watcher)
            thread = threading.Thread(target=running.run, daemon=True)
            thread.start()

            def stop() -> None:
                running.should_exit = True

            made = Listening(f"http://127.0.0.1:{port}", tokens, desk, log, counters, people, stop)
            try:
                _wait(made)
                yield made
            finally:
                for client in made.clients.values():
                    client.close()
                stop()
                thread.join(30)


def _wait(made: Listening) -> None:
    for _ in range(600):
        try:
            if made.nobody.get("/readyz").status_code == 200:
                return
        except httpx.TransportError:
            threading.Event().wait(0.05)
    raise AssertionError("the server does not answer")


assert set(ROLES)
