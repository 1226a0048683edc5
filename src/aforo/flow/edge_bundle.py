"""The bundle: what a node hands to a port so that it can decide while it is cut off, and how an edge takes it.

It is signed by the node; an edge pins the node's first key and follows the chain of rotations and successions from it.
Nothing here needs a clock where the edge asked with a nonce; a bundle that is carried by hand is judged by its instant.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from types import MappingProxyType

import msgspec

from aforo.domain.decision import STRICTNESS
from aforo.domain.text import Text, catalogue
from aforo.flow.artefact_set import ArtefactSet
from aforo.flow.edge_expected import Expected, digest_of
from aforo.flow.edge_open import ORDER_KEPT
from aforo.flow.edge_pricing import PricedBridge
from aforo.log import rotation
from aforo.log.note import NoteError, Signer, Verifier
from aforo.log.stored import StoredEvent
from aforo.log.tokens import HandedToken

_FORMAT = "aforo edge bundle v1"
#: Bytes of a bundle's body, at most.
MOST_BYTES = 64 * 1024 * 1024
#: How far a bundle that was carried by hand may be ahead of the edge's clock, and how old it may be.
AHEAD = timedelta(minutes=5)
OLDEST = timedelta(days=2)
#: How long what an edge keeps beside a bundle is kept after the truck was filed or came; a hold is for ever.
KEPT = ORDER_KEPT
_NOBODY: Mapping[str, float] = MappingProxyType({})


class BundleRefusedError(ValueError):
    """The bundle is not taken, and the one in force stays; `text` says why and what to do, in both languages."""

    def __init__(self, code: str, **fields: object) -> None:
        self.code = code
        self.text: Text = catalogue("aforo.flow").say(code, **fields)
        super().__init__(self.text.en)


class Bundle(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is signed.

    `origin` is the node's log, `chain` the bodies of the events that its keys follow from; `position` and `last` (the
    event there) say how far the log had come, `known` whether it has the event that the edge saw last. `edge`, `port`,
    `bridge` are whom it is for, `cursor` how many leaves of that edge the node has. `artefacts` names the set in force
    and `set` its hashes. `key` is that of the port's marks, `lottery` the keys of days, in hex; `control_propensity`
    (ppb) is the lottery's chance for a truck of which nothing is known. `trucks` are all that are expected; with
    `since`, those that changed, `gone` being those that are not any more, and `done`
    those of them that were seen to at the node. `digest` is that of all. `tokens` are those
    that are good at the edge too, `readers` the readers at the gates of the bridge, `priced`
    the bridge with its prices, where it has some. `sealing` are the node's public keys that the edge seals under, by
    local day; the node alone reads what they seal.
    """

    origin: str
    edge: str
    port: str
    bridge: str
    position: int
    last: str
    issued_at: datetime
    artefacts: str
    set: ArtefactSet
    key: str
    lottery: dict[date, str]
    control_propensity: int
    digest: str
    trucks: tuple[Expected, ...] = ()
    gone: tuple[str, ...] = ()
    done: tuple[str, ...] = ()
    since: int | None = None
    known: bool = True
    cursor: int = 0
    nonce: str = ""
    chain: tuple[str, ...] = ()
    tokens: tuple[HandedToken, ...] = ()
    readers: tuple[str, ...] = ()
    priced: PricedBridge | None = None
    sealing: dict[date, str] = {}


class Signed(msgspec.Struct, frozen=True):
    """A bundle on its way: `body` is the JSON of it, `note` the signature over its SHA-256."""

    note: str
    body: str


def sign(bundle: Bundle, signer: Signer) -> Signed:
    """The bundle, signed."""
    body = msgspec.json.encode(bundle).decode()
    return Signed(signer.note(_text(bundle.origin, body)), body)


def _text(origin: str, body: str) -> str:
    return f"{_FORMAT}\n{origin}\n{hashlib.sha256(body.encode()).hexdigest()}\n"


@dataclass(frozen=True)
class Wanted:
    """What an edge asks for: itself, its port, the node's first key, and the nonce, where it asks over the wire."""

    edge: str
    port: str
    pinned: Verifier
    nonce: str = ""


@dataclass(frozen=True)
class InForce:
    """The bundle in force at an edge: `bundle` without its trucks, these by the marks of their crossings' names, what
    is kept of a node that went back or that left out a truck which stands here, when it was taken by the edge's clock,
    and the digest that names it; `withdrawn` are the tokens that bundles before it had and it has not, until they would
    have expired: whoever stopped before it let go of them does so when it starts."""

    bundle: Bundle
    trucks: Mapping[str, Expected]
    taken_at: datetime
    digest: str
    kept: Mapping[str, Expected] = field(default_factory=dict)
    went_back: bool = False
    withdrawn: Mapping[str, datetime] = field(default_factory=dict)

    def all(self) -> dict[str, Expected]:
        """Every truck that is expected, by the mark of its crossing's name, the stricter word of each."""
        return {**self.trucks, **self.kept}


class _Saved(msgspec.Struct, frozen=True):
    bundle: Bundle
    trucks: list[Expected]
    kept: list[Expected]
    taken_at: datetime
    digest: str
    went_back: bool
    withdrawn: dict[str, datetime] = {}


def dump(force: InForce) -> bytes:
    """What an edge keeps of the bundle in force: it has secrets in it."""
    return msgspec.json.encode(
        _Saved(
            force.bundle, list(force.trucks.values()), list(force.kept.values()), force.taken_at, force.digest,
            force.went_back, dict(force.withdrawn),
        )
    )  # fmt: skip


def load(data: bytes) -> InForce:
    """What `dump` gave. Raises msgspec.MsgspecError."""
    saved = msgspec.json.decode(data, type=_Saved)
    trucks, kept = ({each.ref: each for each in part} for part in (saved.trucks, saved.kept))
    return InForce(saved.bundle, trucks, saved.taken_at, saved.digest, kept, saved.went_back, saved.withdrawn)


def take(
    signed: Signed, wanted: Wanted, before: InForce | None, now: datetime, here: Mapping[str, float] = _NOBODY
) -> InForce:
    """What is in force with a bundle that came, `before` being what is now. `here` has the trucks of which something is
    to be done at the edge, with the second since 1970 until which that is kept where the bundle leaves them out:
    they may have been cancelled before the node heard of their arrival, or of an order at the edge. Raises
    BundleRefusedError."""
    bundle = _verified(signed, wanted)
    _refuse_old(bundle, wanted, before, now)
    if before is not None and before.bundle.key != bundle.key:
        # By another key the trucks have other marks; the node names all that it knows of, which is what it was told.
        before, here = replace(before, trucks={}, kept={}), {}
    digest = hashlib.sha256(signed.body.encode()).hexdigest()
    trucks = _merged(bundle, before)
    own = {} if before is None else before.all()
    still = {ref for ref, until in here.items() if bundle.issued_at.timestamp() <= until}
    kept = {ref: own[ref] for ref in still if ref in own and ref not in trucks}
    if before is not None:
        kept |= {r: each for r, each in before.kept.items() if r in still or _ordered_lately(each, bundle)}
    back = before is not None and _went_back(bundle, before.bundle)
    if back:
        kept |= {ref: each for ref, each in own.items() if _ordered_lately(each, bundle)}
    kept = {ref: each for ref, each in kept.items() if ref not in trucks or _stricter(each, trucks[ref])}
    meta = msgspec.structs.replace(bundle, trucks=(), gone=())
    return InForce(meta, trucks, now, digest, kept, back, _withdrawn(bundle, before, now))


def _withdrawn(bundle: Bundle, before: InForce | None, now: datetime) -> dict[str, datetime]:
    """The tokens that are not handed out any more, with when they expire."""
    if before is None:
        return {}
    known = {**before.withdrawn, **{each.id: each.expires_at for each in before.bundle.tokens}}
    good = {each.id for each in bundle.tokens}
    return {own: expires for own, expires in known.items() if own not in good and now < expires}


def _verified(signed: Signed, wanted: Wanted) -> Bundle:
    """The bundle of a note that the pinned node signed."""
    if len(signed.body) > MOST_BYTES:
        raise BundleRefusedError("bundle_large")
    try:
        bundle = msgspec.json.decode(signed.body, type=Bundle)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        raise BundleRefusedError("bundle_unreadable") from None
    chain = [StoredEvent(place, b"", body.encode()) for place, body in enumerate(bundle.chain, 1)]
    key = rotation.follow(wanted.pinned, chain).last
    try:
        text = key.opens(signed.note)
    except NoteError:
        raise BundleRefusedError("bundle_forged", key=wanted.pinned.text) from None
    if text != _text(bundle.origin, signed.body) or key.name != bundle.origin:
        raise BundleRefusedError("bundle_forged", key=wanted.pinned.text)
    if (bundle.port, bundle.edge) != (wanted.port, wanted.edge):
        raise BundleRefusedError("bundle_of_another", port=bundle.port, edge=bundle.edge)
    return bundle


def _refuse_old(bundle: Bundle, wanted: Wanted, before: InForce | None, now: datetime) -> None:
    if wanted.nonce:
        if bundle.nonce != wanted.nonce:
            raise BundleRefusedError("bundle_replayed")
        return
    if before is not None and bundle.issued_at <= before.bundle.issued_at:
        raise BundleRefusedError("bundle_old", issued=bundle.issued_at, force=before.bundle.issued_at)
    if bundle.issued_at - now > AHEAD:
        raise BundleRefusedError("bundle_ahead", issued=bundle.issued_at, now=now)
    if now - bundle.issued_at > OLDEST:
        raise BundleRefusedError("bundle_too_old", issued=bundle.issued_at)


def _merged(bundle: Bundle, before: InForce | None) -> dict[str, Expected]:
    """The trucks of a bundle, a delta laid over those in force."""
    if bundle.since is None:
        trucks = {each.ref: each for each in bundle.trucks}
    else:
        if before is None or before.bundle.position != bundle.since:
            raise BundleRefusedError("bundle_delta")
        gone = set(bundle.gone)
        trucks = {ref: each for ref, each in before.trucks.items() if ref not in gone}
        trucks |= {each.ref: each for each in bundle.trucks}
    if digest_of(trucks.values()) != bundle.digest:
        raise BundleRefusedError("bundle_delta")
    return trucks


def _went_back(bundle: Bundle, before: Bundle) -> bool:
    """Whether the node does not know any more what it knew."""
    return not bundle.known or bundle.position < before.position


def _ordered_lately(truck: Expected, bundle: Bundle) -> bool:
    if truck.order in ("release", "hold"):
        return truck.order == "hold"
    return bundle.issued_at.timestamp() - truck.filed < KEPT.total_seconds()


def _stricter(one: Expected, other: Expected) -> bool:
    return STRICTNESS[one.order] > STRICTNESS[other.order]


def without(force: InForce, ended: Sequence[str]) -> InForce:
    """The same without what is kept of trucks whose orders ended here."""
    kept = {ref: each for ref, each in force.kept.items() if ref not in set(ended)}
    return force if len(kept) == len(force.kept) else replace(force, kept=kept)
