"""GET or POST /api/embed/error-page/: the crash dialog of `Sentry.showReportDialog()`, and what people write there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from ingest.edge import auth, embed
from ingest.edge.answers import Answer
from ingest.edge.decode import user_report
from ingest.edge.decode.body import Body
from ingest.edge.request import Request
from rustrak.lib import tolerant_json

if TYPE_CHECKING:
    from ingest.edge.intake import Intake

_META = {"source": "crash_dialog"}


async def handle(intake: Intake, request: Request, body: Body) -> Answer:
    """GET: 200 with a script that shows the dialog. POST: 200 when the report is kept."""
    given = embed.parameters(request.query)
    dsn = given.get("dsn", "")
    request.project = embed.project_in_dsn(dsn) or ""
    await intake.authorize(request, auth.key_in_dsn(dsn))
    event_id = embed.event_id(given)
    if request.method == "GET":
        return Answer(
            body=embed.script(given, f"{settings.PUBLIC_URL.rstrip('/')}/api/embed/error-page/"),
            content_type="text/javascript; charset=utf-8",
            headers=((b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff")),
        )
    form = embed.parameters(await intake.whole(request, body, user_report.MAX_BODY_BYTES))
    report = user_report.read(form, event_id)
    await intake.keep(request, "user_report", event_id, tolerant_json.dumps(report), meta=_META)
    return Answer(body=tolerant_json.dumps({"id": event_id}))
