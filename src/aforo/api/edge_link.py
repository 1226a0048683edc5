"""The link of an edge to its node: it fetches the bundle, and hands in what happened, whenever the node answers."""

from __future__ import annotations

import http.client
import logging
import secrets
import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import TypeVar
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from aforo.flow.edge_bundle import BundleRefusedError, Signed
from aforo.flow.edge_handing import HandedIn, hand_in
from aforo.flow.edge_node import EdgeNode
from aforo.flow.looking import Looking
from aforo.log.leaves import last_leaf
from aforo.log.tokens import Tokens

logger = logging.getLogger("aforo.edge")
T = TypeVar("T")

#: Bytes of an answer that are read, at most.
MOST_BYTES = 96 * 1024 * 1024
#: Seconds for the node to answer; and, looking its name up included, where a truck waits at the booth.
PATIENCE_S, AT_BOOTH_S = 30.0, 1.0
#: How many times that an answer may take in all: one that comes byte by byte is within its patience for ever.
WHOLE = 10
#: Seconds between two bundles, and between two looks at what there is to hand in.
BUNDLE_S, LOOK_S = 60.0, 1.0
#: Leaves of one request: the node's filings wait while it takes them in.
PIECE = 50
#: Seconds after which a node that did not answer is tried again, at most.
LONGEST_WAIT_S = 30.0
#: What a node answers an edge whose key no administrator has confirmed.
PENDING = "edge_pending"


class LinkDownError(Exception):
    """The node does not answer, or has no time now."""


class LinkRefusedError(Exception):
    """The node refuses what was asked; `code` is that of the problem."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class _Document(msgspec.Struct):
    body: bytes


class NodeClient:
    """Speaks to a node as the edge of a port. Its representation shows no token. ValueError for an address that is
    neither https nor this machine's own."""

    def __init__(self, url: str, token: str, *, tls: ssl.SSLContext | None = None) -> None:
        parts = urlsplit(url)
        here = parts.hostname in ("127.0.0.1", "::1", "localhost")
        if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and here)):
            raise ValueError("a node's address is an https URL")
        if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
            raise ValueError("a node's address is a plain URL")
        self._parts = parts
        self._token = token
        self._tls = tls or (ssl.create_default_context() if parts.scheme == "https" else None)

    def enrol(self, key: str, bridge: str, patience: float = PATIENCE_S) -> None:
        """Say with which key this edge signs."""
        self._ask("POST", "/v1/edge/enrolment", {"key": key, "bridge": bridge}, dict, patience)

    def bundle(self, edge: str, nonce: str, since: int | None, last: str, patience: float = PATIENCE_S) -> Signed:
        """The bundle of this edge."""
        asked: dict[str, str] = {"edge": edge, "nonce": nonce}
        if since is not None:
            asked |= {"since": str(since), "last": last}
        return self._ask("GET", f"/v1/edge/bundle?{urlencode(asked, quote_via=quote)}", None, Signed, patience)

    def document(self, edge: str, hash_: str) -> bytes:
        """A document that the bundle names."""
        asked = urlencode({"edge": edge, "hash": hash_}, quote_via=quote)
        return self._ask("GET", f"/v1/edge/document?{asked}", None, _Document).body

    def hand_in(self, handed: object) -> HandedIn:
        """Hand in leaves."""
        return self._ask("POST", "/v1/edge/facts", handed, HandedIn)

    def _ask(self, method: str, path: str, body: object, kind: type[T], patience: float = PATIENCE_S) -> T:
        """Raises LinkDownError, LinkRefusedError."""
        host, port = self._parts.hostname or "", self._parts.port
        connection: http.client.HTTPConnection
        if self._tls is not None:
            connection = http.client.HTTPSConnection(host, port, timeout=patience, context=self._tls)
        else:
            connection = http.client.HTTPConnection(host, port, timeout=patience)
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        data = None if body is None else msgspec.json.encode(body)
        late = threading.Event()
        try:
            connection.connect()
            # The connection forgets its socket when the answer begins.
            limit = threading.Timer(WHOLE * patience, _cut_off, (connection.sock, late))
            limit.daemon = True
            limit.start()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise LinkDownError(type(error).__name__) from None
        try:
            connection.request(method, self._parts.path.rstrip("/") + path, data, headers)
            answer = connection.getresponse()
            status, text = answer.status, answer.read(MOST_BYTES)
        except (OSError, http.client.HTTPException) as error:
            raise LinkDownError("slow" if late.is_set() else type(error).__name__) from None
        finally:
            limit.cancel()
            connection.close()
        if late.is_set():
            raise LinkDownError("slow")
        if status in (429, 500, 502, 503, 504):
            raise LinkDownError(str(status))
        try:
            if status != 200:
                raise LinkRefusedError(_code(text))
            return msgspec.json.decode(text, type=kind)
        except msgspec.MsgspecError:
            # Something stands before the node and answers in its place.
            raise LinkDownError(f"{status}, not in the node's words") from None


def _cut_off(sock: socket.socket, late: threading.Event) -> None:
    """End what another thread waits for at a socket, which is not closed under it, nor is its encryption ended."""
    late.set()
    with suppress(OSError):
        socket.socket.shutdown(sock, socket.SHUT_RDWR)


def _code(text: bytes) -> str:
    """The code of a problem, the first of its parts where it has some."""
    problem = msgspec.json.decode(text)
    if not isinstance(problem, dict) or not isinstance(problem.get("type"), str):
        raise msgspec.ValidationError("no problem")
    parts = problem.get("problems")
    if isinstance(parts, list) and parts and isinstance(parts[0], dict) and isinstance(parts[0].get("code"), str):
        return str(parts[0]["code"])
    return str(problem["type"]).removeprefix("urn:aforo:problem:")


class EdgeLink(Looking):
    """Keeps an edge up with its node, in a thread of its own."""

    def __init__(
        self,
        edge: EdgeNode,
        client: NodeClient,
        tokens: Tokens,
        every: float = BUNDLE_S,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__("edge-link", LOOK_S, "the node could not be spoken to", logger, at_once=True)
        self._edge, self._client, self._tokens = edge, client, tokens
        self._bundle_every, self._now = every, now
        #: One bundle is fetched at a time.
        self._one = threading.Lock()
        if edge.force is not None:
            # It may have stopped between the bundle and its tokens.
            tokens.take(edge.force.bundle.tokens, edge.force.withdrawn)
        self._enrolled = False
        #: Whether the node did not answer the last time: until it does, no truck waits for it.
        self._silent = False
        #: When the bundle in force was asked for.
        self._asked = float("-inf")
        self._next_bundle = self._next_try = float("-inf")
        self._wait = LOOK_S
        #: How many leaves the node has, as far as is known; when it answered last; and what is wrong, if anything is.
        self.cursor: int | None = None
        self.reached_at: datetime | None = None
        self.problem = ""

    @property
    def pending(self) -> bool:
        """Whether the node waits for an administrator to confirm this edge."""
        return self.problem == PENDING

    @property
    def waiting(self) -> int | None:
        """How many leaves are to be handed in; None before the node was reached."""
        return None if self.cursor is None else max(0, last_leaf(self._edge.log) + 1 - self.cursor)

    def look(self) -> None:
        """Hand in what there is, then fetch the bundle if it is time: one that is made before the node has heard what
        happened here may leave out a truck that stands here."""
        if self._now() < self._next_try:
            return
        before = self.problem, self._wait
        try:
            refusal = self._unless_refused(self._tell)
            if self._now() >= self._next_bundle:
                refusal = self._unless_refused(self._renew) or refusal
        except LinkDownError as down:
            self._silent = True
            self._failed(f"link_down {down}")
        else:
            if refusal:
                self.problem, self._wait = before
                self._failed(refusal)

    def _unless_refused(self, act: Callable[[], None]) -> str:
        """Do it; the code of a refusal, which stops nothing else. Raises LinkDownError."""
        try:
            act()
        except (LinkRefusedError, BundleRefusedError) as refused:
            return refused.code
        return ""

    def _tell(self) -> None:
        """Hand in what there is; a node takes it of a retired edge too, which it lets enrol no more. Raises
        LinkDownError, LinkRefusedError."""
        enrolled = self._unless_refused(lambda: self._enrol(PATIENCE_S))
        handed = self._unless_refused(self._hand_in)
        if refusal := enrolled or handed:
            raise LinkRefusedError(refusal)

    def _renew(self) -> None:
        """Fetch the bundle and its documents. Raises LinkDownError, LinkRefusedError, BundleRefusedError."""
        # What is asked for a truck may hang; what happened is handed in all the same.
        if not self._one.acquire(timeout=LOOK_S):
            raise LinkDownError("slow")
        try:
            self._fetch(PATIENCE_S)
        finally:
            self._one.release()
        self._next_bundle = self._now() + self._bundle_every
        self._fetch_documents()

    def refresh(self) -> None:
        """Fetch the bundle now, for a truck that waits at the booth: for a second at most, and not at all where the
        node did not answer the last time that it was spoken to."""
        if self._silent:
            return
        # In a thread of its own: neither the look-up of a name nor a node that drips can be given a time-out.
        asking = threading.Thread(target=self._ask, args=(self._now(),), name="edge-ask", daemon=True)
        asking.start()
        asking.join(AT_BOOTH_S)
        if asking.is_alive():
            self._unheard("link_down slow")

    def _ask(self, came: float) -> None:
        """Fetch the bundle for a truck that came at an instant, unless that was begun since."""
        if not self._one.acquire(timeout=AT_BOOTH_S):
            self._unheard("link_down slow")
            return
        try:
            if self._asked <= came and not self.stop.is_set():
                self._fetch(AT_BOOTH_S)
        except (LinkDownError, LinkRefusedError, BundleRefusedError) as failure:
            self._unheard(getattr(failure, "code", f"link_down {failure}"))
        except Exception as failure:  # noqa: BLE001 (the truck goes on by the bundle that is in force)
            logger.error("the node could not be asked: %s", type(failure).__name__)
        else:
            if self._edge.missing():
                self._next_bundle = self._now()
        finally:
            self._one.release()

    def _unheard(self, problem: str) -> None:
        """No answer for a truck: the next ones do not wait until a look has heard the node again."""
        self._silent = True
        self._failed(problem)
        self._next_bundle = min(self._next_bundle, self._next_try)

    def _failed(self, problem: str) -> None:
        if problem == PENDING != self.problem:
            logger.warning(
                "this edge waits for confirmation, and has no bundle: on the node, an administrator compares the "
                "fingerprint %s (aforo edge confirm %s --fingerprint %s)",
                self._edge.fingerprint, self._edge.log.origin, self._edge.fingerprint,
            )  # fmt: skip
        elif problem != self.problem:
            logger.warning("the node cannot be reached, or refuses: %s", problem)
        self.problem = problem
        self._next_try = self._now() + self._wait
        self._wait = min(2 * self._wait, LONGEST_WAIT_S)

    def _enrol(self, patience: float) -> None:
        if not self._enrolled:
            log = self._edge.log
            self._client.enrol(log.keys.signing.current(log.origin).verifier.text, self._edge.place.bridge, patience)
            self._enrolled = True

    def _fetch(self, patience: float) -> None:
        began = self._now()
        self._enrol(patience)
        force = self._edge.force
        since, last = (None, "") if force is None else (force.bundle.position, force.bundle.last)
        try:
            self._take(since, last, patience)
        except BundleRefusedError as refused:
            if refused.code != "bundle_delta" or since is None:
                raise
            self._take(None, last, patience)
        self._asked = began

    def _fetch_documents(self) -> None:
        """What the bundle names and has not come yet; without it nothing is chosen by price, and all else goes on."""
        for each in self._edge.missing():
            self._edge.keep(each, self._client.document(self._edge.log.origin, each))

    def _take(self, since: int | None, last: str, patience: float) -> None:
        nonce = secrets.token_hex(16)
        signed = self._client.bundle(self._edge.log.origin, nonce, since, last, patience)
        force = self._edge.take(signed, nonce)
        self._tokens.take(force.bundle.tokens, force.withdrawn)
        self.cursor = force.bundle.cursor
        self._reached()

    def _reached(self) -> None:
        self.reached_at, self.problem, self._wait = self._edge.log.clock(), "", LOOK_S
        self._silent = False

    def _hand_in(self) -> None:
        """Hand in what there is; a node that gave no bundle yet answers how far it is."""
        while not self.stop.is_set():
            handed = hand_in(self._edge.log, self.cursor or 0, PIECE)
            if handed is None:
                return
            before = self.cursor
            self.cursor = self._client.hand_in(handed).cursor
            self._reached()
            if self.cursor == before:
                return  # it takes nothing now, whatever it is: the next look tries again
