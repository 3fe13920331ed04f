"""What people do to issues: resolve, reopen, mute, unmute, assign and delete them. Nothing else changes an issue for a person.

Each function takes a queryset, locks the projects, and returns how many issues it changed; an issue that is in the
state already is not counted. The change is written to the issue's history with the user who made it (None: Rustrak
itself).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import CharField, F, Q, Value
from django.db.models.functions import Cast, Concat

from accounts import audit, teams
from accounts.access import who_act
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
from issues.states.change import NotPossible
from issues.states.moves import by_project as _by_project
from issues.states.moves import change_of as _change
from issues.states.moves import kept, mute, put_back, recover, reopen, resolve, unmute
from rustrak.lib import clock

__all__ = [
    "DELETE_AFTER", "UNDO_DELETION", "NotAMember", "NotPossible", "assign", "delete", "kept", "mute", "put_back", "recover", "reopen",
    "resolve", "restore", "unmute",
]  # fmt: skip


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


NOBODY_SEES = (
    "An issue can only be assigned to somebody, or a team of somebody, who may change issues of its project."
)


def sees(assignee: User | Team, project_id: int) -> bool:
    """Whether issues of the project can be assigned to a person or a team."""
    if isinstance(assignee, Team):
        return teams.able([project_id]).filter(pk=assignee.pk).exists()
    return who_act([project_id]).filter(pk=assignee.pk).exists()


#: How long a deletion by issues.bulk_actions can be taken back; some minutes later the rows are deleted.
UNDO_DELETION, DELETE_AFTER = timedelta(minutes=10), timedelta(minutes=15)
# An issue with more stored events than this is deleted in the background: it could take minutes.
AT_ONCE_EVENTS = 500


def delete(
    issues: IssueQuerySet, by: User | None, *, at_once: int | None = None, is_recorded: bool = False
) -> int:
    """Delete issues with everything about them. Further events with the same grouping key create a new issue.

    The project's `stored_event_count` goes down; `digested_event_count` does not change. A large issue is only
    marked, which hides it; issues.retention.deletion deletes its rows. Large is one with more than `at_once` stored
    events (default: AT_ONCE_EVENTS); with -1 all are only marked. `is_recorded`: the audit log has the deletion already.
    """
    if at_once is None:
        at_once = AT_ONCE_EVENTS
    deleted = 0
    for project_id, chosen in _by_project(issues):
        with transaction.atomic():
            lock_project(project_id)
            if not is_recorded:
                details = {"issues": len(chosen)}
                project = Project.objects.only("name").get(pk=project_id)
                audit.record(audit.Action.ISSUES_DELETE, project=project, by=by, details=details)
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
