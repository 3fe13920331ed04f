from __future__ import annotations

from typing import Any

import pytest

from accounts.models import Membership, Project, User
from issues.alerts.channel import Config, Field, Kind, Send, Sent, Thread
from issues.alerts.channels import answers
from issues.alerts.channels.registry import KINDS
from issues.alerts.notice import Notice
from rustrak.outbound.client import Request


def _send(config: Config, notice: Notice, thread: Thread, send: Send) -> Sent:
    response = send(Request("POST", config["url"], {"X-Token": config["token"]}, notice.detail.encode()))
    return Sent(status=response.status, answer=answers.judge(response))


@pytest.fixture(autouse=True)
def kind(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kind of channels called `hook`."""
    fields = (
        Field("url", "URL", type="url"),
        Field("token", "Token", secret=True),
        Field("room", "Room", required=False),
    )
    monkeypatch.setitem(KINDS, "hook", Kind("hook", "Hook", "about", fields, _send))


@pytest.fixture
def ana(db: Any) -> User:
    return User.objects.create_user("ana@example.org")


@pytest.fixture
def project(ana: User) -> Project:
    made = Project.objects.create(name="Shop", slug="shop")
    Membership.objects.create(project=made, user=ana, role=Membership.Role.ADMIN)
    return made
