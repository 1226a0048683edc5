"""Tokens for tests, as a command on the node's own machine issues them; or as key stores of before have them."""

from __future__ import annotations

from datetime import datetime

from aforo.domain.credential import command_credential
from aforo.domain.role import Role
from aforo.log.name_holders import NameHeldError
from aforo.log.tokens import Token, Tokens


def issue_token(
    tokens: Tokens, name: str, role: Role, codes: tuple[str, ...], at: datetime, expires_at: datetime
) -> tuple[str, Token]:
    """A token and its text. Where its name is held it is one of before, when no name was refused: such hold on."""
    try:
        return tokens.issue(name, role, codes, at, expires_at, command_credential())
    except NameHeldError:
        free = f"{name} {len(tokens.all())}"
        text, token = tokens.issue(free, role, codes, at, expires_at, command_credential())
        with tokens._file.write() as db:
            db.execute("UPDATE access_token SET name = ? WHERE id = ?", (name, token.id))
        return text, token
