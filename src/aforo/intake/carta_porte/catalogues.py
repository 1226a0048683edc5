"""SAT's long catalogues of goods, of hazardous materials and of units: a code that is not in them is told.

SAT adds codes between its versions, so a code that the list here lacks is a warning; where SAT's own schemas are at
hand (`xsd`), they refuse it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from importlib import resources

from aforo.intake.carta_porte.nodes import Found
from aforo.intake.carta_porte.trip import Trip

#: The catalogue of each attribute of a line of goods, and of what is around the lines.
OF_LINE = {"BienesTransp": "goods", "CveMaterialPeligroso": "hazardous"}
OF_GOODS = {"UnidadPeso": "weight_units"}
OF_DETAIL = {"UnidadPesoMerc": "weight_units"}


@cache
def codes(name: str) -> frozenset[str]:
    """The codes of a catalogue: `goods`, `hazardous` or `weight_units`."""
    file = resources.files("aforo.intake.carta_porte") / "schema" / "catalogues" / f"{name}.txt"
    made: set[str] = set()
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        common, _, ends = line.partition(" ")
        common = "" if common == "-" else common
        for run in ends.split(","):
            first, _, last = run.partition("-")
            made.update(
                [common + first] if not last else (f"{common}{n:02d}" for n in range(int(first), int(last) + 1))
            )
    return frozenset(made)


def check(trip: Trip, told: Sequence[Found]) -> Iterator[Found]:
    """A warning for each code that is not in its catalogue, of those that nothing else was found of (`told`)."""
    places = {each.fault.place for each in told}
    nodes = [(line, OF_LINE) for line in trip.lines]
    nodes += [(detail, OF_DETAIL) for line in trip.lines for detail in line.all("DetalleMercancia")]
    if trip.goods is not None:
        nodes.append((trip.goods, OF_GOODS))
    for node, attributes in nodes:
        for attribute, name in attributes.items():
            code = node.get(attribute)
            if code and code not in codes(name) and node.at(attribute) not in places:
                yield node.fault("cp_code_unlisted", attribute, "warning")
