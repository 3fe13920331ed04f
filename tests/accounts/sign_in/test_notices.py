"""accounts/sign_in/notices.py"""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.signals import authenticator_added, authenticator_removed
from allauth.mfa.totp.internal import auth as totp
from django.test import Client

from accounts.models import User
from accounts.sign_in import notices, second_factors
from rustrak.lib import problems
from rustrak.mail.models import Message
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # noqa: S105
NEW = "a new and long password"


def subjects(user: User) -> list[str]:
    return list(Message.objects.filter(recipient=user.email).order_by("id").values_list("subject", flat=True))


def test_a_person_hears_of_each_change_of_their_sign_in(bo: User, client: Client) -> None:
    client.force_login(bo)
    form = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    assert client.post("/accounts/password/change/", form).status_code == 302
    totp.TOTP.activate(bo, SECRET)
    RecoveryCodes.activate(bo)
    assert second_factors.reset(bo) == 2
    assert subjects(bo) == [
        "[Rustrak] Your password was changed",
        "[Rustrak] All second factors of your account were removed by an admin",
    ]
    assert SECRET not in "".join(Message.objects.values_list("body", flat=True))


def test_what_is_added_or_removed_by_its_owner(bo: User) -> None:
    row = totp.TOTP.activate(bo, SECRET).instance
    for signal in (authenticator_added, authenticator_removed):
        signal.send(sender=Authenticator, request=None, user=bo, authenticator=row)
    said = list(Message.objects.filter(recipient=bo.email).order_by("id").values_list("subject", "body"))
    assert [subject for subject, _ in said] == [
        "[Rustrak] A second factor was added to your account",
        "[Rustrak] A second factor of your account was removed",
    ]
    assert all("authenticator" in body and "/profile/security/" in body for _, body in said)


def test_nothing_fails_when_too_many_mails_wait(bo: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*message: str) -> None:
        raise problems.Unavailable("full", retry_after=1)

    monkeypatch.setattr("rustrak.mail.outbox.put", full)
    notices.tell(bo, "Your password was changed")
    assert subjects(bo) == []
