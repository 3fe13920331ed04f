"""/api/projects/{id}/issues/{uuid}/tags and /activity"""

from __future__ import annotations

from uuid import uuid4

import pytest

from accounts.models import Project, User
from issues import lifecycle
from issues.models import Event, Issue
from issues.record.writer import record
from tests.lib.json_api import Caller, error_of
from tests.lib.occurrences import NOW, thrown

pytestmark = pytest.mark.django_db


@pytest.fixture
def path(shop: Project) -> str:
    """Of an issue with five events, two of which carry a tag."""
    told = [thrown(tags={"a": "\u202e<b>", "z": "1"}), thrown(tags={"a": "2"})]
    record(shop.pk, [*told, *(thrown(release="r1") for _ in range(3))], NOW)
    return f"/api/projects/{shop.pk}/issues/{Issue.objects.get().pk}"


def test_tags_with_their_values(bo: User, path: str) -> None:
    found = {each["key"]: each for each in Caller(bo).all(f"{path}/tags")}
    assert found["a"] == {
        "key": "a",
        "count": 2,
        "value_count": 2,
        "values": [{"value": "2", "count": 1}, {"value": "\u202e<b>", "count": 1}],
    }
    assert found["level"]["values"] == [{"value": "error", "count": 5}]
    assert found["release"]["count"] == 3


@pytest.mark.parametrize("what", ["tags", "activity"])
def test_pagination(bo: User, path: str, what: str) -> None:
    for _ in range(2):
        lifecycle.resolve(Issue.objects.all(), bo)
        lifecycle.reopen(Issue.objects.all(), bo)
    whole = Caller(bo).all(f"{path}/{what}")
    assert len(whole) >= 4
    assert Caller(bo).all(f"{path}/{what}", limit=1) == whole
    assert error_of(Caller(bo)("GET", f"{path}/{what}?cursor=x")) == (400, "ValidationError")


def test_who_did_what(bo: User, path: str) -> None:
    lifecycle.resolve(Issue.objects.all(), bo)
    lifecycle.reopen(Issue.objects.all(), None)
    found = Caller(bo).all(f"{path}/activity")
    first = Event.objects.get(digest_order=1)
    assert [(each["kind"], each["user"], each["event_id"]) for each in found] == [
        ("reopened", None, None),
        ("resolved", {"id": bo.pk, "name": bo.get_short_name()}, None),
        ("created", None, str(first.pk)),
    ]
    Event.objects.all().delete()
    assert Caller(bo).all(f"{path}/activity")[-1]["event_id"] is None


@pytest.mark.parametrize(("what", "count"), [("tags", 6), ("activity", 5)])
def test_statements(bo: User, path: str, what: str, count: int, django_assert_max_num_queries) -> None:
    caller = Caller(bo)
    with django_assert_max_num_queries(count):
        caller.get(f"{path}/{what}")


@pytest.mark.parametrize("what", ["tags", "activity"])
def test_other_users_see_nothing(bo: User, cy: User, shop: Project, path: str, what: str) -> None:
    assert error_of(Caller(cy)("GET", f"{path}/{what}")) == (404, "NotFound")
    assert error_of(Caller()("GET", f"{path}/{what}")) == (401, "Unauthorized")
    missing = f"/api/projects/{shop.pk}/issues/{uuid4()}/{what}"
    assert error_of(Caller(bo)("GET", missing)) == (404, "NotFound")
