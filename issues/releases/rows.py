"""The rows of releases: created when something names a release, counted by the digest, read by whoever compares releases.

Anybody may invent releases, so a project has MOST_RELEASES at most, in MOST_ENVIRONMENTS together. The events of those that find
no place are counted for the release with the empty name, which is shown as a sentence; issues.retention makes room again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from accounts.models import Project
from issues import usage
from issues.models import Release, ReleaseEnvironment
from issues.versions import order
from issues.versions.order import Known
from rustrak.lib import bulk, clock

MOST_RELEASES = 5_000
MOST_ENVIRONMENTS = 20_000
LONGEST_VERSION, LONGEST_ENVIRONMENT = 200, 64
#: The name of what counts the events of releases that found no place.
OTHERS = ""


@dataclass(slots=True)
class Seen:
    """What names a release in an environment: a number of events, and when the first and the last of it happened."""

    events: int
    first: datetime
    last: datetime


def note(project_id: int, seen: Mapping[tuple[str, str], Seen], now: datetime) -> int:
    """Count what names releases, by (version, environment), inside the transaction that holds the project's lock.

    Creates the releases that are not known, in two statements when all are. Returns about how many bytes the new rows take.
    """
    if not seen:
        return 0
    sums: dict[str, Seen] = {}
    for (version, _), one in seen.items():
        _join(sums, version, one)
    ids, new = _count_releases(project_id, sums, now)
    size = sum(_size(version) for version in new)
    rows = [
        (ids[version], environment, one.first, one.last, one.events)
        for (version, environment), one in sorted(seen.items())
        if version in ids
    ]
    return size + _count_environments(project_id, rows)


def _join(sums: dict[str, Seen], version: str, one: Seen) -> None:
    known = sums.get(version)
    if known is None:
        sums[version] = Seen(one.events, one.first, one.last)
    else:
        known.events += one.events
        known.first, known.last = min(known.first, one.first), max(known.last, one.last)


def _count_releases(
    project_id: int, sums: Mapping[str, Seen], now: datetime
) -> tuple[dict[str, int], list[str]]:
    """The ids of the releases that have a row, and the versions of which it is new."""
    found = _upsert(project_id, sums, now)
    ids = {version: pk for pk, version, *_ in found}
    # The parts of a large batch have the same `now`.
    new = [
        version
        for _, version, created_at, events in found
        if created_at == now and events == sums[version].events
    ]
    if new and (excess := _excess(project_id)) > 0:
        # Those with most events stay.
        left_out = sorted(new, key=lambda version: (sums[version].events, version))[:excess]
        Release.objects.filter(pk__in=[ids.pop(version) for version in left_out]).delete()
        new = [version for version in new if version in ids]
        others: dict[str, Seen] = {}
        for version in left_out:
            _join(others, OTHERS, sums[version])
        _upsert(project_id, others, now)
    return ids, new


def _upsert(project_id: int, sums: Mapping[str, Seen], now: datetime) -> list[tuple[Any, ...]]:
    """Returns the id, version, time of creation and number of events of each."""
    return bulk.upsert(
        Release,
        ["project", "version", "first_seen", "last_seen", "event_count", "ref", "url", "created_at"],
        [
            (project_id, version, one.first, one.last, one.events, "", "", now)
            for version, one in sorted(sums.items())
        ],
        unique=["project", "version"],
        add="event_count",
        least=["first_seen"],
        greatest=["last_seen"],
        returning=["id", "version", "created_at", "event_count"],
    )


def _excess(project_id: int) -> int:
    return Release.objects.filter(project=project_id).exclude(version=OTHERS).count() - MOST_RELEASES


def _count_environments(project_id: int, rows: Sequence[tuple[int, str, datetime, datetime, int]]) -> int:
    found = bulk.upsert(
        ReleaseEnvironment,
        ["release", "environment", "first_seen", "last_seen", "event_count"],
        rows,
        unique=["release", "environment"],
        add="event_count",
        least=["first_seen"],
        greatest=["last_seen"],
        returning=["id", "release", "environment", "first_seen", "last_seen", "event_count"],
    )
    # A row that has exactly what was added is new: there is no more in it.
    written = set(rows)
    new = [(pk, row[1]) for pk, *row in found if tuple(row) in written]
    if new:
        of_project = ReleaseEnvironment.objects.filter(release__project=project_id)
        excess = of_project.order_by()[: MOST_ENVIRONMENTS + len(new)].count() - MOST_ENVIRONMENTS
        if excess > 0:
            ReleaseEnvironment.objects.filter(pk__in=[pk for pk, _ in new[:excess]]).delete()
            new = new[excess:]
    return sum(usage.RELEASE_ENVIRONMENT + usage.size(environment) for _, environment in new)


def _size(version: str) -> int:
    return usage.RELEASE + usage.size(version)


def size_of(release: Release) -> int:
    """About how many bytes the row takes."""
    return _size(release.version) + len(release.ref.encode()) + len(release.url.encode())


class BadRelease(ValueError):
    """A release cannot be named or changed like this: the message says why."""


def checked(version: str) -> str:
    """The version as events have it. Raises BadRelease for what an event may not have either."""
    name = version.strip()
    if not name:
        raise BadRelease("Name the release.")
    if len(name) > LONGEST_VERSION:
        raise BadRelease(f"The name of a release has at most {LONGEST_VERSION} characters.")
    if name in {".", ".."} or any(character in name for character in "\n\r\t\0"):
        raise BadRelease("The name of a release is one line of text, and not “.” or “..”.")
    return name


def create(project: Project, version: str) -> tuple[Release, bool]:
    """The release, and whether it is new: a tool or a person names it. Raises BadRelease."""
    name = checked(version)
    found = Release.objects.filter(project=project, version=name).first()
    if found:
        return found, False
    with transaction.atomic():
        if _excess(project.pk) >= 0:
            raise BadRelease(f"This project has {MOST_RELEASES:,} releases, which is as many as it may have.")
        release, is_new = Release.objects.get_or_create(project=project, version=name)
        if is_new:
            usage.add(project.pk, {"session": (0, _size(name))})
    return release, is_new


def known(project_id: int, versions: Iterable[str]) -> dict[str, Known]:
    """What is known of these releases, by version; of one that has no row, its name. One statement."""
    names = {version for version in versions if version}
    found = {name: Known(name) for name in names}
    if names:
        rows = Release.objects.filter(project=project_id, version__in=names)
        found |= {each.version: each for each in _known(rows.values_list(*_KNOWN))}
    return found


def newest(project_id: int, environment: str | None = None, like: str = "") -> Known | None:
    """The newest release that was seen or released, in one environment if that is given. `like` is that of order.newest."""
    rows = Release.objects.filter(project=project_id).exclude(version=OTHERS)
    if environment is not None:
        rows = rows.filter(environments__environment=environment)
    return order.newest(_known(rows.exclude(first_seen=None, released_at=None).values_list(*_KNOWN)), like)


_KNOWN = ("version", "released_at", "first_seen")


def _known(rows: Iterable[tuple[str, datetime | None, datetime | None]]) -> Iterable[Known]:
    return (Known(*row) for row in rows)


def release_now(release: Release, at: datetime | None = None) -> None:
    """Say when it was released, if nobody has."""
    Release.objects.filter(pk=release.pk, released_at=None).update(released_at=at or clock.now())


def moved_to_others(project_id: int, releases: Sequence[Release]) -> None:
    """Count the events of releases that are being deleted for the one that counts all without a row."""
    events = sum(release.event_count for release in releases)
    others, _ = Release.objects.get_or_create(project_id=project_id, version=OTHERS)
    Release.objects.filter(pk=others.pk).update(event_count=F("event_count") + events)
