"""A passkey in Python: what a browser would send. Source: Web Authentication Level 3, 5.1, 6.1 and 6.5."""

from __future__ import annotations

import hashlib
import json
import os
import struct
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor
from fido2.cose import ES256
from fido2.utils import websafe_encode

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


class Authenticator:
    """One key for the installation at `origin`. `flags` say whether somebody was there, and showed who they are."""

    def __init__(self, origin: str, flags: int = PRESENT | VERIFIED) -> None:
        self.origin, self.flags = origin, flags
        self.identifier = os.urandom(16)
        self.handle = ""
        self._key = ec.generate_private_key(ec.SECP256R1())

    def made(self, options: dict[str, Any], **client: Any) -> str:
        """The answer to a request for a new passkey."""
        wanted = options["publicKey"]
        self.handle = wanted["user"]["id"]
        public = cbor.encode(ES256.from_cryptography_key(self._key.public_key()))
        attested = bytes(16) + struct.pack(">H", len(self.identifier)) + self.identifier + public
        about = self._about(wanted["rp"]["id"], ATTESTED) + attested
        made = cbor.encode({"fmt": "none", "attStmt": {}, "authData": about})
        return self._sent(
            self._client("webauthn.create", wanted["challenge"], client),
            attestationObject=websafe_encode(made),
            transports=["internal"],
        )

    def signed(self, options: dict[str, Any], **client: Any) -> str:
        """The answer to a request for the passkey."""
        wanted = options["publicKey"]
        said = self._client("webauthn.get", wanted["challenge"], client)
        about = self._about(wanted["rpId"], 0)
        signature = self._key.sign(about + hashlib.sha256(said).digest(), ec.ECDSA(hashes.SHA256()))
        return self._sent(
            said,
            authenticatorData=websafe_encode(about),
            signature=websafe_encode(signature),
            userHandle=self.handle,
        )

    def _about(self, host: str, more: int) -> bytes:
        return hashlib.sha256(host.encode()).digest() + struct.pack(">BI", self.flags | more, 1)

    def _client(self, type: str, challenge: str, more: dict[str, Any]) -> bytes:
        said = {"type": type, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(said | more).encode()

    def _sent(self, client: bytes, **response: Any) -> str:
        name = websafe_encode(self.identifier)
        return json.dumps(
            {
                "type": "public-key", "id": name, "rawId": name, "authenticatorAttachment": "platform",
                "response": {"clientDataJSON": websafe_encode(client), **response},
                "clientExtensionResults": {"credProps": {"rk": True}},
            }
        )  # fmt: skip
