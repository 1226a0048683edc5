"""Who opens a crossing is recorded, by whichever route they ask for it, by hand as from the console.

Every route that shows a crossing, its timeline, its parties, its examinations or its decisions goes through here first.
The list of a dock, a booth or a board shows what work there needs, and records nobody.
"""

from __future__ import annotations

from aforo.api.front import Front
from aforo.flow.openings import decided_now, opened_now, record_opening
from aforo.log.tokens import Token


async def crossing_opened(front: Front, token: Token, crossing: str) -> None:
    """Have it recorded that a crossing is opened; nothing of one that there is not."""
    await _record(front, token, await front.read(lambda node: opened_now(crossing, token.name, node)))


async def decision_opened(front: Front, token: Token, decision: str) -> None:
    """The same of the crossing that a decision is about."""
    await _record(front, token, await front.read(lambda node: decided_now(decision, token.name, node)))


async def _record(front: Front, token: Token, crossing: str | None) -> None:
    if crossing is not None:
        await front.do(lambda node: record_opening(crossing, token.name, token.role, node))
