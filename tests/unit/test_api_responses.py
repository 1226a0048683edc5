"""Answers as JSON, compressed for who accepts that; and bodies as the OpenAPI document says them."""

from __future__ import annotations

import gzip
import json
from typing import Any

from aforo.api.body import schema_of
from aforo.api.bridges import Lanes
from aforo.api.orders import Acceptance
from aforo.api.responses import json_answer

LONG = {"lanes": ["standard"] * 500}


def test_an_answer_is_compressed_where_that_is_accepted_and_worth_it() -> None:
    packed = json_answer(LONG, accepted="br, gzip")
    assert (packed.headers["Content-Encoding"], packed.headers["Vary"]) == ("gzip", "Accept-Encoding")
    assert json.loads(gzip.decompress(packed.content)) == LONG
    for plain in (json_answer(LONG), json_answer(LONG, accepted="br"), json_answer({}, accepted="gzip")):
        assert "Content-Encoding" not in plain.headers
        assert json.loads(plain.content) in (LONG, {})


def test_the_schema_of_a_body_is_whole_and_names_what_is_needed() -> None:
    accepted: Any = schema_of(Acceptance)
    assert accepted["required"] == ["decision", "examination"]
    assert "release" in accepted["properties"]["examination"]["enum"]
    assert not accepted["additionalProperties"]
    lanes: Any = schema_of(Lanes)
    assert lanes["required"] == ["lanes"]
    assert lanes["properties"]["lanes"]["additionalProperties"]["maximum"] == 1_000
    assert "$ref" not in json.dumps([accepted, lanes])
