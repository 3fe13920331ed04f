"""What a person is told about the rules that mail them."""

from __future__ import annotations

from datetime import time
from typing import Any

import pytest

from accounts.models import Project, User
from issues.alerts.people.recipients import Reason, Silence
from issues.alerts.rules import why
from issues.models import AlertOptOut, AlertPreferences, AlertRule, News
from tests.lib.alert_rules import channel, rule
from tests.lib.occurrences import NOW

pytestmark = pytest.mark.django_db


def reasons(user: User, project: Project) -> list[tuple[str, Reason, Silence | None]]:
    return [(each.rule.name, each.reason, each.silence) for each in why.of(user, [project], NOW)[project.pk]]


def test_each_rule_that_mails_a_person_is_listed_with_the_reason(shop: Project, bo: User, ana: User) -> None:
    rule(shop, News.NEW, name="Members", to_members=True)
    rule(shop, News.NEW, name="Named", people=(bo.pk,), to_members=True)
    rule(shop, News.NEW, name="Assignee", to_assignee=True, channels=(channel(shop).pk,))
    rule(shop, News.NEW, name="Others", people=(ana.pk,))
    off = rule(shop, News.NEW, name="Off", to_members=True)
    AlertRule.objects.filter(pk=off.pk).update(is_enabled=False)

    assert reasons(bo, shop) == [
        ("Members", Reason.MEMBER, None), ("Named", Reason.NAMED, None), ("Assignee", Reason.ASSIGNED, None),
    ]  # fmt: skip
    assert [name for name, *_ in reasons(ana, shop)] == ["Assignee", "Others"]


def test_what_the_person_chose_is_said(shop: Project, bo: User) -> None:
    rule(shop, News.NEW, name="Members", to_members=True, to_assignee=False)
    chose = AlertPreferences.objects.create(user=bo, only_assigned=True)
    assert reasons(bo, shop) == [("Members", Reason.MEMBER, Silence.ONLY_ASSIGNED)]
    AlertOptOut.objects.create(user=bo, project=shop)
    assert reasons(bo, shop) == [("Members", Reason.MEMBER, Silence.OPTED_OUT)]
    chose.quiet_from, chose.quiet_until = time(NOW.hour), time((NOW.hour + 2) % 24)
    chose.save()
    assert why.of(bo, [shop], NOW)[shop.pk][0].not_before


def test_many_projects_take_no_more_queries(shop: Project, bo: User, django_assert_num_queries: Any) -> None:
    others = [Project.objects.create(name=f"P{number}", slug=f"p{number}") for number in range(5)]
    with django_assert_num_queries(5):
        assert why.of(bo, [shop, *others], NOW) == {each.pk: [] for each in [shop, *others]}
