"""Whatever a document of a plan holds, it is a plan or it is refused in words: never a traceback."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aforo.twin import border, designs, tariffs
from aforo.twin.design_plan import plan_of_port
from aforo.twin.designs import PortPlan
from aforo.twin.designs_tried import futures_tried
from aforo.twin.plan_documents import PlanError
from aforo.twin.tariff_arrivals import arrivals

BORDER = border.shipped()
PORT = designs.ready()["otay-mesa-east"]
TARIFF = tariffs.ready()["tariff-2025-03"]
PARSERS: list[tuple[Callable[..., Any], bytes]] = [(designs.parse, PORT), (tariffs.parse, TARIFF)]

VALUES = [
    "0", "1", "-1", "0.0", "1.5", "1e300", "nan", "-inf", "true", '""', '"x"', "[]", "{}", "2024-02-30", "2024-10-07",
    "9999-12-31", "[[1]]", '"24:00"', '"00:00"', "99999999999999999999", "20", "0.001",
]  # fmt: skip


def mangled(document: bytes, seed: int, times: int) -> bytes:
    """A document with some of its values, keys and lines changed."""
    chance = random.Random(seed)
    lines = document.decode().split("\n")
    for _ in range(times):
        at = chance.randrange(len(lines))
        what = chance.randrange(6)
        if what == 0:
            del lines[at]
        elif what == 1:
            lines.insert(at, lines[chance.randrange(len(lines))])
        elif what == 2 and "=" in lines[at]:
            lines[at] = lines[at].split("=")[0] + "= " + chance.choice(VALUES)
        elif what in (3, 4):
            found = list(re.finditer(r"[0-9][0-9.e]*", lines[at]))
            if found:
                one = chance.choice(found)
                lines[at] = lines[at][: one.start()] + chance.choice(VALUES) + lines[at][one.end() :]
        else:
            lines[at] = lines[at].replace("share", "shares", 1)
    return "\n".join(lines).encode()


@given(st.binary(max_size=400), st.sampled_from([0, 1]))
def test_bytes_that_are_no_document_are_refused(content: bytes, which: int) -> None:
    with pytest.raises(PlanError) as raised:
        PARSERS[which][0](content, BORDER.ports)
    assert raised.value.text.en
    assert raised.value.text.es


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**32), st.integers(1, 12), st.sampled_from([0, 1]))
def test_a_document_that_is_mangled_is_a_plan_or_refused(seed: int, times: int, which: int) -> None:
    parse, document = PARSERS[which]
    with suppress(PlanError):
        parse(mangled(document, seed, times), BORDER.ports)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**32))
def test_what_is_a_plan_of_a_port_can_be_made_or_is_refused(seed: int) -> None:
    with suppress(PlanError):
        plan: PortPlan = designs.parse(mangled(PORT, seed, 2), BORDER.ports)
        few = msgspec.structs.replace(plan, design=plan.design[:2], days=1, policy="clearance")
        plan_of_port(few, BORDER, list(futures_tried(few, BORDER, range(2))))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**32))
def test_what_is_a_tariff_has_arrivals_or_is_refused(seed: int) -> None:
    with suppress(PlanError):
        tariff = tariffs.parse(mangled(TARIFF, seed, 2), BORDER.ports)
        made = arrivals(tariff, BORDER, 3)
        assert (made.factors >= 0.0).all()


def test_a_document_that_is_too_large_or_too_deep_is_refused() -> None:
    for parse, _ in PARSERS:
        for content in (b"#" * 300_000, b"a." * 2_000 + b"b = 1", b"a = " + b"[" * 5_000, b"\xff\xfe"):
            with pytest.raises(PlanError):
                parse(content, BORDER.ports)
