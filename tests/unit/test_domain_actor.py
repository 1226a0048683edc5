"""Names that nobody may act by, and the actor of what a carrier does."""

from __future__ import annotations

import pytest

from aforo.domain.actor import carrier_actor, is_reserved


@pytest.mark.parametrize(
    "name", ["aforo", " A F O R O ", "Operator", "filer", "carrier:0a/b", "Carrier : x", "ＣＡＲＲＩＥＲ：x"]
)
def test_what_the_product_and_carriers_act_by_is_nobodys_name(name: str) -> None:
    assert is_reserved(name)


@pytest.mark.parametrize(
    "name", ["\u0410na Ruiz", "Ana Ruiz \u043e", "\u0391NA", "\u0410\u043d\u0430", "Ana R\u03c5iz"]
)
def test_letters_of_other_scripts_make_no_name_that_looks_like_another(name: str) -> None:
    assert is_reserved(name)


@pytest.mark.parametrize(
    "name", ["Ana Ruiz", "carrier CA-1", "ACME carriers", "Aforo Ruiz", "port: 2304", "Luz", "Begoña Núñez", "Ångström"]
)
def test_other_names_are_persons(name: str) -> None:
    assert not is_reserved(name)


def test_a_carrier_acts_in_a_namespace_whatever_its_token_is_called() -> None:
    assert carrier_actor(("b2", "a1"), "0f3a") == "carrier:a1+b2/0f3a"
    assert is_reserved(carrier_actor(("a1",), "0f3a"))
