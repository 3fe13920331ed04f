from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
import time_machine
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


def test_every_request_is_listed_or_counted_before_the_first_that_is(shop: Project) -> None:
    at = 0
    for size, unlisted in ((10, 0), (LATEST, 1950), (7, 3), (120, 0), (1, 0)):
        requests = [seen(at + number, reason) for number in range(size) for reason in ("", Reason.EMPTY)]
        requests[:2] = [replace(one, unlisted=unlisted) for one in requests[:2]]
        latest_requests.add([(shop.pk, one) for one in requests])
        at += size
        expected = at + {10: 0, 60: 1950}.get(at, 1953)
        for kept in (IntakeRequest.objects.filter(reason=""), IntakeRequest.objects.exclude(reason="")):
            numbers = list(kept.order_by("received_at").values_list("unlisted", flat=True))
            assert len(numbers) + sum(numbers) == expected
            assert len(numbers) <= LATEST


def test_a_clock_that_was_ahead_hides_no_later_requests(shop: Project) -> None:
    year = 365 * 86_400
    with time_machine.travel(AT + year, tick=False):
        latest_requests.add([(shop.pk, seen(year + number)) for number in range(LATEST)])
    with time_machine.travel(AT, tick=False):
        latest_requests.add([(shop.pk, seen(-number)) for number in range(10)])
        # Times that cannot be are those at which they are stored.
        latest_requests.add([(shop.pk, seen(number)) for number in (year, -60 * year)])
    kept = IntakeRequest.objects.filter(received_at__lte=datetime.fromtimestamp(AT, UTC))
    assert kept.count() == 12
    assert kept.filter(received_at=datetime.fromtimestamp(AT, UTC)).count() == 3


@pytest.mark.parametrize(("number", "statements"), [(1, 2), (50, 2), (51, 4), (400, 4)])
def test_few_statements(shop: Project, number: int, statements: int) -> None:
    with CaptureQueriesContext(connection) as queries:
        latest_requests.add([(shop.pk, seen(each)) for each in range(number)])
    assert len(queries) == statements


def test_no_requests_take_no_statement(db: None, django_assert_num_queries) -> None:
    with django_assert_num_queries(0):
        latest_requests.add([])
