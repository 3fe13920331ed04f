"""Deletes in the background what somebody deleted and is too large to go at once: projects and issues.

They are marked by accounts.projects and issues.lifecycle and seen by nobody since. A crash only means that the rest
goes with the next run.
"""

from __future__ import annotations

import time
from typing import Any

from django.db import models, transaction

from accounts.models import Project
from issues import files
from issues.lock import lock_project
from issues.models import (
    Attachment,
    CheckIn,
    Event,
    Grouping,
    Issue,
    IssueDay,
    IssueHour,
    IssuePerson,
    IssueTag,
    SampledEvent,
    SessionPerson,
    UserReport,
)
from issues.record.retention import Portions

_PORTION = 1000
_PAUSE = 0.02


def delete_marked() -> int:
    """Delete what is marked, a portion at a time; how many projects and issues are gone now."""
    gone = 0
    for project in Project.objects.exclude(deleting_at=None).order_by("pk"):
        for issue in Issue.everything.filter(project=project).iterator():
            _delete_issue(issue)
        _in_portions(UserReport.objects.filter(project=project))
        _in_portions(SessionPerson.objects.filter(project=project))
        _in_portions(SampledEvent.objects.filter(project=project))
        _in_portions(CheckIn.objects.filter(state__monitor__project=project))
        while portion := list(
            Attachment.objects.filter(project=project).values_list("pk", flat=True)[:_PORTION]
        ):
            with transaction.atomic():
                files.forget(Attachment.objects.filter(pk__in=portion))
            time.sleep(_PAUSE)
        project.delete()
        gone += 1
    for issue in Issue.everything.filter(status=Issue.Status.DELETING).iterator():
        _delete_issue(issue)
        gone += 1
    return gone


def _delete_issue(issue: Issue) -> None:
    """First its events, then what was counted of it; the issue itself goes last."""
    Portions(issue.project_id, with_reports=True).delete(
        Event.objects.filter(issue=issue).order_by("digest_order")
    )
    for model in (IssuePerson, IssueTag, IssueHour, IssueDay, Grouping):
        _in_portions(model._default_manager.filter(issue=issue))
    with transaction.atomic():
        lock_project(issue.project_id)
        Issue.everything.filter(pk=issue.pk).delete()


def _in_portions(rows: models.QuerySet[Any]) -> None:
    while portion := list(rows.values_list("pk", flat=True)[:_PORTION]):
        rows.model._base_manager.filter(pk__in=portion).delete()
        time.sleep(_PAUSE)
