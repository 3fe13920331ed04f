from __future__ import annotations

import pytest
from django.core.management import call_command

from accounts.models import Project
from issues import look_alikes
from issues.models import Event, Grouping, Issue
from issues.record.writer import record
from issues.reindex import smart_hashes
from tests.lib.occurrences import NOW, occurrence

pytestmark = pytest.mark.django_db


def test_groupings_from_before_get_the_key_that_new_ones_have(
    shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smart_hashes, "_LONGEST_PAUSE", 0)
    monkeypatch.setattr(smart_hashes, "_TOGETHER", 2)
    texts = ("only 1 left", "only 2 left", "out of stock", "gone")
    record(shop.pk, [occurrence({"message": text}) for text in texts], NOW)
    before = list(Grouping.objects.order_by("pk").values_list("smart_hash", flat=True))
    assert before[0] == before[1] != before[2]
    Grouping.objects.update(smart_hash="")
    kept = Event.objects.filter(issue__title="gone").get()
    Event.objects.filter(pk=kept.pk).delete()
    assert not smart_hashes.fill(0)
    assert smart_hashes.fill()
    after = list(Grouping.objects.order_by("pk").values_list("smart_hash", flat=True))
    assert after[:3] == before[:3]
    assert after[3].startswith("unknown ")
    assert look_alikes.of_issue(Issue.objects.get(title="only 1 left"), 5) == [
        Issue.objects.get(title="only 2 left")
    ]
    kept.save(force_insert=True)
    call_command("reindex", project="shop")
    assert Grouping.objects.get(issue__title="gone").smart_hash == before[3]
