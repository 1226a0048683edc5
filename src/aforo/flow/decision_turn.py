"""The turn of a node to decide: it holds the log's decision lock, and has taken in what other processes recorded.

Where no other process recorded anything, which the numbers of events tell, nothing is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from aforo.flow.node import Mark, Node
from aforo.flow.node_follower import follow
from aforo.log.decision_lock import Tenure
from aforo.log.store import ConcurrencyError


class NodeBehindError(Exception):
    """A node could not take in what other processes recorded: it is to be opened again."""


@contextmanager
def decision_turn(node: Node) -> Iterator[None]:
    """Decide within the block, by all that the log has; a turn within a turn changes nothing.

    Raises DecisionLockedError, NodeBehindError and what the log raises: the node is then to be opened again.
    """
    log, decisions = node.log, node.log.database.decisions
    if decisions.held_here:
        yield
        return
    # Counted before the log is asked: what is appended meanwhile may only be missing from the count.
    appended = log.appended.done - node.mark.begun
    tenure: Tenure | None = None
    try:
        with decisions.hold() as tenure:
            if tenure.begins - node.mark.position != appended:
                _follow(node)
            yield
    finally:
        if tenure is not None:
            _set_mark(node, tenure.ends)


def _follow(node: Node) -> None:
    try:
        follow(node, node.log.database.last_position())
    except (ValueError, LookupError, ConcurrencyError) as error:
        raise NodeBehindError from error


def set_mark(node: Node) -> None:
    """The node has taken in all that the log has. The decision lock must be held."""
    _set_mark(node, node.log.database.last_position())


def _set_mark(node: Node, position: int) -> None:
    # Counted after the log is asked: an event that the log has may not be missing from the count.
    node.mark = Mark(position, node.log.appended.begun)
