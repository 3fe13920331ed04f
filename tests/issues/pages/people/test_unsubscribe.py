from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Membership, Project, User
from issues.alerts.mail import links
from issues.alerts.mail.links import Subscription
from issues.models import AlertOptOut, AlertPreferences

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def address(user: User, project: Project | None) -> str:
    token = links.token(Subscription(user.pk, project.pk if project else None))
    return reverse("unsubscribe", kwargs={"token": token})


def test_the_addresses_in_messages_are_those_of_the_pages(settings: Any, bo: User, shop: Project) -> None:
    here = address(bo, shop)
    assert links.unsubscribe(Subscription(bo.pk, shop.pk)).removeprefix(settings.PUBLIC_URL) == here
    assert links.choices().removeprefix(settings.PUBLIC_URL) == reverse("my_alerts")


def test_looking_changes_nothing(bo: User, shop: Project) -> None:
    answer = Client().get(address(bo, shop))
    assert answer.status_code == 200
    assert "Do you want to stop getting e-mail about the project Shop?" in " ".join(
        answer.content.decode().split()
    )
    assert "bo@example.org" not in answer.content.decode()
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "no-store" in answer["Cache-Control"]
    assert Client().head(address(bo, shop)).status_code == 200
    assert not AlertOptOut.objects.exists()


def test_one_click_works_without_cookies_and_csrf_token(bo: User, shop: Project) -> None:
    browser = Client(enforce_csrf_checks=True)
    for _ in range(2):
        answer = browser.post(address(bo, shop), ONE_CLICK)
        assert answer.status_code == 200, "RFC 8058 forbids a redirect"
    assert not browser.cookies
    assert list(AlertOptOut.objects.values_list("user", "project")) == [(bo.pk, shop.pk)]
    assert "You will get no more e-mail about the project Shop." in " ".join(answer.content.decode().split())


def test_other_people_and_projects_are_not_affected(bo: User, cy: User, shop: Project) -> None:
    other = Project.objects.create(name="Other", slug="other")
    Membership.objects.create(user=cy, project=shop)
    Client().post(address(bo, other))
    assert list(AlertOptOut.objects.values_list("user", "project")) == [(bo.pk, other.pk)]


def test_a_link_of_a_summary_turns_it_off(bo: User) -> None:
    AlertPreferences.objects.create(user=bo, summary="daily", only_assigned=True)
    assert "stop getting summaries" in Client().get(address(bo, None)).content.decode()
    assert "You will get no more summaries" in Client().post(address(bo, None), ONE_CLICK).content.decode()
    chose = AlertPreferences.objects.get()
    assert (chose.summary, chose.next_summary_at, chose.only_assigned) == ("never", None, True)


@pytest.mark.parametrize(
    "change", [lambda token: token[:-2] + "xx", lambda token: "x" + token, lambda token: "a:b"]
)
def test_a_link_that_is_not_ours(bo: User, shop: Project, change: Any) -> None:
    token = links.token(Subscription(bo.pk, shop.pk))
    answer = Client().post(f"/unsubscribe/{change(token)}/", ONE_CLICK)
    assert answer.status_code == 404
    assert "This link does not work" in answer.content.decode()
    assert not AlertOptOut.objects.exists()


def test_who_left_and_what_is_gone_are_not_told(bo: User, shop: Project) -> None:
    there, user_gone, project_gone = (
        address(bo, shop),
        reverse("unsubscribe", kwargs={"token": links.token(Subscription(10**6, shop.pk))}),
        reverse("unsubscribe", kwargs={"token": links.token(Subscription(bo.pk, 10**6))}),
    )
    Membership.objects.all().delete()
    for path in (there, user_gone, project_gone):
        answer = Client().get(path)
        assert answer.status_code == 200
        assert "Shop" not in answer.content.decode()
        assert Client().post(path).status_code == 200
    assert AlertOptOut.objects.count() == 1
