"""What is wrong with the form of a document is said in Spanish too, whatever kind of document it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from aforo.answers import grounds
from aforo.custody import document as roads
from aforo.custody.fences import Fence
from aforo.fleet import contract, maintenance, target
from aforo.intake import mapping
from aforo.measures import definition
from aforo.risk.rules import document as rules
from aforo.routing import policy
from aforo.scoreboard import claims_reading

#: What each parser of documents is given bytes by.
PARSERS: dict[str, Callable[[bytes], Any]] = {
    "contract": contract.parse,
    "targets": target.parse,
    "maintenance": maintenance.parse,
    "grounds": grounds.parse,
    "fence": lambda document: roads.load(document, Fence, 1_000_000),
    "mapping": lambda document: mapping.parse(document.decode(), "m.toml"),
    "measure": definition.parse,
    "rule": rules.parse,
    "policy": policy.parse,
    "claims": claims_reading.parse,
}
WRONG = {
    "no value": b"version = \n",
    "twice": b"version = 1\nversion = 2\n",
    "open text": b'id = "C-1\n',
    "unknown and missing": b"nobody_knows_this = 1\n",
    "another type": b'id = 3\nversion = "one"\nfee = 3\ncolumns = 4\n',
}
#: Words of the parsers.
ENGLISH = ("Expected", "Object", "got `", "missing required", "unknown field", "Invalid", "Cannot", "Illegal")


@pytest.mark.parametrize("document", WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("parse", PARSERS.values(), ids=PARSERS)
def test_no_word_of_a_parser_stands_in_a_spanish_error(parse: Callable[[bytes], Any], document: bytes) -> None:
    with pytest.raises(ValueError) as wrong:  # noqa: PT011 - each kind of document has an error of its own
        parse(document)
    told = getattr(wrong.value, "text", None)
    assert told is not None, "the error has its sentence in both languages"
    assert told.en != told.es
    assert not [word for word in ENGLISH if word in told.es], told.es
