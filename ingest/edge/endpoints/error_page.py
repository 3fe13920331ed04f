"""GET or POST /api/embed/error-page/: the crash dialog of `Sentry.showReportDialog()`, and its feedback."""

from __future__ import annotations

from django.conf import settings

from ingest.edge import answers, auth, embed
from ingest.edge.answers import Answer
from ingest.edge.decode import user_report
from ingest.edge.errors import Refused
from ingest.edge.exchange import Exchange
from ingest.edge.request import Request
from rustrak.lib import tolerant_json

_META = {"source": "crash_dialog"}
_SCRIPT = "text/javascript; charset=utf-8"


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
            content_type=_SCRIPT,
            headers=((b"cache-control", b"no-store"),),
        )
    body = await exchange.whole(user_report.MAX_BODY_BYTES)
    exchange.spend_slowly(len(body))
    form = embed.parameters(body)
    report = user_report.read(form, event_id)
    await exchange.keep("user_report", event_id, tolerant_json.dumps(report), meta=_META)
    return Answer(body=tolerant_json.dumps({"id": event_id}))


def refuse(request: Request, refusal: Refused) -> Answer:
    """The answer to a refused GET: a script that writes the reason to the console. Others get JSON, which the dialog reads.

    A script element runs a 2xx answer only (HTML standard, "fetch a classic script"), so it gets 200. Others get the status itself, which
    the script also names.
    """
    refused = answers.refused(refusal)
    if request.method != "GET":
        return refused
    runs = request.header(b"sec-fetch-dest") == "script"
    return Answer(
        status=200 if runs else refused.status,
        body=embed.apology(refusal.status, refusal.detail),
        content_type=_SCRIPT,
        headers=(*refused.headers, (b"cache-control", b"no-store")),
    )
