"""The releases of a project in their order, and what is counted of some of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Max, Value

from accounts.models import Project
from issues.models import Deploy, Issue, Release, ReleaseEnvironment
from issues.releases.rows import MOST_RELEASES, OTHERS
from issues.versions import order
from issues.versions.names import read
from issues.versions.order import Known
from rustrak.lib import bulk

__all__ = [
    "MOST_RELEASES",
    "Deployed",
    "IssueCounts",
    "Listed",
    "Releases",
    "before",
    "deploys",
    "environments",
    "issue_counts",
    "neighbours",
    "newest_first",
]


@dataclass(frozen=True, slots=True)
class Listed:
    """A release. With an environment, `first_seen`, `last_seen` and `events` are those of the release there."""

    pk: int
    version: str
    released_at: datetime | None
    first_seen: datetime | None
    last_seen: datetime | None
    events: int
    archived_at: datetime | None = None

    @property
    def known(self) -> Known:
        return Known(self.version, self.released_at, self.first_seen)


@dataclass(slots=True)
class IssueCounts:
    """How many issues were first seen in a release, last came back in it, and are resolved in or after it."""

    new: int = 0
    regressed: int = 0
    resolved: int = 0


@dataclass(frozen=True, slots=True)
class Deployed:
    """Where a release was deployed: how often to an environment, and when last."""

    environment: str
    count: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Releases:
    """Those of a project, newest first. `others` is how many events named releases that are not listed, as there are too many."""

    listed: list[Listed]
    others: int = 0


def newest_first(project: Project, environment: str | None = None) -> Releases:
    """All releases of the project, or those that were seen in an environment or deployed to it; in two statements at most."""
    if environment is None:
        rows = Release.objects.filter(project=project)
        columns = rows.values_list(
            "pk", "version", "released_at", "first_seen", "last_seen", "event_count", "archived_at"
        )
        found = {row[1]: Listed(*row) for row in bulk.fetch(columns)}
    else:
        seen = ReleaseEnvironment.objects.filter(release__project=project, environment=environment)
        named = ("release", "release__version", "release__released_at")
        archived = "release__archived_at"
        there = seen.values_list(*named, "first_seen", "last_seen", "event_count", archived)
        found = {row[1]: Listed(*row) for row in bulk.fetch(there)}
        deployed = Deploy.objects.filter(release__project=project, environment=environment)
        for pk, version, released_at, archived_at in deployed.values_list(*named, archived).distinct():
            found.setdefault(version, Listed(pk, version, released_at, None, None, 0, archived_at))
    others = found.pop(OTHERS, None)
    known = order.ordered(each.known for each in found.values())
    return Releases([found[each.version] for each in known], others.events if others else 0)


def environments(project: Project) -> list[str]:
    """The names of the environments in which releases were seen or to which they were deployed."""
    of_project = {"release__project": project}
    seen = ReleaseEnvironment.objects.filter(**of_project).order_by().values_list("environment")
    deployed = Deploy.objects.filter(**of_project).order_by().values_list("environment")
    return sorted(name for (name,) in seen.union(deployed))


_COLUMNS = {"new": "first_release", "regressed": "regressed_release", "resolved": "resolved_release"}


def issue_counts(project: Project, versions: Collection[str]) -> dict[str, IssueCounts]:
    """By release, in one statement. The numbers are those of the issues that a search for the same finds."""
    found = {version: IssueCounts() for version in versions}
    counts = []
    for name, column in _COLUMNS.items():
        # SQLite uses an index of only some rows where the statement says that it is about these.
        named = Issue.objects.filter(project=project).exclude(**{column: ""})
        issues = named.filter(**{f"{column}__in": list(versions)}).order_by()
        of_column = issues.values(release=F(column), what=Value(name))
        counts.append(of_column.annotate(count=Count("pk")).values_list("release", "what", "count"))
    if found:
        for version, name, count in counts[0].union(*counts[1:], all=True):
            setattr(found[version], name, count)
    return found


def deploys(releases: Collection[int]) -> dict[int, list[Deployed]]:
    """By release, the environments to which it was deployed, the latest first. One statement."""
    found: dict[int, list[Deployed]] = {}
    rows = Deploy.objects.filter(release__in=list(releases)).order_by().values_list("release", "environment")
    counted = rows.annotate(count=Count("pk"), at=Max("finished_at")).order_by("-at", "environment")
    for pk, environment, count, at in counted:
        found.setdefault(pk, []).append(Deployed(environment, count, at))
    return found


def before(listed: Sequence[Listed], version: str) -> Listed | None:
    """The release of the same package that is just older than this one; None where there is none."""
    at = next((index for index, each in enumerate(listed) if each.version == version), len(listed))
    package = read(version).package
    return next((each for each in listed[at + 1 :] if read(each.version).package == package), None)


def neighbours(listed: Sequence[Listed], version: str) -> tuple[Listed | None, Listed | None]:
    """The releases just before and just after this one in the order; None where there is none."""
    at = next((index for index, each in enumerate(listed) if each.version == version), None)
    if at is None:
        return None, None
    return (listed[at + 1] if at + 1 < len(listed) else None), (listed[at - 1] if at else None)
