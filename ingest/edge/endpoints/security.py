"""POST /api/<project>/security/: what browsers report about a site's Content-Security-Policy."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from ingest.edge import answers
from ingest.edge.answers import Answer
from ingest.edge.decode import security_reports
from ingest.edge.decode.body import Body
from ingest.edge.decode.envelope import MAX_ITEMS
from ingest.edge.endpoints import envelope
from ingest.edge.errors import BadEnvelope, UnsupportedEncoding
from ingest.edge.request import Request
from ingest.ledger.outcomes import Reason
from rustrak.lib import ids

if TYPE_CHECKING:
    from ingest.edge.intake import Intake

_TYPES = {
    "application/csp-report", "application/json", "application/reports+json",
    "application/expect-ct-report+json", "application/expect-staple-report",
}  # fmt: skip


async def handle(intake: Intake, request: Request, body: Body) -> Answer:
    """200 with the id of the first CSP report's event; reports of other kinds are counted and not kept."""
    if request.content_type == envelope.CONTENT_TYPE:
        return await envelope.handle(intake, request, body)
    await intake.authorize(request, request.key)
    if request.content_type not in _TYPES:
        raise UnsupportedEncoding("send reports as application/csp-report, application/reports+json or JSON")
    data = await intake.whole(request, body, intake.limits.event)
    query = parse_qs(request.query.decode("latin-1"))
    reports = security_reports.reports(data)
    for report in reports:
        request.item("event" if report is not None else "security", kept=report is not None)
    if len(reports) > MAX_ITEMS:
        raise BadEnvelope(f"more than {MAX_ITEMS} reports", Reason.TOO_MANY_ITEMS)
    async with intake.delivery(request) as delivery:
        for report in reports:
            if report is None:
                continue
            event_id = ids.new_event_id()
            payload = security_reports.event(
                report,
                release=query.get("sentry_release", [""])[0],
                environment=query.get("sentry_environment", [""])[0],
                user_agent=request.header(b"user-agent"),
            )
            request.event_id = request.event_id or event_id
            delivery.add("event", event_id, payload)
        await delivery.keep()
    return answers.accepted(request.event_id)
