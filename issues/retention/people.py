"""Deletes what names people who were not seen for as long as the project keeps its events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from accounts.models import Project
from issues import usage
from issues.models import Person
from issues.retention import events
from issues.retention.batches import RetentionPolicy, RowsToDelete


def _old(now: datetime) -> Iterator[RowsToDelete]:
    for project in Project.objects.order_by("pk").iterator():
        if days := events.days_of(project):
            old = Person.objects.filter(project=project, last_seen__lt=now - timedelta(days=days))
            yield RowsToDelete(
                partial(_first, old.order_by("last_seen", "pk")), partial(_delete, project.pk), project.pk
            )


def _first(rows: Any, size: int) -> list[Any]:
    return list(rows.values_list("pk", flat=True)[:size])


def _delete(project_id: int, keys: Sequence[Any]) -> Mapping[str, int]:
    return {"row": delete_names(project_id, keys)[1]}


def delete_names(project_id: int, keys: Sequence[Any]) -> tuple[Mapping[str, int], int, int]:
    """Delete rows of people and subtract them from the project's usage. Returns the items by type, the rows, and the bytes."""
    rows = Person.objects.filter(pk__in=keys)
    names = rows.values_list("user_id", "email", "username", "ip_address")
    size = sum(usage.person_size(*each) for each in names)
    rows.delete()
    usage.add(project_id, {"tag": (-len(keys), -size)})
    return {}, len(keys), size


POLICY = RetentionPolicy("names of people", _old)
