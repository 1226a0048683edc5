"""The base of what a route answers instead of what was asked; it is no fault of the node."""

from __future__ import annotations


class RefusalError(Exception):
    """A request is refused: the asker is told why, and the node goes on as it is."""
