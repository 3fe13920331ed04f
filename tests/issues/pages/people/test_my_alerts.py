from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.models import Project, User
from issues.models import AlertOptOut, AlertPreferences, AlertRule

FORM = {
    "time_zone": "Europe/Berlin",
    "quiet_from": "22:00",
    "quiet_until": "07:00",
    "only_assigned": "on",
    "summary": "daily",
    "summary_hour": "8",
    "summary_weekday": "0",
}
PATH = "/profile/alerts/"


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


@pytest.fixture
def rule(shop: Project) -> AlertRule:
    Project.objects.filter(pk=shop.pk).update(alerts_set_up=True)
    return AlertRule.objects.create(
        project=shop, name="New <issues>", to_members=True, triggers=["new", "regressed"]
    )


def test_what_i_receive_and_why(bo: User, bo_client: Client, rule: AlertRule, shop: Project) -> None:
    named = AlertRule.objects.create(project=shop, name="Named", to_assignee=True, triggers=["spike"])
    named.people.add(bo)
    AlertRule.objects.create(project=shop, name="Switched off", to_members=True, is_enabled=False)
    AlertRule.objects.create(project=shop, name="Room only")
    page = text(bo_client.get(PATH))
    assert (
        'New &lt;issues&gt;</bdi></a> <span class="muted">(New issue, Regressed) because you are a member'
        in page
    )
    assert 'Named</bdi></a> <span class="muted">(Spike) because it names you' in page
    assert "Switched off" not in page
    assert "Room only" not in page


def test_only_what_is_assigned_to_me_is_said_of_each_rule(
    bo: User, bo_client: Client, rule: AlertRule
) -> None:
    AlertPreferences.objects.create(user=bo, only_assigned=True)
    page = text(bo_client.get(PATH))
    assert "(New issue, Regressed) only when the issue is assigned to you, as you chose" in page


def test_a_project_has_its_first_rule_before_anybody_looks_at_it(bo_client: Client, shop: Project) -> None:
    assert "New and regressed issues to all members" in text(bo_client.get(PATH))
    AlertRule.objects.all().delete()
    assert "No rule sends you e-mail." in text(bo_client.get(PATH))


def test_an_admin_of_the_installation_is_no_member(
    ana: User, sign_in: Callable[[User], Client], rule: AlertRule
) -> None:
    page = text(sign_in(ana).get(PATH))
    assert "No rule sends you e-mail." in page
    assert "No rule mails you about Shop." in page


def test_mail_about_a_project_is_stopped_and_resumed(
    bo: User, bo_client: Client, rule: AlertRule, shop: Project
) -> None:
    page = bo_client.post("/profile/alerts/shop/", {"action": "stop"}, follow=True)
    assert "You get no mail about this project." in text(page)
    assert AlertOptOut.objects.get().user == bo
    page = bo_client.post("/profile/alerts/shop/", {"action": "resume"}, follow=True)
    assert "you are a member" in text(page)
    assert not AlertOptOut.objects.exists()
    assert bo_client.post("/profile/alerts/shop/", {"action": "burn"}).status_code == 400


def test_nobody_learns_of_other_projects(
    cy: User, sign_in: Callable[[User], Client], rule: AlertRule
) -> None:
    client = sign_in(cy)
    assert client.post("/profile/alerts/shop/", {"action": "stop"}).status_code == 404
    assert "Shop" not in text(client.get(PATH))


@time_machine.travel(datetime(2026, 3, 2, 12, 0, tzinfo=UTC), tick=False)
def test_choices_are_saved(bo: User, bo_client: Client) -> None:
    page = bo_client.post(PATH, FORM, follow=True)
    assert "Saved." in text(page)
    assert "The next summary comes" in text(page)
    chose = AlertPreferences.objects.get(user=bo)
    assert (chose.quiet_from, chose.quiet_until) == (time(22), time(7))
    assert (chose.time_zone, chose.only_assigned, chose.summary) == ("Europe/Berlin", True, "daily")
    assert chose.next_summary_at == datetime(2026, 3, 3, 7, 0, tzinfo=UTC)
    page = text(bo_client.get(PATH))
    assert '<option value="Europe/Berlin" selected>' in page
    assert 'value="22:00"' in page


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"quiet_until": ""}, "Quiet hours need a beginning and an end."),
        ({"quiet_until": "22:00"}, "Quiet hours must end at another time than they begin."),
        ({"quiet_from": "late"}, "Enter a valid time."),
        ({"time_zone": "Mars/Base"}, "Select a valid choice."),
        ({"summary": "hourly"}, "Select a valid choice."),
        ({"summary_hour": "24"}, "Select a valid choice."),
    ],
)
def test_what_is_wrong_is_said(bo_client: Client, wrong: dict[str, str], words: str) -> None:
    assert words in text(bo_client.post(PATH, FORM | wrong))
    assert not AlertPreferences.objects.exists()


def test_a_server_without_mail_says_so(bo_client: Client, settings: Any) -> None:
    settings.MAIL_IS_SET_UP = False
    assert "This server cannot send e-mail" in text(bo_client.get(PATH))
    settings.MAIL_IS_SET_UP = True
    assert "This server cannot send e-mail" not in text(bo_client.get(PATH))


def test_the_profile_leads_here(bo_client: Client) -> None:
    assert f'href="{PATH}"' in text(bo_client.get("/profile/"))
