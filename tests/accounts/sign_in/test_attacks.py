"""What strangers, thieves and other sites can do at every step of a sign-in. Limits by network are in test_limits.py."""

from __future__ import annotations

import time
from collections import Counter
from unittest import mock

import pytest
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.totp.internal import auth as totp
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core import mail
from django.test import Client

from accounts.models import SignIn, User
from rustrak.mail import delivery
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
LOGIN, SECOND = "/accounts/login/", "/accounts/2fa/authenticate/"
RESET, NEW = "/accounts/password/reset/", "another long password 99"


def code() -> str:
    return totp.format_hotp_value(totp.hotp_value(SECRET, int(time.time()) // 30))


def enter(client: Client, email: str = "bo@example.org", password: str = PASSWORD):
    return client.post(LOGIN, {"login": email, "password": password})


def is_in(client: Client) -> bool:
    return client.get("/profile/").status_code == 200


def reset_link(user: User) -> str:
    return f"{RESET}key/{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}/"


def reset(client: Client, link: str, password: str = NEW) -> None:
    path = client.get(link, follow=True).request["PATH_INFO"]
    client.post(path, {"password1": password, "password2": password})


def test_a_session_that_was_planted_is_not_the_one_that_signs_in(bo: User) -> None:
    totp.TOTP.activate(bo, SECRET)
    victim = Client()
    victim.cookies["sessionid"] = "p" * 32
    enter(victim)
    halfway = victim.cookies["sessionid"].value
    assert halfway != "p" * 32
    victim.post(SECOND, {"code": code()})
    assert is_in(victim)
    assert victim.cookies["sessionid"].value != halfway
    for planted in ("p" * 32, halfway):
        thief = Client()
        thief.cookies["sessionid"] = planted
        assert not is_in(thief)


@pytest.mark.parametrize(
    "path",
    [
        LOGIN, SECOND, RESET, "/accounts/signup/", "/accounts/logout/", "/accounts/password/change/",
        "/accounts/reauthenticate/", "/accounts/2fa/reauthenticate/", "/accounts/2fa/totp/activate/",
        "/accounts/2fa/totp/deactivate/", "/accounts/2fa/recovery-codes/generate/", "/accounts/2fa/webauthn/login/",
        "/accounts/2fa/webauthn/add/", "/accounts/2fa/webauthn/reauthenticate/",
        "/accounts/2fa/webauthn/keys/1/remove/", "/accounts/2fa/webauthn/keys/1/edit/", "/profile/security/email/",
        "/profile/security/email/x/", "/profile/security/sessions/end/", "/profile/security/sessions/1/end/",
        "/setup/x/",
    ],
)  # fmt: skip
def test_a_form_of_another_site_is_refused(bo: User, path: str) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(bo, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert browser.post(path, {"x": "1"}).status_code == 403


def test_unknown_wrong_and_disabled_have_the_same_page_and_the_same_work(bo: User, cy: User) -> None:
    User.objects.filter(pk=cy.pk).update(is_active=False)
    totp.TOTP.activate(bo, SECRET)
    seen = set()
    for email, password in (
        ("no@example.org", PASSWORD),
        ("bo@example.org", "wrong"),
        ("cy@example.org", PASSWORD),
    ):
        with mock.patch.object(
            MD5PasswordHasher, "encode", autospec=True, side_effect=MD5PasswordHasher.encode
        ) as hashed:
            answer = enter(Client(), email, password)
        page = answer.content.decode().replace(email, "")
        main = page[page.index("<main") :].splitlines()
        shown = "\n".join(line for line in main if "csrfmiddlewaretoken" not in line)
        seen.add((answer.status_code, shown, hashed.call_count, "sessionid" in answer.cookies))
    assert len(seen) == 1


def test_another_spelling_of_an_address_is_no_fresh_start(bo: User) -> None:
    spellings = ["bo@example.org", "BO@example.org", "bO@EXAMPLE.org", " bo@example.org", "bo@example.org\t"]
    statuses: Counter[int] = Counter()
    for n in range(30):
        body = {"email": spellings[n % len(spellings)], "password": "wrong"}
        answer = Client().post("/auth/login", body, content_type="application/json")
        statuses[answer.status_code] += 1
    assert statuses == {401: 10, 429: 20}


@pytest.mark.parametrize(
    "spelling",
    ["b\u043e@example.org", "bo@ex\u00e4mple.org", "\uff42\uff4f@example.org", "bo\u200b@example.org", "bo@example.org\u2028"],
)  # fmt: skip
def test_a_look_alike_of_an_address_opens_nothing_of_its_owner(bo: User, spelling: str) -> None:
    client = Client()
    client.post("/auth/login", {"email": spelling, "password": PASSWORD}, content_type="application/json")
    client.post(RESET, {"email": spelling})
    delivery.deliver()
    # White space around an address is left out; any other character makes it somebody else's.
    owner = spelling.strip() == bo.email
    assert is_in(client) == owner
    assert [message.to for message in mail.outbox] == [[bo.email]] * owner


def test_a_forged_forwarded_address_is_no_fresh_start(bo: User) -> None:
    statuses = Counter(
        enter(
            Client(headers={"X-Forwarded-For": f"203.0.{n}.1", "X-Real-IP": f"203.0.{n}.2"}), password="x"
        ).status_code
        for n in range(15)
    )
    assert statuses == {200: 10, 429: 5}


@pytest.mark.parametrize("change", ["nothing", "used", "signed in", "deactivated", "address", "password"])
def test_a_reset_link_works_once_and_not_after_any_change(bo: User, change: str) -> None:
    link = reset_link(bo)
    if change == "used":
        reset(Client(), link, PASSWORD)
    elif change == "signed in":
        enter(Client())
    elif change == "deactivated":
        User.objects.filter(pk=bo.pk).update(is_active=False)
    elif change == "address":
        User.objects.filter(pk=bo.pk).update(email="new@example.org")
    elif change == "password":
        bo.set_password(PASSWORD)
        bo.save()
    client = Client()
    reset(client, link)
    bo.refresh_from_db()
    assert bo.check_password(NEW) is is_in(client) is (change == "nothing")


@pytest.mark.parametrize("header", ["Host", "X-Forwarded-Host", "Forwarded"])
def test_a_mail_links_to_us_whatever_the_request_says(bo: User, header: str, settings) -> None:
    settings.PUBLIC_URL = "https://errors.example.org"
    value = "host=evil.example.org" if header == "Forwarded" else "evil.example.org"
    client = Client(headers={header: value})
    client.post(RESET, {"email": bo.email})
    client.force_login(bo, backend="allauth.account.auth_backends.AuthenticationBackend")
    client.post("/profile/security/email/", {"email": "new@example.org", "password": PASSWORD})
    delivery.deliver()
    assert len(mail.outbox) == 3
    for message in mail.outbox:
        assert "evil" not in message.body
        assert "https://errors.example.org" in message.body


def test_what_begins_with_an_old_password_does_not_end_with_a_code(bo: User) -> None:
    totp.TOTP.activate(bo, SECRET)
    thief = Client()
    enter(thief)
    bo.set_password(NEW)
    bo.save()
    thief.post(SECOND, {"code": code()})
    assert not is_in(thief)
    assert SignIn.objects.count() == 0


def test_the_django_admin_has_no_sign_in_of_its_own(ana: User) -> None:
    totp.TOTP.activate(ana, SECRET)
    client = Client()
    page = client.post("/admin/login/", {"username": ana.email, "password": PASSWORD})
    assert page["Location"].startswith(LOGIN)
    enter(client, ana.email)
    assert client.get("/admin/").status_code == 302
    client.post(SECOND, {"code": code()})
    assert client.get("/admin/").status_code == 200
    assert client.get("/admin/mfa/authenticator/").status_code == 404


@pytest.mark.parametrize(
    "path",
    ["totp/activate/", "totp/deactivate/", "recovery-codes/", "recovery-codes/generate/", "webauthn/add/"],
)
def test_a_session_alone_changes_no_second_factor(bo: User, bo_client: Client, path: str) -> None:
    if "totp/activate" not in path:
        totp.TOTP.activate(bo, SECRET)
    for answer in (
        bo_client.get(f"/accounts/2fa/{path}"),
        bo_client.post(f"/accounts/2fa/{path}", {"code": code()}),
    ):
        assert answer.status_code in {302, 404, 405}
        assert "Location" not in answer or "/accounts/reauthenticate/" in answer["Location"]


def test_a_weak_password_is_refused_wherever_one_is_set(bo: User, bo_client: Client) -> None:
    for weak in ("password123", "bo@example.org", "short"):
        fields = {"oldpassword": PASSWORD, "password1": weak, "password2": weak}
        assert bo_client.post("/accounts/password/change/", fields).status_code == 200
        reset(Client(), reset_link(bo), weak)
    bo.refresh_from_db()
    assert bo.check_password(PASSWORD)
