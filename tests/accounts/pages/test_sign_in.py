from __future__ import annotations

import pytest
from django.core import mail
from django.test import Client

from accounts.models import User
from accounts.sign_in import limits
from rustrak.mail import delivery
from tests.conftest import PASSWORD

LOGIN = "/accounts/login/"


def _sign_in(client: Client, email: str, password: str, **more: str) -> int:
    return client.post(LOGIN, {"login": email, "password": password, **more}).status_code


def test_signing_in_returns_to_the_page(bo: User) -> None:
    client = Client()
    answer = client.get("/profile/")
    assert answer["Location"] == "/accounts/login/?next=/profile/"
    answer = client.post(LOGIN, {"login": "bo@example.org", "password": PASSWORD, "next": "/profile/"})
    assert answer["Location"] == "/profile/"


def test_case_of_letters_does_not_matter(bo: User) -> None:
    client = Client()
    assert _sign_in(client, " BO@Example.ORG ", PASSWORD) == 302
    assert client.get("/profile/").status_code == 200


def test_does_not_redirect_to_other_sites(bo: User) -> None:
    answer = Client().post(
        LOGIN, {"login": "bo@example.org", "password": PASSWORD, "next": "https://evil.example.org/"}
    )
    assert answer["Location"] == "/"


@pytest.mark.parametrize(("email", "password"), [("bo@example.org", "wrong"), ("no@example.org", PASSWORD)])
def test_wrong_and_unknown_get_the_same_answer(bo: User, email: str, password: str) -> None:
    answer = Client().post(LOGIN, {"login": email, "password": password})
    assert "Incorrect e-mail or password." in answer.content.decode()


def test_a_disabled_account_cannot_sign_in(bo: User) -> None:
    User.objects.filter(pk=bo.pk).update(is_active=False)
    client = Client()
    _sign_in(client, "bo@example.org", PASSWORD)
    assert client.get("/profile/").status_code == 302


def test_failures_are_limited_and_successes_do_not_count(bo: User, cy: User) -> None:
    for _ in range(3):
        assert _sign_in(Client(), "bo@example.org", PASSWORD) == 302
    for _ in range(limits.FAILURES):
        _sign_in(Client(), "bo@example.org", "wrong")
    answer = Client().post(LOGIN, {"login": "bo@example.org", "password": PASSWORD})
    assert answer.status_code == 429
    assert 240 < int(answer["Retry-After"]) <= 300
    page = answer.content.decode()
    assert "Too many attempts" in page
    assert "Try again in 5 minutes." in page
    assert "set a new one" in page
    # Other addresses and other accounts are not affected.
    elsewhere = Client(REMOTE_ADDR="192.0.2.7")
    assert _sign_in(elsewhere, "bo@example.org", PASSWORD) == 302
    assert _sign_in(Client(), "cy@example.org", PASSWORD) == 302


def test_who_may_not_ask_for_more_links_is_not_sent_there_again(db: None) -> None:
    answers = [Client().post("/accounts/password/reset/", {"email": "bo@example.org"}) for _ in range(30)]
    assert answers[-1].status_code == 429
    assert "set a new one" not in answers[-1].content.decode()


def test_sign_out_needs_a_post(bo: User, sign_in) -> None:
    client = sign_in(bo)
    assert client.get("/accounts/logout/").status_code == 200
    assert client.get("/profile/").status_code == 200
    assert client.post("/accounts/logout/").status_code == 302
    assert client.get("/profile/").status_code == 302


@pytest.mark.parametrize(("registration", "made"), [("open", True), ("invite", False), ("closed", False)])
def test_sign_up_only_where_it_is_open(ana: User, settings, registration: str, made: bool) -> None:
    settings.REGISTRATION = registration
    assert ("Sign up" in Client().get(LOGIN).content.decode()) is made
    fields = {"email": "Dee@example.org", "password1": PASSWORD, "password2": PASSWORD}
    Client().post("/accounts/signup/", fields)
    assert User.objects.filter(email="dee@example.org", role="member").exists() is made


def test_a_password_is_reset_by_mail_with_links_from_the_public_url(bo: User, settings) -> None:
    settings.PUBLIC_URL = "https://errors.example.org"
    client = Client(headers={"host": "evil.example.org"})
    assert client.post("/accounts/password/reset/", {"email": "BO@example.org"}).status_code == 302
    assert mail.outbox == [], "it is sent by `deliver`, never in a request"
    delivery.deliver()
    (message,) = mail.outbox
    assert message.to == ["bo@example.org"]
    assert "evil" not in message.body
    link = next(line for line in message.body.splitlines() if line.startswith("https://errors.example.org/"))
    client = Client()
    answer = client.get(link.removeprefix("https://errors.example.org"), follow=True)
    fields = {"password1": "another good password", "password2": "another good password"}
    assert client.post(answer.request["PATH_INFO"], fields).status_code == 302
    bo.refresh_from_db()
    assert bo.check_password("another good password")
    # The link works once.
    answer = Client().get(link.removeprefix("https://errors.example.org"), follow=True)
    assert "is no longer valid" in answer.content.decode()


def test_no_mail_goes_to_an_address_without_an_account(db) -> None:
    answer = Client().post("/accounts/password/reset/", {"email": "no@example.org"})
    assert answer["Location"] == "/accounts/password/reset/done/"
    delivery.deliver()
    assert mail.outbox == []


def test_a_password_is_changed(bo: User, sign_in) -> None:
    client = sign_in(bo)
    new = "another good password"
    fields = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert client.post("/accounts/password/change/", fields).status_code == 302
    bo.refresh_from_db()
    assert bo.check_password(new)


@pytest.mark.parametrize(
    "path",
    [
        "login/",
        "signup/",
        "inactive/",
        "confirm-email/",
        "password/reset/",
        "password/reset/done/",
        "password/reset/key/done/",
        "password/reset/key/x-y/",
    ],
)
def test_every_page_for_strangers_has_our_frame(db, path: str) -> None:
    page = Client().get(f"/accounts/{path}", follow=True).content.decode()
    assert '<main id="main"' in page
    assert page.count("<h1") == 1


@pytest.mark.parametrize("path", ["logout/", "reauthenticate/", "password/change/", "email/"])
def test_every_page_for_people_has_our_frame(bo: User, sign_in, path: str) -> None:
    page = sign_in(bo).get(f"/accounts/{path}", follow=True).content.decode()
    assert '<main id="main"' in page
    assert page.count("<h1") == 1


def test_the_password_is_confirmed_again(bo: User, sign_in) -> None:
    client = sign_in(bo)
    wrong = client.post("/accounts/reauthenticate/", {"password": "wrong"})
    assert "Incorrect password." in wrong.content.decode()
    assert client.post("/accounts/reauthenticate/", {"password": PASSWORD}).status_code == 302
