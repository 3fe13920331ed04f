"""Reads the releases that states depend on: those that are named, and the newest."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import F, Q, QuerySet

from issues.models import Issue, Release
from issues.releases.rows import OTHERS
from issues.states.standing import Out
from issues.versions.order import Known, compare, newest, ordered

# An older release than so many others is not looked for as the newest one.
_MOST = 500
_OF_RELEASE = ("version", "released_at", "first_seen")


def known(project_id: int, versions: Iterable[str]) -> dict[str, Out]:
    """Those of the releases that the project knows, by their names. One query."""
    rows = Release.objects.filter(project_id=project_id, version__in=set(versions))
    found = rows.values_list(*_OF_RELEASE, "created_at")
    return {version: Out(Known(version, *times), noted_at) for version, *times, noted_at in found}


def next_came_out(project_id: int, after: Known, since: datetime) -> datetime | None:
    """When the first release that is newer than `after` and came out after `since` was released or first seen; None: there is none.
    One query."""
    is_later = Q(created_at__gt=since) | Q(first_seen__gt=since) | Q(released_at__gt=since)
    rows = _named(project_id).filter(is_later).order_by("created_at", "pk")
    found = (Known(*row) for row in rows.values_list(*_OF_RELEASE)[:_MOST])
    times = [each.time for each in found if each.time and compare(each, after).sign > 0]
    return min(times, default=None)


def _named(project_id: int) -> QuerySet[Release]:
    return Release.objects.filter(project_id=project_id).exclude(version=OTHERS)


class Newest:
    """The newest releases of a project by environment, each read once."""

    def __init__(self, project_id: int) -> None:
        self._project_id = project_id
        self._read: dict[str | None, list[Known]] = {}
        self._found: dict[tuple[str, str], str] = {}

    @property
    def is_any(self) -> bool:
        """Whether the project knows a release, or an issue of it does."""
        own = Issue.objects.filter(project_id=self._project_id).exclude(last_release="")
        return bool(self._in(None)) or own.exists()

    def latest(self, environment: str | None, count: int) -> list[str]:
        """The newest releases that were seen in an environment (None: in any)."""
        return [each.version for each in ordered(self._in(environment))[:count]]

    def of(self, environment: str, release: str, seen_at: datetime, *, anywhere: bool = True) -> str:
        """The newest release that was seen in an environment, of the package of `release`, which was seen there at `seen_at` (empty:
        of any); where none is known there, of all environments, with `anywhere`. Empty: none is known."""
        key = environment, release
        if key not in self._found:
            own = [Known(release, None, seen_at)] if release else []
            there = self._in(environment)
            if not any(each.version == release for each in there):
                there = [*there, *own]
            found = newest(there or (self._in(None) if anywhere else []), release)
            self._found[key] = found.version if found else ""
        return self._found[key]

    def _in(self, environment: str | None) -> list[Known]:
        if environment not in self._read:
            rows = _named(self._project_id)
            if environment is None:
                rows = rows.filter(Q(first_seen__isnull=False) | Q(released_at__isnull=False))
            else:
                rows = rows.filter(
                    Q(environments__environment=environment) | Q(deploys__environment=environment)
                ).distinct()
            latest = rows.order_by(F("last_seen").desc(nulls_last=True), "-pk")
            self._read[environment] = [
                Known(*row[:3]) for row in latest.values_list(*_OF_RELEASE, "last_seen", "pk")[:_MOST]
            ]
        return self._read[environment]
