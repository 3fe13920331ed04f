"""Deletes issues with everything that belongs to them, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from issues import usage
from issues.models import (
    Activity,
    AlertThread,
    Event,
    ExternalIssue,
    Grouping,
    Issue,
    IssueDay,
    IssueHour,
    IssuePerson,
    IssueTag,
    IssueTagKey,
    IssueText,
)
from issues.models.grouping import KEY_BYTES
from issues.retention import events

_COUNTS = (IssuePerson, IssueTag, IssueTagKey, IssueHour, IssueDay, IssueText)
# A conversation has the id of the issue without a foreign key.
_BELONGINGS = (Activity, Grouping, ExternalIssue, AlertThread)


def belongings(issues: Any) -> Iterator[QuerySet[Any]]:
    """The counts and the history of issues (their ids, or a query of them), one queryset for each table, in the order in which they can be deleted."""
    for counts in _COUNTS:
        yield counts._default_manager.filter(grouping__issue__in=issues)
    for model in _BELONGINGS:
        yield model._default_manager.filter(issue__in=issues)


def delete(project_id: int, issues: Sequence[UUID]) -> tuple[Mapping[str, int], int, int]:
    """Delete issues of a project, which must have few events. Returns the deleted items by type, the number of issues
    and about how many bytes they took, without their events."""
    # By their groupings: those of an issue that is being merged into one of these go, too.
    keys = list(Event.objects.filter(grouping__issue__in=issues).values_list("pk", flat=True))
    items = events.delete(project_id, keys).items
    tags = IssueTag.objects.filter(grouping__issue__in=issues).values_list("key", "value")
    sizes = [usage.TAG + usage.size(*texts) for texts in tags]
    for model, weight in ((IssueTagKey, usage.TAG), (IssuePerson, usage.PERSON)):
        sizes += [weight] * model._default_manager.filter(grouping__issue__in=issues).count()
    size = len(issues) * usage.ISSUE
    for title, value in Issue.objects.filter(pk__in=issues).values_list("title", "value"):
        size += len(title) + len(value)
    for key in Grouping.objects.filter(issue__in=issues).values_list("key", flat=True):
        size += min(len(key), KEY_BYTES)
    size += usage.ACTIVITY * Activity.objects.filter(issue__in=issues).count()
    for texts in IssueText.objects.filter(grouping__issue__in=issues).values_list(*usage.TEXT_COLUMNS):
        size += usage.TEXT + usage.size(*texts)
    for rows in belongings(issues):
        rows.delete()
    Issue.everything.filter(pk__in=issues).delete()
    usage.add(project_id, {"issue": (-len(issues), -size), "tag": (-len(sizes), -sum(sizes))})
    return items, len(issues), size
