"""The envelope that a message came in, for formats whose answers go back in one of their own."""

from __future__ import annotations

from typing import Literal

import msgspec

#: Whether an interchange is production data, a test, or information (I14).
Usage = Literal["P", "T", "I"]


class X12Reference(msgspec.Struct, frozen=True):
    """The envelope of an X12 set that is answered, as its sender wrote it.

    Qualifiers and identifiers are those of ISA05 to ISA08, the control numbers ISA13, GS06 and ST02; the parties of the
    group are GS02 and GS03, `version` GS08, `set_kind` ST01, `interchange_version` ISA12, `usage` ISA15; `manifest` are
    the elements of its M10, `port` the code in its P4.
    """

    sender_qualifier: str
    sender: str
    receiver_qualifier: str
    receiver: str
    interchange_control: str
    group_control: str
    set_control: str
    set_kind: str
    group_sender: str
    group_receiver: str
    version: str = "004060"
    interchange_version: str = "00400"
    usage: Usage = "P"
    manifest: tuple[str, ...] = ()
    port: str = ""

    @property
    def partner(self) -> tuple[str, str]:
        """Whom the answer goes to: qualifier and identifier of the sender."""
        return self.sender_qualifier.strip(), self.sender.strip()
