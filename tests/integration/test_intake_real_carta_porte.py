"""The real Carta Porte messages get the verdict that SAT's rules give them."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from aforo.intake.carta_porte import catalogues
from aforo.intake.verdict import check

XSD = "{http://www.w3.org/2001/XMLSchema}"


@pytest.mark.parametrize(
    ("name", "verdict", "codes"),
    [
        ("generated_cp31_by_satcfdi.xml", "accepted", {"cp_alone"}),
        ("cfdv40-cce11.xml", "refused", {"cp_other_complement"}),
        # A payment's CFDI, without transport; and with places, persons and permits that do not belong together.
        ("cfdv40-cartaporte20-min.xml", "refused", {"cp_kind_of_cfdi", "cp_no_transport", "cp_international_lacks"}),
        ("cfdv40-cartaporte20.xml", "refused", {"cp_kind_of_cfdi", "cp_id_unknown", "cp_no_operator"}),
    ],
)
def test_its_verdict(shared_data: Path, name: str, verdict: str, codes: set[str]) -> None:
    found, _ = check(shared_data / "manifests" / "carta_porte" / name)
    assert (found.format, found.verdict) == ("carta_porte", verdict)
    assert codes <= {problem.code for problem in found.problems}
    assert all(problem.place for problem in found.problems)


def test_the_catalogues_that_are_carried_over_are_sats(shared_data: Path) -> None:
    schema = etree.parse(shared_data / "manifests" / "carta_porte" / "catCartaPorte.xsd")
    for name, kind in (
        ("goods", "c_ClaveProdServCP"),
        ("hazardous", "c_MaterialPeligroso"),
        ("weight_units", "c_ClaveUnidadPeso"),
    ):
        listed = schema.iterfind(f".//{XSD}simpleType[@name='{kind}']//{XSD}enumeration")
        assert catalogues.codes(name) == {each.get("value") for each in listed}
