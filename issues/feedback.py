"""What people do to feedback: mark it done, reopen it, delete it. Nothing else changes feedback for a person.

Each function takes feedback of one project and returns how many it changed. Feedback that its sender replaces with other
words is open again: nobody has read those.
"""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from accounts import audit
from accounts.models import Project, User
from issues import files, usage
from issues.lock import lock_project
from issues.models import Attachment, Event, UserReport
from rustrak.lib import clock


def finish(reports: QuerySet[UserReport], by: User | None) -> int:
    """Mark open feedback as done: it leaves the list of open feedback."""
    return reports.filter(is_done=False).update(is_done=True, changed_at=clock.now(), changed_by=by)


def reopen(reports: QuerySet[UserReport], by: User | None) -> int:
    """Mark feedback that is done as open."""
    return reports.filter(is_done=True).update(is_done=False, changed_at=clock.now(), changed_by=by)


def delete(project: Project, reports: QuerySet[UserReport]) -> int:
    """Delete feedback of `project` with the files that came with it, not with its event."""
    with transaction.atomic():
        lock_project(project.pk)
        rows = list(
            reports.filter(project=project).values_list("pk", "report_id", "event_id", "comments", "url")
        )
        # What has the id of an event is the event's, also when the event has not been stored yet.
        own: list[UUID] = [report_id for _, report_id, event_id, _, _ in rows if report_id != event_id]
        event = Event.objects.filter(project=OuterRef("project"), event_id=OuterRef("event_id"))
        files.delete(Attachment.objects.filter(~Exists(event), project=project, event_id__in=own))
        UserReport.objects.filter(pk__in=[pk for pk, *_ in rows]).delete()
        size = sum(usage.report_size(comments, url) for *_, comments, url in rows)
        usage.add(project.pk, {"report": (-len(rows), -size)})
        if rows:
            audit.record(audit.Action.FEEDBACK_DELETE, project=project, details={"pieces": len(rows)})
    return len(rows)
