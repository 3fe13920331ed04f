from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client

from accounts.models import Project, User
from issues.alerts import stored_channels
from issues.models import AlertAttempt, AlertChannel, AlertDelivery, AlertRule, News
from rustrak.lib import clock

SECRET = "topic-S3CRET-of-the-shop"


@pytest.fixture
def admin(ana: User, sign_in: Callable[[User], Client]) -> Client:
    return sign_in(ana)


@pytest.fixture
def channel(shop: Project) -> AlertChannel:
    return stored_channels.create(kind="ntfy", name="Phones", values={"topic": SECRET}, project=shop, by=None)


@pytest.fixture
def rule(shop: Project, channel: AlertChannel) -> AlertRule:
    rule = AlertRule.objects.create(project=shop, name="New ones", triggers=["new"])
    rule.channels.add(channel)
    return rule


@pytest.fixture
def delivery(shop: Project, channel: AlertChannel, rule: AlertRule) -> AlertDelivery:
    row = AlertDelivery.objects.create(project=shop, channel=channel, rule=rule, news=News.NEW, issue=uuid4())
    AlertAttempt.objects.create(delivery=row, succeeded=False, status=503, answer="<script>busy")
    return row


def test_nothing_is_added_or_changed_and_no_secret_is_shown(
    admin: Client, channel: AlertChannel, rule: AlertRule, delivery: AlertDelivery
) -> None:
    for model, row in (("alertchannel", channel), ("alertrule", rule), ("alertdelivery", delivery)):
        base = f"/admin/issues/{model}/"
        for path in (base, f"{base}{row.pk}/change/", f"{base}{row.pk}/history/"):
            page = admin.get(path)
            assert page.status_code == 200
            assert SECRET not in page.content.decode()
            assert "secrets" not in page.content.decode().lower()
        assert admin.post(f"{base}{row.pk}/change/", {"name": "x"}).status_code == 403
        assert admin.get(f"{base}add/").status_code == 403
    page = admin.get(f"/admin/issues/alertdelivery/{delivery.pk}/change/").content.decode()
    assert "503" in page
    assert "&lt;script&gt;busy" in page
    assert (
        admin.post(f"/admin/issues/alertdelivery/{delivery.pk}/delete/", {"post": "yes"}).status_code == 403
    )


@pytest.mark.parametrize("by_action", [True, False])
def test_deleting_a_channel_asks_first_and_says_what_goes_with_it(
    admin: Client, channel: AlertChannel, rule: AlertRule, delivery: AlertDelivery, by_action: bool
) -> None:
    base = "/admin/issues/alertchannel/"
    data = {"action": "delete_selected", "_selected_action": str(channel.pk)} if by_action else {}
    path = base if by_action else f"{base}{channel.pk}/delete/"
    page = admin.post(path, data).content.decode() if by_action else admin.get(path).content.decode()
    assert "Are you sure" in page
    assert "Deliveries in the history: 1" in page
    assert AlertChannel.objects.exists()
    admin.post(path, data | {"post": "yes"})
    assert not AlertChannel.objects.exists()
    assert not AlertDelivery.objects.exists()
    assert AlertRule.objects.get() == rule


def test_deleting_a_rule_drops_what_waits(admin: Client, rule: AlertRule, delivery: AlertDelivery) -> None:
    admin.post(f"/admin/issues/alertrule/{rule.pk}/delete/", {"post": "yes"})
    assert not AlertRule.objects.exists()
    delivery.refresh_from_db()
    assert (delivery.status, delivery.rule) == ("dropped", None)
    again = AlertRule.objects.create(project=delivery.project, name="x", triggers=["new"])
    data = {"action": "delete_selected", "_selected_action": str(again.pk), "post": "yes"}
    admin.post("/admin/issues/alertrule/", data)
    assert not AlertRule.objects.exists()


def test_a_paused_channel_is_found_and_resumed(admin: Client, channel: AlertChannel) -> None:
    base = "/admin/issues/alertchannel/"
    assert f"/{channel.pk}/change/" not in admin.get(f"{base}?paused_at__isempty=0").content.decode()
    AlertChannel.objects.update(paused_at=clock.now())
    assert f"/{channel.pk}/change/" in admin.get(f"{base}?paused_at__isempty=0").content.decode()
    data = {"action": "resume", "_selected_action": str(channel.pk)}
    assert "1 resumed." in admin.post(base, data, follow=True).content.decode()
    channel.refresh_from_db()
    assert channel.paused_at is None


def test_deliveries_are_found_by_their_id_and_their_issue(admin: Client, delivery: AlertDelivery) -> None:
    assert isinstance(delivery.issue, UUID)
    for term, found in (
        (str(delivery.pk), True), (delivery.pk.hex, True), (str(delivery.issue), True), (str(uuid4()), False),
        ("x", False), ("'", False), ("", True),
    ):  # fmt: skip
        page = admin.get("/admin/issues/alertdelivery/", {"q": term}).content.decode()
        assert (f"/{delivery.pk}/change/" in page) is found


def test_a_list_takes_a_fixed_number_of_queries(
    admin: Client, rule: AlertRule, delivery: AlertDelivery, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    for _ in range(20):
        AlertDelivery.objects.create(project=rule.project, channel=delivery.channel, rule=rule, news=News.NEW)
    for model in ("alertchannel", "alertrule", "alertdelivery"):
        with django_assert_max_num_queries(12):
            admin.get(f"/admin/issues/{model}/")
