"""A policy document as people write it: a whole document in TOML, or one in force with some of its figures set anew.

A figure is named as `routing.policy.figures` names it: the path of its table where that holds one value, else that and
the value's own name (`harm.contraband`, `stated.list.possible.contraband`).
"""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, Literal, NamedTuple

import msgspec
from msgspec import Meta

from aforo.domain.figure import not_finite
from aforo.domain.form import fault_of, not_toml
from aforo.domain.text import Text, catalogue
from aforo.domain.toml import written
from aforo.routing.policy import Policy, PolicyError, figures, parse
from aforo.routing.running import ResourceName, Running

#: A document is a few kilobytes.
MOST_BYTES = 200_000

Slug = Annotated[str, Meta(pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$(?!\n)", max_length=60)]
VersionName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9.-]{0,30}$(?!\n)")]
Value = bool | int | float | Annotated[str, Meta(max_length=60)]


class Figure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A figure that is set anew, with where it comes from, or `assumed`."""

    path: Annotated[str, Meta(min_length=1, max_length=200)]
    value: Value
    source: Annotated[str, Meta(max_length=500)]


#: The source of a figure that has none, and may stay where the figure is set anew: it claims nothing of the number.
ASSUMED: Final = "assumed"
#: What a target bounds, by the name of its table: a wait at most, a share of the trucks or of the units' time at least.
TargetKind = Literal["wait_ceiling", "least_rate", "least_use"]
#: The key of the value of a target of each kind.
TARGET_VALUES: Final[Mapping[TargetKind, str]] = {
    "wait_ceiling": "minutes", "least_rate": "share", "least_use": "share",
}  # fmt: skip
#: The part of the document that every port runs which has none of its own.
EVERY_PORT: Final = "default"


class Target(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A target that is set, or, without a `value`, taken out: at a resource, of every port (`default`) or of one. The
    value is in minutes for a wait, else a share; `source` tells why, and is not asked of one that is taken out."""

    kind: TargetKind
    resource: ResourceName
    port: Annotated[str, Meta(pattern=r"^(?:default|[0-9]{4})$(?!\n)")] = EVERY_PORT
    value: float | None = None
    source: Annotated[str, Meta(max_length=500)] = ""

    @property
    def path(self) -> str:
        """As `routing.policy.figures` names its value."""
        return f"routing.{self.port}.{self.kind}.{self.resource}.{TARGET_VALUES[self.kind]}"


class _Named(msgspec.Struct):
    name: Slug
    version: VersionName


class Changed(NamedTuple):
    """A figure that differs between two documents; None where one of them does not have it."""

    path: str
    before: Any
    after: Any
    source_before: str | None
    source_after: str | None


class DraftError(ValueError):
    """The document is not one: `place` is where, empty for the whole; `text` what to do, in both languages."""

    def __init__(self, code: str, place: str, text: Text) -> None:
        self.code, self.place, self.text = code, place, text
        super().__init__(text.en)


def drafted(document: bytes) -> Policy:
    """The policy of a document that somebody proposes. Raises DraftError."""
    say = catalogue("aforo.routing").say
    if len(document) > MOST_BYTES:
        raise DraftError("policy_too_large", "", say("policy_too_large", bytes=MOST_BYTES))
    try:
        table = tomllib.loads(document.decode("utf-8"))
        infinite = not_finite(table)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as wrong:
        raise DraftError("policy_not_toml", "", say("policy_not_toml", why=not_toml(wrong))) from wrong
    if infinite is not None:
        raise DraftError("policy_not_finite", infinite, say("policy_not_finite"))
    for kind in (Policy, _Named):
        try:
            msgspec.convert(table, kind)
        except msgspec.ValidationError as wrong:
            place, why = fault_of(wrong, kind, table)
            raise DraftError("policy_form", place, why) from wrong
    try:
        policy = parse(document)
    except PolicyError as wrong:
        raise DraftError("policy_not_valid", "", wrong.text) from wrong
    for path, _, source in figures(policy):
        if not source.strip():
            raise DraftError("policy_source_missing", path, say("policy_source_missing"))
    return policy


def stands(base: Policy, draft: Policy) -> None:
    """Raise DraftError where a figure differs from that of `base` and cites what was the source of the other number, or
    where a programme's factor asks for more examinations than without a programme."""
    say = catalogue("aforo.routing").say
    for each in changes(base, draft):
        both = each.before is not None and each.after is not None
        if both and each.before != each.after and each.source_before == each.source_after != ASSUMED:
            raise DraftError("policy_source_kept", each.path, say("policy_source_kept", source=each.source_after))
    for name, own in draft.programme.items():
        if own.factor > 1.0:
            raise DraftError(
                "policy_programme_raises", f"programme.{name}", say("policy_programme_raises", factor=f"{own.factor:g}")
            )


def edited(base: Policy, name: str, version: str, anew: Sequence[Figure], targets: Sequence[Target] = ()) -> bytes:
    """The document of `base` with some figures set anew, and targets set or taken out. Raises DraftError for a figure,
    or a target that is to be taken out, that it does not have."""
    table: dict[str, Any] = msgspec.to_builtins(base)
    table["name"], table["version"] = name, version
    for figure in anew:
        node, key = _node(table, figure.path)
        node[key], node["source"] = figure.value, figure.source
    for target in targets:
        _aim(table, target)
    return written(_told(table)).encode("utf-8")


def _aim(table: dict[str, Any], target: Target) -> None:
    """Set a target, or take it out. A port has all that it runs in its own part or none, so a port that gets its first
    target has a copy of what every port runs. Raises DraftError."""
    routing = table.setdefault("routing", {})
    known = routing.get(target.port, {}).get(target.kind, {})
    if target.value is None:
        if target.resource not in known:
            raise DraftError(
                "policy_target_unknown", target.path, catalogue("aforo.routing").say("policy_target_unknown")
            )
        del known[target.resource]
        return
    if target.port not in routing:
        routing[target.port] = copy.deepcopy(routing.get(EVERY_PORT) or msgspec.to_builtins(Running()))
    own = routing[target.port].setdefault(target.kind, {})
    value = {TARGET_VALUES[target.kind]: target.value, "source": target.source}
    own[target.resource] = own.get(target.resource, {}) | value


def _node(table: dict[str, Any], path: str) -> tuple[dict[str, Any], str]:
    """The table that holds a figure, and the key of its value. Raises DraftError."""
    node: Any = table
    keys = path.split(".")
    for place, key in enumerate(keys):
        inside = node.get(key) if isinstance(node, dict) else None
        if isinstance(inside, dict):
            node = inside
        elif place == len(keys) - 1 and isinstance(node, dict) and "source" in node and key != "source" and key in node:
            return node, key
        else:
            break
    else:
        own = [key for key, value in node.items() if key != "source" and value is not None] if "source" in node else []
        if len(own) == 1:
            return node, own[0]
    raise DraftError("policy_figure_unknown", path, catalogue("aforo.routing").say("policy_figure_unknown"))


def _told(node: Any) -> Any:
    """A table without what says nothing: None, and tables that are empty."""
    if not isinstance(node, dict):
        return node
    inside = {key: _told(value) for key, value in node.items() if value is not None}
    return {key: value for key, value in inside.items() if value != {}}


def changes(before: Policy, after: Policy) -> list[Changed]:
    """The figures that differ between two documents, in value or in source."""
    one, other = ({path: (value, source) for path, value, source in figures(each)} for each in (before, after))
    found = []
    for path in dict.fromkeys([*one, *other]):
        was, is_ = one.get(path), other.get(path)
        if was != is_:
            own, new = was or (None, None), is_ or (None, None)
            found.append(Changed(path, own[0], new[0], own[1], new[1]))
    return found
