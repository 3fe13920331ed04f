"""/api/projects/{id}/feedback"""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from ninja import Query, Router
from ninja.responses import Status

from accounts.access import Capability, SignedInRequest, visible_project
from accounts.credentials import needs
from issues import feedback
from issues.api.attachments import UserReportOut, user_report_out
from issues.models import UserReport
from rustrak.lib import ids, keyset
from rustrak.lib.schemas import Input, Listing, Moment, Paging, example

router = Router(tags=["feedback"], auth=needs(Capability.EVENT_READ, Capability.EVENT_WRITE))


class FeedbackQuery(Paging):
    filter: Literal["open", "done", "all"] = "open"
    order: Literal["desc", "asc"] = "desc"


class FeedbackPatch(Input):
    """A field that is left out does not change."""

    model_config = example({"is_done": True})

    is_done: bool = False


class FeedbackOut(UserReportOut):
    """What a person said. `id` is the feedback's own id, or the event's; `event_id` the SDK's id of the event that it is
    about, null for none. `changed_at` is when somebody marked it as done or reopened it, null if nobody has."""

    event_id: str | None
    is_done: bool
    changed_at: Moment | None

    @classmethod
    def of(cls, one: UserReport) -> FeedbackOut:
        return cls(
            **user_report_out(one).model_dump(),
            event_id=one.event_id.hex if one.event_id else None,
            is_done=one.is_done,
            changed_at=one.changed_at,
        )


@router.get("/api/projects/{int:project_id}/feedback", response=Listing[FeedbackOut])
def list_feedback(
    request: SignedInRequest, project_id: int, query: Query[FeedbackQuery]
) -> Listing[FeedbackOut]:
    """List what people said, by default what is open, the newest first."""
    reports: QuerySet[UserReport] = visible_project(request.user, project_id).user_reports.all()
    if query.filter != "all":
        reports = reports.filter(is_done=query.filter == "done")
    page = keyset.page(
        reports,
        ["ingested_at", "id"],
        descending=query.order == "desc",
        cursor=query.cursor,
        limit=query.limit,
    )
    return Listing[FeedbackOut].of(page, FeedbackOut.of)


@router.get("/api/projects/{int:project_id}/feedback/{feedback_id}", response=FeedbackOut)
def get_feedback(request: SignedInRequest, project_id: int, feedback_id: str) -> FeedbackOut:
    """Return one piece of feedback."""
    return FeedbackOut.of(_one(request, project_id, feedback_id).get())


@router.patch("/api/projects/{int:project_id}/feedback/{feedback_id}", response=FeedbackOut)
def change_feedback(
    request: SignedInRequest, project_id: int, feedback_id: str, body: FeedbackPatch
) -> FeedbackOut:
    """Mark feedback as done, or reopen it."""
    found = _one(request, project_id, feedback_id)
    if "is_done" in body.model_fields_set:
        (feedback.finish if body.is_done else feedback.reopen)(found, request.user)
    return FeedbackOut.of(found.get())


@router.delete(
    "/api/projects/{int:project_id}/feedback/{feedback_id}",
    response={204: None},
    auth=needs(Capability.EVENT_READ, Capability.EVENT_ADMIN),
)
def delete_feedback(request: SignedInRequest, project_id: int, feedback_id: str) -> Status[None]:
    """Delete feedback with the files that came with it."""
    found = _one(request, project_id, feedback_id)
    feedback.delete(visible_project(request.user, project_id), found)
    return Status(204, None)


def _one(request: SignedInRequest, project_id: int, feedback_id: str) -> QuerySet[UserReport]:
    """A queryset of exactly the feedback with this id. Raises Http404."""
    plain = ids.event_id(feedback_id)
    reports = visible_project(request.user, project_id).user_reports
    found: QuerySet[UserReport] = reports.filter(report_id=UUID(plain)) if plain else reports.none()
    if not found.exists():
        raise Http404
    return found
