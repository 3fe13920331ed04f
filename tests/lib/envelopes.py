"""Builds envelopes as SDKs send them."""

from __future__ import annotations

import json
from typing import Any

from tests.lib import events

ID = "a1b2c3d4" * 4
EVENT = json.dumps({"event_id": "f" * 32, "message": "hello"}).encode()


def an_item(kind: str, payload: bytes | dict[str, Any] = b"{}", **headers: Any) -> bytes:
    """An item with its length in its header; `headers` are more of them."""
    data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return json.dumps({"type": kind, "length": len(data), **headers}).encode() + b"\n" + data + b"\n"


def an_envelope(*items: bytes, **header: Any) -> bytes:
    """An envelope of these items, each made by `an_item`."""
    return json.dumps(header).encode() + b"\n" + b"".join(items)


def with_one_item(payload: bytes = EVENT, header: dict[str, Any] | None = None, kind: str = "event") -> bytes:
    """An envelope with one item, by default EVENT under ID."""
    return an_envelope(an_item(kind, payload), **({"event_id": ID} if header is None else header))


def with_python_event(event_id: str) -> bytes:
    """An envelope with a full event of the Python SDK."""
    payload = events.dumps(events.python_event(1, event_id=event_id))
    return an_envelope(an_item("event", payload), event_id=event_id)
