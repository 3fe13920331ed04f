"""/api/projects/{id}/issues/{uuid}/tags and /activity"""

from __future__ import annotations

from typing import Literal

from django.db.models import OuterRef, Subquery
from ninja import Query, Router

from accounts.access import Capability, SignedInRequest
from accounts.credentials import needs
from issues.api.issues import visible_issue
from issues.models import Activity, Event
from issues.ownership import sentences as owners
from issues.states import sentences as states
from issues.tag_values import OfIssue, ValueCount, counted, keys_of_issue, most_frequent
from rustrak.lib import keyset
from rustrak.lib.schemas import Listing, Moment, Output, Paging

router = Router(tags=["issues"], auth=needs(Capability.EVENT_READ, Capability.EVENT_WRITE))

VALUES = 10


class TagValueOut(Output):
    value: str
    count: int


class TagOut(Output):
    """A tag key that `count` of the issue's events have, with its most frequent values.

    `value_count` values are counted separately, at most 200 of each of the issue's groupings; events with other values are
    included in `count` only.
    """

    key: str
    count: int
    value_count: int
    values: list[TagValueOut]


class ActivityPersonOut(Output):
    id: int
    name: str


class ActivityOut(Output):
    """An entry of an issue's history.

    `user` is null when an event or Rustrak made the change, or a person whose account was deleted. `event_id` is
    Rustrak's id of the event that made the change; it is null when a person did, and when the event is no longer
    stored. `detail` is the name of the person to whom the issue was assigned, or no longer is; the short id of the
    issue that was merged into this one, or whose merge was undone, or with which a group of events was exchanged; the address
    of an issue elsewhere; of a deleted comment who deleted it, if that was somebody else; else empty.

    `why` is a sentence about what Rustrak decided, and null where a person just did it. `text` is that of a comment, in
    Markdown, empty when it was deleted.
    """

    id: str
    kind: Literal[
        "created",
        "regressed",
        "resolved",
        "reopened",
        "muted",
        "unmuted",
        "assigned",
        "unassigned",
        "merged",
        "unmerged",
        "split",
        "moved_in",
        "stayed",
        "commented",
        "linked",
        "unlinked",
    ]
    at: Moment
    user: ActivityPersonOut | None
    event_id: str | None
    detail: str
    why: str | None
    text: str | None
    edited_at: Moment | None


@router.get("/api/projects/{int:project_id}/issues/{issue_id}/tags", response=Listing[TagOut])
def list_tags(
    request: SignedInRequest, project_id: int, issue_id: str, query: Query[Paging]
) -> Listing[TagOut]:
    """List the tags of all events of the issue, stored or not, by key."""
    issue = visible_issue(request.user, project_id, issue_id)
    page = keyset.page(
        keys_of_issue(issue.pk), ["key"], descending=False, cursor=query.cursor, limit=query.limit
    )
    rows = counted(issue.pk, page.items)
    values = most_frequent(issue.pk, [row.key for row in rows], VALUES)
    return Listing[TagOut](
        items=[_tag_out(values, row) for row in rows], next_cursor=page.next_cursor, has_more=page.has_more
    )


@router.get("/api/projects/{int:project_id}/issues/{issue_id}/activity", response=Listing[ActivityOut])
def list_activity(
    request: SignedInRequest, project_id: int, issue_id: str, query: Query[Paging]
) -> Listing[ActivityOut]:
    """List the issue's history, newest first."""
    issue = visible_issue(request.user, project_id, issue_id)
    kept = Event.objects.filter(pk=OuterRef("event"), issue=issue.pk).values("pk")
    rows = issue.activities.select_related("user").annotate(kept_event=Subquery(kept))
    page = keyset.page(rows, ["at", "id"], descending=True, cursor=query.cursor, limit=query.limit)
    return Listing[ActivityOut].of(page, _activity_out)


def _tag_out(values: dict[str, list[ValueCount]], row: OfIssue) -> TagOut:
    known = [TagValueOut(value=tag.value, count=tag.count) for tag in values.get(row.key, [])]
    return TagOut(key=row.key, count=row.count, value_count=row.values, values=known)


def _activity_out(row: Activity) -> ActivityOut:
    kept = getattr(row, "kept_event", None)
    return ActivityOut.model_validate(
        {
            "id": str(row.pk),
            "kind": row.kind,
            "at": row.at,
            "user": {"id": row.user.pk, "name": row.user.get_short_name()} if row.user else None,
            "event_id": str(kept) if kept else None,
            "detail": row.detail,
            "why": owners.sentence(row.why) or states.sentence(row.why) or None,
            "text": row.text if row.kind == Activity.Kind.COMMENTED else None,
            "edited_at": row.edited_at,
        }
    )
