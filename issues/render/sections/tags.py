"""Tags of an event: an object, or a list of pairs (also as `{"key", "value"}` objects)."""

from __future__ import annotations

from issues.render.values import Field, Table, line, show, table


def tags(value: object) -> Table | None:
    """One row a tag, in the order they were sent; None without any."""
    if value in (None, "", {}, []):
        return None
    if isinstance(value, list):
        rows = [_pair(entry) for entry in value[:200]]
        return Table("Tags", tuple(rows), max(0, len(value) - 200))
    return table("Tags", value)


def _pair(entry: object) -> Field:
    if isinstance(entry, list | tuple) and len(entry) == 2:
        return Field(line(entry[0]), show(entry[1]))
    if isinstance(entry, dict) and "key" in entry:
        return Field(line(entry["key"]), show(entry.get("value")))
    return Field("", show(entry))
