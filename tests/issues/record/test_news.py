from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Project
from issues import facts, lifecycle, usage
from issues.facts import Change
from issues.models import AlertFact, AlertRule, Event, Issue, News
from issues.record import writer
from issues.record.sampling import SamplingRule
from issues.record.writer import record
from tests.lib.occurrences import NOW, thrown

pytestmark = pytest.mark.django_db


def watch(project: Project, volume: bool = True, enabled: bool = True) -> None:
    AlertRule.objects.create(project=project, name="Rule", watches_volume=volume, is_enabled=enabled)
    Project.objects.filter(pk=project.pk).update(alerts_set_up=True)


def written() -> list[tuple[list[Change], dict[Any, Any]]]:
    return [(facts.changes_of(fact), facts.volume_of(fact)) for fact in AlertFact.objects.order_by("pk")]


def test_a_new_issue_is_a_fact(shop: Project) -> None:
    record(shop.pk, [thrown("A", environment="prod", release="2.0", level="fatal"), thrown("A")], NOW)
    issue, event = Issue.objects.get(), Event.objects.get(digest_order=1)
    assert written() == [([Change(News.NEW, issue.pk, event.pk, 50, "prod", "2.0")], {})]
    assert AlertFact.objects.get().at == NOW


def test_what_changes_nothing_writes_nothing(shop: Project) -> None:
    first = thrown("A")
    record(shop.pk, [first], NOW)
    AlertFact.objects.all().delete()
    record(shop.pk, [first], NOW)  # its id is known
    record(shop.pk, [thrown("A"), thrown("A")], NOW)
    assert not AlertFact.objects.exists()


def test_an_issue_that_came_back_is_a_fact(shop: Project) -> None:
    watch(shop, volume=False)
    record(shop.pk, [thrown("A")], NOW)
    lifecycle.resolve(Issue.objects.all(), by=None)
    AlertFact.objects.all().delete()
    later = Issue.objects.get().resolved_at + timedelta(hours=1)
    record(shop.pk, [thrown("A", received_at=later), thrown("A", received_at=later)], later)
    ((changes, volume),) = written()
    assert [(change.news, change.issue) for change in changes] == [(News.REGRESSED, Issue.objects.get().pk)]
    assert not volume


def test_a_project_whose_rules_are_off_writes_nothing(shop: Project) -> None:
    watch(shop, enabled=False)
    record(shop.pk, [thrown("A")], NOW)
    assert not AlertFact.objects.exists()


def test_where_a_rule_asks_each_issue_has_its_volume(shop: Project) -> None:
    watch(shop)
    record(shop.pk, [thrown("A", user={"id": number % 2}) for number in range(5)], NOW)
    AlertFact.objects.all().delete()
    record(
        shop.pk,
        [*(thrown("A", user={"id": number}) for number in range(4)), thrown("B")],
        NOW,
        SamplingRule(1),
    )
    old, new = Issue.objects.order_by("digest_order")
    ((changes, volume),) = written()
    assert [change.issue for change in changes] == [new.pk]
    # Sampled events count.
    assert Event.objects.filter(issue=old).count() < 9
    assert volume == {old.pk: (4, 2), new.pk: (1, 0)}


def test_muted_issues_and_events_from_before_the_resolution_have_no_volume(shop: Project) -> None:
    watch(shop)
    record(shop.pk, [thrown("Muted"), thrown("Resolved"), thrown("Open")], NOW)
    lifecycle.mute(Issue.objects.filter(type="Muted"), by=None)
    lifecycle.resolve(Issue.objects.filter(type="Resolved"), by=None)
    AlertFact.objects.all().delete()
    record(shop.pk, [thrown("Muted"), thrown("Resolved"), thrown("Open")], NOW)
    assert written() == [([], {Issue.objects.get(type="Open").pk: (1, 0)})]


def test_an_event_that_was_only_counted_is_not_named(shop: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usage, "percent", lambda *_: writer.ALL_COUNTED_PAST + 1)
    record(shop.pk, [thrown("A")], NOW)
    (((change,), _),) = written()
    assert (change.news, change.issue, change.event) == (News.NEW, Issue.objects.get().pk, None)


def test_it_takes_one_statement_more_and_only_when_something_changed(shop: Project) -> None:
    def statements() -> list[int]:
        used = []
        for _ in ("new", "known"):
            with CaptureQueriesContext(connection) as queries:
                record(shop.pk, [thrown("A"), thrown("B")], NOW)
            used.append(len(queries))
        Issue.objects.all().delete()
        return used

    watch(shop, enabled=False)
    record(shop.pk, [thrown("First")], NOW)
    new, known = statements()
    AlertRule.objects.update(is_enabled=True, watches_volume=False)
    assert statements() == [new + 1, known]
    AlertRule.objects.update(watches_volume=True)
    assert statements() == [new + 1, known + 1]
