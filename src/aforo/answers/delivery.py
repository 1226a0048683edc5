"""How often an answer is tried to be delivered: a value that the caller stores, and what each attempt makes of it.

A delivery has one identifier, made from the answer and the recipient, and every attempt carries it: who receives it
twice can tell, and acts once. Waits grow by a factor up to a longest, and each is shortened by chance, so that many
deliveries that failed together are not tried again together. Time and chance are injected.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from aforo.domain.clock import Clock

State = Literal["pending", "delivered", "given_up"]
#: A number from [0, 1), such as `random.random`.
Draw = Callable[[], float]
Seconds = Annotated[float, Meta(gt=0, le=7 * 86_400)]


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """At most `attempts`, the first at once; waits begin with `first_s`, grow by `factor` to at most `longest_s`, and
    are shortened by up to the share `jitter`. As given, tries go on for one and a half to three days."""

    attempts: Annotated[int, Meta(ge=1, le=100)] = 20
    first_s: Seconds = 5.0
    factor: Annotated[float, Meta(ge=1, le=10)] = 3.0
    longest_s: Seconds = 21_600.0
    jitter: Annotated[float, Meta(ge=0, le=1)] = 0.5

    def wait_s(self, attempts: int, draw: Draw) -> float:
        """Seconds to wait after so many attempts."""
        whole: float = min(self.first_s * self.factor ** min(attempts - 1, 40), self.longest_s)
        return whole * (1.0 - self.jitter * draw())


class Outcome(msgspec.Struct, frozen=True):
    """What came of one attempt: delivered, to be tried `again` (at the earliest after `wait_s`, where the recipient
    asked for it), or `never`. `code` says why and holds no address, secret or text of the recipient's."""

    result: Literal["delivered", "again", "never"]
    code: str
    wait_s: float = 0.0


class Delivery(msgspec.Struct, frozen=True):
    """One answer on its way to one recipient, named by `recipient`; `due` is when the next attempt may be made."""

    id: str
    answer: str
    recipient: str
    state: State
    attempts: int
    due: datetime
    last: str = ""


def begin(answer: str, recipient: str, now: datetime) -> Delivery:
    """The delivery of an answer (its identifier) to a recipient (a name of the caller's), due at once. The same two are
    the same delivery."""
    digest = hashlib.sha256(f"{len(answer)}:{answer}{recipient}".encode("utf-8", "surrogatepass")).hexdigest()
    return Delivery(f"msg_{digest[:40]}", answer, recipient, "pending", 0, now)


def attempt(delivery: Delivery, send: Callable[[], Outcome], policy: Policy, clock: Clock, draw: Draw) -> Delivery:
    """The delivery after one attempt by `send`; what is not pending, or not yet due, is left as it is and not sent."""
    if delivery.state != "pending" or clock() < delivery.due:
        return delivery
    outcome = send()
    attempts = delivery.attempts + 1
    state: State = "pending"
    if outcome.result == "delivered":
        state = "delivered"
    elif outcome.result == "never" or attempts >= policy.attempts:
        state = "given_up"
    wait = max(policy.wait_s(attempts, draw), min(outcome.wait_s, policy.longest_s)) if state == "pending" else 0.0
    return msgspec.structs.replace(
        delivery, state=state, attempts=attempts, due=clock() + timedelta(seconds=wait), last=outcome.code
    )
