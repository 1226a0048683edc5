"""A thread that keeps what booths, docks and edges ask for up with the log, so that a truck does not wait for it."""

from __future__ import annotations

import logging

from aforo.api.desk import Desk
from aforo.flow.looking import Looking
from aforo.flow.posts import Posts

#: Seconds between two looks at the log.
LOOK_EVERY_S = 0.25
logger = logging.getLogger("aforo.api")


class WorkstationWatch(Looking):
    """See the module; use it as a context manager inside that of the desk."""

    def __init__(self, desk: Desk, posts: Posts, *, every: float = LOOK_EVERY_S) -> None:
        super().__init__("workstations", every, "what workstations ask for could not be kept up", logger)
        self._desk, self._posts = desk, posts

    def look(self) -> None:
        """Take in what is new in the log, if there is a node now."""
        if (node := self._desk.node) is not None:
            self._posts.look(node)
