"""Events of the keys that a log is signed with: one takes the place of another, or one log goes on from another."""

from __future__ import annotations

from typing import ClassVar

from aforo.domain.payload import Payload


class SigningKeyRotated(Payload, frozen=True, omit_defaults=True, gc=False):
    """A new checkpoint key, vouched for by the old one's signature over it. Stream `artefact/signing-key`."""

    TYPE: ClassVar[str] = "log.key_rotated"

    key_id: str
    public_key: str
    vouched_by: str | None = None
    signature: str | None = None


class LogSucceeded(Payload, frozen=True, omit_defaults=True, gc=False):
    """The log goes on under another name, after its end was lost. Stream `artefact/signing-key`.

    Of `predecessor` the events before this one are left, and it is known to have signed `size` leaves under `root`
    (hexadecimal); what lies between is lost, and `reason` says how. `successor` is the new name, and `public_key` the
    key that it begins with. The last key of the predecessor signed this (`rotation.succession`); `between` are
    rotations (public key and signature, base64) that brought it into force and that were lost too.
    """

    TYPE: ClassVar[str] = "log.succeeded"

    predecessor: str
    size: int
    root: str
    successor: str
    public_key: str
    vouched_by: str
    signature: str
    reason: str
    between: tuple[tuple[str, str], ...] = ()
