"""/api/audit"""

from __future__ import annotations

from typing import Annotated, Any

from ninja import Query, Router
from pydantic import AwareDatetime, Field

from accounts.access import SignedInRequest
from accounts.audit.actions import Action
from accounts.audit.reading import ORDER, Filters
from accounts.models import AuditEntry
from rustrak.lib import keyset
from rustrak.lib.schemas import IN_DIGITS, Listing, Moment, Output, Paging

router = Router(tags=["audit"])


class AuditQuery(Paging):
    """`person` is a whole e-mail address, or a command such as `manage.py create_user`. `until` is exclusive."""

    person: Annotated[str, Field(max_length=254)] = ""
    action: Action | None = None
    project_id: Annotated[int, Field(ge=1, lt=2**63), IN_DIGITS] | None = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None


class AuditEntryOut(Output):
    """A change. `actor_kind` is `person`, `token`, `visitor` (not signed in), `command` or `rustrak`; `actor_id` the person's id.

    Of what changed `details` has `{"was": …, "is": …}` by name.
    """

    id: int
    at: Moment
    action: str
    actor_kind: str
    actor_id: int | None
    actor_name: str
    token: str
    ip: str
    target_id: str
    target_name: str
    project_id: int | None
    project_name: str
    details: dict[str, Any]


@router.get("/api/audit", response=Listing[AuditEntryOut])
def list_audit(request: SignedInRequest, query: Query[AuditQuery]) -> Listing[AuditEntryOut]:
    """List who changed what, newest first: people, access, projects and settings. For admins and auditors of the installation."""
    filters = Filters(
        person=query.person.strip().lower(),
        action=query.action,
        project=query.project_id,
        since=query.since,
        until=query.until,
    )
    page = keyset.page(filters.entries(), ORDER, descending=True, cursor=query.cursor, limit=query.limit)
    return Listing[AuditEntryOut].of(page, _entry)


def _entry(entry: AuditEntry) -> AuditEntryOut:
    return AuditEntryOut.model_validate(entry, from_attributes=True)
