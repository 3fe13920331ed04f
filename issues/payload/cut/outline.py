"""Reduces an event that takes too long to read to what names and groups it, without parsing the rest. Pure."""

from __future__ import annotations

from typing import Any

import orjson

from issues.payload import access
from issues.payload.cut.parse_budget import members, weight
from rustrak.lib.text import visible_text

# In bytes: of one member of the event, and of all that are kept.
_MOST_OF_MEMBER, _MOST = 4096, 64 * 1024
# Estimated bytes of Python objects: parsing more than this takes too long.
_MOST_PARSED = 8 * 1024 * 1024
_MOST_TEXT = 1024
_IDENTITY = (
    "event_id", "timestamp", "platform", "level", "type", "logger", "server_name", "release", "dist", "environment",
    "transaction", "culprit", "fingerprint", "sdk", "user", "sentry.interfaces.User", "logentry", "message",
    "sentry.interfaces.Message", "exception", "sentry.interfaces.Exception", "tags",
)  # fmt: skip
_EXCEPTIONS = ("exception", "sentry.interfaces.Exception")
_MESSAGES = ("logentry", "message", "sentry.interfaces.Message")


def outline(data: bytes) -> bytes:
    """JSON of at most some 64 KiB with the small members of the event that name and group it; of a large exception or
    message its texts. Data that is not a JSON object is returned as it is, cut: it is no event anyway."""
    try:
        found = {name: data[start:end] for name, start, end in members(data) if name in _IDENTITY}
    except ValueError:
        return data[:_MOST]
    kept: list[bytes] = []
    left = _MOST
    for name in _IDENTITY:
        member = found.get(name)
        if member is not None and len(member) > _MOST_OF_MEMBER:
            member = _texts(name, member)
        if member and len(member) <= left:
            kept.append(member)
            left -= len(member)
    return b"{" + b",".join(kept) + b"}"


def _texts(name: str, member: bytes) -> bytes:
    """The member `name` with nothing but its texts; empty where it has none or is too heavy to be parsed."""
    if name not in _EXCEPTIONS + _MESSAGES or weight(member) > _MOST_PARSED:
        return b""
    try:
        value = orjson.loads(b"{" + member + b"}")[name]
    except orjson.JSONDecodeError:
        return b""
    if name in _MESSAGES:
        short: Any = _short(
            value.get("message") or value.get("formatted") if isinstance(value, dict) else value
        )
    else:
        thrown = access.entries(value)[-1:]
        short = {"values": [{key: _short(one.get(key)) for key in ("type", "value")} for one in thrown]}
    return orjson.dumps({name: short})[1:-1]


def _short(value: Any) -> str:
    text = visible_text.beginning(access.text(value))[:_MOST_TEXT]
    return text.encode("utf-8", "replace").decode()
