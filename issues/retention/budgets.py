"""Deletes what is more than a project, or all of them together, may keep (issues.usage): least worth first.

Each kind is brought below TARGET percent of what it may use, so that the next event does not start another round. When
all projects together keep more than RETAIN_BYTES, the projects that keep most give until they are alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from math import inf
from time import monotonic

from django.conf import settings

from accounts.models import Project
from issues import usage
from issues.models import Usage
from issues.retention import least_worth
from issues.retention.batches import TOO_MANY, TOO_MANY_BYTES, RetentionPolicy, RowsToDelete
from issues.retention.least_worth import Excess
from issues.retention.levels import level

TARGET = 90
# The numbers of a project are counted again this often, in case something was missed.
RECOUNT_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Over:
    """A kind of which a project keeps too much: how many rows and bytes are to be deleted."""

    project_id: int
    kind: str
    rows: int
    bytes: int


def recount(now: datetime) -> int:
    """Count again what projects keep that were counted long ago, or never. Returns how many projects."""
    fresh = Usage.objects.filter(recounted_at__gt=now - RECOUNT_AFTER, recounted_at__lte=now).values("pk")
    stale = Project.objects.filter(deleting_at=None).exclude(pk__in=fresh).order_by("pk")
    projects = list(stale.values_list("pk", flat=True))
    for project_id in projects:
        usage.recount(project_id, now)
    return len(projects)


def over() -> list[Over]:
    """What is too much now, project by project. Reads one row for each project."""
    found = []
    usages = list(Usage.objects.filter(project__deleting_at=None).order_by("pk"))
    shares = _shares_left(usages)
    for each in usages:
        for name in usage.KINDS:
            used, allowed = usage.used(each, name), usage.allowed(name)
            most_bytes = min(allowed.bytes, used.bytes * shares.get(each.pk, 100) // 100)
            rows = used.count - allowed.count * TARGET // 100 if used.count > allowed.count else 0
            size = used.bytes - most_bytes * TARGET // 100 if used.bytes > most_bytes else 0
            if rows or size:
                found.append(Over(each.pk, name, rows, size))
    return found


def _shares_left(usages: list[Usage]) -> Mapping[int, int]:
    """How much of what they keep the largest projects may go on keeping, in percent, when all keep too much."""
    sizes = {each.pk: usage.bytes_of(each) for each in usages}
    most, total = settings.RETAIN_BYTES, sum(sizes.values())
    if not most or total <= most:
        return {}
    most_each = level(sizes.values(), most) or 0
    return {project: 100 * most_each // size for project, size in sizes.items() if size > most_each}


def policy(seconds: float = inf) -> RetentionPolicy:
    """What deletes it, in at most about so many seconds. It is to be enforced promptly, and not only with the other
    policies: until then the digest stores nothing more of some kinds."""
    return RetentionPolicy("budgets", partial(_excess, seconds), first_batch=50, largest_batch=500)


def _excess(seconds: float, now: datetime) -> Iterator[RowsToDelete]:
    until = monotonic() + seconds
    for one in over():
        reason = TOO_MANY_BYTES if one.bytes else TOO_MANY
        excess = Excess(one.project_id, reason, one.rows, one.bytes, until)
        for rows in least_worth.FINDERS[one.kind](excess, now):
            if not excess.left:
                break
            yield rows
