"""Texts that are encrypted in the database, with a key derived from SECRET_KEY."""

from __future__ import annotations

from collections.abc import Mapping


class Unreadable(Exception):
    """Encrypted with another key, or damaged."""


def seal(values: Mapping[str, str]) -> bytes:
    """Encrypt texts by name; empty for none."""
    raise NotImplementedError


def unseal(sealed: bytes | memoryview) -> dict[str, str]:
    """The texts that `seal` encrypted. Raises Unreadable."""
    raise NotImplementedError
