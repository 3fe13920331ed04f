"""The lists of channels, and who sees what of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import Project, User
from issues.alerts import stored_channels
from issues.models import AlertChannel, AlertRule
from rustrak.lib import clock

LIST, SHARED = "/projects/shop/alerts/channels/", "/alerts/channels/"


@pytest.fixture
def ops(shop: Project, dee: User) -> AlertChannel:
    values = {"room": "loft", "token": "very-secret-token-4711"}
    return stored_channels.create(kind="pigeon", name="#ops", values=values, project=shop, by=dee)


@pytest.fixture
def shared(ana: User) -> AlertChannel:
    values = {"room": "attic", "token": "another-secret-0815"}
    return stored_channels.create(kind="pigeon", name="#shared", values=values, project=None, by=ana)


def test_an_empty_list_says_what_a_channel_is(bo_client: Client, dee_client: Client) -> None:
    assert "New channel" not in bo_client.get(LIST).content.decode()
    html = dee_client.get(LIST).content.decode()
    assert "No channels yet." in html
    assert "New channel" in html


def test_what_members_admins_and_installation_admins_see(
    bo_client: Client, dee_client: Client, ana: User, sign_in: Any, shop: Project, ops: AlertChannel,
    shared: AlertChannel, django_assert_max_num_queries: Any,
) -> None:  # fmt: skip
    AlertChannel.objects.update(
        failing_since=clock.now() - timedelta(hours=2), last_error="It said: no such loft."
    )
    rule = AlertRule.objects.create(project=shop, name="Night shift", triggers=["new"])
    rule.channels.add(ops, shared)
    with django_assert_max_num_queries(12):
        member = bo_client.get(LIST).content.decode()
    admin = dee_client.get(LIST).content.decode()
    installation = sign_in(ana).get(LIST).content.decode()
    for html in (member, admin, installation):
        assert html.count("Night shift") == 2
        for said in ("#ops", "#shared", "Pigeon post", "Shared channels"):
            assert said in html, said
        assert "secret" not in html
        assert "no such loft" not in html
    assert ("loft" in member, "attic" in member, "failing" in member) == (False, False, False)
    assert ("loft" in admin, "attic" in admin, "failing" in admin) == (True, False, True)
    assert ("loft" in installation, "attic" in installation, "failing" in installation) == (True, True, True)
    assert (f"{SHARED}{shared.pk}/" in admin, f"{SHARED}{shared.pk}/" in installation) == (False, True)


def test_the_channels_of_other_projects_are_not_listed(dee_client: Client, ana: User) -> None:
    other = Project.objects.create(name="Other", slug="other")
    AlertChannel.objects.create(project=other, name="#foreign", kind="pigeon")
    assert "#foreign" not in dee_client.get(LIST).content.decode()


def test_shared_channels_are_for_admins_of_the_installation(
    dee_client: Client, ana: User, sign_in: Any, shop: Project, shared: AlertChannel,
    django_assert_max_num_queries: Any,
) -> None:  # fmt: skip
    rule = AlertRule.objects.create(project=shop, name="Night shift", triggers=["new"])
    rule.channels.add(shared)
    assert dee_client.get(SHARED).status_code == 403
    client = sign_in(ana)
    with django_assert_max_num_queries(12):
        html = client.get(SHARED).content.decode()
    assert "#shared" in html
    assert "Shop: Night shift" in html
    assert "attic" in html
    assert Client().get(SHARED).status_code == 302


@pytest.mark.parametrize(
    ("columns", "word"),
    [
        ({}, "not used yet"),
        ({"last_sent_at": clock.now()}, ">ok<"),
        ({"is_enabled": False}, ">off<"),
        ({"failing_since": clock.now()}, ">failing<"),
        ({"failing_since": clock.now(), "paused_at": clock.now()}, ">paused<"),
        ({"kind": "telex"}, "telex"),
    ],
)
def test_every_state_has_a_word(
    dee_client: Client, ops: AlertChannel, columns: dict[str, Any], word: str
) -> None:
    AlertChannel.objects.update(**columns)
    assert word in dee_client.get(LIST).content.decode()


def test_hostile_names_are_harmless(bo_client: Client, dee_client: Client, ops: AlertChannel) -> None:
    AlertChannel.objects.update(name="<b>\u202e" + "W" * 90)
    for client in (bo_client, dee_client):
        html = client.get(LIST).content.decode()
        assert "&lt;b&gt;⟨U+202E⟩" in html
        assert "<b>" not in html.split("<main")[1]


def test_the_owners_of_a_paused_channel_see_a_banner(
    bo_client: Client, dee_client: Client, ana: User, sign_in: Any, shop: Project, ops: AlertChannel,
    shared: AlertChannel,
) -> None:  # fmt: skip
    banner = "UTC</time>: nothing is sent to it."
    pages = ("/projects/shop/issues/", "/projects/shop/intake/", LIST)
    clients = {"member": bo_client, "admin": dee_client, "installation": sign_in(ana)}
    assert not any(banner in clients["admin"].get(page).content.decode() for page in pages)
    now = clock.now()
    AlertChannel.objects.update(failing_since=now - timedelta(days=1), paused_at=now)
    for page in pages:
        seen = {who: client.get(page).content.decode() for who, client in clients.items()}
        assert {who: html.count(banner) for who, html in seen.items()} == {
            "member": 0,
            "admin": 1,
            "installation": 2,
        }
        assert f"/projects/shop/alerts/channels/{ops.pk}/" in seen["admin"]
    AlertChannel.objects.update(is_enabled=False)
    assert banner not in clients["installation"].get(LIST).content.decode()


def test_a_list_says_where_a_webhook_sends_to_and_not_what(
    dee_client: Client, shop: Project, dee: User
) -> None:
    values = {"url": "https://hooks.example.org/secret", "template": '{"text": "{{ headline }}"}'}
    stored_channels.create(kind="webhook", name="Hook", values=values, project=shop, by=dee)
    html = dee_client.get(LIST).content.decode()
    assert "hooks.example.org" in html
    assert "headline" not in html
    assert "never" in html
