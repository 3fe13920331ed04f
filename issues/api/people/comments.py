"""/api/projects/{id}/issues/{uuid}/comments and /watchers"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated

from django.http import Http404
from ninja import Query, Router
from ninja.responses import Status
from pydantic import Field

from accounts.access import Capability, SignedInRequest
from accounts.credentials import needs
from accounts.models import User
from issues import watching
from issues.api.issues import visible_issue
from issues.comments import written
from issues.comments.markdown import html
from issues.models import Activity, Issue
from rustrak.lib import ids, keyset, problems
from rustrak.lib.schemas import Input, Listing, Moment, Output, Paging, Text, example

router = Router(tags=["comments"], auth=needs(Capability.EVENT_READ, Capability.EVENT_WRITE))


class CommentIn(Input):
    """`text` is Markdown. `@ana` or `@ana@example.org` in it tells a member of the project, `#payments` a team."""

    model_config = example({"text": "Looks like the change of yesterday, @bo."})

    # Longer ones get an error that says how long they may be.
    text: Annotated[Text, Field(max_length=100_000)]


class CommentAuthorOut(Output):
    id: int
    name: str


class CommentOut(Output):
    """A comment. `html` is the text, sanitised. `user` is null when the account was deleted.

    `unclear` has a sentence about each mention that told nobody; it is empty when the comment is only read.
    """

    id: str
    text: str
    html: str
    at: Moment
    edited_at: Moment | None
    user: CommentAuthorOut | None
    unclear: list[str] = []

    @classmethod
    def of(cls, row: Activity, unclear: list[str] | None = None) -> CommentOut:
        by = row.user
        return cls(
            id=str(row.pk),
            text=row.text,
            html=html(row.text),
            at=row.at,
            edited_at=row.edited_at,
            user=CommentAuthorOut(id=by.pk, name=by.get_short_name()) if by else None,
            unclear=unclear or [],
        )


class WatchIn(Input):
    model_config = example({"watching": True})

    watching: bool


class WatcherOut(Output):
    id: int
    name: str
    email: str


class WatchersOut(Output):
    """Those who watch an issue and may see it; `watching`: whether you do."""

    watching: bool
    watchers: list[WatcherOut]

    @classmethod
    def of(cls, issue: Issue, viewer: User) -> WatchersOut:
        people = watching.watchers(issue)
        shown = [WatcherOut(id=each.pk, name=each.get_short_name(), email=each.email) for each in people]
        return cls(watching=any(each.pk == viewer.pk for each in people), watchers=shown)


@router.get("/api/projects/{int:project_id}/issues/{issue_id}/comments", response=Listing[CommentOut])
def list_comments(
    request: SignedInRequest, project_id: int, issue_id: str, query: Query[Paging]
) -> Listing[CommentOut]:
    """List the comments on an issue, newest first."""
    issue = visible_issue(request.user, project_id, issue_id)
    rows = written.of_issue(issue).select_related("user")
    page = keyset.page(rows, ["at", "id"], descending=True, cursor=query.cursor, limit=query.limit)
    return Listing[CommentOut].of(page, CommentOut.of)


@router.post("/api/projects/{int:project_id}/issues/{issue_id}/comments", response={201: CommentOut})
def add_comment(
    request: SignedInRequest, project_id: int, issue_id: str, body: CommentIn
) -> Status[CommentOut]:
    """Write a comment. You and whom it mentions watch the issue from then on, but for those who said that they do not want to."""
    issue = visible_issue(request.user, project_id, issue_id)
    return Status(201, _tried(partial(written.add, issue, request.user, body.text)))


@router.get("/api/projects/{int:project_id}/issues/{issue_id}/comments/{comment_id}", response=CommentOut)
def get_comment(request: SignedInRequest, project_id: int, issue_id: str, comment_id: str) -> CommentOut:
    """One comment."""
    return CommentOut.of(_comment(request.user, project_id, issue_id, comment_id))


@router.patch("/api/projects/{int:project_id}/issues/{issue_id}/comments/{comment_id}", response=CommentOut)
def change_comment(
    request: SignedInRequest, project_id: int, issue_id: str, comment_id: str, body: CommentIn
) -> CommentOut:
    """Change a comment of your own. People who were not mentioned before are told."""
    comment = _comment(request.user, project_id, issue_id, comment_id)
    return _tried(partial(written.edit, comment, request.user, body.text))


@router.delete("/api/projects/{int:project_id}/issues/{issue_id}/comments/{comment_id}", response={204: None})
def delete_comment(request: SignedInRequest, project_id: int, issue_id: str, comment_id: str) -> Status[None]:
    """Delete a comment of your own; admins of the project may delete all. The history keeps that there was one."""
    comment = _comment(request.user, project_id, issue_id, comment_id)
    try:
        written.delete(comment, request.user)
    except written.NotYours as error:
        raise problems.Forbidden(str(error)) from None
    except written.BadComment as error:
        raise problems.NotFound(str(error)) from None
    return Status(204, None)


@router.get("/api/projects/{int:project_id}/issues/{issue_id}/watchers", response=WatchersOut)
def list_watchers(request: SignedInRequest, project_id: int, issue_id: str) -> WatchersOut:
    """Who watches an issue."""
    return WatchersOut.of(visible_issue(request.user, project_id, issue_id), request.user)


@router.put(
    "/api/projects/{int:project_id}/issues/{issue_id}/watchers/me",
    response=WatchersOut,
    auth=needs(Capability.EVENT_READ, Capability.PROFILE_WRITE),
)
def watch_issue(request: SignedInRequest, project_id: int, issue_id: str, body: WatchIn) -> WatchersOut:
    """Watch an issue, or do so no more, whatever you do to it later."""
    issue = visible_issue(request.user, project_id, issue_id)
    watching.set_watching(issue, request.user, body.watching)
    return WatchersOut.of(issue, request.user)


def _comment(user: User, project_id: int, issue_id: str, comment_id: str) -> Activity:
    """Raises Http404."""
    issue = visible_issue(user, project_id, issue_id)
    plain = ids.event_id(comment_id)
    found = written.of_issue(issue).select_related("user").filter(pk=plain).first() if plain else None
    if found is None:
        raise Http404
    comment: Activity = found
    comment.issue = issue
    return comment


def _tried(act: Callable[[], written.Written]) -> CommentOut:
    try:
        saved = act()
    except written.NotYours as error:
        raise problems.Forbidden(str(error)) from None
    except written.BadComment as error:
        raise problems.BadInput(f"text: {error}") from None
    return CommentOut.of(saved.comment, saved.unclear)
