from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from accounts.models import Project, User
from issues.alerts import stored_channels
from issues.alerts.channel import Config, Sent
from issues.alerts.channels.registry import KINDS
from issues.alerts.stored_channels import trial
from issues.models import AlertChannel
from rustrak.lib.problems import TooMany, Unavailable
from rustrak.outbound import allow_list
from tests.lib.http_receiver import Receiver, receiving, reply, silence

TOKEN = "s3cret-s3cret-s3cret"


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.OUTBOUND_ALLOW = allow_list.parse("127.0.0.1")
    trial._recent.cache_clear()
    with receiving() as found:
        yield found


@pytest.fixture
def channel(receiver: Receiver, project: Project, ana: User) -> AlertChannel:
    values = {"url": receiver.url, "token": TOKEN}
    return stored_channels.create(kind="hook", name="Ops", values=values, project=project, by=ana)


def test_a_test_that_is_taken(channel: AlertChannel, ana: User, receiver: Receiver) -> None:
    found = stored_channels.test(channel, ana)
    assert (found.success, found.message) == (True, "The message was taken with 200. It said: ok")
    assert receiver.got[0].body == b"ana@example.org has sent this test. The channel Ops works."


def test_what_the_other_side_says_is_told_without_secrets(
    channel: AlertChannel, ana: User, receiver: Receiver
) -> None:
    receiver.scripts = [reply(403, f"no such token: {TOKEN} ".encode() + b"x" * 1000)]
    found = stored_channels.test(channel, ana)
    assert not found.success
    assert found.message.startswith("It answered 403 Forbidden. It said: no such token: •••• xxx")
    assert len(found.message) < 400
    assert "s3cret" not in found.message


def test_an_error_of_our_own_says_no_secret(
    channel: AlertChannel, ana: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(config: Config, *_: object) -> Sent:
        raise KeyError(config["token"])

    monkeypatch.setitem(KINDS, "hook", replace(KINDS["hook"], send=fails))
    found = stored_channels.test(channel, ana)
    assert (found.success, "KeyError" in found.message) == (False, True)
    assert "KeyError" in caplog.text
    assert "s3cret" not in found.message + caplog.text


def test_what_cannot_be_reached(channel: AlertChannel, ana: User, settings: Any) -> None:
    settings.OUTBOUND_ALLOW = allow_list.AllowList()
    found = stored_channels.test(channel, ana)
    assert (found.success, "OUTBOUND_ALLOW" in found.message) == (False, True)


def test_it_takes_bounded_time(
    channel: AlertChannel, ana: User, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rustrak.outbound.client.MOST_SECONDS", 0.2)
    receiver.scripts = [silence]
    assert "took too long" in stored_channels.test(channel, ana).message


def test_a_person_sends_few_at_a_time(
    channel: AlertChannel, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial, "MOST_PER_MINUTE", 1)
    stored_channels.test(channel, ana)
    with pytest.raises(TooMany) as raised:
        stored_channels.test(channel, ana)
    assert 55 <= raised.value.retry_after <= 60
    stored_channels.test(channel, User.objects.create_user("ben@example.org"))


def test_few_run_at_a_time(channel: AlertChannel, ana: User) -> None:
    with trial._place(), trial._place(), pytest.raises(Unavailable):
        stored_channels.test(channel, ana)
    assert stored_channels.test(channel, ana).success


def test_secrets_that_cannot_be_read(channel: AlertChannel, ana: User, settings: Any) -> None:
    settings.SECRET_KEY = "x" * 40
    assert "Enter them again" in stored_channels.test(channel, ana).message


def test_a_kind_that_is_gone(channel: AlertChannel, ana: User) -> None:
    channel.kind = "old"
    assert not stored_channels.test(channel, ana).success
