"""The page behind the set-up page's button: a test event without an SDK."""

from __future__ import annotations

import logging
import time
from pathlib import Path

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from accounts.access import SignedInRequest, member
from accounts.models import Project
from ingest import sample_event, spool
from rustrak.lib import clock, tolerant_json

log = logging.getLogger(__name__)


@member
@require_POST
def send_test_event(request: SignedInRequest, project: Project) -> HttpResponse:
    """Puts a sample event of this project into the spool, where the digest finds it like any other."""
    event = sample_event.event(clock.now())
    record = spool.Record(
        kind="event",
        project_id=project.pk,
        event_id=event["event_id"],
        received_at=time.time(),
        remote_addr=request.META.get("REMOTE_ADDR"),
        sent_at=None,
        payload=tolerant_json.dumps(event),
    )
    try:
        spool.write_sealed(Path(settings.INGEST_DIR), [record], fsync=settings.INGEST_FSYNC)
    except OSError as error:
        log.error("a test event could not be written: %s", error)
        messages.error(request, "The test event could not be kept: the spool cannot be written.")
    else:
        messages.success(request, "A test event is on its way.")
    return redirect("project_setup", slug=project.slug)
