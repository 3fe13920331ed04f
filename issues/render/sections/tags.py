"""The tags of an event: as they are stored, then those that could not be stored as they were sent."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from issues.payload import fields
from issues.payload import tags as payload_tags
from issues.payload.notes import Notes
from issues.render.marks import with_mark
from issues.render.room import Room
from issues.render.tables import MOST_ROWS, Table, is_empty, rows


def tags(
    payload: dict[str, Any], room: Room | None = None, own: dict[str, str] | None = None
) -> Table | None:
    """One row for each tag; None without any. Fields that are stored as tags, such as `logger`, come last.

    `own` is what payload_tags.read found, which takes its time where there are very many.
    """
    room = room or Room()
    sent = payload.get("tags")
    own = payload_tags.read(payload) if own is None else own
    stored = payload_tags.with_origin(own, payload)
    marked: dict[str, Any] = {}
    unusable: list[tuple[str, Any]] = []
    other = payload_tags.renamed(payload_tags.usable(payload))
    for name, value in payload_tags.pairs(sent):
        key = other.get(name, name)
        if name and key in stored:
            mark = getattr(value, "mark", "")
            marked[key] = with_mark(stored[key], mark) if mark else stored[key]
        else:
            unusable.append((name, value))
    if not isinstance(sent, dict) and not is_empty(sent):
        entries = sent if isinstance(sent, list) else [sent]
        unusable += [("", entry) for entry in entries if payload_tags.pair_of(entry) is None]
    found = [
        *{**marked, **{key: value for key, value in stored.items() if key not in marked}}.items(),
        *unusable,
    ]
    shown = rows(found[:MOST_ROWS], room=room)
    fields_of_event = _fields(payload, own)
    counted = {
        name
        for name in list(stored)[: payload_tags.MOST_COUNTED]
        if fields_of_event.get(name, stored[name]) == stored[name]
    }
    # Those that could not be stored come last.
    known = len(found) - len(unusable)
    shown = tuple(
        replace(field, key=name, searched=stored[name]) if number < known and name in counted else field
        for number, (field, (name, _)) in enumerate(zip(shown, found, strict=False))
    )
    return Table("Tags", shown, len(found) - len(shown)) if found else None


def _fields(payload: dict[str, Any], own: dict[str, str]) -> dict[str, str]:
    """What is counted for the event instead of its own tags of these names."""
    found = {
        "level": fields.LEVEL_NAMES[fields.level(payload.get("level"), Notes())],
        "environment": fields.environment(payload, own, Notes()),
        "release": fields.release(payload, own, Notes()),
    }
    return {name: value for name, value in found.items() if value}
