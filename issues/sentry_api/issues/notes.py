"""Comments of issues, which Sentry calls notes."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from ninja import Router
from ninja.responses import Status
from pydantic import BaseModel

from accounts.access import Capability, SignedInRequest
from accounts.credentials import needs
from issues.comments import written
from issues.comments.written import BadComment
from issues.models import Activity
from issues.sentry_api.account.user import user_out
from issues.sentry_api.base import paging
from issues.sentry_api.issues.named import issue_of
from rustrak.lib import clock, keyset, problems
from rustrak.lib.schemas import Text

router = Router(auth=needs(Capability.EVENT_READ, Capability.EVENT_WRITE))


class NoteIn(BaseModel):
    text: Text


@router.get("/api/0/organizations/{organization}/issues/{issue}/notes", summary="MCP")
def notes(request: SignedInRequest, organization: str, issue: str) -> HttpResponse:
    """The comments, the latest first."""
    return _listed(request, issue)


@router.post("/api/0/organizations/{organization}/issues/{issue}/notes", response={201: Any}, summary="MCP")
def add_note(request: SignedInRequest, organization: str, issue: str, body: NoteIn) -> Status[dict[str, Any]]:
    """Write a comment in Markdown. Mentions tell people, as on the page."""
    return _added(request, issue, body)


@router.get("/api/0/issues/{issue}/comments", summary="integrations")
def comments(request: SignedInRequest, issue: str) -> HttpResponse:
    return _listed(request, issue)


@router.post("/api/0/issues/{issue}/comments", response={201: Any}, summary="integrations")
def add_comment(request: SignedInRequest, issue: str, body: NoteIn) -> Status[dict[str, Any]]:
    return _added(request, issue, body)


def _listed(request: SignedInRequest, name: str) -> HttpResponse:
    page = keyset.page(
        written.of_issue(issue_of(request, name)).select_related("user"),
        ["at", "id"],
        descending=True,
        cursor=paging.cursor(request),
        limit=paging.limit(request),
    )
    return paging.answer(request, [_note(each) for each in page.items], page.next_cursor)


def _added(request: SignedInRequest, name: str, body: NoteIn) -> Status[dict[str, Any]]:
    try:
        made = written.add(issue_of(request, name), request.user, body.text)
    except BadComment as bad:
        raise problems.BadInput(f"text: {bad}") from None
    return Status(201, _note(made.comment))


def _note(row: Activity) -> dict[str, Any]:
    return {
        "id": row.pk.hex,
        "type": "note",
        "dateCreated": clock.rfc3339(row.at),
        "user": user_out(row.user) if row.user else None,
        "data": {"text": row.text},
    }
