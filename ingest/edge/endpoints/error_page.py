"""GET or POST /api/embed/error-page/: the crash dialog of `Sentry.showReportDialog()`, and its feedback."""

from __future__ import annotations

from django.conf import settings

from ingest.edge import auth, embed
from ingest.edge.answers import Answer
from ingest.edge.decode import user_report
from ingest.edge.exchange import Exchange
from rustrak.lib import tolerant_json

_META = {"source": "crash_dialog"}


async def handle(exchange: Exchange) -> Answer:
    """GET: 200 with a script that shows the dialog. POST: 200 when the feedback is stored."""
    request = exchange.request
    given = embed.parameters(request.query)
    dsn = given.get("dsn", "")
    exchange.claimed_project = embed.project_in_dsn(dsn) or ""
    await exchange.authorize(auth.key_in_dsn(dsn))
    event_id = embed.event_id(given)
    if request.method == "GET":
        return Answer(
            body=embed.script(given, f"{settings.PUBLIC_URL.rstrip('/')}/api/embed/error-page/"),
            content_type="text/javascript; charset=utf-8",
            headers=((b"cache-control", b"no-store"),),
        )
    body = await exchange.whole(user_report.MAX_BODY_BYTES)
    exchange.spend_slowly(len(body))
    form = embed.parameters(body)
    report = user_report.read(form, event_id)
    await exchange.keep("user_report", event_id, tolerant_json.dumps(report), meta=_META)
    return Answer(body=tolerant_json.dumps({"id": event_id}))
