"""Which issues somebody still has to look at: those that are new or have come back since they last did.

A member who has never looked at a project has the issues of the last BEGINS_WITH to look at: everything that is open would be a
list that nobody reads. From the first look on (a ReviewMark is written) nothing leaves the list because of its age.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from django.db import transaction
from django.db.models import (
    BooleanField,
    Case,
    Count,
    DateTimeField,
    Exists,
    F,
    Min,
    OuterRef,
    Q,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Least

from accounts.models import Project, User
from issues.models import Issue, IssueQuerySet, IssueSeen, ReviewMark
from rustrak.lib import clock
from rustrak.lib.database.courtesy import write_if_free

BEGINS_WITH = timedelta(days=14)
#: How many issues of a search one request marks as seen.
MOST_MARKED = 10_000
_BATCH = 500


def condition(viewer: User, project: Project | None = None) -> Q:
    """The condition on Issue that it is for review by `viewer`. If all issues are of `project`, naming it makes the search cheaper.

    Asks the database nothing by itself. An issue is for review while it is open, if it was created or reopened by an event
    after the project's mark (issues.models.ReviewMark), and `viewer` has not looked at it since.
    """
    beginning = Value(clock.now() - BEGINS_WITH, output_field=DateTimeField())
    marks = ReviewMark.objects.filter(user=viewer)
    seen = IssueSeen.objects.filter(user=viewer, issue=OuterRef("pk"), at__gte=OuterRef("opened_at"))
    is_open = Q(status=Issue.Status.OPEN)
    # Last: it is looked up for each issue that is left.
    unseen = ~Q(Exists(seen))
    if project is not None:
        mark = marks.filter(project=project).values("at")
        return is_open & Q(opened_at__gt=Coalesce(Subquery(mark), beginning)) & unseen
    mark = marks.filter(project=OuterRef("project")).values("at")
    # The same for all issues, so that an index on `opened_at` leaves few to be compared with the mark of their project.
    first = marks.order_by().values("user").annotate(first=Min("at")).values("first")
    earliest = Least(Coalesce(Subquery(first), beginning), beginning)
    return is_open & Q(opened_at__gt=earliest) & Q(opened_at__gt=Coalesce(Subquery(mark), beginning)) & unseen


def counts(viewer: User, projects: Sequence[Project]) -> dict[int, int]:
    """By project: how many issues are for review. Projects without any are left out. One query."""
    chosen = Issue.objects.filter(condition(viewer), project__in=[project.pk for project in projects])
    return dict(chosen.order_by().values_list("project").annotate(Count("pk")))


def with_review(issues: IssueQuerySet, viewer: User, project: Project) -> IssueQuerySet:
    """`issues` of `project`, each with `is_for_review`, which `seen` needs."""
    return issues.annotate(
        is_for_review=Case(
            When(condition(viewer, project), then=True), default=False, output_field=BooleanField()
        )
    )


def seen(viewer: User, issue: Issue) -> None:
    """Note that `viewer` looks at `issue`, which came from `with_review`. Asks nothing and writes nothing unless it is for review; not
    while the database is locked or can only be read."""
    if getattr(issue, "is_for_review", False):
        write_if_free(partial(_note, viewer, issue))


def _note(viewer: User, issue: Issue) -> None:
    now = clock.now()
    _begin(viewer, [issue.project_id], now)
    # The clock of the machine that stored the event may be ahead.
    _write_seen(viewer, [issue.pk], max(now, issue.opened_at))


def _begin(viewer: User, projects: Iterable[int], now: datetime) -> None:
    """Give `viewer` a mark of each project that they have none of."""
    ReviewMark.objects.bulk_create(
        [ReviewMark(user=viewer, project_id=project_id, at=now - BEGINS_WITH) for project_id in projects],
        ignore_conflicts=True,
    )


def mark_all(viewer: User, projects: Sequence[Project], until: datetime) -> datetime:
    """Note that `viewer` has seen all issues of `projects` that were there at `until`, when the list was made: what has come
    since stays for review. Returns what `undo` needs."""
    now = clock.now()
    until = min(until, now)
    with transaction.atomic():
        of_viewer = ReviewMark.objects.filter(user=viewer, project__in=[project.pk for project in projects])
        known = set(of_viewer.values_list("project_id", flat=True))
        of_viewer.filter(at__lt=until).update(before=F("at"), at=until)
        ReviewMark.objects.bulk_create(
            [
                ReviewMark(user=viewer, project=project, at=until)
                for project in projects
                if project.pk not in known
            ],
            ignore_conflicts=True,
        )
    return until


def mark(viewer: User, issues: IssueQuerySet, until: datetime) -> tuple[int, datetime]:
    """Note that `viewer` has seen those of `issues` that are for review and were at `until`. Returns how many there were, at most
    MOST_MARKED, and what `undo` needs."""
    now = clock.now()
    chosen = issues.filter(condition(viewer), opened_at__lte=min(until, now))
    keys = list(chosen.order_by().values_list("pk", "project_id")[:MOST_MARKED])
    with transaction.atomic():
        _begin(viewer, {project_id for _, project_id in keys}, now)
        _write_seen(viewer, [key for key, _ in keys], now)
    return len(keys), now


def undo(viewer: User, moment: datetime) -> None:
    """Take back what `mark_all` or `mark` did that returned `moment`."""
    with transaction.atomic():
        IssueSeen.objects.filter(user=viewer, at=moment).delete()
        marks = ReviewMark.objects.filter(user=viewer, at=moment)
        marks.filter(before=None).delete()
        marks.update(at=F("before"), before=None)


def _write_seen(viewer: User, keys: Sequence[UUID], at: datetime) -> None:
    IssueSeen.objects.bulk_create(
        [IssueSeen(user=viewer, issue_id=key, at=at) for key in keys],
        batch_size=_BATCH,
        update_conflicts=True,
        unique_fields=["user", "issue"],
        update_fields=["at"],
    )
