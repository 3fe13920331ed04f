"""/api/projects/{id}/look-alikes, /api/projects/{id}/issues/{uuid}/look-alikes and /api/projects/{id}/not-the-same"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal
from uuid import UUID

from ninja import Query, Router
from ninja.responses import Status
from pydantic import Field

from accounts.access import Capability, SignedInRequest, visible_project
from accounts.credentials import needs
from accounts.models import Project
from issues import look_alikes, search
from issues.api.issues import visible_issue
from issues.models import Issue, NotTheSame
from rustrak.lib import ids, keyset, problems
from rustrak.lib.schemas import Input, Listing, Moment, Output, Paging, Text, example

router = Router(tags=["grouping"], auth=needs(Capability.EVENT_READ, Capability.EVENT_WRITE))

Id = Annotated[Text, Field(max_length=36)]


class LookAlikeOut(Output):
    """An issue that is probably the same as others. `differs` has what is not the same in all of them, by what it is."""

    id: str
    short_id: str
    title: str
    status: Literal["open", "resolved", "muted"]
    event_count: int
    first_seen: Moment
    last_seen: Moment
    differs: dict[str, str]


class GroupOut(Output):
    """Issues with the same smart key, the oldest first: `count` of them, at most 20 in `issues`. `smart_hash` is SHA-256 of the key."""

    smart_hash: str
    count: int
    issues: list[LookAlikeOut]


class GroupsOut(Output):
    """The groups of a project, those of most issues first. With `has_more` there are more than 200."""

    items: list[GroupOut]
    has_more: bool


class LookAlikesOut(Output):
    """The issues that are probably the same as one, the oldest first. With `has_more` there are more than 20."""

    items: list[LookAlikeOut]
    has_more: bool


class NotTheSameIn(Input):
    """Issues of one project, each of which is another one than the others."""

    model_config = example(
        {"issues": ["019315a0-5c1e-7d4f-8f43-6f1e2a9c77b1", "019315a0-7777-7d4f-8f43-6f1e2a9c77b1"]}
    )

    issues: Annotated[list[Id], Field(min_length=2, max_length=look_alikes.MOST_APART)]


class NotTheSameOut(Output):
    """Two issues that look alike and are not the same, as somebody said."""

    issue_id: str
    other_id: str
    at: Moment
    by: str | None

    @classmethod
    def of(cls, row: NotTheSame) -> NotTheSameOut:
        by = row.by.get_short_name() if row.by else None
        return cls(issue_id=str(row.issue_id), other_id=str(row.other_id), at=row.at, by=by)


class AddedOut(Output):
    """How many pairs were not known before."""

    added: int


@router.get("/api/projects/{int:project_id}/look-alikes", response=GroupsOut)
def list_look_alikes(request: SignedInRequest, project_id: int) -> GroupsOut:
    """List groups of issues that are probably the same, with what differs between them. POST …/issues/{issue_id}/merge merges them."""
    project = visible_project(request.user, project_id)
    try:
        with search.limited():
            groups, more = look_alikes.of_project(project)
            issues = Issue.objects.in_bulk([key for group in groups for key in group.keys])
            items = [
                GroupOut(
                    smart_hash=group.smart_hash,
                    count=group.count,
                    issues=_shown(project, [issues[key] for key in group.keys if key in issues]),
                )
                for group in groups
            ]
    except search.TookTooLong:
        raise problems.BadInput(
            "Looking for issues that look alike takes too long in this project."
        ) from None
    return GroupsOut(items=items, has_more=more)


@router.get("/api/projects/{int:project_id}/issues/{issue_id}/look-alikes", response=LookAlikesOut)
def list_look_alikes_of_issue(request: SignedInRequest, project_id: int, issue_id: str) -> LookAlikesOut:
    """List the issues that are probably the same as this one, the oldest first, at most 20. `differs` compares them with it."""
    issue = visible_issue(request.user, project_id, issue_id)
    found = look_alikes.of_issue(issue, look_alikes.MOST_SHOWN + 1)
    shown = _shown(issue.project, [issue, *found[: look_alikes.MOST_SHOWN]])[1:]
    return LookAlikesOut(items=shown, has_more=len(found) > len(shown))


@router.get("/api/projects/{int:project_id}/not-the-same", response=Listing[NotTheSameOut])
def list_not_the_same(
    request: SignedInRequest, project_id: int, query: Query[Paging]
) -> Listing[NotTheSameOut]:
    """List the pairs of issues of which somebody said that they are not the same, the latest first."""
    rows = look_alikes.apart(visible_project(request.user, project_id)).select_related("by")
    page = keyset.page(rows, ["at", "id"], descending=True, cursor=query.cursor, limit=query.limit)
    return Listing[NotTheSameOut].of(page, NotTheSameOut.of)


@router.post("/api/projects/{int:project_id}/not-the-same", response={201: AddedOut})
def add_not_the_same(request: SignedInRequest, project_id: int, body: NotTheSameIn) -> Status[AddedOut]:
    """Say that issues are not the same, each pair of them: they are not offered for merging again."""
    project = visible_project(request.user, project_id)
    wanted = {_uuid(each, "issues") for each in body.issues}
    if missing := len(wanted) - project.issues.filter(pk__in=wanted).count():
        raise problems.BadInput(f"issues: {missing} of the issues are not in this project")
    try:
        added = look_alikes.not_the_same(project, wanted, (), request.user)
    except look_alikes.TooMany as error:
        raise problems.BadInput(f"issues: {error}") from None
    return Status(201, AddedOut(added=added))


@router.delete("/api/projects/{int:project_id}/not-the-same/{issue_id}/{other_id}", response={204: None})
def forget_not_the_same(
    request: SignedInRequest, project_id: int, issue_id: str, other_id: str
) -> Status[None]:
    """Forget that two issues are not the same."""
    project = visible_project(request.user, project_id)
    one, other = ids.event_id(issue_id), ids.event_id(other_id)
    if not (one and other and look_alikes.undo(project, UUID(one), UUID(other))):
        raise problems.NotFound("Nobody said that of these two issues.")
    return Status(204, None)


def _shown(project: Project, issues: Sequence[Issue]) -> list[LookAlikeOut]:
    differ = look_alikes.differences(issues)
    found = []
    for number, issue in enumerate(issues):
        issue.project = project
        found.append(
            LookAlikeOut.model_validate(
                {
                    "id": str(issue.pk),
                    "short_id": issue.short_id,
                    "title": issue.title,
                    "status": issue.status,
                    "event_count": issue.event_count,
                    "first_seen": issue.first_seen,
                    "last_seen": issue.last_seen,
                    "differs": {each.name: each.texts[number] for each in differ},
                }
            )
        )
    return found


def _uuid(text: str, field: str) -> UUID:
    plain = ids.event_id(text)
    if not plain:
        raise problems.BadInput(f"{field}: {text!r} is no id of an issue")
    return UUID(plain)
