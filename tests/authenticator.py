"""An authenticator in software, with one key (P-256), for tests of passkeys."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

#: Flags of authenticator data: somebody was there, was verified, and a credential is attached.
PRESENT, VERIFIED, ATTACHED = 0x01, 0x04, 0x40


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass
class Authenticator:
    origin: str
    rp: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    credential: bytes = b"credential of a test"
    count: int = 0
    flags: int = PRESENT | VERIFIED
    #: What its public key has instead, by the numbers of COSE; None for what it lacks.
    instead: dict[int, Any] = field(default_factory=dict)

    def register(self, options: dict[str, Any]) -> dict[str, Any]:
        """The answer to the options of a registration."""
        numbers = self.key.public_key().public_numbers()
        own = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")} | self.instead
        public = cbor2.dumps({name: value for name, value in own.items() if value is not None})
        attached = bytes(16) + len(self.credential).to_bytes(2, "big") + self.credential + public
        made = {"fmt": "none", "attStmt": {}, "authData": self._data(ATTACHED) + attached}
        return self._credential(
            {
                "clientDataJSON": _text(self._said("webauthn.create", options)),
                "attestationObject": _text(cbor2.dumps(made)),
            }
        )

    def sign_in(self, options: dict[str, Any], handle: bytes | None = None) -> dict[str, Any]:
        """The answer to the options of signing in."""
        self.count += 1
        said, data = self._said("webauthn.get", options), self._data(0)
        signature = self.key.sign(data + hashlib.sha256(said).digest(), ec.ECDSA(hashes.SHA256()))
        response = {
            "clientDataJSON": _text(said),
            "authenticatorData": _text(data),
            "signature": _text(signature),
        }
        return self._credential(response | ({} if handle is None else {"userHandle": _text(handle)}))

    def _credential(self, response: dict[str, str]) -> dict[str, Any]:
        name = _text(self.credential)
        return {"id": name, "rawId": name, "type": "public-key", "response": response, "clientExtensionResults": {}}

    def _said(self, kind: str, options: dict[str, Any]) -> bytes:
        return json.dumps({"type": kind, "challenge": options["challenge"], "origin": self.origin}).encode()

    def _data(self, attached: int) -> bytes:
        return (
            hashlib.sha256(self.rp.encode()).digest() + bytes([self.flags | attached]) + self.count.to_bytes(4, "big")
        )
