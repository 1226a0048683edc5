"""The access tokens by which a node checks the orders of edges, with what the policies permit their roles."""

from __future__ import annotations

from collections.abc import Callable

from aforo.api.access import permitting
from aforo.flow.edge_proof import Place
from aforo.log.tokens import Holder, Token

_ACTIONS: dict[Place, str] = {"first": "order_examination", "second": "second_examination"}


class TokenCredentials:
    """The tokens of a key store, as `find` looks one up by its identifier."""

    def __init__(self, find: Callable[[str], Holder | None]) -> None:
        self._find = find

    def holder(self, credential: str) -> Holder | None:
        """The holder of a token, good or not; None where there is none of that identifier."""
        return self._find(credential)

    def permits(self, token: Token, place: Place) -> bool:
        """Whether the role of a token permits to order an examination, or to be the second officer."""
        return permitting(token.role, _ACTIONS[place], False) is not None
