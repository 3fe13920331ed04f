"""Issues as Sentry's API tells them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db.models import Count
from django.urls import get_script_prefix, reverse

from accounts.models import User
from issues import review, watching
from issues.models import Activity, Issue, Level
from issues.sentry_api.account.projects import project_brief
from issues.sentry_api.issues.named import number_of
from rustrak.lib import clock

_STATUS = {"open": "unresolved", "resolved": "resolved", "muted": "ignored"}


def issues_out(issues: Sequence[Issue], viewer: User) -> list[dict[str, Any]]:
    """Issues whose `project`, `assignee` and `assigned_team` are loaded, as `viewer` sees them. Three queries."""
    keys = [issue.pk for issue in issues]
    watching_them = watching.of_issues(keys)
    unseen = set(Issue.objects.filter(review.condition(viewer), pk__in=keys).values_list("pk", flat=True))
    notes = Activity.objects.filter(issue__in=keys, kind=Activity.Kind.COMMENTED).exclude(text="")
    comments = dict(notes.order_by().values_list("issue").annotate(Count("pk")))
    return [
        _issue(issue)
        | {
            "isSubscribed": viewer.pk in watching_them.get(issue.pk, ()),
            "hasSeen": issue.pk not in unseen,
            "numComments": comments.get(issue.pk, 0),
        }
        for issue in issues
    ]


def issue_out(issue: Issue, viewer: User) -> dict[str, Any]:
    """One issue, as `issues_out` tells it."""
    return issues_out([issue], viewer)[0]


def _issue(issue: Issue) -> dict[str, Any]:
    return {
        "id": number_of(issue),
        "shortId": issue.short_id,
        "title": issue.title,
        "culprit": issue.culprit,
        "permalink": page(issue),
        "level": Level(issue.level).label,
        "status": _STATUS.get(issue.status, "unresolved"),
        "substatus": _substatus(issue),
        "statusDetails": _details(issue),
        "isPublic": False,
        "isBookmarked": False,
        "isUnhandled": False,
        "platform": issue.platform or "other",
        "project": project_brief(issue.project),
        "type": "error" if issue.type else "default",
        "issueType": "error",
        "issueCategory": "error",
        "metadata": {"title": issue.title, "type": issue.type, "value": issue.value},
        "assignedTo": _assignee(issue),
        "logger": None,
        "annotations": [],
        "shareId": None,
        "count": str(issue.event_count),
        "userCount": issue.user_count,
        "firstSeen": clock.rfc3339(issue.first_seen),
        "lastSeen": clock.rfc3339(issue.last_seen),
        "firstRelease": _release(issue.first_release),
        "lastRelease": _release(issue.last_release),
        "stats": {},
    }


def page(issue: Issue) -> str:
    """The address of the issue's page."""
    path = reverse("issue", kwargs={"slug": issue.project.slug, "issue_id": issue.pk})
    return f"{settings.PUBLIC_URL}/{path.removeprefix(get_script_prefix())}"


def _substatus(issue: Issue) -> str | None:
    if issue.is_muted:
        is_for_good = not (issue.muted_until or issue.mute_events or issue.mute_people)
        return "archived_forever" if is_for_good else "archived_until_condition_met"
    if issue.is_resolved:
        return None
    return "regressed" if issue.regressed_at else "ongoing"


def _details(issue: Issue) -> dict[str, Any]:
    """How long the state holds."""
    if issue.is_resolved:
        match issue.resolution:
            case Issue.Resolution.NEXT_RELEASE:
                return {"inNextRelease": True}
            case Issue.Resolution.IN_RELEASE:
                return {"inRelease": issue.resolved_release}
    if not issue.is_muted:
        return {}
    details = {
        "ignoreUntil": clock.rfc3339(issue.muted_until) if issue.muted_until else None,
        "ignoreCount": issue.mute_events,
        "ignoreWindow": issue.mute_minutes if issue.mute_events else None,
        "ignoreUserCount": issue.mute_people,
        "ignoreUserWindow": issue.mute_minutes if issue.mute_people else None,
    }
    return {name: value for name, value in details.items() if value is not None}


def _assignee(issue: Issue) -> dict[str, Any] | None:
    if team := issue.assigned_team:
        return {"type": "team", "id": str(team.pk), "name": team.slug}
    if user := issue.assignee:
        return {"type": "user", "id": str(user.pk), "name": user.get_short_name(), "email": user.email}
    return None


def _release(version: str) -> dict[str, Any] | None:
    return {"version": version, "shortVersion": version.partition("@")[2] or version} if version else None
