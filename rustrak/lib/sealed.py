"""Texts that are encrypted in the database, with a key derived from SECRET_KEY.

AES-256-GCM with a random nonce. The key follows from SECRET_KEY by HKDF, and whoever has another one can read nothing. What
is sealed for one purpose cannot be read for another: a value that is moved to another row's column is damaged.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

# The first byte says how the others are to be read; then come the nonce and what is encrypted.
_VERSION = b"\x01"
_NONCE_BYTES = 12


class Unreadable(Exception):
    """Encrypted with another key, for another purpose, or damaged."""


def seal(values: Mapping[str, str], purpose: str = "channel") -> bytes:
    """Encrypt texts by name; empty for none."""
    if not values:
        return b""
    nonce = os.urandom(_NONCE_BYTES)
    text = json.dumps(dict(values), separators=(",", ":")).encode()
    return _VERSION + nonce + _cipher(settings.SECRET_KEY).encrypt(nonce, text, _bound(purpose))


def unseal(sealed: bytes | memoryview, purpose: str = "channel") -> dict[str, str]:
    """The texts that `seal` encrypted. Raises Unreadable."""
    data = bytes(sealed)
    if not data:
        return {}
    start = len(_VERSION) + _NONCE_BYTES
    # Here for memory, as in _cipher.
    from cryptography.exceptions import InvalidTag

    try:
        if not data.startswith(_VERSION) or len(data) <= start:
            raise ValueError
        nonce = data[len(_VERSION) : start]
        text = _cipher(settings.SECRET_KEY).decrypt(nonce, data[start:], _bound(purpose))
    except (InvalidTag, ValueError):
        raise Unreadable("encrypted with another key, or damaged") from None
    values: dict[str, str] = json.loads(text)
    return values


def _bound(purpose: str) -> bytes:
    return _VERSION + purpose.encode()


@lru_cache(2)
def _cipher(secret: str) -> AESGCM:
    # Imported here for memory: cryptography takes 7 MiB of each process that has it, and most never need it.
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return AESGCM(HKDF(SHA256(), 32, salt=None, info=b"rustrak.lib.sealed").derive(secret.encode()))
