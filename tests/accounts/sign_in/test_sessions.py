from __future__ import annotations

from unittest import mock

import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.management import call_command
from django.test import Client

from accounts.models import ApiToken, SignIn, User
from accounts.sign_in import sessions
from rustrak.mail import delivery
from tests.conftest import PASSWORD
from tests.lib.json_api import Caller

NEW = "another good password"


def _by_its_owner(user: User, sign_in) -> None:
    client = sign_in(user)
    fields = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    assert client.post("/accounts/password/change/", fields).status_code == 302
    assert client.get("/profile/").status_code == 200  # this browser stays signed in
    session = client.cookies["sessionid"].value
    assert SignIn.objects.filter(user=user, session_key=session).exists()


def _by_mail(user: User, sign_in) -> None:
    client = Client()
    client.post("/accounts/password/reset/", {"email": user.email})
    delivery.deliver()
    link = next(line for line in mail.outbox[-1].body.splitlines() if line.startswith("http://testserver"))
    answer = client.get(link.removeprefix("http://testserver"), follow=True)
    fields = {"password1": NEW, "password2": NEW}
    assert client.post(answer.request["PATH_INFO"], fields).status_code == 302
    assert client.get("/profile/").status_code == 200


def _by_an_admin(user: User, sign_in) -> None:
    admin = sign_in(User.objects.create_superuser("root@example.org", PASSWORD))
    fields = {"usable_password": "true", "password1": NEW, "password2": NEW}
    assert admin.post(f"/admin/accounts/user/{user.pk}/password/", fields).status_code == 302


def _made_unusable(user: User, sign_in) -> None:
    admin = sign_in(User.objects.create_superuser("root@example.org", PASSWORD))
    fields = {"usable_password": "false", "unset-password": "1"}
    assert admin.post(f"/admin/accounts/user/{user.pk}/password/", fields).status_code == 302


def _deactivated(user: User, sign_in) -> None:
    admin = sign_in(User.objects.create_superuser("root@example.org", PASSWORD))
    fields = {"email": user.email, "theme": "system", "role": "member", "date_format": "day"}
    assert admin.post(f"/admin/accounts/user/{user.pk}/change/", fields).status_code == 302
    user.refresh_from_db()
    assert not user.is_active
    user.is_active = True  # what was revoked does not come back
    user.save()


def _saved_in_part(user: User, sign_in) -> None:
    user.set_password(NEW)
    user.save(update_fields=["password"])


@pytest.mark.parametrize(
    "change", [_by_its_owner, _by_mail, _by_an_admin, _made_unusable, _deactivated, _saved_in_part]
)
def test_a_change_of_the_password_ends_everything_else(bo: User, cy: User, sign_in, change) -> None:
    others = Caller(bo), Caller(bo, token=True)
    mine = Caller(cy), Caller(cy, token=True)
    assert {caller("GET", "/auth/me").status_code for caller in others} == {200}
    change(bo, sign_in)
    assert {caller("GET", "/auth/me").status_code for caller in others} == {401}
    assert not ApiToken.objects.filter(user=bo).exists()
    assert {caller("GET", "/auth/me").status_code for caller in mine} == {200}


def test_a_cheaper_hash_of_the_same_password_ends_nothing(bo: User, settings) -> None:
    others = Caller(bo), Caller(bo, token=True)
    bo.set_password(PASSWORD)
    bo.save()
    others = Caller(bo), Caller(bo, token=True)
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.PBKDF2SHA1PasswordHasher",
        *settings.PASSWORD_HASHERS,
    ]
    body = {"email": bo.email, "password": PASSWORD}
    assert Client().post("/auth/login", body, content_type="application/json").status_code == 200
    assert User.objects.get(pk=bo.pk).password.startswith("pbkdf2_sha1$")
    assert {caller("GET", "/auth/me").status_code for caller in others} == {200}


def test_sessions_from_before_the_key_go_on(bo: User) -> None:
    User.objects.filter(pk=bo.pk).update(sign_in_key="", password=make_password(PASSWORD))
    bo.refresh_from_db()
    caller = Caller(bo)
    bo.name = "Bo"
    bo.save()
    assert caller("GET", "/auth/me").status_code == 200


def test_the_oldest_sessions_of_a_user_end(bo: User, cy: User) -> None:
    other = Caller(cy)
    with mock.patch.object(sessions, "MOST_SESSIONS", 3):
        callers = [Caller(bo) for _ in range(5)]
    assert [one("GET", "/auth/me").status_code for one in callers] == [401, 401, 200, 200, 200]
    assert other("GET", "/auth/me").status_code == 200
    assert Session.objects.count() == SignIn.objects.count() == 4


def test_changing_the_password_again_and_again_leaves_one_session(bo: User, sign_in) -> None:
    client, old = sign_in(bo), PASSWORD
    for number in range(4):
        fields = {"oldpassword": old, "password1": f"{NEW} {number}", "password2": f"{NEW} {number}"}
        assert client.post("/accounts/password/change/", fields).status_code == 302
        old = f"{NEW} {number}"
    assert Session.objects.count() == 1


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/accounts/login/", {"login": "bo@example.org", "password": "wrong"}),
        ("/accounts/login/?next=/profile/", None),
        ("/accounts/signup/", {"email": "bo@example.org", "password1": PASSWORD, "password2": PASSWORD}),
        ("/accounts/signup/", {"email": "x", "password1": "x", "password2": "y"}),
        ("/accounts/signup/?email=x@example.org", None),
        ("/accounts/password/reset/", {"email": "bo@example.org"}),
        ("/accounts/password/reset/", {"email": "no@example.org"}),
        ("/accounts/password/reset/key/1-abc/", None),
        ("/accounts/password/reset/key/1-set-password/", {"password1": NEW, "password2": NEW}),
        ("/accounts/password/reset/key/done/", None),
        ("/accounts/reauthenticate/", {"password": "x"}),
        ("/accounts/confirm-email/", None),
        ("/accounts/confirm-email/x/", {}),
        ("/accounts/inactive/", None),
        ("/accounts/logout/", {}),
        ("/accounts/password/change/", {"oldpassword": "x"}),
        ("/auth/logout", {}),
        ("/auth/login", {"email": "bo@example.org", "password": "wrong"}),
        ("/setup/x/", {"email": "x@example.org", "password": NEW}),
        ("/admin/login/", {"username": "bo@example.org", "password": "wrong"}),
        ("/", None),
    ],
)
def test_strangers_leave_no_session(bo: User, ana: User, settings, path: str, fields: dict | None) -> None:
    settings.REGISTRATION = "open"
    client = Client()
    client.get(path) if fields is None else client.post(path, fields)
    assert Session.objects.count() == 0


def test_a_command_changes_a_password_like_a_page(bo: User) -> None:
    other = Caller(bo, token=True)
    with mock.patch("getpass.getpass", return_value=NEW):
        call_command("changepassword", bo.email)
    assert other("GET", "/auth/me").status_code == 401
