"""Codes of apps and recovery codes: right, wrong, used again, guessed; on the pages and in the API."""

from __future__ import annotations

import json
import time
from io import StringIO
from typing import Any

import pytest
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client, RequestFactory

from accounts import bootstrap
from accounts.models import SignIn, User
from accounts.sign_in import limits, second_factors
from rustrak.lib import problems
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
LOGIN, SECOND = "/accounts/login/", "/accounts/2fa/authenticate/"


def code(steps: int = 0) -> str:
    return totp.format_hotp_value(totp.hotp_value(SECRET, int(time.time()) // 30 + steps))


@pytest.fixture
def secured(bo: User) -> User:
    """Bo with an app and recovery codes."""
    totp.TOTP.activate(bo, SECRET)
    RecoveryCodes.activate(bo)
    return bo


def codes(user: User) -> list[str]:
    return list(Authenticator.objects.get(user=user, type="recovery_codes").wrap().get_unused_codes())


def enter(client: Client, email: str = "bo@example.org") -> Any:
    return client.post(LOGIN, {"login": email, "password": PASSWORD})


def check_code(user: User, given: str) -> Authenticator | None:
    return second_factors.check_code(RequestFactory().get("/"), user, given)


def is_signed_in(client: Client) -> bool:
    return client.get("/profile/").status_code == 200


def test_secrets_are_encrypted(secured: User) -> None:
    stored = json.dumps(list(Authenticator.objects.values_list("data", flat=True)))
    assert SECRET not in stored
    assert all(each not in stored for each in codes(secured))


def test_the_password_alone_is_not_enough(secured: User, client: Client) -> None:
    answer = enter(client)
    assert (answer.status_code, answer["Location"]) == (302, SECOND)
    assert not is_signed_in(client)
    assert SignIn.objects.count() == 0
    page = client.post(SECOND, {"code": "000000"})
    assert "This code is not right" in page.content.decode()
    assert not is_signed_in(client)
    assert client.post(SECOND, {"code": f" {code()[:3]} {code()[3:]}"}).status_code == 302
    assert is_signed_in(client)


def test_a_code_is_used_once_and_so_is_a_recovery_code(secured: User) -> None:
    now, recovery = code(), codes(secured)[0]
    assert check_code(secured, now) is not None
    assert check_code(secured, now) is None
    assert check_code(secured, code(-1)) is None, "an older one, after a newer one"
    assert check_code(secured, recovery) is not None
    assert check_code(secured, recovery) is None
    assert len(codes(secured)) == 9


def test_codes_of_others_and_of_another_time_are_wrong(secured: User, ana: User) -> None:
    assert check_code(ana, code()) is None
    for text in ("", "12345", code(-3), code(3), "\u0661\u0662\u0663\u0664\u0665\u0666", "x" * 1000):
        assert check_code(secured, text) is None


def test_guesses_are_limited_for_each_kind_and_right_codes_do_not_count(
    secured: User, client: Client
) -> None:
    for steps in (-1, 0, 1):
        assert check_code(secured, code(steps)) is not None
    for _ in range(limits.WRONG_CODES):
        assert check_code(secured, "000000") is None
    with pytest.raises(problems.TooMany):
        check_code(secured, "000001")
    enter(client)
    answer = client.post(SECOND, {"code": "000001"})
    assert (answer.status_code, int(answer["Retry-After"]) > 3000) == (429, True)
    # Neither recovery codes nor a browser in which the account has signed in before are held up.
    assert client.post(SECOND, {"code": codes(secured)[0]}).status_code == 302
    assert is_signed_in(client)
    client.post("/accounts/logout/")
    enter(client)
    assert client.post(SECOND, {"code": "000001"}).status_code == 200


@pytest.mark.parametrize(
    ("given", "status"), [(None, 401), ("000000", 401), ("right", 200), ("recovery", 200)]
)
def test_the_api_asks_for_a_code_too(secured: User, client: Client, given: str | None, status: int) -> None:
    body = {"email": "bo@example.org", "password": PASSWORD}
    if given:
        body["code"] = {"right": code(), "recovery": codes(secured)[0]}.get(given, given)
    answer = client.post("/auth/login", body, content_type="application/json")
    assert answer.status_code == status
    assert is_signed_in(client) == (status == 200)
    if status == 401:
        assert "code" in answer.json()["error"]["message"]
    wrong = client.post("/auth/login", {**body, "password": "wrong"}, content_type="application/json")
    assert wrong.json()["error"]["message"] == "Incorrect e-mail or password.", (
        "who does not know the password learns nothing"
    )


def test_an_app_is_set_up_and_removed_after_the_password(
    bo: User, bo_client: Client, django_capture_on_commit_callbacks
) -> None:
    answer = bo_client.get("/accounts/2fa/totp/activate/")
    assert answer["Location"].startswith("/accounts/reauthenticate/")
    bo_client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    page = bo_client.get("/accounts/2fa/totp/activate/").content.decode()
    assert "data:image/svg+xml" in page
    secret = bo_client.session["mfa.totp.secret"]
    assert secret in page
    wrong = bo_client.post("/accounts/2fa/totp/activate/", {"code": "000000"})
    assert wrong.status_code == 200
    assert not second_factors.is_needed(bo)
    right = totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30))
    with django_capture_on_commit_callbacks(execute=True):
        answer = bo_client.post("/accounts/2fa/totp/activate/", {"code": right})
    assert answer["Location"] == "/accounts/2fa/recovery-codes/"
    assert check_code(bo, right) is None, "it was used to set the app up"
    assert second_factors.is_needed(bo)
    shown = codes(bo)
    first = bo_client.get("/accounts/2fa/recovery-codes/").content.decode()
    assert all(each in first for each in shown)
    again = bo_client.get("/accounts/2fa/recovery-codes/").content.decode()
    assert not any(each in again for each in shown)
    assert bo_client.get("/accounts/2fa/recovery-codes/download/").status_code == 403
    assert "10 left" in bo_client.get("/profile/security/").content.decode()
    bo_client.post("/accounts/2fa/totp/deactivate/")
    assert not Authenticator.objects.filter(user=bo).exists()


def test_a_new_password_by_mail_does_not_pass_by_the_second_factor(secured: User, client: Client) -> None:
    key = f"{user_pk_to_url_str(secured)}-{default_token_generator.make_token(secured)}"
    page = client.get(f"/accounts/password/reset/key/{key}/", follow=True)
    path = page.redirect_chain[-1][0]
    new = "another long password 99"
    answer = client.post(path, {"password1": new, "password2": new})
    assert not is_signed_in(client)
    assert answer["Location"] == SECOND


def test_the_command_helps_who_lost_everything(secured: User, bo_client: Client) -> None:
    out = StringIO()
    call_command("reset_second_factors", "BO@example.org", stdout=out)
    assert "password alone" in out.getvalue()
    assert not second_factors.is_needed(secured)
    assert not is_signed_in(bo_client)
    call_command("reset_second_factors", "bo@example.org", stdout=out)
    assert "Nothing was changed" in out.getvalue()
    with pytest.raises(CommandError, match="no account"):
        call_command("reset_second_factors", "x@example.org")


def test_codes_stop_working_with_another_secret_key_and_nothing_breaks(secured: User, settings) -> None:
    settings.SECRET_KEY = "another secret key that is long enough to be one"
    assert check_code(secured, code()) is None
    assert second_factors.codes_left(Authenticator.objects.get(type="recovery_codes")) == 0


def test_an_account_that_becomes_the_first_admin_loses_a_strangers_factors(secured: User) -> None:
    bootstrap.create_first_admin(secured.email, PASSWORD)
    assert not second_factors.is_needed(secured)


def test_a_deactivated_person_does_not_come_in_with_a_code(secured: User, client: Client) -> None:
    enter(client)
    User.objects.filter(pk=secured.pk).update(is_active=False)
    client.post(SECOND, {"code": code()})
    assert not is_signed_in(client)
