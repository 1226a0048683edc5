"""What is kept up of one log for its booths, docks and edges: the trucks that each port expects, and what posts did."""

from __future__ import annotations

import threading

from aforo.flow.booth_book import BoothBooks
from aforo.flow.booth_list import BoothLists
from aforo.flow.edge_book import EdgeBook
from aforo.flow.edge_expected import Expecting
from aforo.flow.edge_issuing import stated_of
from aforo.flow.node import Node
from aforo.log.store import Log


class Posts:
    """See the module; made anew where the log is another. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._log: Log | None = None
        self._expecting: dict[str, Expecting] = {}
        self._books: BoothBooks | None = None
        self._edge_book: EdgeBook | None = None
        #: The lists of booths, by session: they hold salts, and no log.
        self.lists = BoothLists()

    def expecting(self, node: Node, port: str) -> Expecting:
        """The trucks that a port expects."""
        with self._lock:
            self._take_up(node.log)
            if port not in self._expecting:
                self._expecting[port] = Expecting(node.log, port, lambda: stated_of(node.force))
            return self._expecting[port]

    def look(self, node: Node) -> None:
        """Take in what was filed since, for the ports that were asked for: whoever stands at a booth waits for less."""
        with self._lock:
            self._take_up(node.log)
            asked = list(self._expecting.values())
        for each in asked:
            each.under(())

    def books(self, node: Node) -> BoothBooks:
        """What booths and docks did."""
        with self._lock:
            self._take_up(node.log)
            if self._books is None:
                self._books = BoothBooks(node.log)
            return self._books

    def edge_book(self, node: Node) -> EdgeBook:
        """What the node has of its edges. Its visits are the desk's thread's alone."""
        with self._lock:
            self._take_up(node.log)
            if self._edge_book is None:
                self._edge_book = EdgeBook(node.log)
            return self._edge_book

    def _take_up(self, log: Log) -> None:
        if self._log is not log:
            self._log, self._expecting, self._books, self._edge_book = log, {}, None, None
