"""The user of an event: known members first, the rest as it was sent."""

from __future__ import annotations

from issues.payload.access import mapping, text
from issues.render.room import Room
from issues.render.tables import Field, Table, is_empty, show, table
from issues.render.values import line

_LABELS = {
    "id": "ID", "username": "Username", "email": "E-mail", "name": "Name", "ip_address": "IP address",
    "segment": "Segment",
}  # fmt: skip

# What `short_name` shows, the first that there is, and by which key of issues.query it is found.
_KEYS = {
    "email": "user.email",
    "username": "user.username",
    "id": "user.id",
    "ip_address": "user.ip",
    "name": "",
}


def user(value: object, room: Room | None = None) -> Table | None:
    """Rows about the person, or None when the event names no user."""
    if is_empty(value):
        return None
    room = room or Room()
    sent = mapping(value)
    if not sent:
        return table("User", value, room=room)
    rows = [
        Field(label, show(sent[name], room=room))
        for name, label in _LABELS.items()
        if not is_empty(sent.get(name))
    ]
    geo = mapping(sent.get("geo"))
    where = [
        line(geo[part], 80) for part in ("city", "subdivision", "region", "country_code") if geo.get(part)
    ]
    if where:
        rows.append(Field("Location", show(", ".join(dict.fromkeys(where)))))
    shown_above = {*_LABELS, *(("geo",) if where else ())}
    rest = {name: member for name, member in sent.items() if name not in shown_above and not is_empty(member)}
    shown = table("User", rest, room=room)
    if isinstance(value, list) and len(sent) < len(value):
        rows.append(Field("", show(value, room=room)))
    return Table("User", (*rows, *shown.fields), shown.more) if rows or shown.fields else None


def condition_of(value: object) -> tuple[str, str]:
    """The key and the value of the condition of issues.query that finds the user by what `short_name` shows; empty texts for a
    name that is not searched for."""
    sent = mapping(value)
    for name, key in _KEYS.items():
        if line(sent.get(name), 80):
            return key, text(sent[name]) if key else ""
    return "", ""


def short_name(value: object) -> str:
    """The user in one word for the head of the page: the e-mail, the username, `id:8812`, the address or the name."""
    sent = mapping(value)
    for name in _KEYS:
        text = line(sent.get(name), 80)
        if text:
            return f"id:{text}" if name == "id" else text
    return ""
