"""A text gives an identifier or a name away however it is spelled, and never by chance in other words."""

from __future__ import annotations

import pytest

from aforo.domain.spoken import gives_away


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("request by SYNDR000101", "SYNDR000101"),
        ("request by syndr-000 101.", "SYNDR000101"),
        ("request by SYNDR000101's lawyer", "SYN-DR-000101"),
        ("for Ana María López", "ANA MARÍA LÓPEZ"),
        ("for Ana Mari\u0301a Lo\u0301pez", "ana maría lópez"),
        ("for ana maria lopez", "Ana María López"),
        ("for Ana María Núñez", "ANA MARIA NUNEZ"),
        ("art. 17, driver 7-A", "7a"),
    ],
)
def test_what_is_given_away(text: str, value: str) -> None:
    assert gives_away(text, value)


@pytest.mark.parametrize(
    ("text", "value"),
    [("art. 17 GDPR", "7"), ("the police asked", "Li"), ("art. 20", "SYNDR000101"), ("art. 20", "--"), ("art. 20", "")],
)
def test_what_is_not(text: str, value: str) -> None:
    assert not gives_away(text, value)
