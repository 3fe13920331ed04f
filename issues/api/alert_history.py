"""/api/projects/{id}/alert-history"""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from ninja import Query, Router
from pydantic import AfterValidator

from accounts.access import Capability, SignedInRequest, may, visible_project
from accounts.credentials import needs
from issues.alerts.delivery import history
from issues.models import AlertAttempt
from rustrak.lib import clock, ids
from rustrak.lib.schemas import Listing, Moment, Output, Paging, WholeNumber

router = Router(tags=["alerts"], auth=needs(Capability.ALERTS_READ, Capability.ALERTS_WRITE))

StatusName = Literal["collecting", "waiting", "sent", "given_up", "dropped"]


def _uuid(text: str) -> str:
    plain = ids.event_id(text)
    if plain is None:
        raise ValueError("must be a UUID")
    return plain


class HistoryQuery(Paging):
    status: StatusName | None = None
    issue_id: Annotated[str, AfterValidator(_uuid)] | None = None
    channel_id: WholeNumber | None = None
    rule_id: WholeNumber | None = None
    user_id: WholeNumber | None = None


class NamedOut(Output):
    id: int
    name: str


class ChannelRef(NamedOut):
    kind: str


class AttemptOut(Output):
    """An attempt to send a message. `status` is the HTTP or SMTP status, null if there was none.

    What the other side said, and what failed because of it, is for admins of the project; others get null.
    """

    at: Moment
    milliseconds: int
    succeeded: bool
    status: int | None
    answer: str | None
    error: str | None


class DeliveryOut(Output):
    """A message to one channel or one person. `id` is its idempotency key.

    `news` is a trigger of rules, `resolved`, `reopened`, `muted` or `assigned` for what follows in a conversation, or
    `burst`. `reason` is a sentence about the status, or empty. The rule is null when it has been deleted. `short_id` and
    `title` are null when the message is about no issue, or the issue has been deleted. `attempts` are the latest 50 of
    `attempt_count`, newest first.
    """

    id: str
    news: str
    headline: str
    status: StatusName
    reason: str
    rule: NamedOut | None
    channel: ChannelRef | None
    user: NamedOut | None
    issue_id: str | None
    short_id: str | None
    title: str | None
    created_at: Moment
    next_attempt_at: Moment | None
    finished_at: Moment | None
    attempt_count: int
    attempts: list[AttemptOut]

    @classmethod
    def of(cls, entry: history.Entry, *, for_admin: bool) -> DeliveryOut:
        row = entry.delivery
        return cls.model_validate(
            {
                "id": str(row.pk),
                "news": row.news,
                "headline": entry.headline,
                "status": row.status,
                "reason": entry.why if for_admin else entry.brief,
                "rule": {"id": row.rule.pk, "name": row.rule.name} if row.rule else None,
                "channel": {"id": row.channel.pk, "name": row.channel.name, "kind": row.channel.kind}
                if row.channel
                else None,
                "user": {"id": row.user.pk, "name": row.user.get_short_name()} if row.user else None,
                "issue_id": str(row.issue) if row.issue else None,
                "short_id": entry.issue.short_id if entry.issue else None,
                "title": entry.issue.title if entry.issue else None,
                "created_at": row.created_at,
                "next_attempt_at": None if row.finished_at else row.next_attempt_at,
                "finished_at": row.finished_at,
                "attempt_count": row.attempts,
                "attempts": [_attempt(one, for_admin) for one in entry.attempts],
            }
        )


@router.get("/api/projects/{int:project_id}/alert-history", response=Listing[DeliveryOut])
def list_alert_history(
    request: SignedInRequest, project_id: int, query: Query[HistoryQuery]
) -> Listing[DeliveryOut]:
    """List the project's alert messages, sent or not, newest first."""
    project = visible_project(request.user, project_id)
    filters = history.Filters(
        status=query.status,
        channel=query.channel_id,
        user=query.user_id,
        rule=query.rule_id,
        issue=UUID(query.issue_id) if query.issue_id else None,
    )
    entries, cursor = history.page(project, filters, cursor=query.cursor, limit=query.limit, now=clock.now())
    for_admin = may(request.user, Capability.ALERTS_WRITE, project)
    return Listing[DeliveryOut](
        items=[DeliveryOut.of(entry, for_admin=for_admin) for entry in entries],
        next_cursor=cursor,
        has_more=cursor is not None,
    )


def _attempt(one: AlertAttempt, for_admin: bool) -> AttemptOut:
    return AttemptOut(
        at=one.at,
        milliseconds=one.milliseconds,
        succeeded=one.succeeded,
        status=one.status,
        answer=one.answer if for_admin else None,
        error=one.error if for_admin else None,
    )
