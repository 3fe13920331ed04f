"""Makes room among the releases of projects that have as many as they may: anybody may invent releases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.db.models import Case, Count, Exists, F, OuterRef, QuerySet, Value, When

from issues import usage
from issues.models import Deploy, Issue, Release, ReleaseEnvironment
from issues.releases import rows
from issues.retention.batches import RetentionPolicy, RowsToDelete

# In percent of the most: the next release does not start another round.
_TARGET = 90
# Whoever invents releases sends few events of each.
_FEW_EVENTS = 3


def _surplus(now: datetime) -> Iterator[RowsToDelete]:
    listed = Release.objects.exclude(version=rows.OTHERS)
    for project_id, count in _full(listed, "project", rows.MOST_RELEASES):
        order = listed.filter(project=project_id).filter(
            ~Exists(Deploy.objects.filter(release=OuterRef("pk"))),
            ~Exists(Issue.objects.filter(project=project_id, resolved_release=OuterRef("version"))),
            released_at=None,
        )
        yield _first(order, rows.MOST_RELEASES, count, partial(_delete, project_id), project_id)
    environments = ReleaseEnvironment.objects.all()
    for project_id, count in _full(environments, "release__project", rows.MOST_ENVIRONMENTS):
        order_of_environments = environments.filter(release__project=project_id)
        yield _first(
            order_of_environments,
            rows.MOST_ENVIRONMENTS,
            count,
            partial(_delete_environments, project_id),
            project_id,
        )


def _full(of_all: QuerySet[Any], project: str, most: int) -> list[tuple[int, int]]:
    """The projects that have as many rows as they may, and how many."""
    counts = of_all.order_by().values_list(project).annotate(count=Count("pk")).filter(count__gte=most)
    return sorted((project_id, count) for project_id, count in counts)


def _first(of_project: QuerySet[Any], most: int, count: int, delete: Any, project_id: int) -> RowsToDelete:
    """Those of few events first, then those that were not seen for longest, down to the target."""
    few = Case(When(event_count__lte=_FEW_EVENTS, then=Value(0)), default=Value(1))
    ordered = of_project.order_by(few, F("last_seen").asc(nulls_first=True), "pk").values_list(
        "pk", flat=True
    )
    left = [max(0, count - most * _TARGET // 100)]

    def next_keys(size: int) -> list[int]:
        keys = list(ordered[: min(size, left[0])])
        left[0] -= len(keys)
        return keys

    return RowsToDelete(next_keys, delete, project_id)


def _delete(project_id: int, keys: Sequence[int]) -> Mapping[str, int]:
    some = list(Release.objects.filter(pk__in=keys))
    rows.moved_to_others(project_id, some)
    _delete_environments(
        project_id, list(ReleaseEnvironment.objects.filter(release__in=keys).values_list("pk", flat=True))
    )
    Release.objects.filter(pk__in=keys).delete()
    size = sum(rows.size_of(release) + release.commit_bytes for release in some)
    usage.add(project_id, {"session": (0, -size)})
    return {}


def _delete_environments(project_id: int, keys: Sequence[int]) -> Mapping[str, int]:
    some = ReleaseEnvironment.objects.filter(pk__in=keys)
    size = sum(
        usage.RELEASE_ENVIRONMENT + usage.size(name) for name in some.values_list("environment", flat=True)
    )
    some.delete()
    usage.add(project_id, {"session": (0, -size)})
    return {}


POLICY = RetentionPolicy("releases", _surplus)
