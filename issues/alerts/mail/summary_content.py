"""What a summary tells: what happened in a person's projects in one period, compared with the one before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce

from accounts.models import Project, User
from issues.alerts.people import choices
from issues.models import Issue, IssueHour, ProjectHour
from issues.models.event import Level

#: Projects in a summary, and issues of each kind in a project.
MOST_PROJECTS, MOST_ISSUES = 200, 5
#: What grew: at least so many events, and so many times as many as before.
LEAST_EVENTS, LEAST_TIMES = 10, 2
# Among the issues of the period with the most events in all.
_MOST_COMPARED = 2000


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` to before `end`, and the period `before` it begins; all in UTC."""

    before: datetime
    start: datetime
    end: datetime

    def hours(self) -> tuple[int, int, int]:
        """The same in whole hours since 1970, as events are counted."""
        before, start, end = (int(each.timestamp()) // 3600 for each in (self.before, self.start, self.end))
        return before, start, end


@dataclass(frozen=True, slots=True)
class IssueLine:
    """An issue, with its events in the period and in the one before."""

    id: UUID
    number: int
    title: str
    level: str
    events: int
    before: int = 0


@dataclass(frozen=True, slots=True)
class ProjectPart:
    """What happened in one project: how many, and the first MOST_ISSUES of each."""

    project_id: int
    name: str
    slug: str
    events: int
    before: int
    new: int
    regressed: int
    grown: int
    new_issues: Sequence[IssueLine]
    regressed_issues: Sequence[IssueLine]
    grown_issues: Sequence[IssueLine]

    @property
    def is_quiet(self) -> bool:
        return not (self.events or self.new or self.regressed or self.grown)


def of(user: User, period: Period) -> list[ProjectPart]:
    """The projects that the person may see and wants mail about: those with most issues to tell first, then by events."""
    wanted = Project.objects.visible_to(user).exclude(pk__in=choices.opted_out(user.pk)).by_name()
    parts = [_of_project(each.pk, each.name, each.slug, period) for each in wanted[:MOST_PROJECTS]]
    return sorted(parts, key=lambda part: (-(part.new + part.regressed + part.grown), -part.events))


# Many people have a project, and the same period. The process that sends lives for one run only.
@lru_cache(maxsize=512)
def _of_project(project_id: int, name: str, slug: str, period: Period) -> ProjectPart:
    before, start, end = period.hours()
    # Where clocks differ from UTC by half an hour, issues are of the same hours as the events that are counted.
    begins, ends = (datetime.fromtimestamp(hour * 3600, UTC) for hour in (start, end))
    total = ProjectHour.objects.filter(project=project_id, hour__gte=before, hour__lt=end).aggregate(
        now=Coalesce(Sum("count", filter=Q(hour__gte=start)), 0),
        before=Coalesce(Sum("count", filter=Q(hour__lt=start)), 0),
    )
    if not total["now"]:
        # Nothing can be new, have come back or have grown without an event.
        return ProjectPart(project_id, name, slug, 0, total["before"], 0, 0, 0, (), (), ())
    # Only issues with an event since can be any of these; there is an index for them.
    active = Issue.objects.filter(project=project_id, last_seen__gte=begins).exclude(
        status=Issue.Status.MUTED
    )
    new = active.filter(created_at__gte=begins, created_at__lt=ends)
    regressed = active.filter(regressed_at__gte=begins, regressed_at__lt=ends, created_at__lt=begins)
    compared = active.filter(created_at__lt=begins, status=Issue.Status.OPEN).order_by("-event_count", "pk")
    grown = _grown(compared.values("pk")[:_MOST_COMPARED], before, start, end)
    top = {key: (now, past) for key, now, past in grown[:MOST_ISSUES]}
    rows = Issue.objects.in_bulk(list(top))
    return ProjectPart(
        project_id=project_id,
        name=name,
        slug=slug,
        events=total["now"],
        before=total["before"],
        new=new.count(),
        regressed=regressed.count(),
        grown=len(grown),
        new_issues=_lines(list(new.order_by("-event_count", "pk")[:MOST_ISSUES]), start, end),
        regressed_issues=_lines(list(regressed.order_by("-event_count", "pk")[:MOST_ISSUES]), start, end),
        grown_issues=[_line(rows[key], *counts) for key, counts in top.items() if key in rows],
    )


def _grown(issues: Any, before: int, start: int, end: int) -> list[tuple[UUID, int, int]]:
    """The issues that have far more events than before, with both counts, the largest increase first."""
    counts = (
        IssueHour.objects.filter(grouping__issue__in=issues, hour__gte=before, hour__lt=end)
        .values("grouping__issue")
        .annotate(
            now=Coalesce(Sum("count", filter=Q(hour__gte=start)), 0),
            past=Coalesce(Sum("count", filter=Q(hour__lt=start)), 0),
        )
        .filter(now__gte=LEAST_EVENTS)
        .filter(now__gte=F("past") * LEAST_TIMES)
    )
    rows = counts.values_list("grouping__issue", "now", "past")
    return sorted(rows, key=lambda row: (row[2] - row[1], str(row[0])))


def _lines(issues: Sequence[Issue], start: int, end: int) -> list[IssueLine]:
    hours = IssueHour.objects.filter(
        grouping__issue__in=[each.pk for each in issues], hour__gte=start, hour__lt=end
    )
    counts = dict(hours.values_list("grouping__issue").annotate(Sum("count"))) if issues else {}
    return [_line(each, counts.get(each.pk, 0), 0) for each in issues]


def _line(issue: Issue, events: int, before: int) -> IssueLine:
    return IssueLine(issue.pk, issue.digest_order, issue.title, Level(issue.level).label, events, before)
