"""How the sessions of releases went: sums over days."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from accounts.models import Project
from issues.models import SessionDay, SessionPerson
from rustrak.lib import wording

# Adoption counts the sessions of this many days, including today.
ADOPTION_DAYS = 2


@dataclass(frozen=True)
class Sums:
    """Each session that went wrong is in one of `crashed`, `abnormal`, `unhandled` and `errored`. `more_people`: there were more people than
    `people`, who were too many to be counted. `by_day`: how many sessions began and how many crashed, without empty days."""

    sessions: int
    crashed: int
    abnormal: int
    unhandled: int
    errored: int
    people: int
    people_crashed: int
    more_people: bool
    by_day: Mapping[date, tuple[int, int]]


def days(project: Project, environment: str | None) -> QuerySet[SessionDay]:
    """The project's days, of one environment or of all."""
    found = SessionDay.objects.filter(project=project)
    return found if environment is None else found.filter(environment=environment)


def adoption(project: Project, environment: str | None, today: date) -> dict[str, str]:
    """The shares of all releases that had sessions in the last two days, which add up to 100 %. One statement."""
    recent = days(project, environment).filter(day__gt=today - timedelta(days=ADOPTION_DAYS), total__gt=0)
    sums = list(recent.values_list("release").annotate(Sum("total")).order_by("release"))
    shares = wording.shares([total for _, total in sums])
    return {release: share for (release, _), share in zip(sums, shares, strict=True)}


def of_releases(
    project: Project, releases: Collection[str], environment: str | None, since: date
) -> dict[str, Sums]:
    """Of those that had sessions since that day. Two statements."""
    inside = days(project, environment).filter(day__gte=since, release__in=list(releases))
    names = ("total", "crashed", "abnormal", "unhandled", "errored")
    sums = {f"{name}_sum": Coalesce(Sum(name), 0) for name in names}
    by_day: dict[str, dict[date, Sequence[int]]] = defaultdict(dict)
    for release, day, *counts in (
        inside.values_list("release", "day")
        .annotate(**sums, uncounted=Count("pk", filter=Q(more_people=True)))
        .order_by()
    ):
        by_day[release][day] = counts
    people = _people(inside) if by_day else {}
    return {release: _sums(by_day[release], people.get(release, (0, 0))) for release in by_day}


def _people(inside: QuerySet[SessionDay]) -> dict[str, tuple[int, int]]:
    rows = SessionPerson.objects.filter(session_day__in=inside.values("pk")).values_list(
        "session_day__release"
    )
    counted = rows.annotate(
        met=Count("person", distinct=True),
        unlucky=Count("person", distinct=True, filter=Q(crashed=True)),
    )
    return {release: (met, unlucky) for release, met, unlucky in counted.order_by()}


def _sums(by_day: Mapping[date, Sequence[int]], people: tuple[int, int]) -> Sums:
    total, crashed, abnormal, unhandled, errored, uncounted = map(sum, zip(*by_day.values(), strict=True))
    return Sums(
        # More can be counted as wrong than began: what was sent before this was ruled out is still stored.
        sessions=max(total, errored, crashed),
        crashed=crashed,
        abnormal=abnormal,
        unhandled=unhandled,
        errored=max(0, errored - crashed - abnormal - unhandled),
        people=people[0],
        people_crashed=people[1],
        more_people=bool(uncounted),
        by_day={day: (counts[0], counts[1]) for day, counts in by_day.items()},
    )
