"""POST /api/<project>/security/: reports of browsers about violations of a site's Content-Security-Policy."""

from __future__ import annotations

from urllib.parse import parse_qs

from ingest.edge import answers
from ingest.edge.answers import Answer
from ingest.edge.decode import security_reports
from ingest.edge.decode.envelope import MAX_ITEMS
from ingest.edge.endpoints import envelope
from ingest.edge.errors import BadEnvelope, UnsupportedEncoding
from ingest.edge.exchange import Exchange
from ingest.ledger.outcomes import Reason
from rustrak.lib import ids

_TYPES = {
    "application/csp-report", "application/json", "application/reports+json",
    "application/expect-ct-report+json", "application/expect-staple-report",
}  # fmt: skip

# What a byte of the reports costs in units of work.
_REPORT_UNITS = 12


async def handle(exchange: Exchange) -> Answer:
    """200 with the id of the first CSP report's event. Reports of other types are counted and not stored."""
    request = exchange.request
    if request.content_type == envelope.CONTENT_TYPE:
        return await envelope.handle(exchange)
    await exchange.authorize(request.key)
    if request.content_type not in _TYPES:
        raise UnsupportedEncoding("send reports as application/csp-report, application/reports+json or JSON")
    data = await exchange.whole(exchange.limits.event)
    exchange.spend(_REPORT_UNITS * len(data))
    query = parse_qs(request.query.decode("latin-1"))
    reports = security_reports.reports(data)
    kept = sum([report is not None for report in reports])
    exchange.count("event", quantity=kept)
    exchange.count("security", kept=False, quantity=len(reports) - kept)
    if len(reports) > MAX_ITEMS:
        raise BadEnvelope(f"more than {MAX_ITEMS} reports", Reason.TOO_MANY_ITEMS)
    async with exchange.delivery() as delivery:
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
            exchange.event_id = exchange.event_id or event_id
            delivery.add("event", event_id, payload)
        await delivery.keep(exchange.holder)
    return answers.accepted(exchange.event_id)
