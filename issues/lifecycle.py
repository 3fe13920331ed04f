"""What people do to issues: the only write path for them. Always on a queryset, always with the projects locked.

Each verb returns how many issues it changed; one that is already so counts as unchanged. Every change is written to the
issue's history in its transaction, with who did it; nobody (`by=None`) is Rustrak itself.
"""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.db.models import CharField, F, Q, Value
from django.db.models.functions import Cast, Concat

from accounts.models import Project, User
from issues import files
from issues.lock import lock_project
from issues.models import (
    Activity,
    Attachment,
    Event,
    Grouping,
    Issue,
    IssueHour,
    IssuePerson,
    IssueQuerySet,
    UserReport,
)
from rustrak.lib import clock


def resolve(issues: IssueQuerySet, by: User | None) -> int:
    """It is fixed: the next event opens it again as a regression."""
    return _move(
        issues, [Issue.Status.OPEN, Issue.Status.MUTED], Issue.Status.RESOLVED, Activity.Kind.RESOLVED, by
    )


def reopen(issues: IssueQuerySet, by: User | None) -> int:
    """It is not fixed after all. Touches resolved issues only."""
    return _move(issues, [Issue.Status.RESOLVED], Issue.Status.OPEN, Activity.Kind.REOPENED, by)


def mute(issues: IssueQuerySet, by: User | None) -> int:
    """Nobody wants to hear of it: it stays muted whatever arrives."""
    return _move(
        issues, [Issue.Status.OPEN, Issue.Status.RESOLVED], Issue.Status.MUTED, Activity.Kind.MUTED, by
    )


def unmute(issues: IssueQuerySet, by: User | None) -> int:
    """Touches muted issues only."""
    return _move(issues, [Issue.Status.MUTED], Issue.Status.OPEN, Activity.Kind.UNMUTED, by)


# An issue with more events than this is deleted in the background: nobody waits minutes for a page.
AT_ONCE_EVENTS = 500


def delete(issues: IssueQuerySet, by: User | None) -> int:
    """Delete the issues with everything about them; the same trouble again makes a new issue with a new number.

    A project's `digested_event_count` keeps counting what was once seen; `stored_event_count` goes down. Of a large
    issue the rows go in the background (issues.retention.deletion), but nobody sees it any more.
    """
    deleted = 0
    for project_id, chosen in _by_project(issues):
        with transaction.atomic():
            lock_project(project_id)
            # Not deleted, for their events would go with them now: out of the way of new ones.
            Grouping.objects.filter(issue__in=_large(chosen)).update(
                key_hash=Concat(Value("deleted "), Cast("pk", CharField()))
            )
            deleted += _large(chosen).update(status=Issue.Status.DELETING)
            small = list(Issue.objects.filter(pk__in=chosen).values_list("pk", flat=True))
            events = Event.objects.filter(issue__in=small)
            with_them = Q(project_id=project_id, event_id__in=events.values("event_id"))
            files.forget(Attachment.objects.filter(with_them))
            UserReport.objects.filter(with_them).delete()
            stored, _ = events.delete()
            for model in (IssueHour, IssuePerson, Grouping):
                model._default_manager.filter(issue__in=small).delete()
            deleted += Issue.objects.filter(pk__in=small).delete()[1].get("issues.Issue", 0)
            Project.objects.filter(pk=project_id).update(stored_event_count=F("stored_event_count") - stored)
    return deleted


def _large(chosen: list[UUID]) -> IssueQuerySet:
    return Issue.objects.filter(pk__in=chosen, stored_event_count__gt=AT_ONCE_EVENTS)


def _move(
    issues: IssueQuerySet,
    before: list[Issue.Status],
    after: Issue.Status,
    kind: Activity.Kind,
    by: User | None,
) -> int:
    """Change those that are in a state of `before`, and write it into their history."""
    moved = 0
    for project_id, chosen in _by_project(issues):
        with transaction.atomic():
            lock_project(project_id)
            moving = list(Issue.objects.filter(pk__in=chosen, status__in=before).values_list("pk", flat=True))
            moved += Issue.objects.filter(pk__in=moving).update(status=after)
            now = clock.now()
            Activity.objects.bulk_create(
                [Activity(issue_id=issue, kind=kind, at=now, user=by) for issue in moving]
            )
    return moved


def _by_project(issues: IssueQuerySet) -> list[tuple[int, list[UUID]]]:
    """The chosen issues' ids, in portions of one project and at most 500: what was chosen does not change any more."""
    chosen: dict[int, list[UUID]] = {}
    for project_id, issue_id in issues.values_list("project_id", "id"):
        chosen.setdefault(project_id, []).append(issue_id)
    return [
        (project_id, ids[start : start + 500])
        for project_id, ids in sorted(chosen.items())
        for start in range(0, len(ids), 500)
    ]
