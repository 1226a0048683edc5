"""The documents of legal grounds: those that are shipped, and what a wrong one is told."""

from __future__ import annotations

import pytest

from aforo.answers.grounds import GROUNDED, GroundsError, parse, shipped

STATUSES = '"partly", "refused", "to_be_examined", "held"'
ENTRY = f"""[[ground]]
code = "one"
for = [{STATUSES}]
citation = "Act, 1"
source = "assumed"
en = "It is so."
es = "Así es."
"""
GOOD = f'country = "US"\nversion = "1"\n{ENTRY}'


@pytest.mark.parametrize("country", ["US", "MX"])
def test_the_shipped_documents_give_a_ground_to_whatever_takes_something(country: str) -> None:
    law = shipped(country)
    assert law.country == country
    assert all(law.of(status) for status in GROUNDED)
    assert any(not ground.confirmed for status in GROUNDED for ground in shipped("MX").of(status))
    assert all(ground.confirmed for status in GROUNDED for ground in shipped("US").of(status))


def test_an_assumed_ground_is_not_confirmed() -> None:
    assert not parse(GOOD.encode()).of("held")[0].confirmed
    read = GOOD.replace('"assumed"', '"the act itself"')
    assert parse(read.encode()).of("held")[0].confirmed
    assert not parse(GOOD.replace('"assumed"', '"assumed: unread"').encode()).of("held")[0].confirmed


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (b"\xff", "not TOML"),
        (b"country = ", "not TOML"),
        (b"a" * 70_000, "larger than 64 kB"),
        (b"a = " + b"[" * 30_000, "not TOML"),
        (GOOD.replace('"US"', '"usa"').encode(), "country"),
        (GOOD.replace('"held"', '"kept"').encode(), "for"),
        (GOOD.replace('en = "It is so."\n', "").encode(), "`en`"),
        (GOOD.replace("It is so.", "").encode(), "en"),
        (GOOD.replace(', "held"', "").encode(), "held"),
        ((GOOD + ENTRY).encode(), "there twice"),
        ((GOOD + "score = 1\n").encode(), "score"),
        (b'country = "US"\nversion = "1"\n', "ground"),
    ],
)
def test_a_wrong_document_is_told_where(document: bytes, said: str) -> None:
    with pytest.raises(GroundsError, match=said):
        parse(document)


def test_no_other_country_is_shipped() -> None:
    with pytest.raises(GroundsError, match="no document"):
        shipped("../US")
