"""What officers order over a decision: the order, the second officer, and why an order is refused."""

from __future__ import annotations

from typing import Annotated, get_args

import msgspec
from litestar.params import HeaderParameter

from aforo.api.access import Access, permitting
from aforo.api.problems import ProblemError
from aforo.api.seconds import Signed
from aforo.domain.decision import EXAMINATIONS, Examination
from aforo.domain.declaration import identity_text
from aforo.domain.order import RaiseGround
from aforo.domain.problem import Problem
from aforo.domain.text import catalogue
from aforo.log.tokens import Token

assert set(get_args(Examination)) == set(EXAMINATIONS)

SecondHeader = Annotated[
    str | None, HeaderParameter(name="Second-Authorization", description="Bearer and the second officer's token.")
]


class Order(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is ordered, and why: the reason is recorded in clear for ever, and must not name a person."""

    examination: Examination
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=1_000)]


class GroundedOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """As `Order`; to raise an examination a ground is enough, so that it takes one step."""

    examination: Examination
    reason: Annotated[str, msgspec.Meta(max_length=1_000)] = ""
    ground: RaiseGround | None = None


class Acceptance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an officer saw and agrees with: the decision, and what is ordered."""

    decision: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    examination: Examination


class Undo(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The order, or the acceptance of one, that is taken back, by the event that recorded it."""

    order: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class OrderAnswer(msgspec.Struct, frozen=True):
    """What was recorded: the event, and the examination before and after."""

    event_id: str
    crossing_id: str
    was: Examination
    now: Examination


def refused(code: str) -> ProblemError:
    """Why an order is refused; how a second officer is named is the API's own to say."""
    room = "aforo.api" if code == "override_needs_second" else "aforo.exams"
    return ProblemError("override_refused", 422, problems=[Problem(0, "request", code, catalogue(room).template(code))])


def signature(second: Token | None) -> tuple[str | None, str | None]:
    """What is recorded of a second officer: the name, and the credential that the officer signed by."""
    return (None, None) if second is None else (second.name, second.credential)


async def second_officer(header: str | None, first: Token, access: Access, ordered: Signed) -> Token | None:
    """The token of the second officer of what is ordered (see `Access.second`). Raises ProblemError."""
    if header is None:
        return None
    token = await access.second(header, first, ordered)
    # Compared as identities are: no mark that is not seen makes another person.
    same = token.id == first.id or identity_text(token.name) == identity_text(first.name)
    same = same or (token.owner is not None and token.owner == first.owner)
    if same or permitting(token.role, "second_examination", False) is None:
        raise ProblemError("second_bad", 403)
    return token
