"""The first rule of every project."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import Project
from issues.alerts.rules import defaults, stored
from issues.models import AlertRule, News

pytestmark = pytest.mark.django_db


def test_every_project_gets_one_rule_once(shop: Project, django_assert_num_queries: Any) -> None:
    stale = Project.objects.get(pk=shop.pk)
    assert defaults.ensure_all() == 1
    defaults.ensure(stale)  # somebody else read the project before
    rule = AlertRule.objects.get()
    assert rule.triggers == [News.NEW, News.REGRESSED]
    assert rule.to_members
    assert rule.is_enabled
    assert not rule.watches_volume
    with django_assert_num_queries(1):
        assert defaults.ensure_all() == 0


def test_a_rule_that_was_deleted_does_not_come_back(shop: Project) -> None:
    defaults.ensure(shop)
    stored.delete(AlertRule.objects.get())
    defaults.ensure_all()
    defaults.ensure(Project.objects.get(pk=shop.pk))
    assert not AlertRule.objects.exists()


def test_a_project_that_is_being_deleted_gets_none(shop: Project) -> None:
    Project.objects.filter(pk=shop.pk).update(deleting_at=shop.created_at)
    assert defaults.ensure_all() == 0
    defaults.ensure(shop)
    assert not AlertRule.objects.exists()
