"""What the writer stores beside events: counts of tags, hours and days, the history, and ids of sampled events."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Project
from issues.models import (
    Activity,
    Event,
    Issue,
    IssueDay,
    IssueHour,
    IssueTag,
    IssueTagKey,
    ProjectDay,
    ProjectHour,
    SampledEvent,
)
from issues.payload import read
from issues.payload.read import Occurrence
from issues.record import tag_counts, writer
from issues.record.sampling import SamplingRule
from issues.record.worth import PINNED
from rustrak.lib import bulk, ids, tolerant_json

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)


def sent(name: str = "E", at: datetime = NOW, **fields: Any) -> Occurrence:
    event = {"exception": [{"type": name, "value": "v"}], **fields}
    return read.read(tolerant_json.dumps(event), event_id=ids.new_event_id(), received_at=at)


def values(issue: Issue, key: str) -> dict[str, int]:
    return dict(IssueTag.objects.filter(grouping__issue=issue, key=key).values_list("value", "count"))


def test_tags_are_counted_by_value_and_key(shop: Project) -> None:
    writer.record(shop.pk, [sent(tags={"os": "Linux"}), sent(tags={"os": "Linux", "a": "1"})], NOW)
    writer.record(shop.pk, [sent(tags={"os": "Windows"}, level="fatal", release="2.0"), sent("F")], NOW)
    issue = Issue.objects.get(type="E")
    assert values(issue, "os") == {"Linux": 2, "Windows": 1}
    assert values(issue, "a") == {"1": 1}
    assert values(issue, "level") == {"error": 2, "fatal": 1}
    assert values(issue, "release") == {"2.0": 1}
    key = IssueTagKey.objects.get(grouping__issue=issue, key="os")
    assert (key.count, key.values_kept) == (3, 2)


def test_a_key_with_a_value_for_each_event_stays_bounded(
    shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tag_counts, "MAX_VALUES", 5)
    for start in range(0, 12, 4):
        batch = [sent(tags={"request": str(number)}) for number in range(start, start + 4)]
        writer.record(shop.pk, batch, NOW)
    writer.record(shop.pk, [sent(tags={"request": "0"}), sent(tags={"request": "11"})], NOW)
    issue = Issue.objects.get()
    key = IssueTagKey.objects.get(grouping__issue=issue, key="request")
    assert (key.count, key.values_kept) == (14, 5)
    # Values that are counted separately are counted exactly.
    assert values(issue, "request") == {"0": 2, "1": 1, "2": 1, "3": 1, "4": 1}


def test_the_same_events_again_count_nothing(shop: Project) -> None:
    batch = [sent(tags={"os": "Linux"}) for _ in range(3)]
    for _ in range(3):
        writer.record(shop.pk, batch, NOW)
    issue = Issue.objects.get()
    assert values(issue, "os") == {"Linux": 3}
    assert IssueDay.objects.get().count == ProjectDay.objects.get().count == 3
    assert Activity.objects.count() == 1


def test_hours_and_days_of_issue_and_project(shop: Project) -> None:
    late = NOW + timedelta(hours=1)
    writer.record(shop.pk, [sent(), sent("F"), sent(at=late)], NOW)
    writer.record(shop.pk, [sent(at=late)], NOW)
    issue = Issue.objects.get(type="E")
    hour = int(NOW.timestamp()) // 3600
    assert dict(IssueHour.objects.filter(grouping__issue=issue).values_list("hour", "count")) == {
        hour: 1,
        hour + 1: 2,
    }
    days = {hour // 24: 1, hour // 24 + 1: 2}
    assert dict(IssueDay.objects.filter(grouping__issue=issue).values_list("day", "count")) == days
    assert dict(ProjectHour.objects.values_list("hour", "count")) == {hour: 2, hour + 1: 2}
    assert dict(ProjectDay.objects.values_list("day", "count")) == {hour // 24: 2, hour // 24 + 1: 2}


def test_history_says_what_events_did(shop: Project) -> None:
    (first,) = writer.record(shop.pk, [sent()], NOW)
    Issue.objects.update(status=Issue.Status.RESOLVED, resolution=Issue.Resolution.NOW)
    changes = writer.record(shop.pk, [sent(), sent()], NOW)
    assert [change.kind for change in changes] == ["regressed", "event"]
    history = Activity.objects.order_by("id").values_list("kind", "event")
    assert list(history) == [("created", first.event_id), ("regressed", changes[0].event_id)]
    worths = Event.objects.order_by("digest_order").values_list("worth", flat=True)
    assert [worth == PINNED for worth in worths] == [True, True, False]


def test_the_first_and_last_environment(shop: Project) -> None:
    writer.record(shop.pk, [sent(environment="dev"), sent()], NOW)
    writer.record(shop.pk, [sent(), sent(environment="prod")], NOW)
    issue = Issue.objects.get()
    assert (issue.first_environment, issue.last_environment) == ("dev", "prod")


def test_a_noisy_issue_is_counted_and_sampled(shop: Project) -> None:
    rule = SamplingRule(4)
    loud = [sent(user={"id": number}) for number in range(20)]
    changes = []
    for start in range(0, 20, 5):
        changes += writer.record(shop.pk, [*loud[start : start + 5], sent(f"quiet {start}")], NOW, rule)
    issue = Issue.objects.get(type="E")
    stored = [rate for number in range(1, 21) if (rate := rule.stored(number))]
    rates = list(
        Event.objects.filter(issue=issue).order_by("digest_order").values_list("sample_rate", flat=True)
    )
    assert rates == stored
    assert (issue.event_count, issue.user_count, issue.stored_event_count) == (20, 20, len(stored))
    assert IssueDay.objects.get(grouping__issue=issue).count == 20
    assert SampledEvent.objects.count() == 20 - len(stored)
    assert [change.kind for change in changes].count("sampled") == 20 - len(stored)
    shop.refresh_from_db()
    assert (shop.digested_event_count, shop.stored_event_count) == (24, len(stored) + 4)
    # Neither stored nor sampled events count when they are sent again.
    assert writer.record(shop.pk, loud, NOW, rule) == []
    assert Issue.objects.get(type="E").event_count == 20


def test_an_event_that_changes_a_noisy_issue_is_stored(shop: Project) -> None:
    writer.record(shop.pk, [sent() for _ in range(10)], NOW, SamplingRule(1))
    Issue.objects.update(status=Issue.Status.RESOLVED, resolution=Issue.Resolution.NOW)
    (change,) = writer.record(shop.pk, [sent()], NOW, SamplingRule(1))
    assert change.kind == "regressed"
    assert Event.objects.filter(pk=change.event_id, worth=PINNED, sample_rate=1).exists()


def test_the_budget_is_per_hour(shop: Project) -> None:
    writer.record(shop.pk, [sent() for _ in range(10)], NOW, SamplingRule(1))
    changes = writer.record(shop.pk, [sent(at=NOW + timedelta(hours=1))], NOW, SamplingRule(1))
    assert [change.kind for change in changes] == ["event"]


def test_statements_do_not_grow_with_the_events_of_issues(shop: Project) -> None:
    used = []
    for size in (10, 100, 500):
        batch = [
            sent(f"E{number % 5}", tags={"n": str(number)}, user={"id": number}) for number in range(size)
        ]
        with CaptureQueriesContext(connection) as queries:
            writer.record(shop.pk, batch, NOW, SamplingRule(20))
        used.append(len([query for query in queries if "SAVEPOINT" not in query["sql"]]))
    assert max(used) <= 30
    assert used[2] <= used[1] + 2


def test_existing_returns_the_indexes_of_known_rows(shop: Project) -> None:
    writer.record(shop.pk, [sent(tags={"quote'\"": 'a "value" \\ 漢'})], NOW)
    rows = [(1, "nothing", "x"), *IssueTag.objects.values_list("grouping", "key", "value")]
    assert bulk.existing(IssueTag, ["grouping", "key", "value"], rows) == set(range(1, len(rows)))
    assert bulk.existing(IssueTag, ["grouping", "key", "value"], []) == set()
