"""User reports and feedback as the digest passes them on, for tests of what stores them and of what shows them."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from django.db import transaction

from accounts.models import Project
from issues.record import user_reports
from issues.record.items import Item, Results
from rustrak.lib import clock, ids


def said_item(said: Any, item_id: str | None = None, *, ago: timedelta = timedelta(0), **meta: Any) -> Item:
    """A user_report or feedback item that arrived `ago`. `said` becomes its JSON; bytes stay as they are."""
    return Item(
        id=item_id or ids.new_event_id(),
        received_at=clock.now() - ago,
        sent_at=None,
        data=said if isinstance(said, bytes) else json.dumps(said).encode(),
        meta=meta,
    )


def report(project: Project, *items: Item) -> Results:
    """Store user_report items as the digest does."""
    with transaction.atomic():
        return user_reports.record(project.pk, items, clock.now())


def feedback(project: Project, *items: Item) -> Results:
    """Store feedback items as the digest does."""
    with transaction.atomic():
        return user_reports.record_feedback(project.pk, items, clock.now())
