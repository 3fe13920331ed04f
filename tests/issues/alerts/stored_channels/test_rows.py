from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Membership, Project, User
from issues.alerts import stored_channels
from issues.alerts.channels import registry
from issues.alerts.stored_channels import Invalid, rows
from issues.models import AlertChannel
from rustrak.lib.sealed import Unreadable

URL = "https://hooks.example.org/x"
TOKEN = "s3cret-s3cret-s3cret"
VALUES = {"url": URL, "token": TOKEN, "room": "ops"}


def made(project: Project | None, by: User | None = None, **values: object) -> AlertChannel:
    return stored_channels.create(
        kind="hook", name="Ops", values={**VALUES, **values}, project=project, by=by
    )


def test_secrets_are_encrypted_and_masked(project: Project, ana: User) -> None:
    channel = made(project, ana)
    row = AlertChannel.objects.values().get(pk=channel.pk)
    assert "s3cret" not in repr({**row, "secrets": bytes(row["secrets"])})
    assert row["options"] == {"url": URL, "room": "ops"}
    stored = AlertChannel.objects.get(pk=channel.pk)
    assert stored_channels.config(stored) == VALUES
    assert stored_channels.shown(stored) == {"url": URL, "token": "•••• cret", "room": "ops"}
    assert (stored.created_by, stored.project, str(stored)) == (ana, project, "Ops (hook)")


def test_every_field_has_a_value(project: Project) -> None:
    assert stored_channels.config(made(project, room=""))["room"] == ""
    assert stored_channels.shown(made(project, room=""))["room"] == ""


def test_all_errors_are_told_at_once(project: Project) -> None:
    with pytest.raises(Invalid) as raised:
        stored_channels.create(kind="hook", name="", values={"url": "x"}, project=project, by=None)
    assert list(raised.value.errors) == ["name", "url", "token"]
    with pytest.raises(Invalid) as raised:
        stored_channels.create(kind="pigeon", name="x", values={}, project=project, by=None)
    assert "hook" in raised.value.errors["kind"]


def test_the_number_is_bounded(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "MOST_CHANNELS", 1)
    made(project)
    with pytest.raises(Invalid, match="at most 1 channels"):
        made(project)
    made(None)
    with pytest.raises(Invalid, match="at most 1 channels"):
        made(None)


def test_what_is_not_given_stays(project: Project) -> None:
    channel = made(project)
    stored_channels.change(channel, name="Night")
    stored_channels.change(channel, values={"room": "night", "token": ""})
    stored_channels.change(channel, is_enabled=False)
    assert (channel.name, channel.is_enabled) == ("Night", False)
    assert stored_channels.config(channel) == {**VALUES, "room": "night"}


def test_two_people_change_different_fields(project: Project) -> None:
    channel = made(project)
    other = AlertChannel.objects.get(pk=channel.pk)
    AlertChannel.objects.filter(pk=channel.pk).update(failures_in_a_row=3)
    stored_channels.change(channel, values={"room": "a"})
    stored_channels.change(other, name="Other", values={"url": "https://hooks.example.org/y"})
    assert stored_channels.config(other) == {
        "url": "https://hooks.example.org/y",
        "token": TOKEN,
        "room": "a",
    }


def test_a_check_that_takes_long_holds_up_nobody(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    depth = len(connection.savepoint_ids)
    seen: list[Mapping[str, str]] = []

    def check(config: Mapping[str, str]) -> dict[str, str]:
        assert len(connection.savepoint_ids) == depth, "in a transaction"
        seen.append(config)
        if len(seen) == 2:
            # Somebody else is faster: what was checked is not what would be stored.
            AlertChannel.objects.update(options={"url": URL, "room": "others"})
        return {}

    monkeypatch.setitem(registry.KINDS, "hook", replace(registry.KINDS["hook"], check=check))
    channel = made(project)
    stored_channels.change(channel, values={"token": "n3w-n3w-n3w-n3w-n3w"})
    assert [each["room"] for each in seen] == ["ops", "ops", "others"]
    assert stored_channels.config(channel) == {"url": URL, "room": "others", "token": "n3w-n3w-n3w-n3w-n3w"}


def test_a_channel_that_others_change_all_the_time(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    channel = made(project)

    def check(config: Mapping[str, str]) -> dict[str, str]:
        AlertChannel.objects.update(options={"url": URL, "room": config["room"] + "x"})
        return {}

    monkeypatch.setitem(registry.KINDS, "hook", replace(registry.KINDS["hook"], check=check))
    with pytest.raises(Invalid, match="Try again"):
        stored_channels.change(channel, values={"token": "n3w-n3w-n3w-n3w-n3w"})


def test_a_bad_change_changes_nothing(project: Project) -> None:
    channel = made(project)
    with pytest.raises(Invalid) as raised:
        stored_channels.change(channel, name="\x00", values={"url": "http://10.0.0.1/"}, is_enabled=False)
    assert set(raised.value.errors) == {"name", "url"}
    with pytest.raises(Invalid):
        stored_channels.change(channel, name="", is_enabled=False)
    channel.refresh_from_db()
    assert (channel.name, channel.is_enabled, stored_channels.config(channel)) == ("Ops", True, VALUES)
    stored_channels.delete(channel)
    with pytest.raises(Invalid, match="deleted"):
        stored_channels.change(channel, name="x")


def test_who_mends_a_channel_resumes_it(project: Project) -> None:
    now = timezone.now()
    bad = {
        "paused_at": now,
        "failing_since": now,
        "failures_in_a_row": 9,
        "not_before": now,
        "last_error": "404",
    }
    channel = made(project)
    for mend, resumed in (
        (lambda: stored_channels.change(channel, name="x"), False),
        (lambda: stored_channels.change(channel, values={"room": "ops"}), False),
        (lambda: stored_channels.change(channel, values={"room": "new"}), True),
        (lambda: stored_channels.resume(channel), True),
    ):
        AlertChannel.objects.filter(pk=channel.pk).update(**bad)
        mend()
        assert (channel.paused_at is None, channel.failures_in_a_row == 0, channel.last_error == "") == (
            resumed,
        ) * 3


def test_another_key(project: Project, settings: Any) -> None:
    channel = made(project)
    settings.SECRET_KEY = "another key of more than 32 characters"
    with pytest.raises(Unreadable):
        stored_channels.config(channel)
    assert stored_channels.shown(channel) == {**VALUES, "token": "cannot be read: enter it again"}
    with pytest.raises(Invalid) as raised:
        stored_channels.change(channel, values={"room": "x", "token": "cannot be read: enter it again"})
    assert raised.value.errors == {"token": "must be entered again"}
    stored_channels.change(channel, values={"token": "new-token"})
    assert stored_channels.config(channel)["token"] == "new-token"


def test_a_kind_that_is_gone(project: Project) -> None:
    channel = made(project)
    AlertChannel.objects.filter(pk=channel.pk).update(kind="old")
    channel.refresh_from_db()
    assert stored_channels.shown(channel) == {"url": URL, "token": "•••• cret", "room": "ops"}
    with pytest.raises(Invalid):
        stored_channels.change(channel, values={"room": "x"})
    stored_channels.change(channel, is_enabled=False)


def test_who_may_see_use_and_change(project: Project, ana: User) -> None:
    boss = User.objects.create_superuser("boss@example.org")
    ben = User.objects.create_user("ben@example.org")
    eve = User.objects.create_user("eve@example.org")
    Membership.objects.create(project=project, user=ben)
    other = Project.objects.create(name="Other", slug="other")
    own, shared, foreign = made(project), made(None), made(other)
    for user, visible, changeable in (
        (ana, {own, shared}, {own}),
        (ben, {own, shared}, set()),
        (eve, {shared}, set()),
        (boss, {own, shared, foreign}, {own, shared, foreign}),
    ):
        assert set(stored_channels.visible_to(user)) == visible
        assert {
            each for each in (own, shared, foreign) if stored_channels.may_change(user, each)
        } == changeable
    assert set(stored_channels.usable_in(project)) == {own, shared}
