from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Project
from ingest.ledger import latest_requests
from ingest.ledger.outcomes import Reason
from ingest.ledger.tally import LATEST, AnsweredRequest
from ingest.models import IntakeRequest

AT = 1_764_000_000.0


def seen(number: int, reason: str = "") -> AnsweredRequest:
    return AnsweredRequest(
        AT + number, "envelope", 401 if reason else 200, reason, "sdk/1", "", "192.0.2.1", None, {"n": number}
    )


def test_a_request_is_kept_as_it_was(shop: Project) -> None:
    request = AnsweredRequest(
        AT, "store", 413, Reason.TOO_LARGE_EVENT, "c" * 200, "o" * 300, "192.0.2.1", "A" * 32, {"size": 5, "ü": ["\ufffd"]}
    )  # fmt: skip
    latest_requests.add([(shop.pk, request)])
    row = IntakeRequest.objects.get()
    assert (row.project_id, row.received_at.timestamp(), row.endpoint, row.status) == (
        shop.pk,
        AT,
        "store",
        413,
    )
    assert (row.reason, row.client, row.origin, row.remote_addr) == (
        "too_large_event",
        "c" * 128,
        "o" * 255,
        "192.0.2.1",
    )
    assert row.detail == {"size": 5, "ü": ["\ufffd"]}
    assert row.event_id is not None
    assert row.event_id.hex == "a" * 32


def test_the_latest_of_each_kind_and_project_are_kept(shop: Project) -> None:
    other = Project.objects.create(name="Other", slug="other")
    latest_requests.add([(other.pk, seen(0))])
    for start in range(0, 100, 20):
        latest_requests.add([(shop.pk, seen(number)) for number in range(start, start + 20)])
        latest_requests.add([(shop.pk, seen(number, Reason.EMPTY)) for number in range(start, start + 20)])
    assert IntakeRequest.objects.filter(project=other).count() == 1
    for kept in (IntakeRequest.objects.filter(reason=""), IntakeRequest.objects.filter(reason="empty")):
        numbers = [row.detail["n"] for row in kept.filter(project=shop).order_by("received_at")]
        assert numbers == list(range(100 - LATEST, 100))
    # A request that is added late is deleted at once if it is not one of the latest.
    latest_requests.add([(shop.pk, seen(3))])
    assert not IntakeRequest.objects.filter(project=shop, detail={"n": 3}).exists()
    latest_requests.add([(shop.pk, seen(3))])
    assert IntakeRequest.objects.filter(project=shop).count() == 2 * LATEST


@pytest.mark.parametrize("number", [1, 50, 400])
def test_two_statements(shop: Project, number: int) -> None:
    with CaptureQueriesContext(connection) as queries:
        latest_requests.add([(shop.pk, seen(each)) for each in range(number)])
    assert len(queries) == 2


def test_no_requests_take_no_statement(db: None, django_assert_num_queries) -> None:
    with django_assert_num_queries(0):
        latest_requests.add([])
