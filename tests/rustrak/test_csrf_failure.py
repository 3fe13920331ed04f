from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.test import Client, override_settings

from accounts.models import User
from rustrak import csrf_failure
from tests.conftest import PASSWORD
from tests.lib.growth import assert_linear

pytestmark = pytest.mark.django_db
FORM = {"login": "ana@example.org", "password": "x"}
LOGIN = "/accounts/login/"
PUBLIC = "https://errors.example.org"


def title(answer: Any) -> str:
    assert answer.status_code == 403
    found = re.search(r"<h1>(.*?)</h1>", answer.content.decode())
    assert found is not None
    return found[1]


def browser(*, cookies: bool = True) -> tuple[Client, dict[str, str]]:
    """A client that has opened the sign-in page, and its form."""
    client = Client(enforce_csrf_checks=True)
    page = client.get(LOGIN).content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert token is not None
    if not cookies:
        client.cookies.clear()
    return client, {**FORM, "csrfmiddlewaretoken": token[1]}


def test_a_good_form_is_accepted() -> None:
    client, form = browser()
    for origin in ("http://testserver", None):
        headers = {"origin": origin} if origin else {}
        assert client.post(LOGIN, form, headers=headers).status_code == 200


@pytest.mark.parametrize("secure", [False, True])
def test_origin_null_names_the_referrer_policy(secure: bool) -> None:
    client, form = browser()
    answer = client.post(LOGIN, form, headers={"origin": "null"}, secure=secure)
    assert title(answer) == "Your browser did not say where this form comes from"
    assert "Referrer-Policy: no-referrer" in answer.content.decode()
    assert "Referrer-Policy: same-origin" in answer.content.decode()


def test_our_own_pages_keep_origins() -> None:
    assert Client().get(LOGIN)["Referrer-Policy"] == "same-origin"


def test_another_host_names_public_url() -> None:
    client, form = browser()
    with override_settings(PUBLIC_URL=PUBLIC):
        answer = client.post(LOGIN, form, headers={"origin": "http://errors.internal:8080"})
    assert title(answer) == "This form was sent from another address"
    page = answer.content.decode()
    assert "from http://errors.internal:8080. Rustrak is at https://errors.example.org" in page
    assert "Host header" in page


@pytest.mark.parametrize(
    "origin", ["", "x", "http://[", "file://", "chrome-extension://abc", "<b>", "http://a@b\x07c", "x" * 9000]
)
def test_any_origin_is_answered_and_escaped(origin: str) -> None:
    client, form = browser()
    answer = client.post(LOGIN, form, headers={"origin": origin})
    assert title(answer) == "This form was sent from another address"
    assert "<b>" not in answer.content.decode()
    assert len(answer.content) < 20_000


@pytest.mark.parametrize(("browsers", "secure"), [("https", False), ("http", True)])
def test_a_proxy_that_hides_the_scheme_is_named(browsers: str, secure: bool) -> None:
    client, form = browser()
    answer = client.post(
        LOGIN, form, headers={"origin": f"{browsers}://errors.lan", "host": "errors.lan"}, secure=secure
    )
    assert title(answer).startswith(f"Your browser uses {browsers}, but Rustrak is told")
    page = answer.content.decode()
    assert f"PUBLIC_URL={browsers}://errors.lan" in page
    assert f"SSL_PROXY={str(browsers == 'https').lower()}" in page


@pytest.mark.parametrize(
    ("referer", "expected"),
    [
        (None, "Your browser did not say where this form comes from"),
        ("https://other.example/page", "This form was sent from another address"),
        ("http://testserver/page", "Your browser uses http, but Rustrak is told https"),
        ("nonsense", "This form was sent from another address"),
        ("https://[", "This form was sent from another address"),
    ],
)
def test_over_https_the_referer_decides_without_an_origin(referer: str | None, expected: str) -> None:
    client, form = browser()
    headers = {"referer": referer} if referer else {}
    answer = client.post(LOGIN, form, headers=headers, secure=True)
    assert title(answer) == expected
    assert "/page" not in answer.content.decode()


def test_without_cookies_the_page_says_so() -> None:
    client, form = browser(cookies=False)
    assert title(client.post(LOGIN, form)) == "Your browser sent no cookie"


@pytest.mark.parametrize(("secure", "told"), [(False, True), (True, False)])
def test_who_cannot_sign_in_over_http_is_told_where(settings: Any, secure: bool, told: bool) -> None:
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    settings.PUBLIC_URL = PUBLIC
    answer = Client(enforce_csrf_checks=True).post(
        LOGIN, FORM, secure=secure, headers={"referer": "https://testserver/"}
    )
    assert answer.status_code == 403
    assert (b'<a href="https://errors.example.org">' in answer.content) is told


def test_a_form_without_its_token() -> None:
    client, _ = browser()
    assert title(client.post(LOGIN, FORM)) == "This form arrived without its token"


@pytest.mark.parametrize("token", ["x" * 64, "short", "-" * 64])
def test_an_expired_page(token: str) -> None:
    client, _ = browser()
    assert title(client.post(LOGIN, {**FORM, "csrfmiddlewaretoken": token})) == "This page has expired"


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({}, "X-CSRFToken"),
        ({"origin": "null"}, "Referrer-Policy"),
        ({"origin": "https://evil.example"}, "from https://evil.example"),
        ({"x-csrftoken": "x" * 32}, "csrftoken cookie as X-CSRFToken"),
    ],
)
def test_programs_get_json_with_the_cause(bo: User, headers: dict[str, str], words: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.post("/auth/login", json.dumps({"email": bo.email, "password": PASSWORD}), "application/json")
    answer = client.post("/api/projects", json.dumps({"name": "Shop"}), "application/json", headers=headers)
    assert answer.status_code == 403
    error = answer.json()["error"]
    assert error["type"] == "Forbidden"
    assert words in error["message"]


@pytest.mark.parametrize("part", ["a", ":", "/", "[", "@", "\x07", "http://"])
def test_any_origin_takes_linear_time(part: str) -> None:
    assert_linear(lambda size: part * size, csrf_failure._origin)
