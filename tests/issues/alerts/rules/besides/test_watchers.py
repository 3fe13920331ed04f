"""What is told to those who watch an issue, or are mentioned."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import Project, User
from issues import lifecycle, watching
from issues.alerts.delivery.notices import Gone, build
from issues.alerts.mail.sending import _why
from issues.comments import written
from issues.models import AlertDelivery, AlertOptOut, AlertPreferences, AlertRule, Issue, News
from rustrak.lib import clock
from tests.lib import builders
from tests.lib.alert_rules import collected, rule

pytestmark = pytest.mark.django_db


@pytest.fixture
def issue(shop: Project, settings: Any) -> Issue:
    settings.MAIL_IS_SET_UP = True
    shop.alerts_set_up = True
    shop.save()
    return builders.issue(shop)


def told() -> set[tuple[str, int | None]]:
    collected(clock.now())
    found = set(AlertDelivery.objects.values_list("news", "user"))
    AlertDelivery.objects.all().delete()
    return found


def test_those_who_watch_are_told_what_others_do(issue: Issue, ana: User, bo: User) -> None:
    watching.set_watching(issue, ana, True)
    assert not AlertRule.objects.exists()
    written.add(issue, bo, "hm")
    assert told() == {("commented", ana.pk)}
    written.add(issue, ana, "yes, @bo")
    assert told() == {("mentioned", bo.pk)}
    lifecycle.resolve(Issue.objects.all(), bo)
    assert told() == {("resolved", ana.pk)}
    lifecycle.assign(Issue.objects.all(), bo, ana)
    assert told() == {("assigned", bo.pk)}
    watching.set_watching(issue, bo, False)
    lifecycle.reopen(Issue.objects.all(), ana)
    assert told() == set()


def test_whoever_only_wants_their_own_issues_is_told_of_mentions(issue: Issue, ana: User, bo: User) -> None:
    watching.set_watching(issue, bo, True)
    AlertPreferences.objects.create(user=bo, only_assigned=True)
    written.add(issue, ana, "one")
    assert told() == set()
    written.add(issue, ana, "two @bo")
    assert told() == {("mentioned", bo.pk)}
    AlertOptOut.objects.create(user=bo, project=issue.project)
    written.add(issue, ana, "three @bo")
    assert told() == set()


def test_a_rule_and_watching_are_one_message(issue: Issue, ana: User, bo: User, shop: Project) -> None:
    rule(shop, News.UNMUTED, to_members=True)
    watching.set_watching(issue, bo, True)
    lifecycle.resolve(Issue.objects.all(), ana)
    collected(clock.now())
    lifecycle.reopen(Issue.objects.all(), ana)
    collected(clock.now())
    rows = AlertDelivery.objects.filter(user=bo).values_list("news", flat=True)
    assert sorted(rows) == ["reopened", "resolved"]


def test_a_message_has_the_comment_as_it_is_when_it_is_sent(issue: Issue, ana: User, bo: User) -> None:
    saved = written.add(issue, ana, "First @bo")
    collected(clock.now())
    delivery = AlertDelivery.objects.get(news="mentioned")
    written.edit(saved.comment, ana, "Second\n@bo")
    notice = build(delivery)
    assert notice.detail == "ana mentioned you: Second @bo"
    assert "mentions you" in _why(notice)
    written.delete(saved.comment, ana)
    with pytest.raises(Gone):
        build(delivery)
