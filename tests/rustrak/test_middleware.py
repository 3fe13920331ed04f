from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client

from accounts.models import ApiToken, Project, User

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
