"""Keys of the ledger at a fixed time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from accounts.models import Project
from ingest.ledger.outcomes import LedgerKey

NOW = datetime(2026, 11, 23, 12, 34, 56, tzinfo=UTC)
MINUTE = int(NOW.timestamp()) // 60
MONTH = timedelta(days=30)


def key(
    project: Project, outcome: str, reason: str = "", *, minute: int = MINUTE, name: str = "error"
) -> LedgerKey:
    """Also of outcomes that Rustrak does not know."""
    return LedgerKey(project.pk, minute, name, outcome, reason)  # type: ignore[arg-type]
