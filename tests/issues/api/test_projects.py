"""/api/projects"""

from __future__ import annotations

import re

import pytest

from accounts.models import Membership, Project, User
from issues.models import Event, Issue
from tests.lib import builders
from tests.lib.json_api import Caller, error_of

pytestmark = pytest.mark.django_db

FIELDS = {
    "id", "name", "slug", "dsn", "sentry_key", "stored_event_count", "digested_event_count", "created_at", "updated_at",
    "grouping", "grouping_transition_ends_at",
}  # fmt: skip


def test_a_project_has_the_contracts_fields(bo: User, shop: Project) -> None:
    Project.objects.filter(pk=shop.pk).update(stored_event_count=3, digested_event_count=4)
    found = Caller(bo).get(f"/api/projects/{shop.pk}")
    assert set(found) == FIELDS
    assert (found["id"], found["name"], found["slug"]) == (shop.pk, "Shop", "shop")
    assert (found["stored_event_count"], found["digested_event_count"]) == (3, 4)
    assert re.fullmatch("[0-9a-f]{32}", found["sentry_key"])
    assert found["dsn"] == f"http://{found['sentry_key']}@testserver/{shop.pk}"
    for moment in (found["created_at"], found["updated_at"]):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z", moment)


def test_the_list_has_the_projects_a_user_may_see(ana: User, bo: User, cy: User, shop: Project) -> None:
    Project.objects.create(name="Café", slug="cafe")
    assert [project["slug"] for project in Caller(ana).all("/api/projects", limit=1)] == ["shop", "cafe"]
    [only] = Caller(bo, token=True).all("/api/projects")
    assert only == Caller(bo).get(f"/api/projects/{shop.pk}")
    assert Caller(cy).get("/api/projects") == {"items": [], "next_cursor": None, "has_more": False}


def test_queries_do_not_grow_with_the_list(ana: User, django_assert_num_queries) -> None:
    caller = Caller(ana)
    for number in range(8):
        Project.objects.create(name=f"P{number}", slug=f"p{number}")
    with django_assert_num_queries(3):  # session, user, list
        assert len(caller.get("/api/projects")["items"]) == 8


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=101", "limit=-1", "limit=x", "limit=", "limit=1.0", "limit=1e1", "limit=%2B5", "limit=٣",
     "limit=" + "9" * 30, "cursor=x", "cursor=WzFd", "cursor=%00", "cursor=" + "A" * 5000],
)  # fmt: skip
def test_a_bad_limit_or_cursor_is_refused(bo: User, query: str) -> None:
    assert error_of(Caller(bo)("GET", f"/api/projects?{query}")) == (400, "ValidationError")


def test_limits_from_1_to_100_are_taken_and_20_is_the_default(ana: User) -> None:
    Project.objects.bulk_create(Project(name=f"P{number}", slug=f"p{number}") for number in range(101))
    caller = Caller(ana)
    for query, length in (("", 20), ("?limit=1", 1), ("?limit=100", 100)):
        assert len(caller.get(f"/api/projects{query}")["items"]) == length


def test_the_default_is_20(ana: User) -> None:
    Project.objects.bulk_create(Project(name=f"P{number}", slug=f"p{number}") for number in range(21))
    assert len(Caller(ana).get("/api/projects")["items"]) == 20
    assert len(Caller(ana).all("/api/projects", limit=20)) == 21


def test_the_creator_of_a_project_becomes_its_admin(cy: User) -> None:
    answer = Caller(cy)("POST", "/api/projects", {"name": " Web  Shop "})
    assert answer.status_code == 201
    made = answer.json()
    assert set(made) == FIELDS
    assert (made["name"], made["slug"], made["stored_event_count"]) == ("Web Shop", "web-shop", 0)
    assert Caller(cy).get(f"/api/projects/{made['id']}") == made
    assert Membership.objects.get().role == "admin"


def test_a_slug_may_be_given_and_is_made_unique_when_not(cy: User) -> None:
    caller = Caller(cy)
    assert caller("POST", "/api/projects", {"name": "One", "slug": "my_slug-1"}).json()["slug"] == "my_slug-1"
    assert (
        caller("POST", "/api/projects", {"name": "My_slug 1", "slug": None}).json()["slug"] == "my_slug-1-2"
    )
    assert caller("POST", "/api/projects", {"name": "日本"}).json()["slug"] == "riben"
    assert caller("POST", "/api/projects", {"name": "中国"}).json()["slug"] == "zhongguo"


@pytest.mark.parametrize("body", [{"name": "sHOP"}, {"name": "Other", "slug": "shop"}])
def test_a_name_or_slug_in_use_is_a_conflict(cy: User, shop: Project, body: dict[str, str]) -> None:
    assert error_of(Caller(cy)("POST", "/api/projects", body)) == (409, "Conflict")
    assert Project.objects.count() == 1


@pytest.mark.parametrize(
    "body",
    [{}, [], "x", {"name": ""}, {"name": "  "}, {"name": 7}, {"name": None}, {"name": "x" * 101}, {"name": "a\0b"},
     {"name": "a\x07b"}, {"name": "x", "slug": ""}, {"name": "x", "slug": "Shop"}, {"name": "x", "slug": "a b"},
     {"name": "x", "slug": "-a"}, {"name": "x", "slug": "x" * 51}, {"name": "x", "slug": 7}],
)  # fmt: skip
def test_an_invalid_project_is_refused(cy: User, body: object) -> None:
    assert error_of(Caller(cy)("POST", "/api/projects", body)) == (400, "ValidationError")
    assert not Project.objects.exists()


def test_an_admin_renames_a_project(ana: User, shop: Project) -> None:
    path = f"/api/projects/{shop.pk}"
    before = Caller(ana).get(path)
    answer = Caller(ana)("PATCH", path, {"name": "Store"})
    assert answer.status_code == 200
    after = answer.json()
    assert after == before | {"name": "Store", "updated_at": after["updated_at"]}
    assert after["updated_at"] > before["updated_at"]
    assert Caller(ana)("PATCH", path, {"slug": "store"}).json()["slug"] == "store"
    assert Caller(ana)("PATCH", path, {}).json()["name"] == "Store"


def test_the_grouping_is_chosen_and_changed(ana: User) -> None:
    caller = Caller(ana)
    assert caller("POST", "/api/projects", {"name": "Old"}).json()["grouping"] == "classic"
    made = caller("POST", "/api/projects", {"name": "Newer", "grouping": "smart"}).json()
    assert (made["grouping"], made["grouping_transition_ends_at"]) == ("smart", None)
    path = f"/api/projects/{made['id']}"
    changed = caller("PATCH", path, {"grouping": "classic"}).json()
    assert changed["grouping"] == "classic"
    assert changed["grouping_transition_ends_at"] > changed["updated_at"]
    ended = caller("PATCH", path, {"end_grouping_transition": True}).json()
    assert (ended["grouping"], ended["grouping_transition_ends_at"]) == ("classic", None)
    for bad in ("clever", "", 1):
        assert error_of(caller("PATCH", path, {"grouping": bad})) == (400, "ValidationError")
        assert error_of(caller("POST", "/api/projects", {"name": "X", "grouping": bad}))[0] == 400


def test_a_project_may_keep_its_own_name(ana: User, shop: Project) -> None:
    assert (
        Caller(ana)("PATCH", f"/api/projects/{shop.pk}", {"name": "SHOP", "slug": "shop"}).status_code == 200
    )


def test_a_rename_to_a_used_name_is_a_conflict(ana: User, shop: Project) -> None:
    Project.objects.create(name="Café", slug="cafe")
    for body in ({"name": "CAFÉ"[:3] + "é"}, {"slug": "cafe"}):
        assert error_of(Caller(ana)("PATCH", f"/api/projects/{shop.pk}", body)) == (409, "Conflict")


@pytest.mark.parametrize(
    "body", [[], {"name": ""}, {"name": None}, {"name": 7}, {"slug": "A"}, {"slug": None}]
)
def test_a_bad_rename_is_refused(ana: User, shop: Project, body: object) -> None:
    assert error_of(Caller(ana)("PATCH", f"/api/projects/{shop.pk}", body)) == (400, "ValidationError")


def test_deleting_a_project_deletes_everything_of_it(bo: User, shop: Project) -> None:
    Membership.objects.filter(user=bo).update(role="admin")
    builders.event(builders.issue(shop))
    answer = Caller(bo, token=True)("DELETE", f"/api/projects/{shop.pk}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert [model.objects.count() for model in (Project, Issue, Event)] == [0, 0, 0]


def test_a_plain_member_changes_nothing(bo: User, shop: Project) -> None:
    path = f"/api/projects/{shop.pk}"
    assert error_of(Caller(bo)("PATCH", path, {"name": "Mine"})) == (403, "Forbidden")
    assert error_of(Caller(bo)("DELETE", path)) == (403, "Forbidden")
    assert Caller(bo).get(path)["name"] == "Shop"


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_a_project_is_a_404_for_other_users(cy: User, shop: Project, method: str) -> None:
    body = {} if method == "PATCH" else None
    absent = Caller(cy)(method, f"/api/projects/{shop.pk + 1}", body)
    hidden = Caller(cy)(method, f"/api/projects/{shop.pk}", body)
    assert error_of(hidden) == error_of(absent) == (404, "NotFound")
    assert hidden.content == absent.content


@pytest.mark.parametrize("project", ["0", "x", "-1", "9" * 30, "9" * 5000, "1.0", "%00"])
def test_a_malformed_project_id_is_a_404(ana: User, project: str) -> None:
    assert error_of(Caller(ana)("GET", f"/api/projects/{project}")) == (404, "NotFound")


def test_changes_by_session_need_the_csrf_token(ana: User, shop: Project) -> None:
    caller = Caller(ana)
    del caller.headers["X-CSRFToken"]
    for method, path in (("POST", "/api/projects"), ("PATCH", f"/api/projects/{shop.pk}")):
        assert error_of(caller(method, path, {"name": "x"})) == (403, "Forbidden")
    assert error_of(caller("DELETE", f"/api/projects/{shop.pk}")) == (403, "Forbidden")


def test_anonymous_requests_are_refused(shop: Project) -> None:
    for method in ("GET", "POST"):
        assert error_of(Caller()(method, "/api/projects")) == (401, "Unauthorized")
    assert error_of(Caller()("DELETE", f"/api/projects/{shop.pk}")) == (401, "Unauthorized")
