"""POST /api/<project>/security/: reports of browsers about violations of a site's Content-Security-Policy."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import parse_qs

from ingest.edge import answers
from ingest.edge.answers import Answer
from ingest.edge.decode import security_reports
from ingest.edge.decode.envelope import MAX_ITEMS
from ingest.edge.decode.security_reports import Report
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
    """200 with the id of the first CSP report's event. Reports of other types, and those that cannot be used, are counted and
    not stored; 400 when none can be used."""
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
    if len(reports) > MAX_ITEMS:
        # Only counted: none of them is stored.
        _count(exchange, reports)
        raise BadEnvelope(f"more than {MAX_ITEMS} reports", Reason.TOO_MANY_ITEMS)
    found = [
        _event(
            report,
            release=query.get("sentry_release", [""])[0],
            environment=query.get("sentry_environment", [""])[0],
            user_agent=request.header(b"user-agent"),
        )
        for report in reports
    ]
    _count(exchange, found)
    if exchange.unreadable and not exchange.items:
        raise exchange.unreadable[0][1]
    async with exchange.delivery() as delivery:
        for payload in found:
            if isinstance(payload, bytes):
                event_id = ids.new_event_id()
                exchange.event_id = exchange.event_id or event_id
                delivery.add("event", event_id, payload)
        await delivery.keep(exchange.holder)
    return answers.accepted(exchange.event_id)


def _event(report: Report, *, release: str, environment: str, user_agent: str) -> bytes | BadEnvelope | None:
    """The event of a report, why it cannot be used, or None for a report of a type that is not stored."""
    if not isinstance(report, dict):
        return report
    try:
        return security_reports.event(report, release=release, environment=environment, user_agent=user_agent)
    except BadEnvelope as why:
        return why.with_traceback(None)


def _count(exchange: Exchange, reports: Sequence[bytes | Report]) -> None:
    exchange.count("security", kept=False, quantity=sum([one is None for one in reports]))
    for one in reports:
        if isinstance(one, BadEnvelope):
            exchange.count_unreadable("event", one)
    exchange.count("event", quantity=sum([isinstance(one, bytes | dict) for one in reports]))
