"""What tools and people say of releases: that they exist, when they were released, and where they were deployed.

The API and the pages call these functions; so can the addresses that other tools' clients use.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import transaction
from django.db.models import Q

from accounts.models import Project, User
from issues import usage
from issues.models import Deploy, Issue, Release, SessionDay
from issues.releases.rows import LONGEST_ENVIRONMENT, BadRelease, create, size_of
from rustrak.lib import clock

LONGEST_REF, LONGEST_NAME, LONGEST_URL = 200, 64, 1000
#: Of one release. Tools write them, with the token of a member.
MOST_DEPLOYS = 1_000
# A machine's clock may be ahead.
_AHEAD = timedelta(days=1)
_URL = URLValidator(schemes=["http", "https"])


class InUse(BadRelease):
    """Something names the release, so it cannot be deleted."""


def describe(
    project: Project,
    version: str,
    *,
    released_at: datetime | None = None,
    ref: str | None = None,
    url: str | None = None,
    is_archived: bool | None = None,
) -> tuple[Release, bool]:
    """Create the release if it is not there, and change what is given. Returns it, and whether it is new. Raises BadRelease."""
    changes: dict[str, object] = {}
    if released_at is not None:
        changes["released_at"] = _time("released_at", released_at)
    if ref is not None:
        changes["ref"] = _line("ref", ref, LONGEST_REF)
    if url is not None:
        changes["url"] = _address(url)
    with transaction.atomic():
        release, is_new = create(project, version)
        if is_archived is not None and is_archived != (release.archived_at is not None):
            changes["archived_at"] = clock.now() if is_archived else None
        if changes:
            before = size_of(release)
            for name, value in changes.items():
                setattr(release, name, value)
            release.save(update_fields=list(changes))
            usage.add(project.pk, {"session": (0, size_of(release) - before)})
    return release, is_new


def deploy(
    project: Project,
    version: str,
    environment: str,
    *,
    by: User | None,
    name: str = "",
    url: str = "",
    started_at: datetime | None = None,
    finished_at: datetime | None = None,
) -> tuple[Deploy, bool]:
    """Say that a release was brought to an environment, at `finished_at` or now. Returns the deploy, and whether it is new.

    The release is created if it is not there.
    The same release, environment and `finished_at` are the same deploy, so a request may be repeated. The first deploy is when it
    was released, if nobody said otherwise. Raises BadRelease.
    """
    environment = _line("environment", environment, LONGEST_ENVIRONMENT)
    if not environment:
        raise BadRelease("Name the environment.")
    if "/" in environment or environment == "None":
        raise BadRelease("The name of an environment has no “/” and is not “None”, as events' environments.")
    name, url = _line("name", name, LONGEST_NAME), _address(url)
    if started_at is not None:
        started_at = _time("started_at", started_at)
    with transaction.atomic():
        release, _ = create(project, version)
        deploys = Deploy.objects.filter(release=release)
        if finished_at is not None:
            finished_at = _time("finished_at", finished_at)
            if known := deploys.filter(environment=environment, finished_at=finished_at).first():
                return known, False
        at = finished_at or max(clock.now(), started_at or clock.now())
        if started_at and started_at > at:
            raise BadRelease("A deploy cannot finish before it starts.")
        if deploys.count() >= MOST_DEPLOYS:
            raise BadRelease(f"This release has {MOST_DEPLOYS:,} deploys, which is as many as it may have.")
        made = Deploy.objects.create(
            release=release, environment=environment, name=name, url=url, started_at=started_at,
            finished_at=at, created_by=by,
        )  # fmt: skip
        Release.objects.filter(pk=release.pk, released_at=None).update(released_at=at)
        size = usage.DEPLOY + sum(len(text.encode()) for text in (environment, name, url))
        usage.add(project.pk, {"session": (0, size)})
    return made, True


def delete(release: Release) -> None:
    """Delete a release that nothing names but tools, with its deploys. Raises InUse."""
    version = release.version
    named = Q()
    for column in ("first_release", "last_release", "resolved_release", "regressed_release"):
        named |= Q(**{column: version})
    sessions = SessionDay.objects.filter(project=release.project_id, release=version)
    if release.event_count or release.first_seen or sessions.exists():
        raise InUse("Events or sessions name this release, so it cannot be deleted.")
    if Issue.objects.filter(named, project=release.project_id).exists():
        raise InUse("Issues name this release, so it cannot be deleted.")
    with transaction.atomic():
        # What an event wrote meanwhile stays.
        if not Release.objects.filter(pk=release.pk, event_count=0, first_seen=None).delete()[0]:
            raise InUse("Events or sessions name this release, so it cannot be deleted.")
        usage.forget(release.project_id)


def _time(what: str, at: datetime) -> datetime:
    if at.tzinfo is None:
        raise BadRelease(f"{what} needs a time zone, as in 2026-11-27T10:30:00Z.")
    if at.year < 1990 or at > clock.now() + _AHEAD:
        raise BadRelease(f"{what} must be between 1990 and now.")
    return at


def _line(what: str, text: str, longest: int) -> str:
    text = text.strip()
    if len(text) > longest or any(character in text for character in "\n\r\t\0"):
        raise BadRelease(f"{what} must be one line of at most {longest} characters.")
    return text


def _address(url: str) -> str:
    url = url.strip()
    if not url:
        return ""
    try:
        if len(url) > LONGEST_URL:
            raise ValidationError("too long")
        _URL(url)
    except ValidationError:
        raise BadRelease(
            f"url must begin with http:// or https:// and have at most {LONGEST_URL} characters."
        ) from None
    return url
