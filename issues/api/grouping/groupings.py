"""/api/projects/{id}/issues/{uuid}/groupings, …/merge and …/merged, and /api/projects/{id}/groupings/{id}/split and …/move"""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from django.http import Http404
from ninja import Query, Router
from pydantic import Field

from accounts.access import Capability, SignedInRequest, visible_project
from accounts.credentials import needs
from accounts.models import Project
from issues import groupings, merging
from issues.api.issues import visible_issue
from issues.groupings import merged_into
from issues.models import Grouping, Issue
from rustrak.lib import clock, ids, keyset, problems
from rustrak.lib.schemas import Input, Listing, Moment, Output, Paging, Text, example

router = Router(tags=["grouping"], auth=needs(Capability.EVENT_READ, Capability.EVENT_WRITE))

Id = Annotated[Text, Field(max_length=36)]
#: Issues of one request; issues/bulk merges more of them, in the background.
MOST = 100


class GroupingOut(Output):
    """A grouping of an issue. `key` is the key that its events have; of a long one only the beginning is stored, and `key_cut_from` is
    the length of the whole in characters (else 0). `key_hash` is SHA-256 of the whole key's UTF-8. The times are null, and the releases may be,
    while no event has the key."""

    id: int
    issue_id: str
    key: str
    key_cut_from: int
    key_hash: str
    mechanism: Literal["classic", "smart"]
    version: int
    event_count: int
    first_seen: Moment | None
    last_seen: Moment | None
    first_release: str | None
    last_release: str | None

    @classmethod
    def of(cls, grouping: Grouping, issue: Issue) -> GroupingOut:
        listed = groupings.listed(grouping, issue)
        name, version = listed.mechanism
        return cls.model_validate(
            {
                "id": grouping.pk,
                "issue_id": str(issue.pk),
                "key": grouping.key,
                "key_cut_from": grouping.cut_from,
                "key_hash": grouping.key_hash,
                "mechanism": name,
                "version": version,
                "event_count": listed.events,
                "first_seen": listed.first_seen,
                "last_seen": listed.last_seen,
                "first_release": listed.first_release or None,
                "last_release": listed.last_release or None,
            }
        )


class MovingOut(Output):
    """Events that are still moved in the background, and how many are left of them; `is_counting_people`: until that is done, `user_count`
    may be too high."""

    into: int
    into_left: int
    out: int
    out_left: int
    is_counting_people: bool


class MergedOut(Output):
    """An issue that was merged into another one. `why_not` says why that cannot be undone; it is null as long as it can."""

    id: str
    short_id: str
    merged_at: Moment
    merged_by: str | None
    undo_until: Moment
    is_undoable: bool
    why_not: str | None


class MergedListOut(Output):
    """What was merged into an issue, the latest first; and the events that are still moved, null where none are."""

    items: list[MergedOut]
    next_cursor: str | None
    has_more: bool
    moving: MovingOut | None


class MergeIn(Input):
    """The issues that are merged into the one of the address."""

    model_config = example({"issues": ["019315a0-7777-7d4f-8f43-6f1e2a9c77b1"]})

    issues: Annotated[list[Id], Field(min_length=1, max_length=MOST)]


class MoveIn(Input):
    """The issue that gets the events."""

    model_config = example({"into": "019315a0-7777-7d4f-8f43-6f1e2a9c77b1"})

    into: Id


class ResultOut(Output):
    """`issue_id` is the issue that has the events now. `notes` says what could not be restored; it is empty where nothing is lost."""

    issue_id: str
    notes: str


@router.get("/api/projects/{int:project_id}/issues/{issue_id}/groupings", response=Listing[GroupingOut])
def list_groupings(
    request: SignedInRequest, project_id: int, issue_id: str, query: Query[Paging]
) -> Listing[GroupingOut]:
    """List the keys that lead to an issue, the oldest first."""
    issue = visible_issue(request.user, project_id, issue_id)
    page = keyset.page(
        issue.groupings.all(), ["id"], descending=False, cursor=query.cursor, limit=query.limit
    )
    return Listing[GroupingOut].of(page, lambda grouping: GroupingOut.of(grouping, issue))


@router.get("/api/projects/{int:project_id}/issues/{issue_id}/merged", response=MergedListOut)
def list_merged(
    request: SignedInRequest, project_id: int, issue_id: str, query: Query[Paging]
) -> MergedListOut:
    """List the issues that were merged into an issue, and say how far the moving of events is."""
    issue = visible_issue(request.user, project_id, issue_id)
    rows, now = merged_into.rows(issue), clock.now()
    page = keyset.page(rows, merged_into.FIELDS, descending=True, cursor=query.cursor, limit=query.limit)
    items = [
        MergedOut(
            id=str(each.row.issue),
            short_id=each.short_id,
            merged_at=each.row.at,
            merged_by=each.by or None,
            undo_until=each.until,
            is_undoable=not each.why_not,
            why_not=each.why_not or None,
        )
        for each in merged_into.merged_of(page.items, issue, now)
    ]
    return MergedListOut(
        items=items, next_cursor=page.next_cursor, has_more=page.has_more, moving=_moving(issue)
    )


def _moving(issue: Issue) -> MovingOut | None:
    if (found := merging.standing(issue.pk)) is None:
        return None
    (into, into_left), (out, out_left) = found.into, found.out
    return MovingOut(
        into=into, into_left=into_left, out=out, out_left=out_left, is_counting_people=found.is_counting
    )


@router.post("/api/projects/{int:project_id}/issues/{issue_id}/merge", response=ResultOut)
def merge_issues(request: SignedInRequest, project_id: int, issue_id: str, body: MergeIn) -> ResultOut:
    """Merge other issues of the project into this one, all or none. The numbers are right at once; stored events may be moved in the background."""
    issue = visible_issue(request.user, project_id, issue_id)
    others = list(dict.fromkeys(_uuid(each, "issues") for each in body.issues))
    if issue.pk in others:
        raise problems.BadInput("issues: an issue cannot be merged into itself")
    try:
        groupings.merge(issue.project, issue.pk, others, request.user)
    except merging.NotPossible as error:
        raise problems.Conflict(str(error)) from None
    return ResultOut(issue_id=str(issue.pk), notes="")


@router.post("/api/projects/{int:project_id}/merged-issues/{issue_id}/undo", response=ResultOut)
def undo_merge(request: SignedInRequest, project_id: int, issue_id: str) -> ResultOut:
    """Undo the merge of the issue that had this id. It is made again with what it had, and with what arrived under its keys since."""
    project = visible_project(request.user, project_id)
    gone = _uuid(issue_id, "issue_id")
    try:
        notes = groupings.undo(project, gone, request.user)
    except merging.NotPossible as error:
        raise problems.Conflict(str(error)) from None
    return ResultOut(issue_id=str(gone), notes=notes)


@router.post("/api/projects/{int:project_id}/groupings/{int:grouping_id}/split", response=ResultOut)
def split_grouping(request: SignedInRequest, project_id: int, grouping_id: int) -> ResultOut:
    """Split a grouping off its issue, with its events and all later ones that have its key. It gets an issue of its own, or the one back
    that was merged in with it."""
    project = _project_of(request, project_id, grouping_id)
    try:
        made = groupings.split(project, grouping_id, request.user)
    except merging.NotPossible as error:
        raise problems.Conflict(str(error)) from None
    return ResultOut(issue_id=str(made), notes="")


@router.post("/api/projects/{int:project_id}/groupings/{int:grouping_id}/move", response=ResultOut)
def move_grouping(request: SignedInRequest, project_id: int, grouping_id: int, body: MoveIn) -> ResultOut:
    """Move a grouping to another issue of the project, with its events and all later ones that have its key. If these are all events of its
    issue, that is merged into the other one."""
    project = _project_of(request, project_id, grouping_id)
    into = _uuid(body.into, "into")
    if not project.issues.filter(pk=into).exists():
        raise problems.BadInput("into: this project has no such issue")
    try:
        groupings.move(project, grouping_id, into, request.user)
    except merging.NotPossible as error:
        raise problems.Conflict(str(error)) from None
    return ResultOut(issue_id=str(into), notes="")


def _project_of(request: SignedInRequest, project_id: int, grouping_id: int) -> Project:
    """The project, if the user may see it and it has the grouping. Raises Http404."""
    project = visible_project(request.user, project_id)
    shown = Issue.objects.filter(project=project).values("pk")
    # SQLite takes no larger number.
    if grouping_id >= 2**63 or not Grouping.objects.filter(pk=grouping_id, issue__in=shown).exists():
        raise Http404
    return project


def _uuid(text: str, field: str) -> UUID:
    plain = ids.event_id(text)
    if not plain:
        raise problems.BadInput(f"{field}: {text!r} is no id of an issue")
    return UUID(plain)
