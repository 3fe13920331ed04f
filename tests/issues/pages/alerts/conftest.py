"""People, a kind of channel that needs no network, and channels of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import Membership, Project, User
from issues.alerts.channel import Config, Field, Kind, Send, Sent, Thread
from issues.alerts.channels.registry import KINDS
from issues.alerts.notice import Notice
from tests.conftest import PASSWORD


def _send(config: Config, notice: Notice, thread: Thread, send: Send) -> Sent:
    return Sent(status=200, answer=f"<b>taken</b> by {config['room']}")


@pytest.fixture(autouse=True)
def pigeon(monkeypatch: pytest.MonkeyPatch) -> Kind:
    """The kind "pigeon": a room that is not secret, a token that is, and another secret that may be missing."""
    kind = Kind(
        name="pigeon",
        label="Pigeon post",
        about="Sends a pigeon to a room.",
        fields=(
            Field("room", "Room", help="Such as <loft>."),
            Field("token", "Token", secret=True),
            Field("seal", "Seal", secret=True, required=False),
        ),
        send=_send,
        check=lambda config: {"room": "There is no such room."} if config.get("room") == "nowhere" else {},
    )
    monkeypatch.setitem(KINDS, kind.name, kind)
    return kind


@pytest.fixture
def dee(shop: Project) -> User:
    """An admin of the project Shop, not of the installation."""
    user = User.objects.create_user("dee@example.org", PASSWORD, name="Dee")
    Membership.objects.create(user=user, project=shop, role=Membership.Role.ADMIN)
    return user


@pytest.fixture
def dee_client(dee: User, sign_in: Callable[[User], Client]) -> Client:
    return sign_in(dee)
