"""Reads the exceptions of an event, and which of them names it. Pure.

Source: docs/protocol.md, "Event payload".
"""

from __future__ import annotations

from typing import Any

from issues.payload import message
from issues.payload.access import entries, interface, mapping, text
from rustrak.lib.text.visible_text import has_text


def listed(event: dict[str, Any]) -> list[dict[str, Any]]:
    """The exceptions, the oldest cause first; the last is the one that was thrown."""
    return entries(interface(event, "exception"))


def main(event: dict[str, Any]) -> dict[str, Any] | None:
    """The exception that names the event, the last one; None when the event is a message.

    An exception without a type that the SDK made up (`synthetic`) only carries the stack of the message beside it.
    """
    found = listed(event)
    if not found:
        return None
    last = found[-1]
    if (
        not has_text(text(last.get("type")))
        and mapping(last.get("mechanism")).get("synthetic") is True
        and message.unformatted(event)
    ):
        return None
    return last
