"""How the sessions of releases went in a period."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils.safestring import SafeString

from accounts.models import Project
from issues.models import SessionDay, SessionPerson
from issues.pages.releases.asked import Asked
from issues.render.charts import health
from issues.render.charts.marks import Mark
from rustrak.lib import wording

# Adoption counts the sessions of this many days, including today.
ADOPTION_DAYS = 2


@dataclass(frozen=True)
class Health:
    """Each session that went wrong is in one of `crashed`, `abnormal`, `unhandled` and `errored`. `adoption` is the share of the
    sessions of the last two days. `more_people`: there were more people than `people`, who were too many to be counted."""

    sessions: int = 0
    crashed: int = 0
    abnormal: int = 0
    unhandled: int = 0
    errored: int = 0
    people: int = 0
    people_crashed: int = 0
    more_people: bool = False
    chart: SafeString | None = None


def any_sessions(project: Project) -> bool:
    return SessionDay.objects.filter(project=project).exists()


def adoption(project: Project, asked: Asked) -> dict[str, str]:
    """The shares of all releases that had sessions in the last two days, which add up to 100 %. One statement."""
    recent = _days(project, asked).filter(day__gt=asked.today - timedelta(days=ADOPTION_DAYS), total__gt=0)
    sums = list(recent.values_list("release").annotate(Sum("total")).order_by("release"))
    shares = wording.shares([total for _, total in sums])
    return {release: share for (release, _), share in zip(sums, shares, strict=True)}


def of_releases(
    project: Project, releases: Collection[str], asked: Asked, marks: Mapping[str, Sequence[Mark]]
) -> dict[str, Health]:
    """Of those that had sessions in the period, with the `marks` of each on its chart. Two statements."""
    inside = _days(project, asked).filter(day__gte=asked.since, release__in=list(releases))
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
    return {
        release: _health(by_day[release], people.get(release, (0, 0)), asked, marks.get(release, ()))
        for release in by_day
    }


def _days(project: Project, asked: Asked) -> QuerySet[SessionDay]:
    days = SessionDay.objects.filter(project=project)
    return days if asked.environment is None else days.filter(environment=asked.environment)


def _people(days: QuerySet[SessionDay]) -> dict[str, tuple[int, int]]:
    rows = SessionPerson.objects.filter(session_day__in=days.values("pk")).values_list("session_day__release")
    counted = rows.annotate(
        met=Count("person", distinct=True),
        unlucky=Count("person", distinct=True, filter=Q(crashed=True)),
    )
    return {release: (met, unlucky) for release, met, unlucky in counted.order_by()}


def _health(
    by_day: Mapping[date, Sequence[int]], people: tuple[int, int], asked: Asked, marks: Sequence[Mark]
) -> Health:
    total, crashed, abnormal, unhandled, errored, uncounted = map(sum, zip(*by_day.values(), strict=True))
    # More can be counted as wrong than began: what was sent before this was ruled out is still stored.
    total = max(total, errored, crashed)
    counts = [by_day.get(day, (0, 0)) for day in asked.days]
    label = f"{wording.counted(total, 'session')} in {asked.period} days, {wording.number(crashed)} crashed"
    return Health(
        sessions=total,
        crashed=crashed,
        abnormal=abnormal,
        unhandled=unhandled,
        errored=max(0, errored - crashed - abnormal - unhandled),
        people=people[0],
        people_crashed=people[1],
        more_people=bool(uncounted),
        chart=health.days(
            [count[0] for count in counts],
            [count[1] for count in counts],
            [f"{day:%-d %b}" for day in asked.days],
            label,
            marks,
        )
        if total
        else None,
    )
