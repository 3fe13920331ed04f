"""Deletes in the background what somebody deleted and is too large to go at once: projects and issues.

They are marked by accounts.projects and issues.lifecycle and seen by nobody since. A crash only means that the rest
goes with the next run.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import models, transaction

from accounts.models import Project
from issues import files
from issues.lock import lock_project
from issues.models import (
    Activity,
    Attachment,
    CheckIn,
    Event,
    Grouping,
    Issue,
    IssueDay,
    IssueHour,
    IssuePerson,
    IssueTag,
    IssueTagKey,
    SampledEvent,
)
from issues.record.worth import PINNED
from issues.retention.events import Portions, by_worth
from issues.retention.pace import Pace, in_portions

_FIRST, _MOST = 100, 2000
# An issue that is deleted is looked for in a dozen tables.
_FIRST_ISSUES = 5


def delete_marked() -> int:
    """Delete what is marked, a portion at a time; how many projects and issues are gone now."""
    gone = 0
    for project in Project.objects.exclude(deleting_at=None).order_by("pk"):
        _delete_issues_of(project)
        _in_portions(SampledEvent.objects.filter(project=project))
        _in_portions(CheckIn.objects.filter(state__monitor__project=project))
        _in_portions(Attachment.objects.filter(project=project), delete=files.forget)
        for relation in Project._meta.related_objects:
            rows = relation.related_model._base_manager.filter(**{relation.field.name: project})
            _in_portions(rows)
        project.delete()
        gone += 1
    for issue in Issue.everything.filter(status=Issue.Status.DELETING).iterator():
        _delete_issue(issue)
        gone += 1
    return gone


# What an issue's counts and history are made of.
_KEPT = (IssuePerson, IssueTag, IssueTagKey, IssueHour, IssueDay, Activity, Grouping)


def _delete_issues_of(project: Project) -> None:
    """All of a project's together: many an issue has a few rows only, and each portion has its pause."""
    portions = Portions(project.pk, with_reports=True)
    for events in by_worth(project.pk, PINNED):
        portions.delete(events)
    for model in _KEPT:
        _in_portions(model._default_manager.filter(issue__project=project))
    _in_portions(Issue.everything.filter(project=project), _FIRST_ISSUES)


def _delete_issue(issue: Issue) -> None:
    """First its events, then what was counted of it; the issue itself goes last."""
    Portions(issue.project_id, with_reports=True).delete(
        Event.objects.filter(issue=issue).order_by("digest_order")
    )
    for model in _KEPT:
        _in_portions(model._default_manager.filter(issue=issue))
    with transaction.atomic():
        lock_project(issue.project_id)
        Issue.everything.filter(pk=issue.pk).delete()


def _in_portions(
    rows: models.QuerySet[Any],
    first: int = _FIRST,
    delete: Callable[[models.QuerySet[Any]], object] = lambda portion: portion.delete(),
) -> None:
    pace = Pace(first, _MOST)

    def take(portion: list[Any]) -> int:
        with transaction.atomic():
            pace.held()
            delete(rows.filter(pk__in=portion))
        return len(portion)

    in_portions(rows, pace, take)
