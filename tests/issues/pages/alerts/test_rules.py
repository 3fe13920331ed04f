"""The list of rules, and what its buttons do."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import Project, User
from issues.models import AlertChannel, AlertDelivery, AlertFact, AlertMark, AlertRule
from rustrak.lib import clock

LIST = "/projects/shop/alerts/"


@pytest.fixture
def rule(shop: Project, dee: User) -> AlertRule:
    Project.objects.filter(pk=shop.pk).update(alerts_set_up=True)
    channel = AlertChannel.objects.create(project=shop, name="#ops", kind="pigeon")
    rule = AlertRule.objects.create(
        project=shop, name="New issues", triggers=["new"], environments=["production"], created_by=dee
    )
    rule.channels.add(channel)
    return rule


def test_a_new_project_has_a_rule(bo_client: Client, shop: Project) -> None:
    html = bo_client.get(LIST).content.decode()
    assert shop.alert_rules.get().name in html
    assert "Made by Rustrak" in html


def test_a_rule_is_a_sentence_with_what_it_has_done(
    bo_client: Client, shop: Project, bo: User, rule: AlertRule, django_assert_max_num_queries: Any
) -> None:
    now = clock.now()
    for ago in (timedelta(hours=3), timedelta(days=2), timedelta(days=8)):
        AlertDelivery.objects.create(project=shop, rule=rule, user=bo, news="new", created_at=now - ago)
    AlertMark.objects.create(rule=rule, subject="x", trigger="new", at=now, suppressed=1204)
    with django_assert_max_num_queries(12):
        html = bo_client.get(LIST).content.decode()
    assert "When an issue is new, in <bdi>production</bdi>" in html
    assert "<bdi>#ops</bdi> (Pigeon post)" in html
    assert "2 messages in the past 7 days" in html
    assert "3 h ago" in html
    assert "1,204 suppressed by its cooldown" in html
    assert "Made by <bdi>Dee</bdi>" in html


def test_members_read_and_admins_change(
    bo_client: Client, dee_client: Client, shop: Project, rule: AlertRule
) -> None:
    html = bo_client.get(LIST).content.decode()
    assert "<form" not in html.split('id="main"')[1].split("</main>")[0]
    assert "Only admins of Shop can change the rules." in html
    for path in (f"{LIST}new/", f"{LIST}{rule.pk}/", f"{LIST}{rule.pk}/delete/"):
        assert bo_client.get(path).status_code == 403
        assert dee_client.get(path).status_code == 200
    assert bo_client.post(f"{LIST}{rule.pk}/act/", {"action": "off"}).status_code == 403
    assert bo_client.post(f"{LIST}{rule.pk}/delete/").status_code == 403
    assert AlertRule.objects.get().is_enabled


def test_strangers_find_nothing(cy: User, shop: Project, rule: AlertRule, sign_in: Any) -> None:
    for path in (LIST, f"{LIST}new/", f"{LIST}{rule.pk}/", f"{LIST}history/", f"{LIST}channels/"):
        assert sign_in(cy).get(path).status_code == 404


def test_a_rule_is_switched_off_and_on(dee_client: Client, rule: AlertRule) -> None:
    answer = dee_client.post(f"{LIST}{rule.pk}/act/", {"action": "off"}, follow=True)
    assert "New issues is off." in answer.content.decode()
    assert not AlertRule.objects.get().is_enabled
    assert "Switch on" in answer.content.decode()
    dee_client.post(f"{LIST}{rule.pk}/act/", {"action": "on"})
    assert AlertRule.objects.get().is_enabled
    assert dee_client.post(f"{LIST}{rule.pk}/act/", {"action": "explode"}).status_code == 400


def test_a_rule_that_has_lost_its_recipients_can_be_switched_off(dee_client: Client, rule: AlertRule) -> None:
    AlertChannel.objects.all().delete()
    dee_client.post(f"{LIST}{rule.pk}/act/", {"action": "off"})
    assert not AlertRule.objects.get().is_enabled
    html = dee_client.post(f"{LIST}{rule.pk}/act/", {"action": "on"}, follow=True).content.decode()
    assert "New issues was not changed. Choose at least one channel or person" in html
    assert not AlertRule.objects.get().is_enabled


def test_deleting_a_rule_asks_first(dee_client: Client, rule: AlertRule) -> None:
    assert "Delete the rule" in dee_client.get(f"{LIST}{rule.pk}/delete/").content.decode()
    assert AlertRule.objects.exists()
    html = dee_client.post(f"{LIST}{rule.pk}/delete/", follow=True).content.decode()
    assert not AlertRule.objects.exists()
    assert "nobody is told about this project" in html


def test_the_rules_of_other_projects_are_not_found(dee_client: Client, shop: Project) -> None:
    other = Project.objects.create(name="Other", slug="other")
    rule = AlertRule.objects.create(project=other, name="x", triggers=["new"], to_members=True)
    for path in ("", "act/", "delete/"):
        assert dee_client.post(f"{LIST}{rule.pk}/{path}", {"action": "off"}).status_code == 404
    assert dee_client.get(f"{LIST}new/?copy={rule.pk}").status_code == 404
    rule.refresh_from_db()
    assert rule.is_enabled


def test_mail_that_is_not_configured_is_said(bo_client: Client, rule: AlertRule, settings: Any) -> None:
    settings.MAIL_IS_SET_UP = False
    assert "E-mail is not configured" not in bo_client.get(LIST).content.decode()
    AlertRule.objects.update(to_members=True)
    assert "E-mail is not configured, so none is sent." in bo_client.get(LIST).content.decode()
    settings.MAIL_IS_SET_UP = True
    assert "E-mail is not configured" not in bo_client.get(LIST).content.decode()


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"paused_at": clock.now()}, "off or paused"),
        ({"is_enabled": False}, "off or paused"),
        ({"kind": "email"}, "E-mail is not configured."),
        ({}, ""),
    ],
)
def test_a_rule_that_tells_nobody_says_so(
    bo_client: Client, rule: AlertRule, columns: dict[str, Any], said: str
) -> None:
    AlertChannel.objects.update(**columns)
    html = bo_client.get(LIST).content.decode()
    assert ("Nobody is told" in html) == bool(said)
    assert said in html
    AlertChannel.objects.all().delete()
    assert "Nobody is told. It has no recipients." in bo_client.get(LIST).content.decode()


def test_a_deliverer_that_does_not_run_is_said(bo_client: Client, shop: Project, rule: AlertRule) -> None:
    fact = AlertFact.objects.create(project=shop)
    assert "manage.py deliver" not in bo_client.get(LIST).content.decode()
    AlertFact.objects.filter(pk=fact.pk).update(at=clock.now() - timedelta(minutes=6))
    assert "manage.py deliver" in bo_client.get(LIST).content.decode()


def test_hostile_names_are_harmless(bo_client: Client, shop: Project, rule: AlertRule) -> None:
    hostile = "<b>\u202eevil</b>" + "W" * 80
    AlertRule.objects.update(
        name=hostile, environments=[hostile], releases=[hostile], tags=[[hostile, hostile]]
    )
    AlertChannel.objects.update(name=hostile)
    User.objects.filter(email="dee@example.org").update(name=hostile)
    html = bo_client.get(LIST).content.decode()
    assert "evil" in html
    assert "<b>" not in html
    assert "\u202e" not in html


def test_a_rule_from_before_whose_search_has_a_mistake_says_so(bo_client: Client, rule: AlertRule) -> None:
    AlertRule.objects.filter(pk=rule.pk).update(query="is:<b>")
    html = bo_client.get(LIST).content.decode()
    assert "Its search finds no issue." in html
    assert "“&lt;b&gt;”" in html
