"""/api/projects/{id}/requests"""

from __future__ import annotations

from ninja import Query, Router

from accounts.access import Capability, SignedInRequest, visible_project
from accounts.credentials import needs
from ingest.models import IntakeRequest
from rustrak.lib import keyset
from rustrak.lib.schemas import Listing, Moment, Output, Paging

router = Router(tags=["ledger"], auth=needs(Capability.PROJECT_READ, Capability.PROJECT_ADMIN))


class RequestsQuery(Paging):
    """With `rejected`, only those that were refused."""

    rejected: bool = False


class RequestOut(Output):
    """A request of an SDK. `reason` says why it was refused, and is empty if it was accepted. `unlisted` requests of the same kind came right
    before it and are not kept."""

    received_at: Moment
    endpoint: str
    status: int
    reason: str
    client: str
    origin: str
    event_id: str | None
    unlisted: int

    @classmethod
    def of(cls, row: IntakeRequest) -> RequestOut:
        return cls(
            received_at=row.received_at,
            endpoint=row.endpoint,
            status=row.status,
            reason=row.reason,
            client=row.client,
            origin=row.origin,
            event_id=row.event_id.hex if row.event_id else None,
            unlisted=row.unlisted,
        )


@router.get("/api/projects/{int:project_id}/requests", response=Listing[RequestOut])
def list_requests(
    request: SignedInRequest, project_id: int, query: Query[RequestsQuery]
) -> Listing[RequestOut]:
    """List the latest requests to a project, the newest first: 50 that were accepted and 50 that were refused are kept."""
    project = visible_project(request.user, project_id)
    rows = IntakeRequest.objects.filter(project=project)
    if query.rejected:
        rows = rows.exclude(reason="")
    page = keyset.page(rows, ["received_at", "id"], descending=True, cursor=query.cursor, limit=query.limit)
    return Listing[RequestOut].of(page, RequestOut.of)
