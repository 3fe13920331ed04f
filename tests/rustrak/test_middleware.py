from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from accounts.models import ApiToken, Project, User
from rustrak.lib.http import response_headers
from rustrak.middleware import headers

TIMING = re.compile(r'^db;desc="(\d+) queries";dur=\d+\.\d, total;dur=\d+\.\d$')

Sign = Callable[[User], Client]


def test_signed_in_users_get_server_timing(bo: User, shop: Project, sign_in: Sign) -> None:
    answer = sign_in(bo).get("/")
    found = TIMING.match(answer["Server-Timing"])
    assert found
    # The session and its user at least.
    assert int(found[1]) >= 2


def test_the_number_of_queries_is_right(
    bo: User, sign_in: Sign, django_assert_num_queries: Callable[..., object]
) -> None:
    client = sign_in(bo)
    first = TIMING.match(client.get("/")["Server-Timing"])
    assert first
    with django_assert_num_queries(int(first[1])):
        client.get("/")


def test_the_api_sends_it_to_sessions_and_tokens(bo: User, sign_in: Sign) -> None:
    assert TIMING.match(sign_in(bo).get("/auth/me")["Server-Timing"])
    _, text = ApiToken.objects.issue(bo)
    answer = Client().get("/api/projects", headers={"Authorization": f"Bearer {text}"})
    assert answer.status_code == 200
    assert TIMING.match(answer["Server-Timing"])


@pytest.mark.django_db
def test_others_do_not_get_it() -> None:
    for path in ("/", "/accounts/login/", "/health", "/api/projects"):
        assert "Server-Timing" not in Client().get(path)
    answer = Client().get("/api/projects", headers={"Authorization": f"Bearer {'0' * 40}"})
    assert answer.status_code == 401
    assert "Server-Timing" not in answer


@pytest.mark.django_db
def test_no_wrapper_stays_on_the_connection() -> None:
    before = list(connection.execute_wrappers)
    Client().get("/accounts/login/")
    assert connection.execute_wrappers == before


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["/", "/accounts/login/", "/x", "/api/projects", "/auth/me", "/admin/login/", "/metrics"]
)
def test_no_answer_is_kept_in_a_cache(path: str) -> None:
    answer = Client().get(path)
    assert answer["Cache-Control"] == "private, no-store"
    assert "Cookie" in answer["Vary"]


def test_signed_in_pages_and_the_api_are_not_kept_either(bo: User, shop: Project, sign_in: Sign) -> None:
    for path in ("/", "/projects/shop/", "/auth/me", "/api/projects", "/api/tokens"):
        assert sign_in(bo).get(path)["Cache-Control"] == "private, no-store"


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/accounts/login/", "/x", "/api/projects", "/metrics", "/health/probe"])
def test_every_answer_has_the_security_headers(path: str) -> None:
    answer = Client().get(path)
    for name, value in response_headers.SECURITY.items():
        assert answer[name] == value


def test_static_files_stay_in_caches() -> None:
    def static(request: HttpRequest) -> HttpResponse:
        return HttpResponse(
            "x", headers={"Cache-Control": "max-age=315360000, public"}, status=statuses.pop()
        )

    statuses = [404, 200]
    factory = RequestFactory()
    answer = headers(static)(factory.get("/static/app.1234.css"))
    assert answer["Cache-Control"] == "max-age=315360000, public"
    assert headers(static)(factory.get("/static/none.css"))["Cache-Control"] == "private, no-store"


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/accounts/login/", "/auth/login"])
def test_a_database_that_cannot_be_used_is_503(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OperationalError("database or disk is full")

    monkeypatch.setattr("accounts.credentials.attempts.reserve", full)
    client = Client(raise_request_exception=False)
    if path == "/auth/login":
        answer = client.post(path, {"email": "a@b.example", "password": "x"}, content_type="application/json")
        assert answer.json()["error"]["type"] == "ServiceUnavailable"
    else:
        answer = client.post(path, {"login": "a@b.example", "password": "x"})
    assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    assert b"disk is full" not in answer.content
