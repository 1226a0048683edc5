"""Requests made from the server's own OpenAPI document, and whether what it answers is what the document says."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import hypothesis
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given
from listening import Listening
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS
from schemathesis.core.errors import SerializationNotPossible
from schemathesis.core.failures import FailureGroup

from aforo.domain.role import ROLES

#: A body may be anything, and is refused for what it says rather than for its form: what the document allows need not
#: be accepted, and what it does not describe need not be refused. The other checks hold for every answer.
NOT_OURS = ("positive_data_acceptance", "negative_data_rejection")
#: Seconds after which an answer is a hang.
HANG_S = 5.0
#: Answers that go on until one of the two ends are read no further than their head.
ENDLESS = "text/event-stream"
NASTY: tuple[Any, ...] = (
    None, True, -1, 0, 2**63, 2**64, -(2**70), 1e308, 0.1, "", " ", "\0", "\ud7ff", "x" * 100_000, "'; --", "../..",
    "%2F", [], {}, [[]], {"": {}}, [None] * 1_000, "2026-02-30T99:99:99Z", "0000-00-00", "٣", "NaN", "\u202e",
)  # fmt: skip


@schemathesis.serializer("application/x-ndjson", "text/csv", "application/xml", "application/edi-x12")
def _as_it_is(context: schemathesis.SerializationContext, value: Any) -> bytes:
    """Bytes as they are, and anything else as JSON: the document says no more of these bodies than their name."""
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass")
    return value if isinstance(value, bytes) else json.dumps(value).encode()


@dataclass
class Findings:
    """What did not conform, once each, with how it was asked; and how many requests were made."""

    wrong: dict[str, str] = field(default_factory=dict)
    asked: dict[tuple[str, str], int] = field(default_factory=dict)
    slowest: float = 0.0

    def add(self, what: str, how: str) -> None:
        self.wrong.setdefault(what, how)


def callers(served: Listening) -> Iterator[tuple[str, dict[str, str]]]:
    """Every role, and nobody, with the headers of each."""
    yield "nobody", {}
    for role in ROLES:
        token = served.token(role, f"conforming {role}", ("CA-1",) if role == "carrier" else ())
        yield role, {"Authorization": f"Bearer {token}"}


def _changed(draw: random.Random, example: Any) -> Any:
    """An example of the document, with a field of it replaced, removed or added."""
    made = json.loads(json.dumps(example))
    if isinstance(made, dict) and made and draw.random() < 0.8:
        name = draw.choice([*made, "unknown"])
        if draw.random() < 0.2:
            made.pop(name, None)
        else:
            made[name] = draw.choice(NASTY)
    return made


def _bodies(operation: Any) -> list[tuple[str, Any]]:
    content = operation.definition.raw.get("requestBody", {}).get("content", {})
    found = []
    for media, each in content.items():
        examples = [each["example"]] if "example" in each else [
            one["value"] for one in each.get("examples", {}).values() if "value" in one
        ]  # fmt: skip
        found += [(media, example) for example in examples if media.endswith("json")]
    return found


def conforming(served: Listening, known: dict[str, Sequence[str]], examples: int, seconds: float) -> Findings:
    """Ask every operation as every caller, `examples` times each or until the time is over.

    `known` are names that there are, by the name of the path's parameter.
    """
    schema = schemathesis.openapi.from_url(f"{served.address}/openapi.json")
    checks = [CHECKS.get_one(name) for name in CHECKS.get_all_names() if name not in NOT_OURS]
    findings, until = Findings(), time.monotonic() + seconds
    operations = [each.ok() for each in schema.get_all_operations()]
    everyone = list(callers(served))
    share = seconds / len(operations)
    with requests.Session() as session:
        session.trust_env = False
        for operation in operations:
            _ask(operation, everyone, known, examples, min(until, time.monotonic() + share), checks, session, findings)
    return findings


class TimeOverError(Exception):
    """An operation has been asked for as long as there was time: no more questions are made up."""


def _ask(
    operation: Any, everyone: Sequence[tuple[str, dict[str, str]]], known: dict[str, Sequence[str]], examples: int,
    until: float, checks: list[Any], session: requests.Session, findings: Findings,
) -> None:  # fmt: skip
    """Questions of one operation, each asked by everyone: to make a question up takes longer than to ask it."""
    label = f"{operation.method.upper()} {operation.path}"
    draw = random.Random(label)
    bodies = _bodies(operation)
    strategy = operation.as_strategy(GenerationMode.POSITIVE) | operation.as_strategy(GenerationMode.NEGATIVE)

    @hypothesis.settings(
        max_examples=examples, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=strategy)
    def ask(case: Any) -> None:
        for caller, headers in everyone:
            place = label, caller
            if findings.asked.get(place, 0) and time.monotonic() > until:
                raise TimeOverError
            findings.asked[place] = findings.asked.get(place, 0) + 1
            for parameter, names in known.items():
                if parameter in (case.path_parameters or {}) and draw.random() < 0.5:
                    case.path_parameters[parameter] = draw.choice(list(names))
            if bodies and draw.random() < 0.4:
                case.media_type, example = draw.choice(bodies)
                case.body = _changed(draw, example)
            _answered(operation, label, caller, case, headers, checks, session, findings)

    with suppress(TimeOverError):
        ask()


def _answered(
    operation: Any, label: str, caller: str, case: Any, headers: dict[str, str], checks: list[Any],
    session: requests.Session, findings: Findings,
) -> None:  # fmt: skip
    """One question by one caller: what is wrong with how it is answered goes into the findings."""
    begun = time.monotonic()
    try:
        response = case.call(session=session, headers=headers, timeout=HANG_S, stream=False)
    except requests.Timeout:
        if not _endless(operation):
            findings.add(f"{label}: no answer in {HANG_S:.0f} s", caller)
        return
    except (requests.exceptions.InvalidHeader, SerializationNotPossible, UnicodeError):
        return  # what the client itself refuses to send
    except requests.RequestException as error:
        findings.add(f"{label}: {type(error).__name__}", f"{caller}: {str(case.body)[:200]!r}")
        return
    findings.slowest = max(findings.slowest, time.monotonic() - begun)
    try:
        case.validate_response(response, checks=checks, headers=headers, transport_kwargs={"session": session})
    except FailureGroup as failures:
        for failure in failures.exceptions:
            said = f"{label}: {response.status_code}: {failure.title}: {str(failure.message)[:300]}"
            findings.add(said, f"{caller}: {case.as_curl_command()[:600]}")


def _endless(operation: Any) -> bool:
    responses = operation.definition.raw.get("responses", {})
    return any(ENDLESS in each.get("content", {}) for each in responses.values())
