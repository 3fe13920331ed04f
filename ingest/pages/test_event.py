"""Sends a test event without an SDK: the button of the setup page."""

from __future__ import annotations

import logging
import time
from pathlib import Path

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from accounts.access import Capability, SignedInRequest, member
from accounts.models import Project
from ingest import sample_event, spool
from rustrak.lib import clock, tolerant_json

log = logging.getLogger(__name__)


@member(changes=Capability.PROJECT_WRITE)
@require_POST
def send_test_event(request: SignedInRequest, project: Project) -> HttpResponse:
    """Write a sample event of this project to the spool, where the digest finds it like any other."""
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
        log.error("the test event could not be written to the spool: %s", error)
        messages.error(request, "The test event could not be sent: the queue on disk cannot be written.")
    else:
        messages.success(request, "The test event has been sent.")
    return redirect("project_setup", slug=project.slug)
