from __future__ import annotations

import ssl
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from issues.alerts import stored_channels
from issues.models import AlertChannel
from rustrak.ops.doctor.findings import Finding
from rustrak.ops.doctor.outgoing import connections
from rustrak.outbound import allow_list
from rustrak.outbound.proxies import Environment
from tests.lib.http_receiver import receiving
from tests.lib.smtp_server import closed_port

pytestmark = pytest.mark.django_db


def found() -> list[Finding]:
    return list(connections.check())


@pytest.fixture
def nobody_listens() -> Iterator[int]:
    with closed_port() as port:
        yield port


def test_nothing_is_wrong(settings: Any) -> None:
    settings.OUTBOUND_ALLOW = allow_list.parse("mattermost.internal,10.1.2.0/24")
    with receiving() as proxy:
        settings.OUTBOUND_PROXIES = Environment(https=f"http://127.0.0.1:{proxy.port}")
        assert [finding.level.value for finding in found()] == ["ok"]


def test_a_proxy_that_cannot_be_used(settings: Any, nobody_listens: int) -> None:
    settings.OUTBOUND_PROXIES = Environment(
        https=f"http://ana:s3cret@127.0.0.1:{nobody_listens}", http="socks5://ana:s3cret@proxy"
    )
    first, second = found()
    assert "the proxy of HTTPS_PROXY cannot be reached: No connection to the proxy 127.0.0.1" in first.text
    assert "HTTP_PROXY must begin with http://" in second.text
    assert "s3cret" not in first.text + second.text


@pytest.mark.parametrize("network", ["0.0.0.0/0", "::/0", "169.254.0.0/16", "169.254.169.254", "fd00::/8"])
def test_what_should_not_be_allowed(settings: Any, network: str) -> None:
    settings.OUTBOUND_ALLOW = allow_list.parse(network)
    assert [finding.level.value for finding in found()] == ["warning"]
    assert network.partition("/")[0] in found()[0].text


def test_a_system_without_authorities(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: SimpleNamespace(cafile=None, capath=None))
    assert "no certificate authorities" in found()[0].text


def test_channels(settings: Any) -> None:
    channel = stored_channels.create(
        kind="webhook", name="Ops", values={"url": "https://example.org/s3cret"}, project=None, by=None
    )
    assert len(found()) == 1
    AlertChannel.objects.filter(pk=channel.pk).update(paused_at=timezone.now())
    settings.SECRET_KEY = "x" * 40
    _, unreadable, paused = found()
    assert (
        "the secrets of 1 channel cannot be read, because SESSION_SECRET_KEY has changed: 'Ops'"
        in unreadable.text
    )
    assert "1 channel paused" in paused.text
