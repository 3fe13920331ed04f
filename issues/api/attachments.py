"""/api/projects/{id}/attachments/{uuid}, and the attachments and the feedback in an event's detail."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from ninja import Router

from accounts.access import Capability, SignedInRequest, visible_project
from accounts.credentials import needs
from issues import download
from issues.models import Attachment, Event, UserReport
from rustrak.lib import ids, problems
from rustrak.lib.schemas import Moment, Output

router = Router(tags=["events"], auth=needs(Capability.EVENT_READ, Capability.EVENT_WRITE))

MOST_ATTACHMENTS = 1_000
MOST_REPORTS = 100


class AttachmentOut(Output):
    """A file that was sent with an event. `attachment_type` is the protocol's; `url` returns the bytes."""

    id: str
    name: str
    content_type: str
    attachment_type: str
    size: int
    ingested_at: Moment
    url: str


class UserReportOut(Output):
    """What a person said. `id` is the feedback's own id, or the event's."""

    id: str
    name: str | None
    email: str | None
    comments: str
    url: str | None
    source: str
    ingested_at: Moment


def attachment_out(one: Attachment) -> AttachmentOut:
    return AttachmentOut(
        id=str(one.pk),
        name=one.name,
        content_type=one.content_type,
        attachment_type=one.kind,
        size=one.size,
        ingested_at=one.ingested_at,
        url=f"{settings.PUBLIC_URL}/api/projects/{one.project_id}/attachments/{one.pk}",
    )


def user_report_out(one: UserReport) -> UserReportOut:
    return UserReportOut(
        id=one.report_id.hex,
        name=one.name or None,
        email=one.email or None,
        comments=one.comments,
        url=one.url or None,
        source=one.source,
        ingested_at=one.ingested_at,
    )


def with_event(event: Event) -> dict[str, list[dict[str, Any]]]:
    """The `attachments` (oldest first) and `user_reports` (newest first) of an event's detail: at most so many."""
    same = {"project_id": event.project_id, "event_id": event.event_id}
    attachments = Attachment.objects.filter(**same).order_by("ingested_at", "name", "id")[:MOST_ATTACHMENTS]
    reports = UserReport.objects.filter(**same).order_by("-ingested_at", "-id")[:MOST_REPORTS]
    return {
        "attachments": [attachment_out(one).model_dump() for one in attachments],
        "user_reports": [user_report_out(one).model_dump() for one in reports],
    }


@router.get(
    "/api/projects/{int:project_id}/attachments/{attachment_id}",
    openapi_extra={"responses": {200: {"content": {"application/octet-stream": {}}}}},
)
def get_attachment(request: SignedInRequest, project_id: int, attachment_id: str) -> HttpResponse:
    """Return the bytes of an attachment. An event's detail lists its attachments."""
    project = visible_project(request.user, project_id)
    plain = ids.event_id(attachment_id)
    found = plain and Attachment.objects.filter(project=project, pk=UUID(plain)).first()
    if not found:
        raise problems.NotFound("This project has no such attachment.")
    try:
        return cast(HttpResponse, download.answer(found))
    except download.FileMissing:
        raise problems.NotFound("The storage no longer has the bytes of this attachment.") from None
