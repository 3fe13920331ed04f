"""How projects are doing, in numbers. A fixed number of queries for all projects together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, OuterRef, Subquery, Sum

from accounts.models import Project, User
from issues import review
from issues.models import Issue, SessionDay
from issues.pages import hours

#: An issue is new for so long; the trend is over the same time.
NEW = timedelta(hours=hours.DAY)
# Sessions are counted by day (UTC): of yesterday and today, so that a day that has just begun says something.
_SESSION_DAYS = 2
_STATES = [Issue.Status.OPEN, Issue.Status.RESOLVED, Issue.Status.MUTED]


@dataclass(frozen=True, slots=True)
class Standing:
    """`new` issues were first seen within NEW; `hours` are the events of each of the last 24 hours, oldest first. `crashed` of
    `sessions` are of yesterday and today."""

    project: Project
    open: int = 0
    new: int = 0
    review: int = 0
    hours: list[int] = field(default_factory=lambda: [0] * hours.DAY)
    sessions: int = 0
    crashed: int = 0
    last_event: datetime | None = None

    @property
    def events(self) -> int:
        return sum(self.hours)

    @property
    def crash_free(self) -> float | None:
        """From 0 to 1; None without sessions."""
        return 1 - self.crashed / self.sessions if self.sessions else None


def standings(viewer: User, now: datetime) -> list[Standing]:
    """Of all projects that `viewer` may see, by name. Six queries."""
    latest = Issue.objects.filter(project=OuterRef("pk")).order_by("-last_seen", "-id")
    seen = Project.objects.visible_to(viewer).by_name()
    projects: list[Any] = list(seen.annotate(last_event=Subquery(latest.values("last_seen")[:1])))
    if not projects:
        return []
    keys = [project.pk for project in projects]
    of_projects = Issue.everything.filter(project__in=keys).order_by().values_list("project")
    open_issues = dict(of_projects.filter(status=Issue.Status.OPEN).annotate(count=Count("*")))
    new = dict(of_projects.filter(status__in=_STATES, first_seen__gt=now - NEW).annotate(count=Count("*")))
    for_review = review.counts(viewer, projects)
    events = hours.of_projects(keys, now)
    sessions = _sessions(keys, now)
    return [
        Standing(
            project=project,
            open=open_issues.get(project.pk, 0),
            new=new.get(project.pk, 0),
            review=for_review.get(project.pk, 0),
            hours=events.get(project.pk) or [0] * hours.DAY,
            sessions=sessions.get(project.pk, (0, 0))[0],
            crashed=sessions.get(project.pk, (0, 0))[1],
            last_event=project.last_event,
        )
        for project in projects
    ]


def together(each: Sequence[Standing], project: Project) -> Standing:
    """The sum of several; `project` stands for all of them."""
    last = [one.last_event for one in each if one.last_event]
    return Standing(
        project=project,
        open=sum(one.open for one in each),
        new=sum(one.new for one in each),
        review=sum(one.review for one in each),
        hours=[sum(counts) for counts in zip(*(one.hours for one in each), strict=True)],
        sessions=sum(one.sessions for one in each),
        crashed=sum(one.crashed for one in each),
        last_event=max(last, default=None),
    )


def _sessions(keys: Sequence[int], now: datetime) -> dict[int, tuple[int, int]]:
    """By project: how many sessions there were, and how many crashed. More can be counted as crashed than began: as many were
    there then, as issues.pages.releases.health has it."""
    first = now.date() - timedelta(days=_SESSION_DAYS - 1)
    days = SessionDay.objects.filter(project__in=keys, day__gte=first).order_by().values_list("project")
    rows = days.annotate(Sum("total"), Sum("crashed"), Sum("errored"))
    return {project: (max(total, crashed, errored), crashed) for project, total, crashed, errored in rows}
