"""Makes an issue again that was merged into another one, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models import F, Model

from accounts.models import Project, User
from issues import usage
from issues.lock import lock_project
from issues.merging import kept, texts
from issues.merging.errors import NotPossible
from issues.merging.moving import renumber
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
    IssueSeen,
    IssueTag,
    IssueTagKey,
    IssueText,
    MergedIssue,
    Reference,
)
from rustrak.lib import bulk, clock


def undo(project_id: int, into: UUID, gone: UUID, before: Mapping[str, Any] | None, by: User | None) -> None:
    """Make the issue `gone` again with what belonged to it, inside the caller's transaction; `before` is what `begin` returned.

    Raises NotPossible: it is exact, or it is not done.
    """
    lock_project(project_id)
    if not before or before.get("large"):
        raise NotPossible(kept.TOO_LARGE)
    target = Issue.objects.filter(project=project_id, pk=into).select_related("project").first()
    link = MergedIssue.objects.filter(issue=gone, into=into).first()
    if target is None or link is None:
        raise NotPossible("The issue that it was merged into does not exist any more.")
    if target.event_count != before["event_count"]:
        raise NotPossible(
            f"Events have arrived in {target.short_id} since, or another issue was merged into it, so the merge cannot be"
            " undone exactly."
        )
    issue = _make(before["issue"])
    _move_back(issue, target, before)
    _take_counts(issue.pk, into, before)
    _take_tags(project_id, issue.pk, into, before)
    _take_small_rows(issue.pk, into, before)
    _take_text(issue.pk, into, before["text"])
    link.delete()
    MergedIssue.objects.filter(issue__in=before["merged"], into=into).update(
        into=issue.pk, offset=F("offset") - before["offset"]
    )
    now = clock.now()
    issue.project = target.project
    Activity.objects.bulk_create(
        Activity(issue_id=pk, kind=Activity.Kind.UNMERGED, at=now, user=by, detail=other.short_id[:254])
        for pk, other in ((into, issue), (issue.pk, target))
    )
    # Digests remember words that the other issue has no more.
    Project.objects.filter(pk=project_id).update(text_version=F("text_version") + 1)
    usage.forget(project_id)


def _make(columns: Mapping[str, Any]) -> Issue:
    values = {
        field.attname: field.to_python(columns[field.attname])
        for field in Issue._meta.concrete_fields
        if field.attname in columns
    }
    assignee = values["assignee_id"]
    if assignee is not None and not User.objects.filter(pk=assignee).exists():
        values["assignee_id"] = None
    # Its events are counted when they are back: retention may have deleted some.
    issue = Issue(**values | {"stored_event_count": 0})
    Issue.everything.bulk_create([issue])
    return issue


def _move_back(issue: Issue, target: Issue, before: Mapping[str, Any]) -> None:
    """Its events, groupings, references and history; and the columns of both issues."""
    first, offset = before["offset"], before["offset"]
    own = Event.objects.filter(
        issue=target.pk, digest_order__gt=first, digest_order__lte=first + before["issue"]["event_count"]
    )
    keys = list(own.values_list("pk", flat=True))
    renumber(keys, target, issue, -offset)
    Issue.everything.filter(pk=issue.pk).update(stored_event_count=len(keys))
    joined = {name: _column(name, before["target"][name]) for name in (*kept.JOINED, "user_count")}
    Issue.everything.filter(pk=target.pk).update(
        event_count=offset, stored_event_count=F("stored_event_count") - len(keys), **joined
    )
    Grouping.objects.filter(pk__in=before["groupings"], issue=target.pk).update(issue=issue.pk)
    Activity.objects.filter(pk__in=before["activities"], issue=target.pk).update(issue=issue.pk)
    for pk, is_current in before["references"]:
        Reference.objects.filter(pk=int(pk), issue=target.pk).update(issue=issue.pk, is_current=is_current)


def _column(name: str, stored: Any) -> Any:
    field: Any = Issue._meta.get_field(name)
    return field.to_python(stored)


def _take_counts(gone: UUID, into: UUID, before: Mapping[str, Any]) -> None:
    """Counts per time, as far as retention has left them, and people."""
    for model, unit, rows in ((IssueHour, "hour", before["hours"]), (IssueDay, "day", before["days"])):
        counts: Any = model._default_manager.filter(issue=into, **{f"{unit}__in": [when for when, _ in rows]})
        there = {when: (pk, count) for pk, when, count in counts.values_list("pk", unit, "count")}
        left = [(when, count) for when, count in rows if when in there]
        fewer = [(there[when][0], there[when][1] - count) for when, count in left]
        counts.filter(pk__in=[pk for pk, count in fewer if count <= 0]).delete()
        bulk.update(model, ["id", "count"], [row for row in fewer if row[1] > 0], "count = :count:")
        bulk.insert(model, ["issue", unit, "count"], [(gone, when, count) for when, count in left])
    _replace(IssuePerson, kept.PERSON, "person", gone, into, before["people"], before["known_people"])


def _take_tags(project_id: int, gone: UUID, into: UUID, before: Mapping[str, Any]) -> None:
    for model, names, rows, known in (
        (IssueTag, kept.TAG, "tags", "known_tags"),
        (IssueTagKey, kept.KEY, "keys", "known_keys"),
    ):
        every = {row[0] for row in before["keys"]}
        model._default_manager.filter(issue=into, key__in=every).delete()
        _insert(model, names, into, before[known], project=project_id)
        _insert(model, names, gone, before[rows], project=project_id)


def _take_small_rows(gone: UUID, into: UUID, before: Mapping[str, Any]) -> None:
    """Links to other trackers, conversations, and who has seen the issue. What was deleted as the other issue had the same is
    made again, but for conversations: these go on with the other issue."""
    people = set(User.objects.values_list("pk", flat=True).filter(pk__in=[row[1] for row in before["links"]]))
    known = {row[0] for row in before["known_links"]}
    own = [url for url, _, _ in before["links"]]
    ExternalIssue.objects.filter(issue=into, url__in=[url for url in own if url not in known]).delete()
    ExternalIssue.objects.bulk_create(
        ExternalIssue(
            issue_id=gone, url=url, created_by_id=by if by in people else None, created_at=kept.moment(at)
        )
        for url, by, at in before["links"]
    )
    AlertThread.objects.filter(pk__in=before["threads"], issue=into).update(issue=gone)
    known = {row[0] for row in before["known_seen"]}
    seen = {user: kept.moment(at) for user, at in before["seen"]}
    IssueSeen.objects.filter(issue=into, user__in=seen.keys() - known).delete()
    IssueSeen.objects.bulk_create(
        IssueSeen(issue_id=gone, user_id=user, at=seen[user])
        for user in User.objects.filter(pk__in=seen).values_list("pk", flat=True)
    )


def _take_text(gone: UUID, into: UUID, before: Mapping[str, Any] | None) -> None:
    if before is None:
        return
    if (target := texts.of(into)) is not None:
        if before["was_full"] is None:  # it had none
            target.delete()
        else:
            changes = texts.without(target, before["added"]) | {"is_full": before["was_full"]}
            IssueText.objects.filter(pk=target.pk).update(**changes)
    IssueText.objects.create(
        issue_id=gone, is_complete=before["is_complete"], is_full=before["is_full"], **before["own"]
    )


def _replace(
    model: type[Model], names: Sequence[str], key: str, gone: UUID, into: UUID, rows: Any, known: Any
) -> None:
    """Give `gone` its `rows`, and `into` those that it had in their place before."""
    model._default_manager.filter(issue=into, **{f"{key}__in": [row[0] for row in rows]}).delete()
    _insert(model, names, into, known)
    _insert(model, names, gone, rows)


def _insert(model: type[Model], names: Sequence[str], issue: UUID, rows: Any, **also: Any) -> None:
    fields: list[Any] = [model._meta.get_field(name) for name in names]
    bulk.insert(
        model,
        [*also, "issue", *names],
        [
            (
                *also.values(),
                issue,
                *(field.to_python(value) for field, value in zip(fields, row, strict=True)),
            )
            for row in rows
        ],
    )
