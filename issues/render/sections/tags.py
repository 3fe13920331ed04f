"""The tags of an event: as they are stored, then those that could not be stored as they were sent."""

from __future__ import annotations

from typing import Any

from issues.payload import tags as payload_tags
from issues.render.marks import with_mark
from issues.render.tables import MOST_ROWS, Field, Table, is_empty, show
from issues.render.values import line


def tags(payload: dict[str, Any]) -> Table | None:
    """One row for each tag; None without any. Fields that are stored as tags, such as `logger`, come last."""
    sent = payload.get("tags")
    stored = payload_tags.with_origin(payload_tags.read(payload), payload)
    rows: dict[str, Field] = {}
    unusable: list[Field] = []
    for name, value in payload_tags.pairs(sent):
        key = payload_tags.key_of(name)
        if key in stored:
            rows[key] = Field(line(key), show(with_mark(stored[key], getattr(value, "mark", ""))))
        else:
            unusable.append(Field(line(name), show(value)))
    for key, value in stored.items():
        rows.setdefault(key, Field(line(key), show(value)))
    if not isinstance(sent, dict) and not is_empty(sent):
        entries = sent if isinstance(sent, list) else [sent]
        unusable += [Field("", show(entry)) for entry in entries if payload_tags.pair_of(entry) is None]
    found = [*rows.values(), *unusable]
    return Table("Tags", tuple(found[:MOST_ROWS]), max(0, len(found) - MOST_ROWS)) if found else None
