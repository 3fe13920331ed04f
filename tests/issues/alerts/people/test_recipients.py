from __future__ import annotations

from datetime import UTC, datetime, time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership, Project, User
from issues.alerts.people.recipients import Chosen, Reason, Recipient, Recipients, Silence
from issues.models import AlertOptOut, AlertPreferences, AlertRule

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def rule(shop: Project) -> AlertRule:
    return AlertRule.objects.create(project=shop, name="New", triggers=["new"], to_members=True)


def of(rule: AlertRule, assignee: User | None = None, now: datetime = NOON) -> Chosen:
    return Recipients(rule.project_id).of(rule, assignee.pk if assignee else None, now)


def told(chosen: Chosen) -> list[tuple[int, Reason]]:
    return [(each.user_id, each.reason) for each in chosen.recipients]


def test_members_are_told_and_others_are_not(rule: AlertRule, ana: User, bo: User, cy: User) -> None:
    # Ana runs the installation: she may see the project, and is told only when she is a member or named.
    assert of(rule) == Chosen([Recipient(bo.pk, Reason.MEMBER)])


def test_an_invited_address_without_an_account_is_nobody(rule: AlertRule, bo: User, shop: Project) -> None:
    Membership.objects.create(project=shop, email="later@example.org")
    assert told(of(rule)) == [(bo.pk, Reason.MEMBER)]


def test_named_people_are_told_while_they_may_see_the_project(
    rule: AlertRule, ana: User, bo: User, cy: User
) -> None:
    rule.to_members = False
    rule.people.set([ana, bo, cy])
    chosen = of(rule)
    assert told(chosen) == [(ana.pk, Reason.NAMED), (bo.pk, Reason.NAMED)]
    assert chosen.silenced == [(cy.pk, Silence.NO_ACCESS)]


def test_the_assignee_is_told_when_the_rule_says_so(rule: AlertRule, ana: User, bo: User) -> None:
    rule.to_members = False
    assert told(of(rule, ana)) == []
    rule.to_assignee = True
    assert told(of(rule)) == []
    assert told(of(rule, ana)) == [(ana.pk, Reason.ASSIGNED)]


def test_nobody_is_told_twice(rule: AlertRule, bo: User) -> None:
    rule.to_assignee = True
    rule.people.set([bo])
    assert told(of(rule, bo)) == [(bo.pk, Reason.ASSIGNED)]


def test_an_inactive_person_gets_nothing(rule: AlertRule, bo: User) -> None:
    User.objects.filter(pk=bo.pk).update(is_active=False)
    rule.people.set([bo])
    assert of(rule) == Chosen([], [(bo.pk, Silence.NO_ACCESS)])


def test_who_opted_out_gets_nothing_about_this_project(rule: AlertRule, bo: User, shop: Project) -> None:
    other = Project.objects.create(name="Other", slug="other")
    AlertOptOut.objects.create(user=bo, project=other)
    assert told(of(rule)) == [(bo.pk, Reason.MEMBER)]
    AlertOptOut.objects.create(user=bo, project=shop)
    assert of(rule) == Chosen([], [(bo.pk, Silence.OPTED_OUT)])


def test_only_what_is_assigned_to_me(rule: AlertRule, ana: User, bo: User) -> None:
    AlertPreferences.objects.create(user=bo, only_assigned=True)
    assert of(rule) == Chosen([], [(bo.pk, Silence.ONLY_ASSIGNED)])
    assert of(rule, ana).silenced == [(bo.pk, Silence.ONLY_ASSIGNED)]
    assert told(of(rule, bo)) == [(bo.pk, Reason.MEMBER)]


def test_quiet_hours_put_mail_off(rule: AlertRule, bo: User) -> None:
    AlertPreferences.objects.create(
        user=bo, time_zone="Asia/Kolkata", quiet_from=time(17), quiet_until=time(8)
    )
    # 12:00 UTC is 17:30 in Kolkata.
    [recipient] = of(rule).recipients
    assert recipient.not_before == datetime(2026, 3, 3, 2, 30, tzinfo=UTC)
    [recipient] = of(rule, now=datetime(2026, 3, 2, 11, 0, tzinfo=UTC)).recipients
    assert recipient.not_before is None


def test_rules_with_channels_only_read_no_people(rule: AlertRule) -> None:
    rule.to_members = False
    people = Recipients(rule.project_id)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert people.of(rule, None, NOON) == Chosen()
        assert people.of(rule, 1, NOON) == Chosen()
    assert len(queries) <= 1


def test_the_queries_do_not_grow_with_rules_and_people(rule: AlertRule, bo: User, shop: Project) -> None:
    for number in range(20):
        user = User.objects.create(email=f"p{number}@example.org")
        Membership.objects.create(user=user, project=shop)
        made = AlertRule.objects.create(project=shop, name=str(number), to_members=bool(number % 2))
        made.people.set([user])
    rules = list(AlertRule.objects.filter(project=shop))
    people = Recipients(shop.pk)
    with CaptureQueriesContext(connection) as queries:
        chosen = [people.of(each, bo.pk, NOON) for each in rules]
    assert sum(len(each.recipients) for each in chosen) == 11 * 21 + 10
    assert len(queries) <= 5
