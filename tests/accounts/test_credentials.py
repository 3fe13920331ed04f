from __future__ import annotations

from collections import Counter
from typing import Any
from unittest import mock

import pytest
from argon2 import extract_parameters
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.test import Client, RequestFactory

from accounts.access import Capability
from accounts.credentials import password_user, sender_may
from accounts.models import Attempt, Project, User
from accounts.tokens import issuing
from accounts.tokens.presets import UPLOADS
from rustrak.lib import clock

PASSWORD = "correct horse battery staple"


def test_an_unknown_account_takes_as_long_as_one_of_the_known(db, settings) -> None:
    settings.PASSWORD_HASHERS = ["accounts.sign_in.hashing.Argon2"]
    old = Argon2PasswordHasher().encode(PASSWORD, "s" * 22)
    User.objects.create_user("new@example.org", PASSWORD)
    User.objects.bulk_create(User(email=f"old{n}@example.org", password=old) for n in range(2))
    costs: Counter[int] = Counter()

    def count(self, password: str, encoded: str) -> bool:
        costs[extract_parameters("$" + encoded.split("$", 1)[1]).memory_cost] += 1
        return False

    request = RequestFactory().post("/", REMOTE_ADDR="192.0.2.1")
    with mock.patch.object(Argon2PasswordHasher, "verify", count):
        for _ in range(3):
            assert password_user(request, "nobody@example.org", PASSWORD) is None
        assert len(costs) == 1  # the same each time
        for number in range(30):
            request = RequestFactory().post("/", REMOTE_ADDR=f"10.{number}.0.1")
            password_user(request, f"nobody{number}@example.org", PASSWORD)
    assert set(costs) == {19456, 102400}
    assert sum(costs.values()) == 33  # one hash each


@pytest.mark.parametrize("email", ["bo@example.org", "no@example.org"])
def test_a_password_that_is_too_long_is_an_error_and_not_hashed(bo: User, email: str) -> None:
    body = {"email": email, "password": "x" * 4097}
    with mock.patch("accounts.credentials._checked") as checked:
        answer = Client().post("/auth/login", body, content_type="application/json")
        page = Client().post("/accounts/login/", {"login": email, "password": "x" * 4097})
    assert (answer.status_code, answer.json()["error"]["message"]) == (
        400,
        "password: longer than 4096 characters",
    )
    assert "at most 4096 characters" in page.content.decode()
    assert not checked.called
    assert not Attempt.objects.exists()


def test_a_disabled_account_with_the_right_password_counts_as_a_failure(bo: User) -> None:
    User.objects.filter(pk=bo.pk).update(is_active=False)
    request = RequestFactory().post("/")
    assert password_user(request, bo.email, PASSWORD) is None
    assert Attempt.objects.exists()


def test_large_bodies_are_for_tokens_that_may_upload(
    bo: User, cy: User, shop: Project, django_assert_max_num_queries: Any
) -> None:
    may_upload = sender_may(Capability.PROJECT_RELEASES)

    def asked(user: User, **limits: Any) -> bool:
        token, text = issuing.issue(user, **limits)
        if limits.get("days"):
            token.expires_at = clock.now()
            token.save()
        with django_assert_max_num_queries(3):
            return may_upload(f"Bearer {text}")

    assert asked(bo)
    assert asked(bo, capabilities=UPLOADS, projects=[shop])
    assert not asked(bo, capabilities=["project:write", "event:admin"])
    assert not asked(bo, days=1)
    assert not asked(cy)
    for authorization in ("", "Bearer", f"Bearer {'0' * 40}", f"Basic {issuing.issue(bo)[1]}", "Bearer \0"):
        assert not may_upload(authorization)
