"""What people do to issues: resolve, reopen, mute, unmute, assign and delete them. Nothing else changes an issue for a person.

Each function takes a queryset, locks the projects, and returns how many issues it changed; an issue that is in the
state already is not counted. The change is written to the issue's history with the user who made it (None: Rustrak
itself).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import CharField, F, Q, Value
from django.db.models.functions import Cast, Concat

from accounts import teams
from accounts.models import Project, Team, User
from issues import facts, files, usage, watching
from issues.lock import lock_project
from issues.models import (
    Activity,
    AlertThread,
    Attachment,
    Event,
    Grouping,
    Issue,
    IssueHour,
    IssuePerson,
    IssueQuerySet,
    News,
    Reference,
    UserReport,
)
from rustrak.lib import bulk, clock


def resolve(issues: IssueQuerySet, by: User | None) -> int:
    """Mark open and muted issues as fixed. The next event that happens and arrives later reopens such an issue as a
    regression."""
    return _move(
        issues, [Issue.Status.OPEN, Issue.Status.MUTED], Issue.Status.RESOLVED, Activity.Kind.RESOLVED, by
    )


def recover(issues: IssueQuerySet) -> int:
    """Resolve issues of a job that succeeded again. Check-ins are judged in their order and may be processed late, so
    any further failure reopens the issue, whenever it happened."""
    return _move(
        issues, [Issue.Status.OPEN, Issue.Status.MUTED], Issue.Status.RESOLVED, Activity.Kind.RESOLVED, None,
        known_time=False,
    )  # fmt: skip


def reopen(issues: IssueQuerySet, by: User | None) -> int:
    """Mark resolved issues as not fixed."""
    return _move(issues, [Issue.Status.RESOLVED], Issue.Status.OPEN, Activity.Kind.REOPENED, by)


def mute(issues: IssueQuerySet, by: User | None) -> int:
    """Mute open and resolved issues. New events do not change that."""
    return _move(
        issues, [Issue.Status.OPEN, Issue.Status.RESOLVED], Issue.Status.MUTED, Activity.Kind.MUTED, by
    )


def unmute(issues: IssueQuerySet, by: User | None) -> int:
    """Open muted issues again."""
    return _move(issues, [Issue.Status.MUTED], Issue.Status.OPEN, Activity.Kind.UNMUTED, by)


class NotAMember(ValueError):
    """The person cannot see the project. The message is for people."""


def assign(
    issues: IssueQuerySet, to: User | Team | None, by: User | None, why: Mapping[str, Any] | None = None
) -> int:
    """Have a person or a team look after these issues; None: nobody. Raises NotAMember if `to` cannot see one of the projects.

    `why` is kept in the history; issues.ownership.sentences words it.
    """
    assigned = 0
    kind = Activity.Kind.ASSIGNED if to else Activity.Kind.UNASSIGNED
    name = name_of(to)
    columns = {
        "assignee": to if isinstance(to, User) else None,
        "assigned_team": to if isinstance(to, Team) else None,
    }
    for project_id, chosen in _by_project(issues):
        with transaction.atomic():
            lock_project(project_id)
            if to and not sees(to, project_id):
                raise NotAMember(NOBODY_SEES)
            rows = Issue.objects.filter(pk__in=chosen).exclude(**columns)
            found = list(rows.select_related("assignee", "assigned_team"))
            now = clock.now()
            assigned += Issue.objects.filter(pk__in=[issue.pk for issue in found]).update(**columns)
            Activity.objects.bulk_create(
                [
                    Activity(
                        issue=issue,
                        kind=kind,
                        at=now,
                        user=by,
                        detail=name or name_of(issue.assignee or issue.assigned_team),
                        why=why,
                    )
                    for issue in found
                ]
            )
            changes = [
                _change(
                    News.ASSIGNED, issue.pk, issue.level, issue.last_environment, issue.last_release, by, name
                )
                for issue in found
            ]
            if isinstance(to, User):
                watching.note([issue.pk for issue in found], [to.pk])
            facts.write(project_id, changes, {}, now)
    return assigned


def name_of(assignee: User | Team | None) -> str:
    """What pages call an assignee: a person's name, `#slug` of a team; empty for nobody."""
    if isinstance(assignee, Team):
        return f"#{assignee.slug}"
    return assignee.get_short_name() if assignee else ""


NOBODY_SEES = "An issue can only be assigned to somebody, or a team of somebody, who can see its project."


def sees(assignee: User | Team, project_id: int) -> bool:
    """Whether issues of the project can be assigned to a person or a team."""
    if isinstance(assignee, Team):
        return teams.able([project_id]).filter(pk=assignee.pk).exists()
    return assignee.is_active and Project.objects.visible_to(assignee).filter(pk=project_id).exists()


#: How long a deletion by issues.bulk_actions can be taken back; some minutes later the rows are deleted.
UNDO_DELETION, DELETE_AFTER = timedelta(minutes=10), timedelta(minutes=15)
# An issue with more stored events than this is deleted in the background: it could take minutes.
AT_ONCE_EVENTS = 500


def delete(issues: IssueQuerySet, by: User | None, *, at_once: int | None = None) -> int:
    """Delete issues with everything about them. Further events with the same grouping key create a new issue.

    The project's `stored_event_count` goes down; `digested_event_count` does not change. A large issue is only
    marked, which hides it; issues.retention.deletion deletes its rows. Large is one with more than `at_once` stored
    events (default: AT_ONCE_EVENTS); with -1 all are only marked.
    """
    if at_once is None:
        at_once = AT_ONCE_EVENTS
    deleted = 0
    for project_id, chosen in _by_project(issues):
        with transaction.atomic():
            lock_project(project_id)
            # Frees the keys for a new issue. To delete the groupings would delete their events now.
            Grouping.objects.filter(issue__in=_large(chosen, at_once)).update(
                key_hash=Concat(Value("deleted "), Cast("pk", CharField()))
            )
            deleted += _large(chosen, at_once).update(status=Issue.Status.DELETING)
            small = list(Issue.objects.filter(pk__in=chosen).values_list("pk", flat=True))
            events = Event.objects.filter(issue__in=small)
            with_them = Q(project_id=project_id, event_id__in=events.values("event_id"))
            files.delete(Attachment.objects.filter(with_them))
            UserReport.objects.filter(with_them).delete()
            stored, _ = events.delete()
            for counts in (IssueHour, IssuePerson):
                counts._default_manager.filter(grouping__issue__in=small).delete()
            for model in (Grouping, AlertThread, Reference):
                model._default_manager.filter(issue__in=small).delete()
            deleted += Issue.objects.filter(pk__in=small).delete()[1].get("issues.Issue", 0)
            Project.objects.filter(pk=project_id).update(stored_event_count=F("stored_event_count") - stored)
            usage.forget(project_id)
    return deleted


def put_back(project_id: int, states: Mapping[UUID, tuple[str, datetime | None]], by: User | None) -> int:
    """Give issues of a project the status and the `resolved_at` that they had before; both are given by issue."""
    with transaction.atomic():
        lock_project(project_id)
        now = clock.now()
        changing = []
        for issue in (
            Issue.objects.filter(pk__in=states)
            .order_by("pk")
            .only("pk", "status", "resolved_at", "level", "last_environment", "last_release")
        ):
            status, resolved_at = states[issue.pk]
            if issue.status != status:
                kind = _BACK[issue.status] if status == Issue.Status.OPEN else _TO[status]
                changing.append((issue, kind))
                issue.status, issue.resolved_at = status, resolved_at
        bulk.update(
            Issue,
            ["id", "status", "resolved_at"],
            [(issue.pk, issue.status, issue.resolved_at) for issue, _ in changing],
            "status = :status:, resolved_at = :resolved_at:, resolved_release = '',"
            " resolution = CASE WHEN :status: = 'resolved' THEN 'now' ELSE '' END",
        )
        Activity.objects.bulk_create(
            [Activity(issue=issue, kind=kind, at=now, user=by) for issue, kind in changing]
        )
        changes = [
            _change(_NEWS[kind], issue.pk, issue.level, issue.last_environment, issue.last_release, by)
            for issue, kind in changing
        ]
        facts.write(project_id, changes, {}, now)
    return len(changing)


def restore(project_id: int, issues: Mapping[UUID, tuple[str, Mapping[int, str]]]) -> tuple[int, int]:
    """Take back that issues were marked by `delete`: each gets its status and the hashes of its groupings again.

    A hash that a new issue has taken since stays with that one. Returns how many issues were restored, and of how many of
    them that is so.
    """
    with transaction.atomic():
        lock_project(project_id)
        marked = Issue.everything.filter(pk__in=issues, status=Issue.Status.DELETING)
        found = list(marked.values_list("pk", flat=True))
        for issue in found:
            Issue.everything.filter(pk=issue).update(status=issues[issue][0])
        hashes = {pk: (issue, key) for issue in found for pk, key in issues[issue][1].items()}
        taken = set(
            Grouping.objects.filter(
                project=project_id, key_hash__in=[key for _, key in hashes.values()]
            ).values_list("key_hash", flat=True)
        )
        for pk, (issue, key) in hashes.items():
            if key not in taken:
                Grouping.objects.filter(pk=pk, issue=issue).update(key_hash=key)
    return len(found), len({issue for issue, key in hashes.values() if key in taken})


def _large(chosen: list[UUID], at_once: int) -> IssueQuerySet:
    # Also one that was merged or split: its events may still be on their way, and compressed as those of another issue.
    apart = Grouping.objects.filter(issue__in=chosen, is_counted=True).values_list("issue", flat=True)
    return Issue.objects.filter(Q(stored_event_count__gt=at_once) | Q(pk__in=list(apart)), pk__in=chosen)


def _move(
    issues: IssueQuerySet,
    before: list[Issue.Status],
    after: Issue.Status,
    kind: Activity.Kind,
    by: User | None,
    *,
    known_time: bool = True,
) -> int:
    """Change the status of issues that have one of `before`, and write it into their history.

    With `known_time`, events from before do not reopen what is resolved now.
    """
    moved = 0
    for project_id, chosen in _by_project(issues):
        with transaction.atomic():
            lock_project(project_id)
            rows = Issue.objects.filter(pk__in=chosen, status__in=before)
            found = list(rows.values_list("pk", "level", "last_environment", "last_release"))
            moving = [issue for issue, *_ in found]
            now = clock.now()
            changed: dict[str, object] = {"resolution": "", "resolved_release": ""}
            if after == Issue.Status.RESOLVED:
                changed |= {"resolution": Issue.Resolution.NOW, "resolved_at": now if known_time else None}
            moved += Issue.objects.filter(pk__in=moving).update(status=after, **changed)
            Activity.objects.bulk_create(
                [Activity(issue_id=issue, kind=kind, at=now, user=by) for issue in moving]
            )
            facts.write(project_id, [_change(_NEWS[kind], *each, by) for each in found], {}, now)
    return moved


def _change(
    news: News, issue: UUID, level: int, environment: str, release: str, by: User | None, detail: str = ""
) -> facts.Change:
    return facts.Change(news, issue, None, level, environment, release, by.pk if by else None, detail)


# What it is called to leave a state for OPEN, and to come into another one.
_BACK: dict[str, Activity.Kind] = {
    Issue.Status.RESOLVED: Activity.Kind.REOPENED,
    Issue.Status.MUTED: Activity.Kind.UNMUTED,
}
_TO: dict[str, Activity.Kind] = {
    Issue.Status.RESOLVED: Activity.Kind.RESOLVED,
    Issue.Status.MUTED: Activity.Kind.MUTED,
}
_NEWS = {
    Activity.Kind.RESOLVED: News.RESOLVED,
    Activity.Kind.REOPENED: News.REOPENED,
    Activity.Kind.MUTED: News.MUTED,
    Activity.Kind.UNMUTED: News.UNMUTED,
}


def _by_project(issues: IssueQuerySet) -> list[tuple[int, list[UUID]]]:
    """The issues' ids in batches of at most 500 of one project, in the order in which projects are locked.

    They are read once, so that a change of state cannot move an issue into or out of the queryset.
    """
    chosen: dict[int, list[UUID]] = {}
    for project_id, issue_id in issues.values_list("project_id", "id"):
        chosen.setdefault(project_id, []).append(issue_id)
    return [
        (project_id, ids[start : start + 500])
        for project_id, ids in sorted(chosen.items())
        for start in range(0, len(ids), 500)
    ]
