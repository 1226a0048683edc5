"""Places: a port of entry may have several bridges; live state, prices and rosters belong to a bridge."""

from __future__ import annotations

from typing import Literal

from aforo.domain.checked import Checked, Identifier
from aforo.domain.codes import SchedulePortCode, schedule_d, zones

#: What stands behind a seal by ISO 17712: high security, security, indicative.
SealClass = Literal["H", "S", "I"]


class Port(Checked, frozen=True, omit_defaults=True):
    """A port of entry by its Schedule D code, with its IANA zone: its days and weeks are local ones."""

    port: SchedulePortCode
    name: Identifier
    zone: Identifier
    bridges: tuple[Identifier, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.zone not in zones():
            raise self.wrong("zone", "the name of an IANA time zone, such as America/Chicago")

    @property
    def listed(self) -> bool:
        """Whether Schedule D knows the code: a newer edition may, where the packaged one does not."""
        return self.port in schedule_d()


class Scanner(Checked, frozen=True, omit_defaults=True):
    """A non-intrusive inspection system at a bridge; `kind` as the scanner log has it (LEP, MEP, HE, …)."""

    scanner_id: Identifier
    kind: Identifier
    port: SchedulePortCode | None = None


class Seal(Checked, frozen=True, omit_defaults=True):
    """A seal as declared, with its class after ISO 17712."""

    seal_id: Identifier
    iso_17712_class: SealClass | None = None
