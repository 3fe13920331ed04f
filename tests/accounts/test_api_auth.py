"""/auth/login, /auth/logout, /auth/me, /auth/register"""

from __future__ import annotations

import re
from datetime import timedelta
from unittest import mock

import pytest
import time_machine
from django.conf import LazySettings
from django.contrib.auth.hashers import MD5PasswordHasher

from accounts.models import ApiToken, Attempt, User
from rustrak.lib import clock
from tests.conftest import PASSWORD
from tests.lib.json_api import Caller, error_of

pytestmark = pytest.mark.django_db


def log_in(
    email: str = "bo@example.org", password: str = PASSWORD, caller: Caller | None = None, **more: str
):
    return (caller or Caller()).client.post(
        "/auth/login", {"email": email, "password": password}, content_type="application/json", **more
    )


def test_login_returns_the_user_and_starts_a_session(bo: User) -> None:
    caller = Caller()
    answer = log_in(caller=caller)
    assert answer.status_code == 200
    assert answer.json() == {"user": {"id": bo.pk, "email": "bo@example.org", "is_admin": False}}
    assert {"sessionid", "csrftoken"} <= set(answer.cookies)
    assert caller.get("/auth/me") == {"id": bo.pk, "email": "bo@example.org", "is_admin": False}
    caller.headers["X-CSRFToken"] = answer.cookies["csrftoken"].value
    assert caller("POST", "/api/tokens", {}).status_code == 201


def test_login_takes_the_address_in_any_case(ana: User) -> None:
    assert log_in(" ANA@Example.ORG ").json()["user"]["is_admin"] is True


def test_login_fails_alike_for_unknown_wrong_and_disabled(bo: User, cy: User) -> None:
    User.objects.filter(pk=cy.pk).update(is_active=False)
    answers = []
    for email, password in (
        ("dee@example.org", PASSWORD),
        ("bo@example.org", "wrong"),
        ("cy@example.org", PASSWORD),
    ):
        with mock.patch.object(
            MD5PasswordHasher, "encode", autospec=True, side_effect=MD5PasswordHasher.encode
        ) as hashed:
            answer = log_in(email, password)
        assert error_of(answer) == (401, "Unauthorized")
        assert "sessionid" not in answer.cookies
        answers.append((answer.content, hashed.call_count))
    assert len(set(answers)) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b"{}",
        b'{"email": "bo@example.org"}',
        b'{"email": 7, "password": "x"}',
        b'{"email": "bo@example.org", "password": null}',
        b'{"email": ["bo@example.org"], "password": "x"}',
        b'{"email": "bo\\u0000@example.org", "password": "x"}',
        b'{"email": "\\ud800", "password": "x"}',
        b'\xff{"email": "bo@example.org", "password": "x"}',
        b"[" * 100_000,
    ],
)
def test_login_refuses_invalid_credentials(body: bytes) -> None:
    answer = Caller().client.generic(
        "POST", "/auth/login", body, headers={"Content-Type": "application/json"}
    )
    assert error_of(answer) == (400, "ValidationError")


@pytest.mark.parametrize("path", ["/auth/login", "/auth/register"])
@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", ""]
)
def test_bodies_that_are_not_json_are_unsupported(path: str, kind: str) -> None:
    body = b'{"email": "bo@example.org", "password": "x"}'
    assert error_of(Caller().client.post(path, body, content_type=kind)) == (415, "ValidationError")


def test_json_with_a_charset_is_json(bo: User) -> None:
    body = {"email": "bo@example.org", "password": PASSWORD}
    assert (
        Caller().client.post("/auth/login", body, content_type="application/json; charset=utf-8").status_code
        == 200
    )


def test_ten_failures_pause_an_account_for_one_address(bo: User, cy: User) -> None:
    with time_machine.travel(clock.now(), tick=False) as time:
        for _ in range(10):
            assert log_in(password="wrong").status_code == 401
            time.shift(1)
        answer = log_in("BO@example.org")
        assert answer.status_code == 429
        assert answer["Retry-After"] == "290"
        assert answer.json() == {"error": "rate_limit_exceeded", "retry_after": 290}
        assert log_in(REMOTE_ADDR="192.0.2.7").status_code == 200
        assert log_in("cy@example.org").status_code == 200
        time.shift(289)
        assert log_in().status_code == 429
        time.shift(2)
        assert log_in().status_code == 200


def test_an_unknown_account_is_paused_like_a_known_one() -> None:
    assert [log_in("dee@example.org").status_code for _ in range(12)] == [401] * 10 + [429] * 2


def test_successes_do_not_count(bo: User) -> None:
    assert {log_in().status_code for _ in range(12)} == {200}
    for _ in range(9):
        log_in(password="wrong")
    assert {log_in().status_code for _ in range(3)} == {200}
    assert log_in(password="wrong").status_code == 401
    assert log_in().status_code == 429


def test_failures_are_deleted_and_store_no_name(bo: User) -> None:
    with time_machine.travel(clock.now(), tick=False) as time:
        log_in(password="wrong")
        keys = set(Attempt.objects.values_list("key", flat=True))
        assert len(keys) == 3
        assert all(re.fullmatch("[0-9a-f]{64}", key) for key in keys)
        time.shift(timedelta(hours=1, minutes=1))
        log_in("dee@example.org")
        assert Attempt.objects.count() == 3
        assert not Attempt.objects.filter(key__in=keys, at__lt=clock.now() - timedelta(hours=1)).exists()


def test_logout_ends_the_session(bo: User) -> None:
    caller = Caller(bo)
    answer = caller("POST", "/auth/logout")
    assert (answer.status_code, answer.content) == (204, b"")
    assert error_of(caller("GET", "/auth/me")) == (401, "Unauthorized")


def test_logout_is_for_anyone() -> None:
    assert Caller()("POST", "/auth/logout").status_code == 204


def test_logout_of_a_session_needs_the_csrf_token(bo: User) -> None:
    caller = Caller(bo)
    del caller.headers["X-CSRFToken"]
    assert error_of(caller("POST", "/auth/logout")) == (403, "Forbidden")
    caller.get("/auth/me")


def test_me_needs_a_signed_in_user(bo: User) -> None:
    answer = Caller()("GET", "/auth/me")
    assert error_of(answer) == (401, "Unauthorized")
    assert answer["WWW-Authenticate"] == "Bearer"
    assert Caller(bo, token=True).get("/auth/me") == {
        "id": bo.pk,
        "email": "bo@example.org",
        "is_admin": False,
    }


@pytest.mark.parametrize(
    "value", ["Bearer", "Bearer ", "Bearer x", "Bearer " + "0" * 40, "bearer " + "0" * 41]
)
def test_a_bad_token_is_refused_even_beside_a_session(bo: User, value: str) -> None:
    assert error_of(Caller(bo)("GET", "/auth/me", Authorization=value)) == (401, "Unauthorized")


def test_a_token_in_capitals_or_cut_is_refused(bo: User) -> None:
    text = ApiToken.objects.issue(bo)[1]
    for value in (text.upper(), text[:39], f" {text}", f"{text} x"):
        if value == text:  # only digits, nothing to capitalise
            continue
        assert Caller()("GET", "/auth/me", Authorization=f"Bearer {value}").status_code == 401
    assert Caller()("GET", "/auth/me", Authorization=f"bearer {text}").status_code == 200


def test_a_disabled_user_has_no_access(bo: User) -> None:
    callers = [Caller(bo), Caller(bo, token=True)]
    User.objects.filter(pk=bo.pk).update(is_active=False)
    for caller in callers:
        assert error_of(caller("GET", "/auth/me")) == (401, "Unauthorized")


def test_use_of_a_token_is_recorded_once_a_minute(bo: User) -> None:
    caller = Caller(bo, token=True)
    with time_machine.travel(clock.now(), tick=False) as time:
        caller.get("/auth/me")
        first = ApiToken.objects.get().last_used_at
        assert first == clock.now()
        time.shift(59)
        caller.get("/auth/me")
        assert ApiToken.objects.get().last_used_at == first
        time.shift(1)
        caller.get("/auth/me")
        assert ApiToken.objects.get().last_used_at == clock.now()


def register(email: object = "Dee@Example.org", password: object = "plenty of long words", **more: str):
    body = {"email": email, "password": password}
    return Caller().client.post("/auth/register", body, content_type="application/json", **more)


@pytest.mark.parametrize("mode", ["invite", "closed"])
def test_registration_is_refused_unless_open(ana: User, settings: LazySettings, mode: str) -> None:
    settings.REGISTRATION = mode
    assert error_of(register()) == (403, "Forbidden")
    assert list(User.objects.all()) == [ana]


@pytest.mark.parametrize("admin", ["none", "inactive", "demoted"])
def test_registration_is_closed_until_there_is_an_admin(
    bo: User, ana: User, settings: LazySettings, admin: str
) -> None:
    settings.REGISTRATION = "open"
    if admin == "none":
        ana.delete()
    User.objects.filter(email=ana.email).update(
        is_active=admin != "inactive", role="member" if admin == "demoted" else "owner"
    )
    assert error_of(register()) == (403, "Forbidden")
    assert not User.objects.filter(email="dee@example.org").exists()


class TestOpenRegistration:
    @pytest.fixture(autouse=True)
    def _open(self, ana: User, settings: LazySettings) -> None:
        settings.REGISTRATION = "open"

    def test_creates_an_ordinary_user_with_a_session(self) -> None:
        answer = register()
        assert answer.status_code == 201
        dee = User.objects.get(email="dee@example.org")
        assert answer.json() == {"user": {"id": dee.pk, "email": "dee@example.org", "is_admin": False}}
        assert {"sessionid", "csrftoken"} <= set(answer.cookies)
        assert dee.role == "member"
        assert log_in("dee@example.org", "plenty of long words").status_code == 200

    def test_refuses_an_address_in_use_in_any_case(self, bo: User) -> None:
        assert error_of(register("BO@example.org")) == (400, "ValidationError")

    def test_refuses_an_address_that_was_taken_meanwhile(self, bo: User) -> None:
        with (
            mock.patch("accounts.bootstrap.admin_exists", return_value=True),
            mock.patch("django.db.models.query.QuerySet.exists", return_value=False),
        ):
            assert error_of(register("bo@example.org")) == (400, "ValidationError")

    @pytest.mark.parametrize(
        "email", ["", "dee", "dee@", "a@b@c.org", "d" * 250 + "@example.org", 7, None, "d\0@e.org"]
    )
    def test_refuses_an_invalid_address(self, email: object) -> None:
        assert error_of(register(email)) == (400, "ValidationError")

    @pytest.mark.parametrize("password", ["", "short", "password123", "dee@example.org", 12345678901])
    def test_refuses_a_weak_password(self, password: object) -> None:
        assert error_of(register(password=password)) == (400, "ValidationError")
        assert User.objects.count() == 1

    def test_is_limited_by_network_before_anything_is_hashed(self, bo: User) -> None:
        statuses = [register("bo@example.org").status_code for _ in range(21)]
        assert statuses == [400] * 20 + [429]
        with mock.patch.object(MD5PasswordHasher, "encode", autospec=True) as hashed:
            answer = register()
        assert (answer.status_code, hashed.call_count) == (429, 0)
        assert 0 < int(answer["Retry-After"]) <= 3600
        assert register(REMOTE_ADDR="192.0.2.7").status_code == 201

    def test_is_limited_from_everywhere_together(self) -> None:
        with mock.patch("accounts.sign_in.limits.SIGN_UPS", 3):
            statuses = [
                register(f"d{n}@example.org", REMOTE_ADDR=f"192.0.{n}.1").status_code for n in range(4)
            ]
        assert statuses == [201, 201, 201, 429]
