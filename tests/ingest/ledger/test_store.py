from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from accounts.models import Project
from ingest.ledger import store, summary
from ingest.ledger.outcomes import LedgerKey, Outcome, Reason
from ingest.models import OutcomeCount
from tests.lib.ledger_keys import MINUTE, NOW


def test_outcomes_and_reasons_are_stored_by_their_values(shop: Project) -> None:
    for quantity in (1, 2):
        store.add(
            {
                LedgerKey(shop.pk, MINUTE, "error", Outcome.TOO_LARGE, Reason.TOO_LARGE_EVENT): quantity,
                LedgerKey(shop.pk, MINUTE, "error", Outcome.FILTERED, "localhost"): quantity,
            }
        )
    assert set(
        OutcomeCount.objects.values_list("project_id", "minute", "category", "outcome", "reason", "quantity")
    ) == {
        (shop.pk, MINUTE, "error", "too_large", "too_large_event", 3),
        (shop.pk, MINUTE, "error", "filtered", "localhost", 3),
    }


def test_evicted_items_are_counted_by_category(shop: Project) -> None:
    with transaction.atomic():
        for _ in range(2):
            store.add_evicted(shop.pk, "too_old", {"event": 2, "attachment": 3, "user_report": 0}, now=NOW)
    found = summary.summarize(shop.pk, NOW - timedelta(hours=1), NOW)
    assert (found.of(Outcome.EVICTED, "error"), found.of(Outcome.EVICTED, "attachment")) == (4, 6)
    assert found.of(Outcome.EVICTED) == 10
    assert found.received == 0
