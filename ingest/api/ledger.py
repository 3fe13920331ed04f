"""/api/projects/{id}/ledger"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from ninja import Query, Router
from pydantic import Field

from accounts.access import Capability, SignedInRequest, visible_project
from accounts.credentials import needs
from ingest.ledger import counted
from ingest.ledger.counted import Place
from rustrak.lib import clock, problems
from rustrak.lib.cursor import BadCursor, decode, encode
from rustrak.lib.schemas import Listing, Moment, Output, Paging, Text

router = Router(tags=["ledger"], auth=needs(Capability.PROJECT_READ, Capability.PROJECT_ADMIN))

_CURSOR = "ledger"
_YEARS = (1970, 9000)


class LedgerQuery(Paging):
    """`since` and `until` are the last 24 hours if they are left out."""

    since: datetime | None = None
    until: datetime | None = None
    interval: Literal["minute", "hour", "day"] = "hour"
    category: Annotated[Text, Field(max_length=32)] = ""
    outcome: Annotated[Text, Field(max_length=32)] = ""


class CountOut(Output):
    """So many items of a `category` (such as `error`) that were received from `start` on had this `outcome`, for this `reason`, which is empty if the
    outcome needs none. Each item that was received is `accepted` or has the outcome of its refusal; each accepted one has
    one more outcome, which says what became of it."""

    start: Moment
    category: str
    outcome: str
    reason: str
    quantity: int


@router.get("/api/projects/{int:project_id}/ledger", response=Listing[CountOut])
def list_ledger(request: SignedInRequest, project_id: int, query: Query[LedgerQuery]) -> Listing[CountOut]:
    """List what became of everything that a project was sent, by minute, hour or day (UTC), category, outcome and reason, the oldest first.

    At most two days by minute, 31 days by hour, 366 days by day. Minutes are known for two days, hours for two weeks.
    """
    project = visible_project(request.user, project_id)
    until = _moment("until", query.until) or clock.now()
    since = _moment("since", query.since) or until - timedelta(days=1)
    if until - since > (longest := counted.LONGEST[query.interval]):
        raise problems.BadInput(f"since: at most {longest.days} days by {query.interval}")
    found = counted.rows(
        project.pk,
        since,
        until,
        query.interval,
        category=query.category,
        outcome=query.outcome,
        after=_place(query.cursor),
        limit=query.limit + 1,
    )
    shown, has_more = found[: query.limit], len(found) > query.limit
    return Listing[CountOut](
        items=[
            CountOut(
                start=row.start,
                category=row.category,
                outcome=row.outcome,
                reason=row.reason,
                quantity=row.quantity,
            )
            for row in shown
        ],
        next_cursor=encode((_CURSOR, *shown[-1].place)) if has_more else None,
        has_more=has_more,
    )


def _moment(name: str, given: datetime | None) -> datetime | None:
    """In UTC, also where no zone was given. Raises BadInput."""
    if given is None:
        return None
    if not _YEARS[0] <= given.year <= _YEARS[1]:
        raise problems.BadInput(f"{name}: must be between the years 1970 and 9000")
    return given.replace(tzinfo=UTC) if given.tzinfo is None else given.astimezone(UTC)


def _place(cursor: str | None) -> Place | None:
    if not cursor:
        return None
    match decode(cursor):
        case ("ledger", int(start), str(category), str(outcome), str(reason)):
            return start, category, outcome, reason
    raise BadCursor("belongs to another list")
