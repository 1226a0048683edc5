"""A document taken apart: the CFDI, its complement Carta Porte and its stamp, with what the rules ask of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cached_property

from aforo.intake.carta_porte.facets import DECIMAL
from aforo.intake.carta_porte.nodes import Found, Node

#: The RFC that stands for any party abroad (RMF 2.7.1.23): who it is stands in `NumRegIdTrib`.
ABROAD = "XEXX010101000"
#: That and the one of the public at large stand for many.
ANYBODY = (ABROAD, "XAXX010101000")
YES = "Sí"
#: The transports of a complement, in the order of SAT's keys 01 to 04 (`c_CveTransporte`).
TRANSPORTS = ("Autotransporte", "TransporteMaritimo", "TransporteAereo", "TransporteFerroviario")


@dataclass(frozen=True)
class Trip:
    """One complement Carta Porte. `version` is `20`, `30` or `31`; without a `comprobante` it stands alone."""

    carta: Node
    version: str
    comprobante: Node | None
    timbre: Node | None

    @cached_property
    def international(self) -> bool:
        """Whether the goods enter or leave Mexico."""
        return self.carta.get("TranspInternac") == YES

    @property
    def entering(self) -> bool:
        """Whether the goods enter Mexico."""
        return self.international and self.carta.get("EntradaSalidaMerc") == "Entrada"

    @cached_property
    def places(self) -> list[Node]:
        """Where goods are taken up and set down."""
        group = self.carta.first("Ubicaciones")
        return group.all("Ubicacion") if group is not None else []

    @cached_property
    def goods(self) -> Node | None:
        return self.carta.first("Mercancias")

    @cached_property
    def lines(self) -> list[Node]:
        """The goods' lines."""
        return self.goods.all("Mercancia") if self.goods is not None else []

    @cached_property
    def transports(self) -> dict[str, Node]:
        """The transports by name."""
        if self.goods is None:
            return {}
        return {each.name: each for each in self.goods.children if each.name in TRANSPORTS}

    @cached_property
    def figures(self) -> list[Node]:
        """The persons of the transport: operators, owners, lessors."""
        group = self.carta.first("FiguraTransporte")
        return group.all("TiposFigura") if group is not None else []

    @cached_property
    def hazardous(self) -> bool:
        """Whether any of the goods are dangerous."""
        return any(line.get("MaterialPeligroso") == YES for line in self.lines)


#: A rule beyond the schema.
Rule = Callable[[Trip], Iterator[Found]]


def number(node: Node, name: str) -> Decimal | None:
    """An attribute as a number; None where it is absent or none, which the schema has told."""
    value = node.get(name)
    if not value or DECIMAL.fullmatch(value) is None:
        return None
    try:
        return Decimal(value)
    except InvalidOperation:
        return None


def total(nodes: list[Node], name: str) -> Decimal | None:
    """The sum of an attribute; None where one of the nodes lacks it."""
    parts = [number(node, name) for node in nodes]
    return None if not parts or None in parts else sum((part for part in parts if part is not None), Decimal())


def needs(node: Node, *names: str, code: str = "cp_missing_here") -> Iterator[Found]:
    """A refusal for each attribute that the node lacks."""
    for name in names:
        if not node.get(name):
            yield node.fault(code, name)


def lacks(node: Node, *names: str, code: str = "cp_not_here", gravity: str = "refusal") -> Iterator[Found]:
    """A finding for each attribute that the node has and should not have."""
    for name in names:
        if node.get(name):
            yield node.fault(code, name, "warning" if gravity == "warning" else "refusal")
