"""Reads the tags of an event: text under names that search can ask for. Pure.

Source: docs/protocol.md, "Event payload", tags.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from typing import Any

from issues.payload.access import text
from rustrak.lib.text.visible_text import has_text

LONGEST = 200
#: This many tags of one event are counted for its issue; the event has all of them.
MOST_COUNTED = 50
ORIGIN = ("server_name", "site", "logger")


def read(event: dict[str, Any]) -> dict[str, str]:
    """The tags that can be stored, by their key; of two with one name the last."""
    found: dict[str, str] = {}
    usual = True
    for name, sent in pairs(event.get("tags")):
        if name and (value := value_of(sent)):
            found[name] = value
            if not ("!" <= name[0] <= "~" or has_text(name)) or len(name) > LONGEST:
                usual = False
    if usual:
        return found
    other = renamed(found)
    return {other.get(name, name): value for name, value in found.items()}


def renamed(names: Iterable[str]) -> dict[str, str]:
    """The keys of those names that are not their own keys, by name. Each of `names` has another key.

    Names of more than 200 characters are cut; where that makes two keys equal, the end of a key says which it is.
    """
    found = {name: key for name in names if (key := key_of(name)) != name}
    times = Counter(found.values())
    own = set(names).difference(found)
    for name, key in found.items():
        if times[key] > 1 or key in own:
            mark = f"~{hashlib.sha256(name.encode()).hexdigest()[:12]}"
            found[name] = key[: LONGEST - len(mark)] + mark
    return found


def usable(event: dict[str, Any]) -> dict[str, None]:
    """The names of the tags that `read` keeps, each once, in their order."""
    return {name: None for name, sent in pairs(event.get("tags")) if name and value_of(sent)}


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
    """The name as it is stored, cut at 200 characters. One with nothing to see is written as code points: `U+3000`."""
    key = name[:LONGEST]
    return key if has_text(key) else " ".join(f"U+{ord(letter):04X}" for letter in key)[:LONGEST]


def with_origin(tags: dict[str, str], event: dict[str, Any]) -> dict[str, str]:
    """`tags` and, as in Sentry, those made of the fields that say where an event came from; `tags` win."""
    found: dict[str, str] = {}
    for name in ORIGIN:
        value = event.get(name)
        if value and isinstance(value, str) and "\n" not in value:
            found[name] = value[:LONGEST]
    found.update(tags)
    return found
