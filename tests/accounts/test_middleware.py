from __future__ import annotations

import re

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from accounts.middleware import ZONE_COOKIE, local_times
from accounts.models import Attempt, User
from accounts.sign_in import browsers
from rustrak.lib import problems
from rustrak.local_times import current
from tests.conftest import PASSWORD

FORM = {"login": "bo@example.org", "password": PASSWORD}


def test_a_sign_in_makes_the_browser_known(bo: User) -> None:
    client = Client()
    client.post("/accounts/login/", {**FORM, "password": "wrong"})
    assert browsers.COOKIE not in client.cookies
    client.post("/accounts/login/", FORM)
    assert client.cookies[browsers.COOKIE]["httponly"]


def test_a_busy_server_says_when_to_come_again_and_counts_nothing(
    bo: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*arguments: object) -> None:
        raise problems.Unavailable("Too many people are signing in.", retry_after=2)

    monkeypatch.setattr("accounts.credentials._checked", busy)
    page = Client().post("/accounts/login/", FORM)
    assert (page.status_code, page["Retry-After"]) == (503, "2")
    assert "The server is busy" in page.content.decode()
    body = {"email": "bo@example.org", "password": PASSWORD}
    answer = Client().post("/auth/login", body, content_type="application/json")
    assert (answer.status_code, answer["Retry-After"]) == (503, "2")
    assert answer.json()["error"]["type"] == "ServiceUnavailable"
    assert not Attempt.objects.exists()


def test_other_errors_are_not_its_business(bo: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr("accounts.credentials._checked", broken)
    with pytest.raises(RuntimeError):
        Client().post("/accounts/login/", FORM)


@pytest.mark.parametrize(
    ("cookie", "zone"),
    [
        ("Asia/Kolkata", "UTC+5:30"),
        ("Etc/GMT+3", "UTC-3"),
        ("", None),
        ("Mars/Base", None),
        ("../../../etc/passwd", None),
        ("x" * 4000, None),
    ],
)
def test_times_are_in_the_browsers_zone(bo: User, bo_client: Client, cookie: str, zone: str | None) -> None:
    bo_client.cookies[ZONE_COOKIE] = cookie
    title = re.search(r'<time [^>]*title="([^"]*)"', bo_client.get("/profile/").content.decode())
    assert title
    assert title[1].split(" (")[0].endswith(f" {zone or 'UTC'}")


def test_the_api_answers_in_utc(bo: User, bo_client: Client) -> None:
    User.objects.filter(pk=bo.pk).update(time_zone="Asia/Kolkata")
    seen = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append(current.style().zone_name)
        return HttpResponse()

    for path in ("/api/issues", "/profile/"):
        request = RequestFactory().get(path)
        request.user = User.objects.get(pk=bo.pk)
        local_times(view)(request)
    assert seen == ["UTC", "Asia/Kolkata"]
