"""The audit log as CSV, for a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator

from accounts.audit.actions import words
from accounts.audit.reading import said
from accounts.models import AuditEntry
from rustrak.lib import clock

HEAD = (
    "time", "action", "what", "who", "by", "token", "address", "target", "target id", "project", "project id", "details",
)  # fmt: skip
# What spreadsheets read as the beginning of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


class _Line:
    """What csv.writer writes to: keeps the one line that was written."""

    def write(self, text: str) -> str:
        return text


def lines(entries: Iterable[AuditEntry]) -> Iterator[str]:
    """The lines of the file, the head first. Names are people's own texts: none is a formula in a spreadsheet."""
    writer = csv.writer(_Line())
    yield writer.writerow(HEAD)
    for entry in entries:
        details = "; ".join(f"{name}: {value}" for name, value in said(entry.details))
        yield writer.writerow(
            _safe(value)
            for value in (
                clock.rfc3339(entry.at), entry.action, words(entry.action), entry.actor_name, entry.actor_kind, entry.token,
                entry.ip, entry.target_name, entry.target_id, entry.project_name, entry.project_id or "", details,
            )
        )  # fmt: skip


def _safe(value: object) -> str:
    text = str(value)
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text
