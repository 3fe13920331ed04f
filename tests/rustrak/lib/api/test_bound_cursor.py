from __future__ import annotations

from types import SimpleNamespace
from urllib.parse import urlencode

import pytest
from django.http import HttpRequest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Project, User
from rustrak.lib.api.bound_cursor import bind, unbind
from rustrak.lib.cursor import BadCursor, encode
from tests.lib import builders
from tests.lib.json_api import Caller, error_of

CURSOR = encode(("-id", 7))


def asked(path: str = "/api/projects/1/issues", person: int = 1, **query: str) -> HttpRequest:
    request = RequestFactory().get(f"{path}?{urlencode(query)}")
    request.user = SimpleNamespace(pk=person)  # type: ignore[assignment]
    return request


@pytest.mark.parametrize(
    "next_page",
    [
        asked(),
        asked("/api/projects/1/issues/"),
        asked(limit="100"),
        asked(cursor="x"),
    ],
)
def test_the_same_list_goes_on(next_page: HttpRequest) -> None:
    assert unbind(bind(CURSOR, asked()), next_page) == CURSOR


@pytest.mark.parametrize(
    "other",
    [
        asked("/api/projects/2/issues"),
        asked("/api/projects/1/issues/x"),
        asked(person=2),
        asked(filter="all"),
        asked(limit="20", sort="events"),
    ],
)
def test_another_list_is_refused(other: HttpRequest) -> None:
    with pytest.raises(BadCursor):
        unbind(bind(CURSOR, asked()), other)


@given(st.text(max_size=80) | st.binary(max_size=60).map(lambda raw: bind(CURSOR, asked())[:22] + raw.hex()))
def test_no_other_text_is_a_cursor(text: str) -> None:
    with pytest.raises(BadCursor):
        unbind(text, asked())


def test_a_long_text_is_refused_unread() -> None:
    with pytest.raises(BadCursor):
        unbind(bind("x" * 5000, asked()), asked())


@pytest.mark.django_db
def test_a_cursor_of_one_project_is_a_400_in_another(bo: User, shop: Project) -> None:
    other = Project.objects.create(name="Bank", slug="bank")
    other.memberships.create(user=bo)
    for project in (shop, other):
        for number in range(1, 4):
            builders.issue(project, number)
    call = Caller(bo)
    cursor = call.get(f"/api/projects/{shop.pk}/issues?limit=1")["next_cursor"]
    assert call("GET", f"/api/projects/{shop.pk}/issues?limit=2&cursor={cursor}").status_code == 200
    for path in (
        f"/api/projects/{other.pk}/issues?limit=1&cursor={cursor}",
        f"/api/projects/{shop.pk}/issues?limit=1&sort=events&cursor={cursor}",
        f"/api/projects/{shop.pk}/issues?limit=1&cursor={cursor[:-1]}",
        f"/api/projects/{shop.pk}/issues?limit=1&cursor={encode(('-last_seen,id', 'x', 'y'))}",
    ):
        answer = call("GET", path)
        assert error_of(answer) == (400, "ValidationError")
        assert answer.json()["error"]["message"] == "cursor: does not belong to this list"
