"""What can be told of the header of an envelope's item that is not as it should be, and where the next one begins. Pure."""

from __future__ import annotations

import re
from typing import Any

import orjson

from ingest import item_types

#: The longest header, in bytes, that is looked for after an item whose end is not known.
MAX_FOUND_BYTES = 4096
# What SDKs write into the headers of items. A payload has other members, so no payload is taken for a header.
_MEMBERS = frozenset(
    {
        "type", "length", "filename", "content_type", "attachment_type", "platform", "item_count", "meta_length",
        "profile_type", "sample_rates",
    }
)  # fmt: skip
_type = re.compile(rb'"type"[ \t]*:[ \t]*"([a-z_]{1,64})"').search


def is_length(value: object) -> bool:
    """Whether the `length` of a header is a number of bytes."""
    return type(value) is int and value >= 0


def found(line: bytes) -> dict[str, Any] | None:
    """The item header in `line`, None if it is not certain to be one.

    It is certain of a JSON object whose type is known, whose length, if any, is a number, and that has the members of
    headers only.
    """
    if not line.endswith(b"}"):
        return None
    try:
        headers = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(headers, dict) or not headers.keys() <= _MEMBERS:
        return None
    kind, length = headers.get("type"), headers.get("length")
    if not isinstance(kind, str) or not item_types.is_known(kind):
        return None
    return headers if length is None or is_length(length) else None


def kind_in(line: bytes) -> str:
    """The type that a header which is not JSON seems to name, if it is a known one; else empty."""
    match = _type(line, 0, MAX_FOUND_BYTES)
    kind = match[1].decode() if match else ""
    return kind if item_types.is_known(kind) else ""
