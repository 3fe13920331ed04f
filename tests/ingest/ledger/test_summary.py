from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Project
from ingest.ledger import store, summary
from ingest.ledger.outcomes import Outcome
from tests.lib.ledger_keys import MINUTE, MONTH, NOW, key


def test_the_sums_of_a_summary(shop: Project) -> None:
    other = Project.objects.create(name="Other", slug="other")
    store.add(
        {
            key(shop, "accepted"): 100,
            key(shop, "stored"): 60,
            key(shop, "salvaged"): 1,
            key(shop, "duplicate"): 9,
            key(shop, "sampled", "SHOP-1"): 5,
            key(shop, "filtered", "localhost"): 15,
            key(shop, "filtered", "web_crawlers"): 5,
            key(shop, "invalid", "unreadable"): 3,
            key(shop, "filtered", "allowed_origins"): 7,
            key(shop, "too_large", "too_large_event"): 4,
            key(shop, "unauthenticated", "unknown_key"): 2,
            key(shop, "unsupported", name="span"): 11,
            key(shop, "client_discard", "before_send"): 1000,
            key(shop, "evicted", "too_old"): 1000,
            key(shop, "teleported"): 1000,
            key(other, "accepted"): 1000,
        }
    )
    with CaptureQueriesContext(connection) as queries:
        found = summary.summarize(shop.pk, NOW - timedelta(hours=1), NOW)
    assert len(queries) == 2
    assert found.received == 100 + 7 + 4 + 2 + 11
    assert found.unknown == 100 - 60 - 1 - 9 - 5 - 20 - 3
    assert found.by_outcome[Outcome.FILTERED] == 27
    assert found.by_category["span"] == {Outcome.UNSUPPORTED: 11}
    assert found.reasons(Outcome.FILTERED) == {"localhost": 15, "allowed_origins": 7, "web_crawlers": 5}
    assert found.not_kept == {"span": 11}
    assert summary.summarize(shop.pk, NOW - MONTH, NOW, category="span").received == 11
    assert summary.summarize(shop.pk, NOW - timedelta(hours=2), NOW - timedelta(hours=1)).counts == ()


@pytest.mark.parametrize(
    ("span", "step", "number"),
    [
        (timedelta(hours=1), timedelta(minutes=1), 61),
        (timedelta(days=1), timedelta(hours=1), 25),
        (MONTH, timedelta(days=1), 31),
    ],
)
def test_a_series_without_gaps(shop: Project, span: timedelta, step: timedelta, number: int) -> None:
    for minute in (MINUTE, MINUTE - 7, MINUTE - 60, MINUTE - 1440):
        store.add({key(shop, "stored", minute=minute): 2, key(shop, "accepted", minute=minute): 2})
    found = summary.summarize(shop.pk, NOW - span, NOW)
    assert found.step == step
    starts = [bucket.start for bucket in found.buckets]
    assert len(starts) == number
    assert starts[0] == found.since
    assert {later - earlier for earlier, later in zip(starts, starts[1:], strict=False)} == {step}
    assert starts[-1] <= NOW < starts[-1] + step
    assert (
        sum(bucket.quantities.get(Outcome.STORED, 0) for bucket in found.buckets)
        == found.by_outcome[Outcome.STORED]
    )
    assert not any(Outcome.ACCEPTED in bucket.quantities for bucket in found.buckets)


def test_what_is_not_kept_this_week(shop: Project) -> None:
    for days, quantity in ((0, 1), (6, 10), (8, 100)):
        minute = MINUTE - days * 1440
        store.add({key(shop, "unsupported", minute=minute, name="span"): quantity})
    store.add({key(shop, "unsupported", name="log_item"): 5, key(shop, "stored"): 5})
    assert summary.not_kept(shop.pk, NOW) == {"log_item": 5, "span": 11}
