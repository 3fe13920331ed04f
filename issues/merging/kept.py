"""What is kept of an issue that is merged into another one, so that both can be made again, as JSON.

All rows that are counts, of the issue that goes and of the other one as far as the merge changes them: so undoing is exact while no
event has arrived since. Of an issue with very many rows nothing is kept.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Model

from issues.merging import texts
from issues.models import (
    Activity,
    AlertThread,
    ExternalIssue,
    Grouping,
    Issue,
    IssueDay,
    IssueHour,
    IssuePerson,
    IssueSeen,
    IssueTag,
    IssueTagKey,
    IssueText,
    MergedIssue,
    Reference,
)

#: Rows, with the events: they are moved back in one transaction.
MOST_ROWS = 2000
TOO_LARGE = "The issue had too many events, people and tags to be taken out again."

#: The columns of the target that a merge joins; event_count, stored_event_count and user_count are added to.
JOINED = (
    "first_seen", "last_seen", "first_release", "last_release", "first_environment", "last_environment", "level", "trend",
    "usual",
)  # fmt: skip
PERSON = ("person", "event_count", "first_seen", "last_seen", "last_release")
TAG, KEY = ("key", "value", "count"), ("key", "count", "values_kept")


def is_small(issue: Issue) -> bool:
    """Whether a merge of the issue into another one can be undone."""
    rows = issue.stored_event_count + issue.user_count
    for model in (IssueHour, IssueDay, IssueTag, IssueTagKey, Grouping, Activity):
        if rows > MOST_ROWS:
            break
        rows += model._default_manager.filter(issue=issue.pk).count()
    return rows <= MOST_ROWS


def keep(target: Issue, gone: Issue) -> dict[str, Any]:
    """What undoing needs; {"large": True} for an issue with too many rows."""
    if not is_small(gone):
        return {"large": True}
    people = _rows(IssuePerson, PERSON, gone.pk)
    keys = _rows(IssueTagKey, KEY, gone.pk)
    text = texts.of(gone.pk)
    return {
        "issue": columns(gone),
        "target": {name: _plain(getattr(target, name)) for name in (*JOINED, "user_count")},
        # As many as it has after the merge: with more, an event has arrived since.
        "event_count": target.event_count + gone.event_count,
        "offset": target.event_count,
        "groupings": _keys(Grouping, gone.pk),
        "references": [
            [str(pk), current]
            for pk, current in Reference.objects.filter(issue=gone.pk).values_list("pk", "is_current")
        ],
        "activities": _keys(Activity, gone.pk),
        "hours": _rows(IssueHour, ("hour", "count"), gone.pk),
        "days": _rows(IssueDay, ("day", "count"), gone.pk),
        "people": people,
        "known_people": _rows(IssuePerson, PERSON, target.pk, person__in=[row[0] for row in people]),
        "keys": keys,
        "tags": _rows(IssueTag, TAG, gone.pk),
        "known_keys": _rows(IssueTagKey, KEY, target.pk, key__in=[row[0] for row in keys]),
        "known_tags": _rows(IssueTag, TAG, target.pk, key__in=[row[0] for row in keys]),
        "links": _rows(ExternalIssue, ("url", "created_by", "created_at"), gone.pk),
        "known_links": _rows(ExternalIssue, ("url",), target.pk),
        "threads": [str(pk) for pk in AlertThread.objects.filter(issue=gone.pk).values_list("pk", flat=True)],
        "seen": _rows(IssueSeen, ("user", "at"), gone.pk),
        "known_seen": _rows(IssueSeen, ("user",), target.pk),
        "text": _text(text, target.pk),
        "merged": [str(pk) for pk in MergedIssue.objects.filter(into=gone.pk).values_list("pk", flat=True)],
    }


def columns(issue: Issue) -> dict[str, Any]:
    """All columns of an issue but those that the database makes."""
    return {
        field.attname: _plain(getattr(issue, field.attname))
        for field in Issue._meta.concrete_fields
        if not field.generated
    }


def moment(stored: str) -> datetime:
    """A time as it was before it became JSON."""
    return datetime.fromisoformat(stored)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return value.hex if isinstance(value, UUID) else value


def _keys(model: type[Model], issue: UUID) -> list[Any]:
    return [_plain(pk) for pk in model._default_manager.filter(issue=issue).values_list("pk", flat=True)]


def _rows(model: type[Model], names: tuple[str, ...], issue: UUID, **only: Any) -> list[list[Any]]:
    rows = model._default_manager.filter(issue=issue, **only).values_list(*names)
    return [[_plain(value) for value in row] for row in rows]


def _text(gone: IssueText | None, target: UUID) -> dict[str, Any] | None:
    """The words of the issue that goes, and those that the other one had not."""
    if gone is None:
        return None
    known = texts.of(target)
    return {
        "own": texts.columns(gone),
        "is_complete": gone.is_complete,
        "is_full": gone.is_full,
        "added": texts.added(known, gone),
        "was_full": known.is_full if known else None,
    }
