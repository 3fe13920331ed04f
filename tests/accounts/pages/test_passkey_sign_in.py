"""Passkeys, from the page that adds one to the session, with a key in Python; and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator as Stored
from django.conf import LazySettings
from django.contrib.sessions.models import Session
from django.test import Client

from accounts.models import User
from accounts.pages import passkey_sign_in
from accounts.sign_in import second_factors
from tests.conftest import PASSWORD
from tests.lib.authenticator import PRESENT, Authenticator

ORIGIN = "https://errors.example.org"
ADD, ENTER, SECOND = (
    f"/accounts/2fa/{path}" for path in ("webauthn/add/", "webauthn/login/", "authenticate/")
)
JSON = {"Accept": "application/json"}


@pytest.fixture(autouse=True)
def at_a_name(settings: LazySettings) -> None:
    settings.PUBLIC_URL = ORIGIN


def add(client: Client, key: Authenticator, **client_data: Any) -> Any:
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    options = client.get(ADD).context["js_data"]["creation_options"]
    return client.post(ADD, {"name": "laptop", "credential": key.made(options, **client_data)})


def asked(client: Client) -> dict[str, Any]:
    options: dict[str, Any] = client.get(ENTER, headers=JSON).json()["request_options"]
    return options


def is_signed_in(client: Client) -> bool:
    return client.get("/profile/").status_code == 200


@pytest.fixture
def key(bo: User, bo_client: Client) -> Authenticator:
    """Bo's passkey."""
    key = Authenticator(ORIGIN)
    assert add(bo_client, key)["Location"] == "/accounts/2fa/recovery-codes/"
    return key


def test_a_passkey_signs_in_by_itself_and_leads_on(bo: User, key: Authenticator) -> None:
    assert second_factors.is_needed(bo)
    browser = Client()
    assert asked(browser)["publicKey"]["rpId"] == "errors.example.org"
    answer = browser.post(ENTER, {"credential": key.signed(asked(browser)), "next": "/profile/security/"})
    assert answer["Location"] == "/profile/security/"
    assert "laptop" in browser.get("/profile/security/").content.decode()
    other = Client()
    answer = other.post(ENTER, {"credential": key.signed(asked(other)), "next": "//evil.example.org/"})
    assert answer["Location"] == "/"


def test_a_passkey_is_the_second_step_after_the_password(bo: User, key: Authenticator) -> None:
    browser = Client()
    assert browser.post("/accounts/login/", {"login": bo.email, "password": PASSWORD})["Location"] == SECOND
    options = browser.get(SECOND).context["js_data"]["request_options"]
    assert not is_signed_in(browser)
    assert browser.post(SECOND, {"credential": key.signed(options)}).status_code == 302
    assert is_signed_in(browser)


def test_one_is_renamed_and_removed(bo: User, bo_client: Client, key: Authenticator) -> None:
    stored = Stored.objects.get(type="webauthn")
    bo_client.post(f"/accounts/2fa/webauthn/keys/{stored.pk}/edit/", {"name": "key ring"})
    assert "key ring" in bo_client.get("/profile/security/").content.decode()
    answer = bo_client.post(f"/accounts/2fa/webauthn/keys/{stored.pk}/remove/", follow=True)
    assert answer.redirect_chain[-1][0] == "/profile/security/"
    assert not Stored.objects.exists(), "recovery codes go with the last second factor"


def test_one_of_somebody_else_is_not_found(cy: User, key: Authenticator, sign_in) -> None:
    client = sign_in(cy)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    stored = Stored.objects.get(type="webauthn")
    for what in ("edit", "remove"):
        path = f"/accounts/2fa/webauthn/keys/{stored.pk}/{what}/"
        assert client.post(path, {"name": "mine"}).status_code == 404
    assert Stored.objects.get(pk=stored.pk).data == stored.data


def test_an_answer_works_once(key: Authenticator) -> None:
    browser, thief = Client(), Client()
    sent = {"credential": key.signed(asked(browser))}
    thief.cookies[passkey_sign_in.COOKIE] = browser.cookies[passkey_sign_in.COOKIE].value
    assert browser.post(ENTER, sent).status_code == 302
    assert thief.post(ENTER, sent).status_code == 429
    assert (is_signed_in(browser), is_signed_in(thief)) == (True, False)


def _other_key(key: Authenticator) -> Authenticator:
    other = Authenticator(ORIGIN)
    other.identifier, other.handle = key.identifier, key.handle
    return other


def _unverified(key: Authenticator) -> Authenticator:
    key.flags = PRESENT
    return key


def _of_nobody(key: Authenticator) -> Authenticator:
    key.handle = "OTk5OTk5"
    return key


@pytest.mark.parametrize(
    ("change", "client_data"),
    [
        (_other_key, {}),
        (_unverified, {}),
        (_of_nobody, {}),
        (None, {"origin": "https://evil.example.org"}),
        (None, {"origin": "https://sub.errors.example.org"}),
        (None, {"origin": "https://errors.example.org:8443"}),
        (None, {"origin": "http://errors.example.org"}),
        (None, {"crossOrigin": True}),
        (None, {"type": "webauthn.create"}),
        (None, {"challenge": "AAAAAAAAAAAAAAAAAAAAAA"}),
    ],
)
def test_what_is_not_the_passkey_of_this_page_is_refused(
    key: Authenticator, change: Callable[[Authenticator], Authenticator] | None, client_data: dict[str, Any]
) -> None:
    browser = Client()
    before = Session.objects.count()
    options = asked(browser)
    sent = (change(key) if change else key).signed(options, **client_data)
    answer = browser.post(ENTER, {"credential": sent}, follow=True)
    assert "This passkey was not accepted" in answer.content.decode()
    assert not is_signed_in(browser)
    assert Session.objects.count() == before, "strangers leave no session"


@pytest.mark.parametrize(
    "sent",
    [
        "", "{", "null", "7", "[]", "{}", "[" * 10_000, '{"a":' * 3_000, "x" * 100_000, '{"response": 1}',
        '{"response": {"clientDataJSON": "e30"}}', '{"id": 1, "rawId": [], "response": {"clientDataJSON": null}}',
    ],
)  # fmt: skip
def test_what_no_browser_sends_is_refused_everywhere(
    bo: User, key: Authenticator, bo_client: Client, sent: str
) -> None:
    stranger = Client()
    asked(stranger)
    assert stranger.post(ENTER, {"credential": sent}).status_code == 302
    assert not is_signed_in(stranger)
    bo_client.get(ADD)
    assert bo_client.post(ADD, {"credential": sent}).status_code == 200
    assert bo_client.post("/accounts/2fa/webauthn/reauthenticate/", {"credential": sent}).status_code == 302
    halfway = Client()
    halfway.post("/accounts/login/", {"login": bo.email, "password": PASSWORD})
    assert halfway.post(SECOND, {"credential": sent}).status_code == 200
    assert Stored.objects.filter(type="webauthn").count() == 1


@pytest.mark.parametrize("part", ["authenticatorData", "signature", "userHandle", "clientDataJSON"])
@pytest.mark.parametrize("value", [None, 7, [], {}, "", "!", "AA", "AAAA" * 500])
def test_a_spoiled_part_is_refused(key: Authenticator, part: str, value: Any) -> None:
    browser = Client()
    sent = json.loads(key.signed(asked(browser)))
    sent["response"][part] = value
    assert browser.post(ENTER, {"credential": json.dumps(sent)}).status_code == 302
    assert not is_signed_in(browser)


def test_an_answer_without_a_question_is_refused(key: Authenticator) -> None:
    browser = Client()
    sent = key.signed(asked(browser))
    for cookie in ("", "forged"):
        browser.cookies.clear()
        browser.cookies[passkey_sign_in.COOKIE] = cookie
        browser.post(ENTER, {"credential": sent})
        assert not is_signed_in(browser)


def test_the_passkey_of_a_deactivated_person_opens_nothing(bo: User, key: Authenticator) -> None:
    User.objects.filter(pk=bo.pk).update(is_active=False)
    browser = Client()
    browser.post(ENTER, {"credential": key.signed(asked(browser))})
    User.objects.filter(pk=bo.pk).update(is_active=True)
    assert not is_signed_in(browser)


def test_a_key_that_does_not_ask_who_is_there_is_not_added(bo: User, bo_client: Client) -> None:
    answer = add(bo_client, Authenticator(ORIGIN, flags=PRESENT))
    assert answer.status_code == 200
    assert "This passkey was not accepted" in answer.content.decode()
    assert add(bo_client, Authenticator("https://evil.example.org")).status_code == 200
    assert not Stored.objects.exists()


def test_there_are_not_more_than_a_person_needs(
    bo: User, bo_client: Client, key: Authenticator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(second_factors, "MOST_PASSKEYS", 1)
    assert "as many as one may have" in add(bo_client, Authenticator(ORIGIN)).content.decode()
    assert Stored.objects.filter(type="webauthn").count() == 1


def test_the_page_says_why_there_are_no_passkeys(bo_client: Client, settings: LazySettings) -> None:
    settings.PUBLIC_URL = "http://192.0.2.1:8000"
    assert "need a host name" in bo_client.get("/profile/security/").content.decode()
    assert "Sign in with a passkey" not in Client().get("/accounts/login/").content.decode()
