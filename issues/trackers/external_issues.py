"""Where a project's issues are filed outside of Rustrak, and the links to those that were."""

from __future__ import annotations

from django.db import transaction

from accounts import audit
from accounts.models import Project, User
from issues.lock import lock_project
from issues.models import Activity, ExternalIssue, Issue, IssueTracker
from issues.trackers import tracker_urls
from issues.trackers.tracker_urls import BadTemplate
from rustrak.lib import clock

__all__ = ["MOST", "BadTemplate", "TooMany", "add", "remove", "set_tracker", "tracker_of"]

#: Links of one issue.
MOST = 20
_LONGEST_DETAIL = 254


class TooMany(ValueError):
    """The issue has MOST links."""


def set_tracker(project: Project, kind: str, template: str) -> None:
    """Have new issues of a project begin at `template`, which is of a `kind` of tracker_urls.PRESETS. Raises BadTemplate."""
    if kind not in tracker_urls.PRESETS:
        raise BadTemplate("kind", f"Choose one of {', '.join(tracker_urls.PRESETS)}.")
    template = template.strip()
    tracker_urls.check(template)
    with transaction.atomic():
        before = tracker_of(project)
        IssueTracker.objects.update_or_create(project=project, defaults={"kind": kind, "template": template})
        known = {"kind": before.kind, "template": before.template} if before else {}
        if said := audit.changes(known, {"kind": kind, "template": template}):
            audit.record(audit.Action.TRACKER_CHANGE, project, details=said)


def remove_tracker(project: Project) -> bool:
    """Have new issues of a project begin nowhere. Returns whether it had a tracker."""
    with transaction.atomic():
        removed = bool(IssueTracker.objects.filter(project=project).delete()[0])
        if removed:
            audit.record(audit.Action.TRACKER_CHANGE, project, details={"removed": True})
    return removed


def tracker_of(project: Project) -> IssueTracker | None:
    """The tracker of a project, if it has one."""
    return IssueTracker.objects.filter(project=project).first()


def add(issue: Issue, url: str, by: User | None) -> ExternalIssue:
    """Keep the address of an issue elsewhere; one that is kept already stays. Raises BadTemplate, TooMany, Issue.DoesNotExist."""
    url = url.strip()
    tracker_urls.check_address(url)
    with transaction.atomic():
        lock_project(issue.project_id)
        Issue.objects.get(pk=issue.pk)
        links = ExternalIssue.objects.filter(issue=issue)
        if known := links.filter(url=url).first():
            return known
        if links.count() >= MOST:
            raise TooMany(f"An issue has at most {MOST} links.")
        _note(issue, Activity.Kind.LINKED, url, by)
        return ExternalIssue.objects.create(issue=issue, url=url, created_by=by)


def remove(issue: Issue, key: int, by: User | None) -> bool:
    """Forget a link of the issue. Returns whether it had it."""
    if not 0 < key < 1 << 63:
        return False
    with transaction.atomic():
        lock_project(issue.project_id)
        found = ExternalIssue.objects.filter(issue=issue, pk=key).first()
        if found is None:
            return False
        _note(issue, Activity.Kind.UNLINKED, found.url, by)
        found.delete()
        return True


def _note(issue: Issue, kind: Activity.Kind, url: str, by: User | None) -> None:
    text = url if len(url) <= _LONGEST_DETAIL else f"{url[: _LONGEST_DETAIL - 1]}…"
    Activity.objects.create(issue=issue, kind=kind, at=clock.now(), user=by, detail=text)
