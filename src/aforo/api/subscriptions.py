"""Subscriptions: a carrier has its answers and status changes sent, by signed webhook or by mail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody
from litestar.params import FromPath

from aforo.api.access import ACTION
from aforo.api.body import body_of, takes
from aforo.api.examples import SUBSCRIPTION, WANTED
from aforo.api.faults import WHOLE
from aforo.api.front import Front
from aforo.api.problems import ProblemError
from aforo.api.responses import answers_of, json_answer
from aforo.domain.problem import Problem
from aforo.domain.subscription import Way
from aforo.domain.text import catalogue
from aforo.flow.confirmations import ask_confirmation, confirm
from aforo.flow.node import Node
from aforo.flow.subscriptions import (
    Subscription,
    SubscriptionRefusedError,
    carrier_hashes,
    checked,
    place_of,
    standing_of,
    subscribe,
    unsubscribe,
)
from aforo.log.tokens import Token


class Wanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where answers are to go: exactly one of a webhook's URL and a mail address."""

    webhook: str | None = None
    mail: str | None = None


class ShownSubscription(msgspec.Struct, frozen=True):
    """A subscription. `to` names the host, or the domain, that it goes to. `secret` signs a webhook; it is shown when
    the subscription is made, and never again. `confirmed`: answers are sent; of mail, once its code was given."""

    id: str
    way: Way
    to: str
    secret: str | None = None
    confirmed: bool = True


class Confirmation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The code that was mailed; without one, another is mailed."""

    code: Annotated[str, msgspec.Meta(max_length=20)] | None = None


class Subscriptions(msgspec.Struct, frozen=True):
    """The subscriptions of a token's carriers, the oldest first."""

    subscriptions: list[ShownSubscription]


class Ended(msgspec.Struct, frozen=True):
    """The subscription that ended."""

    id: str


@dataclass
class _WantedBody(Operation):
    def __post_init__(self) -> None:
        self.request_body = RequestBody(
            required=True,
            content={"application/json": OpenAPIMediaType(example=WANTED)},
            description="`webhook`, an https URL, or `mail`, an address.",
        )


def routes(front: Front) -> list[HTTPRouteHandler]:
    """The routes of this noun."""

    @post(
        "/v1/subscriptions",
        status_code=200,
        opt={ACTION: "subscribe"},
        operation_id="subscribe",
        operation_class=_WantedBody,
        summary="Have the answers to your filings sent; the secret that signs them is shown this once",
        responses=answers_of("subscribe", ShownSubscription, SUBSCRIPTION),
    )
    async def begin(request: Request[Any, Token, Any]) -> Response[bytes]:
        wanted = await _wanted(request)
        way: Way = "mail" if wanted.webhook is None else "webhook"
        to = wanted.webhook or wanted.mail or ""
        token = request.auth  # whose name may be a person's, and stays out of the log
        if await front.access.signed_in(request) is not None:
            raise ProblemError("needs_token", 403)  # a subscription holds as long as its token: a session ends
        try:
            checked(way, to, front.ways.reach, mail=front.ways.mail is not None)
            own, secret = await front.do(lambda node: _begun(way, to, token, node))
        except SubscriptionRefusedError as refused:
            problem = Problem(0, "request", refused.code, catalogue("aforo.flow").template(refused.code))
            raise ProblemError("subscription_refused", 422, problems=[problem]) from None
        return _response(ShownSubscription(own, way, place_of(to), secret or None, way != "mail"))

    @post(
        "/v1/subscriptions/{subscription_id:str}/confirmation",
        status_code=200,
        opt={ACTION: "subscribe"},
        operation_id="confirm_subscription",
        operation_class=takes("The `code` that was mailed; without one, another code is mailed.", {"code": "40718263"}),
        summary="Confirm the address of a subscription by mail with the code that was mailed to it, or have one mailed",
        responses=answers_of(
            "confirm_subscription", ShownSubscription, {**SUBSCRIPTION, "way": "mail", "to": "carrier.example"}
        ),
    )
    async def confirmation(request: Request[Any, Token, Any], subscription_id: FromPath[str]) -> Response[bytes]:
        said, token = await body_of(request, Confirmation), request.auth

        def run(node: Node) -> ShownSubscription:
            carriers = carrier_hashes(token.carriers, node.keys)
            if said.code is None:
                ask_confirmation(subscription_id, carriers, node, token.id)
            else:
                confirm(subscription_id, carriers, said.code, node, token.id)
            return next(_one(each, node) for each in standing_of(carriers, node.log) if each.id == subscription_id)

        try:
            return _response(await front.do(run))
        except SubscriptionRefusedError as refused:
            problem = Problem(0, "code", refused.code, catalogue("aforo.flow").template(refused.code))
            raise ProblemError("subscription_refused", 422, problems=[problem]) from None
        except LookupError:
            raise ProblemError("not_found", 404) from None

    @get(
        "/v1/subscriptions",
        opt={ACTION: "read_subscriptions"},
        operation_id="read_subscriptions",
        summary="Your subscriptions, without their secrets",
        responses=answers_of(
            "read_subscriptions", Subscriptions, {"subscriptions": [{**SUBSCRIPTION, "secret": None}]}
        ),
    )
    async def listed(request: Request[Any, Token, Any]) -> Response[bytes]:
        token = request.auth
        return _response(Subscriptions(await front.read(lambda node: _shown(token, node))))

    @delete(
        "/v1/subscriptions/{subscription_id:str}",
        status_code=200,
        opt={ACTION: "unsubscribe"},
        operation_id="unsubscribe",
        summary="End a subscription: nothing more is sent, not even what is due",
        responses=answers_of("unsubscribe", Ended, {"id": SUBSCRIPTION["id"]}),
    )
    async def end(request: Request[Any, Token, Any], subscription_id: FromPath[str]) -> Response[bytes]:
        token = request.auth
        ended = await front.do(
            lambda node: unsubscribe(subscription_id, carrier_hashes(token.carriers, node.keys), node.log, token.id)
        )
        if not ended:
            raise ProblemError("not_found", 404)
        return _response(Ended(subscription_id))

    return [begin, confirmation, listed, end]


def _response(body: msgspec.Struct) -> Response[bytes]:
    return json_answer(body, {"Cache-Control": "no-store"})


async def _wanted(request: Request[Any, Any, Any]) -> Wanted:
    """What is asked for. Raises ProblemError."""
    wanted = await body_of(request, Wanted, "subscription_bad")
    if (wanted.webhook is None) == (wanted.mail is None):
        problem = Problem(0, WHOLE, "subscription_one_way", catalogue("aforo.api").template("subscription_one_way"))
        raise ProblemError("subscription_bad", 400, problems=[problem])
    return wanted


def _begun(way: Way, to: str, token: Token, node: Node) -> tuple[str, str]:
    """A new subscription; one by mail has its code mailed. Raises SubscriptionRefusedError, ConcurrencyError."""
    own, secret = subscribe(way, to, token.carriers, node, token.id)
    if way == "mail":
        carriers = carrier_hashes(token.carriers, node.keys)
        try:
            ask_confirmation(own, carriers, node, token.id)
        except SubscriptionRefusedError:
            unsubscribe(own, carriers, node.log, token.id)
            raise
    return own, secret


def _shown(token: Token, node: Node) -> list[ShownSubscription]:
    standing = standing_of(carrier_hashes(token.carriers, node.keys), node.log)
    return [_one(each, node) for each in standing]


def _one(subscription: Subscription, node: Node) -> ShownSubscription:
    address = subscription.address(node.keys)
    to = place_of(address.to) if address else ""
    return ShownSubscription(subscription.id, subscription.way, to, confirmed=subscription.is_open)
