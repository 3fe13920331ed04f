"""Reads a JSON object as SDKs really send it. Pure."""

from __future__ import annotations

from typing import Any

import orjson

from rustrak.lib import tolerant_json


def parse(data: bytes) -> dict[str, Any] | None:
    """The JSON object in `data`, with everything that tolerant_json tolerates; None if it is not one."""
    try:
        value = orjson.loads(data)  # what orjson accepts and a database does not is repaired by the digest
    except orjson.JSONDecodeError:
        try:
            value, _ = tolerant_json.loads(data)
        except tolerant_json.NotJson:
            return None
    return value if isinstance(value, dict) else None


def looks_like_object(data: bytes) -> bool:
    """Whether `data` starts like a JSON object: a cheap check of payloads that are parsed later."""
    return data[:1] == b"{" or data[:64].removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")[:1] == b"{"
