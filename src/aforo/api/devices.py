"""Devices: seals, trackers and gateways in the registry, their keys, and their end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post, put
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, QueryParameter
from msgspec import Meta

from aforo.api.access import ACTION
from aforo.api.body import body_of, takes
from aforo.api.clear_text import refuse_named_persons
from aforo.api.custody_examples import DEVICE, REGISTERED, RETIRED, ROTATED
from aforo.api.front import Front
from aforo.api.names import named
from aforo.api.problems import ProblemError
from aforo.api.responses import answers_of, json_answer
from aforo.custody.device import KnownDevice
from aforo.domain.clock import microseconds
from aforo.domain.device import DeviceKind, DeviceRegistered
from aforo.domain.port import SealClass
from aforo.domain.problem import Problem
from aforo.domain.text import catalogue
from aforo.flow import device_acts
from aforo.flow.custody import CustodyRefusedError, UnknownDeviceError, UnknownTripError
from aforo.flow.custody_shown import DeviceShown, device_shown, is_own, stands_shown
from aforo.flow.node import Node
from aforo.log.tokens import Token

#: Devices in one answer.
MOST_DEVICES = 500

Name = Annotated[str, Meta(min_length=1, max_length=100)]
Key = Annotated[str, Meta(max_length=64)]


class Registered(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a device is, who answers for it, what it promises; `key` is the base64 of its Ed25519 public key."""

    kind: DeviceKind
    supplier: Name
    promise_s: int
    tolerance_s: int
    key: Key = ""
    seal_class: SealClass | None = None
    carrier: Annotated[str, Meta(max_length=100)] = ""


class Rotated(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The new key; the old one's signature over it, or why somebody at the desk vouches for it instead."""

    key: Key
    vouched: Annotated[str, Meta(max_length=128)] = ""
    why: Annotated[str, Meta(max_length=500)] = ""


class Retired(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why it is taken out of service."""

    why: Annotated[str, Meta(min_length=1, max_length=500)]


class DevicesAnswer(msgspec.Struct, frozen=True):
    """Devices by their identifiers; `total` is how many there are."""

    total: int
    devices: list[DeviceShown]


def own_carriers(token: Token) -> tuple[str, ...] | None:
    """The carriers whose devices and trips a token may see and act on; None for all."""
    return token.carriers if token.role == "carrier" else None


async def custody_done(made: Any) -> Any:
    """What an act of custody gives. Raises ProblemError where it is refused."""
    try:
        return await made
    except (UnknownDeviceError, UnknownTripError):
        raise ProblemError("not_found", 404) from None
    except CustodyRefusedError as refused:
        problem = Problem(0, refused.place, refused.code, catalogue("aforo.flow").template(refused.code))
        raise ProblemError("custody_refused", 422, problems=[problem]) from None


def routes(front: Front) -> list[HTTPRouteHandler]:
    """The routes of this noun."""

    async def shown(request: Request[Any, Token, Any], run: Callable[[Node], str]) -> Response[bytes]:
        own = own_carriers(request.auth)

        def look(node: Node) -> DeviceShown:
            return _shown(node, node.custody.device(run(node)), own)

        return json_answer(await custody_done(front.read(look)))

    @get(
        "/v1/devices",
        opt={ACTION: "read_custody"},
        operation_id="list_devices",
        summary="Seals, trackers and gateways; a carrier's own",
        responses=answers_of("list_devices", DevicesAnswer, {"total": 1, "devices": [DEVICE]}),
    )
    async def list_devices(
        request: Request[Any, Token, Any],
        limit: Annotated[int, QueryParameter(ge=1, le=MOST_DEVICES, description="At most so many.")] = 100,
    ) -> Response[bytes]:
        own = own_carriers(request.auth)

        def look(node: Node) -> DevicesAnswer:
            found = [each for each in node.custody.devices() if is_own(each.carrier, own)]
            return DevicesAnswer(len(found), [_shown(node, each, own) for each in found[:limit]])

        return json_answer(await front.read(look))

    @get(
        "/v1/devices/{device_id:str}",
        opt={ACTION: "read_custody"},
        operation_id="read_device",
        summary="A device: who answers for it, what it promises, when it was heard",
        responses=answers_of("read_device", DeviceShown, DEVICE),
    )
    async def read_device(request: Request[Any, Token, Any], device_id: FromPath[str]) -> Response[bytes]:
        own, name = own_carriers(request.auth), named(device_id)

        def found(node: Node) -> str:
            if not is_own(node.custody.device(name).carrier, own):
                raise UnknownDeviceError(name)
            return name

        return await shown(request, found)

    @put(
        "/v1/devices/{device_id:str}",
        opt={ACTION: "register_device"},
        operation_id="register_device",
        operation_class=takes("What it is, who answers for it, and what it promises.", REGISTERED),
        summary="Register a device, or say anew what was said of it",
        responses=answers_of("register_device", DeviceShown, DEVICE),
    )
    async def register_device(request: Request[Any, Token, Any], device_id: FromPath[str]) -> Response[bytes]:
        said, by, name = await body_of(request, Registered), request.auth.name, named(device_id)
        payload = DeviceRegistered(
            said.kind, said.supplier, said.promise_s, said.tolerance_s, said.key, said.seal_class, said.carrier
        )
        return await shown(
            request, lambda node: device_acts.register(node.custody, name, payload, actor=by, origin=node.origin).device
        )

    @post(
        "/v1/devices/{device_id:str}/key",
        status_code=200,
        opt={ACTION: "register_device"},
        operation_id="rotate_device_key",
        operation_class=takes("The new key, and what vouches for it.", ROTATED),
        summary="Change the key that a device signs with; what the old one signed stays signed",
        responses=answers_of("rotate_device_key", DeviceShown, DEVICE),
    )
    async def rotate_device_key(request: Request[Any, Token, Any], device_id: FromPath[str]) -> Response[bytes]:
        said, by, name = await body_of(request, Rotated), request.auth.name, named(device_id)
        await refuse_named_persons(front, said, request.auth)
        return await shown(
            request,
            lambda node: (
                device_acts.rotate(
                    node.custody, name, said.key, said.vouched, said.why, actor=by, origin=node.origin
                ).device
            ),
        )

    @post(
        "/v1/devices/{device_id:str}/retire",
        status_code=200,
        opt={ACTION: "register_device"},
        operation_id="retire_device",
        operation_class=takes("Why it is taken out of service.", RETIRED),
        summary="Retire a device: what comes in its name later is refused",
        responses=answers_of("retire_device", DeviceShown, DEVICE),
    )
    async def retire_device(request: Request[Any, Token, Any], device_id: FromPath[str]) -> Response[bytes]:
        said, by, name = await body_of(request, Retired), request.auth.name, named(device_id)
        await refuse_named_persons(front, said, request.auth)
        return await shown(
            request, lambda node: device_acts.retire(node.custody, name, said.why, actor=by, origin=node.origin).device
        )

    return [list_devices, read_device, register_device, rotate_device_key, retire_device]


def _shown(node: Node, known: KnownDevice, own: tuple[str, ...] | None) -> DeviceShown:
    custody, device = node.custody, known.device
    found, trip = custody.stands(device), custody.sealed_by(device)
    if own is not None:
        if trip is not None and not is_own(trip.opened.carrier, own):
            # A carrier's device on another's load, or one that was another's until it was registered anew on the road.
            trip = None
        # And what it said last may be of the load before.
        since = () if trip is None else (each.since for each in trip.standing if each.device == device)
        if found is not None and not any(each <= found.at for each in since):
            found = None
    stands = None if found is None else stands_shown(found)
    if stands is not None and own is not None:
        stands = msgspec.structs.replace(stands, fences=None, beside_m=None)
    return device_shown(known, trip, microseconds(node.clock()), stands)
