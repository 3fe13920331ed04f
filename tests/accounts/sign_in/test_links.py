from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import User
from accounts.sign_in import links
from rustrak.lib import clock
from tests.conftest import PASSWORD


def path(user: User) -> str:
    return links.link(user).removeprefix("http://testserver")


def test_a_link_signs_in_once(ana: User, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("sign_in_link", " ANA@example.org")
    address = capsys.readouterr().out.strip().removeprefix("http://testserver")
    client = Client()
    # Looking at it uses nothing up, as programs of mail and chat do.
    assert "Sign in as ana@example.org" in client.get(address).content.decode()
    assert client.get("/profile/").status_code == 302
    assert client.post(address)["Location"] == "/"
    assert client.get("/profile/").status_code == 200
    assert Client().post(address).status_code == 404
    assert Client().get(address).status_code == 404


def test_a_link_ends(bo: User) -> None:
    address = path(bo)
    with time_machine.travel(clock.now() + links.VALID + timedelta(seconds=2), tick=False):
        assert Client().get(address).status_code == 404
    bo.set_password(PASSWORD + "!")
    bo.save()
    assert Client().post(address).status_code == 404
    address = path(bo)
    User.objects.filter(pk=bo.pk).update(is_active=False)
    assert Client().post(address).status_code == 404


@pytest.mark.parametrize("token", ["x", "x" * 500, "a:b:c", "%00"])
def test_no_link(db: None, token: str) -> None:
    assert Client().get(f"/accounts/sign-in-link/{token}/").status_code == 404


def test_only_for_people_who_may_sign_in(bo: User) -> None:
    with pytest.raises(CommandError, match="no account"):
        call_command("sign_in_link", "nobody@example.org")
    User.objects.filter(pk=bo.pk).update(is_active=False)
    with pytest.raises(CommandError, match="disabled"):
        call_command("sign_in_link", "bo@example.org")
