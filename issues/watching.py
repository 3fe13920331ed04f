"""Who watches an issue: they are told what happens to it.

Who writes a comment, is mentioned or assigned, or changes one issue watches it from then on, unless they said that they do not
want to.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from uuid import UUID

from accounts.access import who_see
from accounts.models import User
from issues.models import Issue, IssueWatch
from rustrak.lib import clock


def note(issues: Iterable[UUID], users: Collection[int]) -> None:
    """These users watch these issues from now on, but for those who said no. One statement."""
    now = clock.now()
    rows = [IssueWatch(issue_id=issue, user_id=user, at=now) for issue in issues for user in users]
    if rows:
        IssueWatch.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)


def set_watching(issue: Issue, user: User, is_watching: bool) -> None:
    """The user said whether they want to watch the issue."""
    IssueWatch.objects.update_or_create(
        issue=issue, user=user, defaults={"is_watching": is_watching, "at": clock.now()}
    )


def watchers(issue: Issue) -> list[User]:
    """Those who watch the issue and may see its project, by address. One query."""
    watching = IssueWatch.objects.filter(issue=issue.pk, is_watching=True).values("user")
    return list(who_see([issue.project_id]).filter(pk__in=watching).order_by("email"))


def of_issues(issues: Collection[UUID]) -> dict[UUID, set[int]]:
    """The ids of those who watch, by issue; whether they may see the project is not looked at."""
    found: dict[UUID, set[int]] = {}
    rows = IssueWatch.objects.filter(issue__in=list(issues), is_watching=True)
    for issue, user in rows.values_list("issue", "user"):
        found.setdefault(issue, set()).add(user)
    return found
