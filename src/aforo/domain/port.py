"""Places: a port of entry may have several bridges; live state, prices and rosters belong to a bridge."""

from __future__ import annotations

import msgspec


class Port(msgspec.Struct, frozen=True, omit_defaults=True):
    """A port of entry by its Schedule D code, with its IANA zone: its days and weeks are local ones."""

    port: str
    name: str
    zone: str
    bridges: tuple[str, ...] = ()


class Scanner(msgspec.Struct, frozen=True, omit_defaults=True):
    """A non-intrusive inspection system at a bridge; `kind` as the scanner log has it (LEP, MEP, HE, …)."""

    scanner_id: str
    kind: str
    port: str | None = None


class Seal(msgspec.Struct, frozen=True, omit_defaults=True):
    """A seal as declared; its class after ISO 17712 (`H` is high security)."""

    seal_id: str
    iso_17712_class: str | None = None
