"""Who met the trouble: `user`. Known names first, the rest as it was sent."""

from __future__ import annotations

from issues.render.values import Field, Table, line, mapping, show, table

_LABELS = {
    "id": "ID", "username": "User name", "email": "E-mail", "name": "Name", "ip_address": "IP address",
    "segment": "Segment",
}  # fmt: skip


def user(value: object) -> Table | None:
    """Rows about the person, or None when the event names nobody."""
    if value in (None, "", {}, []):
        return None
    if not isinstance(value, dict):
        return table("User", value)
    rows = [
        Field(label, show(value[name]))
        for name, label in _LABELS.items()
        if value.get(name) not in (None, "")
    ]
    place = mapping(value.get("geo"))
    where = [
        line(place[part], 80) for part in ("city", "subdivision", "region", "country_code") if place.get(part)
    ]
    if where:
        rows.append(Field("Place", show(", ".join(dict.fromkeys(where)))))
    told = {*_LABELS, *(("geo",) if where else ())}
    rest = {
        name: member
        for name, member in value.items()
        if name not in told and member not in (None, "", {}, [])
    }
    shown = table("User", rest)
    return Table("User", (*rows, *shown.fields), shown.more) if rows or shown.fields else None


def short_name(value: object) -> str:
    """Who it was, in one word for a chip: `id:8812`, the e-mail, the user name or the address."""
    sent = mapping(value)
    for name in ("email", "username", "id", "ip_address", "name"):
        text = line(sent.get(name), 80)
        if text:
            return f"id:{text}" if name == "id" else text
    return ""
