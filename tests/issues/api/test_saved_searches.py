"""/api/projects/{id}/saved-searches and /api/saved-searches"""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import Membership, Project, User
from issues import saved_searches
from issues.saved_searches import View, create
from tests.lib.json_api import Caller, error_of

pytestmark = pytest.mark.django_db

WHOLE = {
    "name": "Fatal", "status": "review", "query": "level:fatal", "sort": "events_asc", "environment": "prod",
    "period": "14d", "trend": "24h", "is_shared": True, "is_default": True,
}  # fmt: skip


@pytest.fixture
def caller(bo: User) -> Caller:
    return Caller(bo)


@pytest.fixture
def dee(shop: Project) -> User:
    user = User.objects.create_user("dee@example.org", "x")
    Membership.objects.create(user=user, project=shop)
    return user


def base(project: Project | None) -> str:
    return f"/api/projects/{project.pk}/saved-searches" if project else "/api/saved-searches"


def made(caller: Caller, project: Project | None, **more: Any) -> dict[str, Any]:
    answer = caller("POST", base(project), {"name": "A"} | more)
    assert answer.status_code == 201, answer.content
    found: dict[str, Any] = answer.json()
    return found


def test_a_search_is_created_read_changed_and_deleted(caller: Caller, bo: User, shop: Project) -> None:
    search = made(caller, shop, **WHOLE)
    assert search.items() >= (WHOLE | {"project_id": shop.pk, "owner_id": bo.pk, "can_change": True}).items()
    path = f"{base(shop)}/{search['id']}"
    assert caller.get(path) == search
    assert caller.all(base(shop)) == [search]
    changed = caller("PATCH", path, {"query": "", "sort": "last_seen", "is_default": False}).json()
    assert changed == search | {"query": "", "sort": "", "is_default": False}
    assert caller("PATCH", path, {}).json() == changed
    assert caller("DELETE", path).status_code == 204
    assert error_of(caller("GET", path)) == (404, "NotFound")


def test_one_of_all_projects_is_apart(caller: Caller, bo: User, dee: User, shop: Project) -> None:
    search = made(caller, None, is_default=True)
    path = f"{base(None)}/{search['id']}"
    assert (search["project_id"], search["is_default"]) == (None, True)
    assert caller.all(base(shop)) == []
    renamed = caller("PATCH", path, {"name": "B"}).json()
    assert caller.all(base(None)) == [renamed]
    assert error_of(Caller(dee)("GET", path)) == (404, "NotFound")
    assert error_of(caller("PATCH", path, {"is_shared": True})) == (400, "ValidationError")
    assert caller("DELETE", path).status_code == 204


def test_others_use_what_is_shared_and_admins_change_it(
    bo: User, dee: User, ana: User, shop: Project
) -> None:
    private, shared = create(bo, shop, "P", View()), create(bo, shop, "S", View(), is_shared=True)
    caller = Caller(dee)
    (seen,) = caller.all(base(shop))
    assert seen.items() >= {"id": shared.pk, "can_change": False, "owner_id": bo.pk}.items()
    path = f"{base(shop)}/{shared.pk}"
    assert caller("PATCH", path, {"is_default": True}).json()["is_default"] is True
    assert saved_searches.default_of(bo, shop) is None
    assert error_of(caller("PATCH", path, {"name": "x"})) == (403, "Forbidden")
    assert error_of(caller("DELETE", path)) == (403, "Forbidden")
    assert error_of(caller("DELETE", f"{base(shop)}/{private.pk}")) == (404, "NotFound")
    assert Caller(ana)("PATCH", path, {"name": "x"}).json()["name"] == "x"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": " "}, "name: "),
        ({"status": "new"}, "status: "),
        ({"sort": "x"}, "sort: "),
        ({"period": "1y"}, "period: "),
        ({"query": "level:>"}, "query: "),
        ({"environment": "a\0"}, "environment: "),
        ({"is_shared": "yes"}, "is_shared: "),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_what_cannot_be_shown_is_refused(
    caller: Caller, shop: Project, wrong: dict[str, Any], said: str
) -> None:
    answer = caller("POST", base(shop), {"name": "A"} | wrong)
    assert error_of(answer) == (400, "ValidationError")
    assert said in answer.json()["error"]["message"]


def test_strangers_find_nothing(cy: User, shop: Project) -> None:
    assert error_of(Caller(cy)("GET", base(shop))) == (404, "NotFound")
    assert error_of(Caller(cy)("POST", base(shop), {"name": "A"})) == (404, "NotFound")


def test_the_list_needs_few_queries(
    caller: Caller, bo: User, shop: Project, django_assert_max_num_queries: object
) -> None:
    for number in range(9):
        create(bo, shop, f"S{number}", View())
    with django_assert_max_num_queries(8):  # type: ignore[operator]
        assert len(caller.all(base(shop))) == 9
