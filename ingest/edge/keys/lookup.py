"""Keys as the database has them now: whose they are, what may be sent with them, and from where."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Exists, F, OuterRef, Subquery

from accounts.models import Project, ProjectKey
from ingest.edge.holder import Holder
from ingest.edge.keys.memory import MAX_KEYS
from ingest.models import InstallationQuota
from ingest.rate_limits.configured import limits_of, still_exceeded
from rustrak.lib import clock


def look_up(keys: list[str] | None) -> dict[str, Holder]:
    """The holders of those of the `keys` that exist; None: of all keys, at most MAX_KEYS, those of the busiest projects first.

    One query, and another one if there is a key that it does not find. Runs in a thread; closes the thread's connection.
    """
    try:
        now = clock.now()
        rows = ProjectKey.objects.order_by("-project__digested_event_count", "pk")
        # Keys that the version before this one made while this one was started have no row yet: accounts.keys makes it.
        others = Project.objects.exclude(Exists(ProjectKey.objects.filter(key=OuterRef("sentry_key"))))
        if keys is None:
            rows, others = rows[:MAX_KEYS], others[:MAX_KEYS]
        else:
            rows, others = rows.filter(key__in=keys), others.filter(sentry_key__in=keys)
        quota = InstallationQuota.objects.filter(pk=1)
        installation = {
            "installation_until": Subquery(quota.values("exceeded_until")),
            "installation_reason": Subquery(quota.values("exceeded_reason")),
        }
        of_key = {name: F(f"project__{column}") for name, column in _OF_PROJECT.items()}
        found = {
            row["key"]: _holder(row, now)
            for row in rows.annotate(**of_key, **installation).values(*_OF_PROJECT, *_OF_KEY, *installation)
        }
        if keys is None or len(found) < len(keys):
            of_project = {name: F(column) for name, column in _OF_PROJECT.items()}
            missing = others.annotate(**of_project, **installation)
            for row in missing.values("sentry_key", *_OF_PROJECT, *installation):
                found[row["sentry_key"]] = _holder(row, now)
        return found
    finally:
        connection.close()


_OF_PROJECT = {
    "of_project": "id",
    "origins": "filters__allowed_origins",
    "per_minute": "max_events_per_minute",
    "per_hour": "max_events_per_hour",
    "until": "quota_exceeded_until",
    "reason": "quota_exceeded_reason",
}
_OF_KEY = ("id", "key", "is_enabled", "expires_at", "max_events_per_minute", "max_events_per_hour")


def _holder(row: Mapping[str, Any], now: datetime) -> Holder:
    own = row.get("max_events_per_minute"), row.get("max_events_per_hour")
    limits = limits_of(row["per_minute"], row["per_hour"], *own)
    exceeded = still_exceeded(
        limits,
        (row["until"], row["reason"]),
        (row["installation_until"], row["installation_reason"] or ""),
    )
    expires_at = row.get("expires_at")
    usable = row.get("is_enabled", True) and (expires_at is None or now < expires_at)
    return Holder(
        row["of_project"], _lines(row["origins"]), limits, exceeded, key_id=row.get("id", 0), usable=usable
    )


def _lines(text: str | None) -> tuple[str, ...]:
    return tuple(line for part in (text or "").splitlines() if (line := part.strip()))
