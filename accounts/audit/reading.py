"""Reads the audit log: the entries that a person asked for, newest first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from accounts.audit.actions import Action
from accounts.models import AuditEntry
from rustrak.lib import keyset

#: What the entries are ordered by, the highest first.
ORDER = ("at", "id")
_AT_A_TIME = 500


@dataclass(frozen=True, slots=True)
class Filters:
    """Which entries: all of them without any. `person` is a whole address (or `manage.py …`), `until` is exclusive."""

    person: str = ""
    action: Action | None = None
    project: int | None = None
    since: datetime | None = None
    until: datetime | None = None

    def entries(self) -> QuerySet[AuditEntry]:
        chosen: dict[str, Any] = {
            "actor_name": self.person,
            "action": self.action.value if self.action else None,
            "project_id": self.project,
            "at__gte": self.since,
            "at__lt": self.until,
        }
        return AuditEntry.objects.filter(
            **{name: value for name, value in chosen.items() if value not in (None, "")}
        )


def all_of(entries: QuerySet[AuditEntry]) -> Iterator[AuditEntry]:
    """All of the entries, newest first, read some at a time: no query lasts as long as the one who receives them."""
    cursor = None
    while True:
        page = keyset.page(entries, ORDER, descending=True, cursor=cursor, limit=_AT_A_TIME)
        yield from page.items
        if (cursor := page.next_cursor) is None:
            return


def said(details: dict[str, Any]) -> list[tuple[str, str]]:
    """The details in words: each name with its value, or with what was before and what is now."""
    return [(name.replace("_", " "), _said(value)) for name, value in details.items()]


def _said(value: Any) -> str:
    match value:
        case None | "" | []:
            return "none"
        case bool():
            return "yes" if value else "no"
        case {"was": was, "is": now}:
            return f"{_said(was)} → {_said(now)}"
        case list():
            return ", ".join(map(str, value))
    return str(value)
