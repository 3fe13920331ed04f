"""Through the digest: events that a filter matches are counted under its name and not stored."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import pytest

from accounts.models import Project
from ingest import spool
from ingest.digest import loop
from ingest.models import InboundFilters, OutcomeCount
from ingest.spool import Record
from issues.models import Event, Issue

pytestmark = pytest.mark.django_db(transaction=True)


def a_record(project: Project, event: dict[str, Any], address: str = "203.0.113.1") -> Record:
    return Record("event", project.pk, uuid4().hex, time.time(), address, None, orjson.dumps(event))


def outcomes() -> dict[tuple[str, str], int]:
    rows = OutcomeCount.objects.values_list("outcome", "reason", "quantity")
    return {(outcome, reason): quantity for outcome, reason, quantity in rows}


def test_each_filter_counts_what_it_drops(shop: Project, tmp_path: Path) -> None:
    other = Project.objects.create(name="Other", slug="other")
    InboundFilters.objects.create(
        project=shop, localhost=True, error_messages="*timed out*", blocked_addresses="192.0.2.0/24"
    )
    local = {"message": "at home", "request": {"url": "http://localhost:3000/"}}
    spool.write_sealed(
        tmp_path,
        [
            a_record(shop, local),
            a_record(shop, {"message": "the request timed out"}),
            a_record(shop, {"message": "the query timed out"}),
            a_record(shop, {"message": "from afar"}, address="192.0.2.9"),
            a_record(shop, {"message": "kept"}),
            a_record(other, local),
        ],
    )
    assert loop.drain(tmp_path) == 6
    assert {event.issue.title for event in Event.objects.select_related("issue")} == {"kept", "at home"}
    assert Issue.objects.filter(project=shop).count() == 1
    found = outcomes()
    assert found["filtered", "localhost"] == 1
    assert found["filtered", "error_messages"] == 2
    assert found["filtered", "blocked_addresses"] == 1
    assert sum(OutcomeCount.objects.filter(outcome="accepted").values_list("quantity", flat=True)) == 6
    assert sum(OutcomeCount.objects.filter(outcome="stored").values_list("quantity", flat=True)) == 2
