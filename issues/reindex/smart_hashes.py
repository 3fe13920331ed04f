"""Gives groupings from before there were smart keys the smart key of their first stored event, so that look-alikes are found."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from math import inf

from django.db import transaction

from accounts.models import Project
from issues.mapping.batches import BatchMapping
from issues.models import Event, Grouping
from issues.payload import fingerprint
from issues.payload import read as payload
from issues.record import references
from rustrak.lib import bulk

log = logging.getLogger(__name__)

# Groupings whose events are read between two pauses, which are as long as that took.
_TOGETHER, _LONGEST_PAUSE = 50, 0.2
#: Of groupings of which no event is stored: a text of its own for each, so that none is like another one.
_UNKNOWN = "unknown "


def fill(seconds: float | None = None, projects: Iterable[Project] | None = None) -> bool:
    """Fill the empty ones for `seconds` (None: to the end), the newest first. Returns whether all are filled. May be interrupted and repeated."""
    end = inf if seconds is None else time.monotonic() + seconds
    rows = Grouping.objects.filter(smart_hash="").order_by("-pk")
    if projects is not None:
        rows = rows.filter(project__in=[project.pk for project in projects])
    while keys := list(rows.values_list("pk", flat=True)[:_TOGETHER]):
        if time.monotonic() >= end:
            return False
        since = time.perf_counter()
        found = [(key, _smart_hash(key)) for key in keys]
        with transaction.atomic():
            bulk.update(Grouping, ["id", "smart_hash"], sorted(found), "smart_hash = :smart_hash:")
        # Those before are filled: to read past them each time would take long where there are many.
        rows = rows.filter(pk__lt=keys[-1])
        time.sleep(min(_LONGEST_PAUSE, time.perf_counter() - since))
    return True


def forget_unknown(projects: Iterable[Project]) -> None:
    """Have those looked at again of which no event was stored: one may have arrived since."""
    unknown = Grouping.objects.filter(smart_hash__startswith=_UNKNOWN)
    unknown.filter(project__in=[project.pk for project in projects]).update(smart_hash="")


def _smart_hash(grouping: int) -> str:
    event = Event.objects.filter(grouping=grouping).order_by("digest_order", "pk").first()
    if event is None:
        return f"{_UNKNOWN}{grouping}"
    try:
        [data] = references.data_of([event.payload])
        mapping = BatchMapping.of_project(event.project_id)
        read = payload.read(
            data,
            event_id=event.event_id.hex,
            received_at=event.ingested_at,
            readable=mapping.readable if mapping else None,
        )
    except Exception:
        log.exception("event %s cannot be read, so no issue looks like its own", event.event_id.hex)
        return f"{_UNKNOWN}{grouping}"
    return fingerprint.key_hash(read.smart_key)
