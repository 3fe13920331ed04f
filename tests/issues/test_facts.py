from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import transaction

from accounts.models import Project
from issues import facts
from issues.facts import Change
from issues.models import AlertFact, AlertRule, News
from tests.lib.occurrences import NOW

pytestmark = pytest.mark.django_db

ISSUE, EVENT = UUID(int=1), UUID(int=2)
FULL = Change(News.NEW, ISSUE, EVENT, 40, "prod", "1.0", 7, 'Nightly "é" \' \\ 🎉')


def test_what_is_written_is_read(shop: Project) -> None:
    changes = [FULL, Change(News.RESOLVED, ISSUE), Change(News.MONITOR_FAILED, None, detail="Job")]
    facts.write(shop.pk, changes, {ISSUE: (12, 3)}, NOW)
    fact = AlertFact.objects.get()
    assert fact.project == shop
    assert fact.at == NOW
    assert facts.changes_of(fact) == changes
    assert facts.volume_of(fact) == {ISSUE: (12, 3)}
    assert fact.changes[1] == ["resolved", ISSUE.hex, None]


def test_what_is_not_known_is_left_out(shop: Project) -> None:
    AlertFact.objects.create(project=shop, changes=[["sighed", ISSUE.hex, None], ["new", ISSUE.hex, None]])
    assert facts.changes_of(AlertFact.objects.get()) == [Change(News.NEW, ISSUE)]


def test_it_takes_one_statement_and_none_when_nothing_changed(
    shop: Project, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        facts.write(shop.pk, [FULL] * facts.MOST_IN_ROW, {}, NOW)
    with django_assert_num_queries(0):
        facts.write(shop.pk, [], {}, NOW)
    assert AlertFact.objects.count() == 1


@pytest.mark.parametrize(
    ("set_up", "rules", "written"),
    [(False, [], 1), (True, [], 0), (True, [False], 0), (True, [False, True], 1), (False, [False], 1)],
)
def test_a_project_without_a_rule_writes_nothing(
    shop: Project, set_up: bool, rules: list[bool], written: int
) -> None:
    other = Project.objects.create(name="Other", slug="other", alerts_set_up=True)
    AlertRule.objects.create(project=other, name="Theirs")
    Project.objects.filter(pk=shop.pk).update(alerts_set_up=set_up)
    for enabled in rules:
        AlertRule.objects.create(project=shop, name="New", is_enabled=enabled)
    facts.write(shop.pk, [FULL], {}, NOW)
    assert AlertFact.objects.count() == written


def test_a_project_that_is_gone_or_going_writes_nothing(shop: Project) -> None:
    Project.objects.filter(pk=shop.pk).update(deleting_at=NOW)
    facts.write(shop.pk, [FULL], {}, NOW)
    facts.write(shop.pk + 1, [FULL], {}, NOW)
    assert not AlertFact.objects.exists()


def test_rows_are_bounded(shop: Project) -> None:
    many = [Change(News.NEW, uuid4(), uuid4(), 40, "e" * 64, "r" * 200) for _ in range(2500)]
    facts.write(shop.pk, many, {change.issue: (1, 1) for change in many if change.issue}, NOW)
    rows = list(AlertFact.objects.order_by("pk"))
    assert [len(row.changes) for row in rows] == [len(row.volume) for row in rows] == [1000, 1000, 500]
    assert [change for row in rows for change in facts.changes_of(row)] == many


def test_together_there_is_one_row_for_each_project(shop: Project, django_assert_num_queries: Any) -> None:
    other = Project.objects.create(name="Other", slug="other")
    with transaction.atomic(), django_assert_num_queries(3), facts.together():
        facts.write(shop.pk, [FULL], {ISSUE: (1, 1)}, NOW)
        with facts.together():
            facts.write(shop.pk, [FULL], {ISSUE: (2, 0), EVENT: (1, 0)}, NOW)
        facts.write(other.pk, [FULL], {}, NOW)
        assert not AlertFact.objects.exists()
    mine, theirs = AlertFact.objects.order_by("project")
    assert len(mine.changes) == 2
    assert facts.volume_of(mine) == {ISSUE: (3, 1), EVENT: (1, 0)}
    assert len(theirs.changes) == 1


def test_what_failed_together_is_not_written(shop: Project) -> None:
    with pytest.raises(RuntimeError):
        _fail_together(shop)
    assert not AlertFact.objects.exists()
    facts.write(shop.pk, [FULL], {}, NOW)
    assert len(AlertFact.objects.get().changes) == 1


@facts.together()
def _fail_together(project: Project) -> None:
    facts.write(project.pk, [FULL], {}, NOW)
    raise RuntimeError


@pytest.mark.django_db(transaction=True)
def test_deliver_is_woken_after_the_commit(shop: Project, tmp_path: Path, settings: Any) -> None:
    settings.RUN_DIR = tmp_path
    facts.is_touched()
    with transaction.atomic():
        facts.write(shop.pk, [], {}, NOW)
    assert not facts.is_touched()
    with transaction.atomic():
        facts.write(shop.pk, [FULL], {}, NOW)
        facts.write(shop.pk, [FULL], {}, NOW)
        assert not facts.is_touched()
    assert facts.is_touched()
    assert not facts.is_touched()
    Project.objects.filter(pk=shop.pk).update(alerts_set_up=True)
    with transaction.atomic():
        facts.write(shop.pk, [FULL], {}, NOW)
    assert not facts.is_touched()
