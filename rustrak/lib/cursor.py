"""A position in a list as opaque text for a URL. Pure."""

from __future__ import annotations

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode

_MAX_LENGTH = 2048
_INT64 = 2**63


class BadCursor(ValueError):
    """The text is not a cursor, or belongs to another list."""


def encode(values: tuple[str | int, ...]) -> str:
    """`values` as text of letters, digits, `-` and `_`."""
    text = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
    return urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def decode(text: str) -> tuple[str | int, ...]:
    """The values that `encode` was given. Strings contain no NUL and no lone surrogate, integers fit into 64 bits.

    Raises BadCursor for any text that `encode` cannot have returned.
    """
    if len(text) > _MAX_LENGTH:
        raise BadCursor("is too long")
    try:
        values = json.loads(urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4)))
        if not isinstance(values, list) or not all(_is_value(value) for value in values):
            raise BadCursor("is not a list of values")
        decoded = tuple(values)
        if encode(decoded) != text:
            raise BadCursor("is not in the form that encode returns")
    except (binascii.Error, UnicodeError, ValueError, RecursionError):
        raise BadCursor("is not a cursor") from None
    return decoded


def _is_value(value: object) -> bool:
    if isinstance(value, str):
        return "\0" not in value
    return isinstance(value, int) and not isinstance(value, bool) and -_INT64 <= value < _INT64
