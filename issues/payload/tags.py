"""Reads the tags of an event: text under names that search can ask for. Pure.

Source: docs/protocol.md, "Event payload", tags.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from issues.payload.access import text

LONGEST = 200
ORIGIN = ("server_name", "site", "logger")
_NOT_IN_KEYS = re.compile(r"[^a-zA-Z0-9_.:-]")


def read(event: dict[str, Any]) -> dict[str, str]:
    """The tags that can be stored, by their key; of two with one key the last."""
    found: dict[str, str] = {}
    for name, sent in pairs(event.get("tags")):
        if name and (value := value_of(sent)):
            found[key_of(name)] = value
    return found


def pairs(sent: Any) -> Iterable[tuple[str, Any]]:
    """Names and values as they were sent: of an object, of a list of pairs, or of a list of `{"key", "value"}`."""
    if isinstance(sent, dict):
        return sent.items()
    return [pair for entry in sent if (pair := pair_of(entry))] if isinstance(sent, list) else ()


def pair_of(entry: Any) -> tuple[str, Any] | None:
    """Name and value of one entry of a list; None when it is not a tag."""
    if isinstance(entry, list) and len(entry) == 2:
        return text(entry[0]), entry[1]
    if isinstance(entry, dict) and "key" in entry:
        return text(entry["key"]), entry.get("value")
    return None


def value_of(sent: Any) -> str:
    """The value as it is stored, cut at 200 characters; empty when it cannot be the value of a tag.

    As in Sentry: true is "True"; null, arrays, objects and text of several lines are left out.
    """
    if not isinstance(sent, str):
        if isinstance(sent, bool):
            return str(sent)
        return text(sent)[:LONGEST] if isinstance(sent, int | float) else ""
    return "" if "\n" in sent else sent[:LONGEST]


def key_of(name: str) -> str:
    """The name as it is stored: characters that search does not know become `-`; cut at 200 characters."""
    # The cache counts entries: a long name is not kept in it.
    return _key_of(name if len(name) <= LONGEST else name[:LONGEST])


@lru_cache(1024)
def _key_of(name: str) -> str:
    return _NOT_IN_KEYS.sub("-", name)


def with_origin(tags: dict[str, str], event: dict[str, Any]) -> dict[str, str]:
    """`tags` and, as in Sentry, those made of the fields that say where an event came from; `tags` win."""
    found: dict[str, str] = {}
    for name in ORIGIN:
        value = event.get(name)
        if value and isinstance(value, str) and "\n" not in value:
            found[name] = value[:LONGEST]
    found.update(tags)
    return found
