"""The fault of a request's body is told with its field and what that must be, and nothing of what was sent."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from aforo.api.alerts import Delay
from aforo.api.challenges import Contested
from aforo.api.custody_readings import Blocks
from aforo.api.faults import fault_of
from aforo.api.orders import Order
from aforo.domain.problem import Problem
from aforo.risk.rules.document import RuleDocument


def fault(body: str, kind: type[Any]) -> Problem:
    with pytest.raises(msgspec.ValidationError) as error:
        msgspec.json.decode(body.encode(), type=kind)
    return fault_of(error.value, kind)


_RULE = '"id": "a", "version": "1", "condition": "true", "reason": {"en": "a", "es": "b"}, '
_DOCUMENT = '{"which": "w", "statement": "s", "documents": [{"name": "n"}, %s]}'


@pytest.mark.parametrize(
    ("kind", "body", "place", "code", "said"),
    [
        (Order, '{"examination": "SENT", "reason": "r"}', "examination", "body_field_bad", "one of `hold`, `joint`"),
        (Order, '{"examination": "hold", "reason": ""}', "reason", "body_field_bad", "text of 1 to 1,000 characters"),
        (Order, '{"examination": "hold"}', "reason", "body_field_missing", "text of 1 to 1,000 characters"),
        (Order, '{"examination": "hold", "SENT": 1}', "body", "body_field_unknown", "`examination`, `reason`"),
        (Order, '{"SENT` - at `$.reason": "hold"}', "body", "body_field_unknown", "`examination`, `reason`"),
        (Order, '{"SENT` - at `$.SENT": "hold"}', "body", "body_field_unknown", "`examination`, `reason`"),
        (Order, '{"examination": "SENT` - at `$.SENT", "reason": "r"}', "examination", "body_field_bad", "one of"),
        (Order, "[]", "body", "body_field_bad", "an object with fields of `examination`, `reason`"),
        (Contested, _DOCUMENT.replace('{"name": "n"}, ', "") % '{"name": "n", "body": "SENT!"}', "documents[0].body",
         "body_field_bad", "base64"),
        (Contested, _DOCUMENT % "1", "documents[0].body", "body_field_missing", "base64"),
        (Contested, '{"which": "w", "statement": "s", "documents": "SENT"}', "documents", "body_field_bad",
         "a list of 0 to 50"),
        (Blocks, '{"blocks": []}', "blocks", "body_field_bad", "a list of 1 to 1000"),
        (Delay, '{"minutes": 0, "reason": "r"}', "minutes", "body_field_bad", "a whole number from 1 to 525,600"),
        (RuleDocument, "{" + _RULE + '"valid_from": "SENT"}', "valid_from", "body_field_bad", "a day such as"),
        (RuleDocument, "{" + _RULE + '"band": [{"from": 2}]}', "band[0].from", "body_field_bad", "from 0.0 to 1.0"),
        (RuleDocument, "{" + _RULE + '"mandatory": "SENT"}', "mandatory", "body_field_bad", "true or false"),
    ],
)  # fmt: skip
def test_a_fault_names_the_field_and_what_it_must_be(
    kind: type[Any], body: str, place: str, code: str, said: str
) -> None:
    problem = fault(body, kind)
    assert (problem.place, problem.code) == (place, code)
    assert said in problem.reason.en
    assert "SENT" not in str(problem)
    assert problem.reason.es != problem.reason.en
