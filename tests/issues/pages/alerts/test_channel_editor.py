"""Channels are created, changed, tested and deleted, and their secrets are never shown."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import Project, User
from issues.alerts import stored_channels
from issues.alerts.channel import Failed
from issues.alerts.channels.registry import KINDS
from issues.models import AlertChannel, AlertDelivery, AlertRule
from rustrak.lib import clock
from rustrak.lib.problems import TooMany

LIST = "/projects/shop/alerts/channels/"
NEW = f"{LIST}new/pigeon/"
TOKEN, SEAL = "tok-Very-Secret-4711", "seal-Also-Secret-0815"
SENT = {"name": "#ops", "field-room": "loft", "field-token": TOKEN, "field-seal": SEAL}


@pytest.fixture
def channel(shop: Project, dee_client: Client) -> AlertChannel:
    assert dee_client.post(NEW, SENT).status_code == 302
    return AlertChannel.objects.get()


@pytest.fixture
def page(channel: AlertChannel) -> str:
    return f"{LIST}{channel.pk}/"


def test_the_kinds_are_offered(dee_client: Client) -> None:
    html = dee_client.get(f"{LIST}new/").content.decode()
    assert "Pigeon post" in html
    assert "Sends a pigeon to a room." in html
    assert NEW in html
    assert dee_client.get(f"{LIST}new/telex/").status_code == 404


def test_every_kind_has_a_form(dee_client: Client) -> None:
    assert len(KINDS) > 10
    for kind in KINDS.values():
        path = f"{LIST}new/{kind.name}/"
        html = dee_client.get(path).content.decode()
        assert all(f'name="field-{field.name}"' in html for field in kind.fields), kind.name
        missing = dee_client.post(path, {"name": "x"}).content.decode()
        assert "This field is required." in missing, kind.name
        hostile = {"name": "<b>\u202e", **{f"field-{field.name}": "<b>\u202e\nx" for field in kind.fields}}
        assert "<b>" not in dee_client.post(path, hostile).content.decode().partition("<main")[2], kind.name
    assert not AlertChannel.objects.exists()


def test_a_channel_is_created(dee_client: Client, channel: AlertChannel, dee: User, shop: Project) -> None:
    assert (channel.name, channel.kind, channel.project, channel.created_by) == ("#ops", "pigeon", shop, dee)
    assert stored_channels.config(channel) == {"room": "loft", "token": TOKEN, "seal": SEAL}
    assert "#ops is saved. Send a test" in dee_client.get(f"{LIST}{channel.pk}/").content.decode()


def test_secrets_are_in_no_page(
    bo_client: Client, dee_client: Client, page: str, channel: AlertChannel, shop: Project, bo: User
) -> None:
    AlertDelivery.objects.create(project=shop, channel=channel, news="new")
    wrong = {**SENT, "name": ""}
    answers = [
        dee_client.get(page), dee_client.get(LIST), bo_client.get(LIST), dee_client.post(page, wrong),
        dee_client.post(NEW, wrong), dee_client.post(f"{page}test/"), dee_client.get(f"{page}delete/"),
        dee_client.get("/projects/shop/alerts/"), dee_client.get("/projects/shop/alerts/new/"),
        dee_client.get("/projects/shop/alerts/history/"), dee_client.post(page, {**SENT, "field-room": "nowhere"}),
    ]  # fmt: skip
    for answer in answers:
        assert answer.status_code == 200
        html = answer.content.decode()
        assert "Secret" not in html, answer.request["PATH_INFO"]
    assert "Leave empty to keep it." in answers[0].content.decode()
    assert answers[0].content.decode().count("(optional)") == 1
    assert 'value="loft"' in answers[0].content.decode()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"name": ""}, "This field is required."),
        ({"name": "x" * 101}, "at most 100 characters"),
        ({"name": "a\nb"}, "one line"),
        ({"field-token": ""}, "This field is required."),
        ({"field-room": "nowhere"}, "There is no such room."),
        ({"field-room": "x" * 501}, "at most 500 characters"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(
    dee_client: Client, changed: dict[str, str], said: str
) -> None:
    html = dee_client.post(NEW, {**SENT, **changed}).content.decode()
    assert said in html.partition('class="problem"')[2]
    assert "enter the secret values again" in html
    assert not AlertChannel.objects.exists()


def test_a_channel_is_changed_and_keeps_its_secrets(
    dee_client: Client, page: str, channel: AlertChannel
) -> None:
    sent = {"name": "#night", "field-room": "tower", "field-token": "", "field-seal": ""}
    assert "#night is saved." in dee_client.post(page, sent, follow=True).content.decode()
    channel.refresh_from_db()
    assert (channel.name, channel.is_enabled) == ("#night", False)
    assert stored_channels.config(channel) == {"room": "tower", "token": TOKEN, "seal": SEAL}
    dee_client.post(page, {**sent, "field-token": "tok-new", "clear-seal": "on", "is_enabled": "on"})
    channel.refresh_from_db()
    assert channel.is_enabled
    assert stored_channels.config(channel) == {"room": "tower", "token": "tok-new", "seal": ""}


def test_a_test_shows_what_the_other_side_answered(
    dee_client: Client, bo_client: Client, page: str, pigeon: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    html = dee_client.post(f"{page}test/").content.decode()
    assert "The test worked." in html
    assert "&lt;b&gt;taken&lt;/b&gt; by loft" in html
    assert dee_client.get(f"{page}test/").status_code == 302
    assert bo_client.post(f"{page}test/").status_code == 403

    def fail(*_: object) -> None:
        raise Failed("Status 404.", status=404, answer=f"no loft for {TOKEN}")

    monkeypatch.setitem(KINDS, "pigeon", _with(pigeon, fail))
    html = dee_client.post(f"{page}test/").content.decode()
    assert "The test failed." in html
    assert "Status 404." in html
    assert TOKEN not in html

    def refuse(*_: object) -> None:
        raise TooMany("Wait a minute.", retry_after=60)

    monkeypatch.setattr(stored_channels, "test", refuse)
    answer = dee_client.post(f"{page}test/")
    assert answer.status_code == 429
    assert "Wait a minute." in answer.content.decode()


def _with(kind: Any, send: Any) -> Any:
    return type(kind)(kind.name, kind.label, kind.about, kind.fields, send)


def test_a_paused_channel_is_resumed(dee_client: Client, bo_client: Client, page: str) -> None:
    now = clock.now()
    AlertChannel.objects.update(
        paused_at=now, failing_since=now, failures_in_a_row=41, last_error="<b>Status 403.</b>"
    )
    html = dee_client.get(page).content.decode()
    for said in ("paused", "41 failures in a row", "&lt;b&gt;Status 403.", "Resume"):
        assert said in html, said
    assert bo_client.post(f"{page}resume/").status_code == 403
    assert dee_client.get(f"{page}resume/").status_code == 405
    assert "#ops is resumed" in dee_client.post(f"{page}resume/", follow=True).content.decode()
    assert AlertChannel.objects.get().paused_at is None


def test_deleting_says_which_rules_lose_it(
    dee_client: Client, page: str, channel: AlertChannel, shop: Project
) -> None:
    assert "No rule uses it." in dee_client.get(f"{page}delete/").content.decode()
    rule = AlertRule.objects.create(project=shop, name="Night shift", triggers=["new"])
    rule.channels.add(channel)
    assert "Night shift" in dee_client.get(f"{page}delete/").content.decode()
    assert "#ops is deleted." in dee_client.post(f"{page}delete/", follow=True).content.decode()
    assert not AlertChannel.objects.exists()
    assert AlertRule.objects.filter(name="Night shift").exists()


def test_only_admins_change_channels(bo_client: Client, cy: User, sign_in: Any, page: str) -> None:
    for path in (page, f"{page}delete/", f"{LIST}new/", NEW):
        assert bo_client.get(path).status_code == 403
        assert bo_client.post(path, SENT).status_code == 403
        assert sign_in(cy).get(path).status_code == 404
    assert AlertChannel.objects.get().name == "#ops"


def test_the_channels_of_others_are_not_found(dee_client: Client, ana: User) -> None:
    other = Project.objects.create(name="Other", slug="other")
    for project in (other, None):
        foreign = AlertChannel.objects.create(project=project, name="#foreign", kind="pigeon")
        for path in ("", "test/", "resume/", "delete/"):
            assert dee_client.post(f"{LIST}{foreign.pk}/{path}", SENT).status_code == 404
            assert dee_client.post(f"/alerts/channels/{foreign.pk}/{path}", SENT).status_code == 403
    assert AlertChannel.objects.filter(name="#foreign").count() == 2
    assert dee_client.post("/alerts/channels/new/pigeon/", SENT).status_code == 403


def test_admins_of_the_installation_share_channels(ana: User, sign_in: Any) -> None:
    client = sign_in(ana)
    assert "Pigeon post" in client.get("/alerts/channels/new/").content.decode()
    html = client.post("/alerts/channels/new/pigeon/", SENT, follow=True).content.decode()
    channel = AlertChannel.objects.get(project=None)
    page = f"/alerts/channels/{channel.pk}/"
    assert "project-tabs" not in html
    assert "The test worked." in client.post(f"{page}test/").content.decode()
    client.post(page, {**SENT, "name": "#all", "field-token": ""})
    channel.refresh_from_db()
    assert channel.name == "#all"
    client.post(f"{page}resume/")
    assert client.post(f"{page}delete/").status_code == 302
    assert not AlertChannel.objects.exists()


def test_a_channel_of_an_unknown_kind_can_only_be_deleted(dee_client: Client, shop: Project) -> None:
    channel = AlertChannel.objects.create(project=shop, name="#old", kind="telex")
    page = f"{LIST}{channel.pk}/"
    assert "does not know this kind of channel" in dee_client.get(page).content.decode()
    assert "does not know this kind" in dee_client.post(page, SENT).content.decode()
    assert dee_client.post(f"{page}delete/").status_code == 302


def test_secrets_that_cannot_be_read_are_asked_for_again(
    dee_client: Client, page: str, channel: AlertChannel
) -> None:
    AlertChannel.objects.update(secrets=b"\x01" + b"x" * 60)
    html = dee_client.get(page).content.decode()
    assert "cannot be read" in html
    assert "Leave empty to keep it." not in html
    assert "The test failed." in dee_client.post(f"{page}test/").content.decode()
    dee_client.post(page, SENT)
    channel.refresh_from_db()
    assert stored_channels.config(channel)["token"] == TOKEN


def test_a_page_has_few_queries(dee_client: Client, page: str, django_assert_max_num_queries: Any) -> None:
    for path in (page, f"{page}delete/", NEW, f"{LIST}new/"):
        with django_assert_max_num_queries(12):
            dee_client.get(path)


def test_a_channel_for_e_mail_says_that_none_is_sent(dee_client: Client, settings: Any) -> None:
    new = f"{LIST}new/email/"
    for is_set_up in (False, True):
        settings.MAIL_IS_SET_UP = is_set_up
        assert ("E-mail is not configured" in dee_client.get(new).content.decode()) is not is_set_up
