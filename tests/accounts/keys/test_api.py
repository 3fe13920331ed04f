"""/api/projects/{project_id}/keys"""

from __future__ import annotations

import pytest

from accounts.models import Membership, Project, User
from tests.lib.json_api import Caller, error_of

FIELDS = {
    "id", "name", "key", "dsn", "is_default", "is_enabled", "is_usable", "expires_at", "max_events_per_minute",
    "max_events_per_hour", "last_used_at", "created_at",
}  # fmt: skip


@pytest.fixture
def boss(bo: User) -> Caller:
    """Bo as an admin of Shop."""
    Membership.objects.filter(user=bo).update(role="admin")
    return Caller(bo, token=True)


def test_a_key_is_made_changed_replaced_and_deleted(shop: Project, boss: Caller) -> None:
    base = f"/api/projects/{shop.pk}/keys"
    (first,) = boss.all(base)
    assert set(first) == FIELDS
    assert (first["key"], first["dsn"], first["is_default"]) == (shop.sentry_key, shop.dsn, True)
    made = boss("POST", base, {"name": "iOS", "max_events_per_hour": 100})
    assert made.status_code == 201, made.content
    path = f"{base}/{made.json()['id']}"
    assert boss.get(path) == made.json()
    assert boss("PATCH", path, {"name": "Phone"}).json()["max_events_per_hour"] == 100
    limited = boss("PATCH", path, {"max_events_per_minute": 5, "max_events_per_hour": None}).json()
    assert (limited["max_events_per_minute"], limited["max_events_per_hour"]) == (5, None)
    disabled = boss("PATCH", path, {"is_enabled": False}).json()
    assert (disabled["is_usable"], disabled["name"], disabled["max_events_per_minute"]) == (False, "Phone", 5)
    new = boss("POST", f"{base}/{first['id']}/rotate", {"grace_hours": 24}).json()
    assert (new["is_default"], new["name"]) == (True, "Default")
    assert boss.get(f"/api/projects/{shop.pk}")["dsn"] == new["dsn"]
    former = boss.get(f"{base}/{first['id']}")
    assert (former["is_default"], former["is_usable"], former["expires_at"] is None) == (False, True, False)
    for key in (first["id"], made.json()["id"]):
        assert boss("DELETE", f"{base}/{key}").status_code == 204
    assert error_of(boss("DELETE", f"{base}/{new['id']}")) == (409, "Conflict")
    assert [key["id"] for key in boss.all(base)] == [new["id"]]


@pytest.mark.parametrize(
    "body", [{"name": ""}, {"name": " "}, {"name": "a", "max_events_per_minute": 0}, {"name": "a", "max_events_per_hour": 2**31}]
)  # fmt: skip
def test_bad_values(shop: Project, boss: Caller, body: dict[str, object]) -> None:
    assert error_of(boss("POST", f"/api/projects/{shop.pk}/keys", body)) == (400, "ValidationError")


def test_members_read_and_others_see_nothing(shop: Project, bo: User, cy: User) -> None:
    base = f"/api/projects/{shop.pk}/keys"
    (first,) = Caller(bo).all(base)
    path = f"{base}/{first['id']}"
    assert Caller(bo).get(path) == first
    calls = [
        ("POST", base, {"name": "a"}),
        ("PATCH", path, {"is_enabled": False}),
        ("POST", f"{path}/rotate", {"grace_hours": None}),
        ("DELETE", path, None),
    ]
    for call in calls:
        assert error_of(Caller(bo)(*call)) == (403, "Forbidden")
        assert error_of(Caller(cy)(*call)) == (404, "NotFound")
    assert error_of(Caller(cy)("GET", base)) == (404, "NotFound")
    assert Caller(bo).all(base) == [first]


def test_a_key_is_found_in_its_own_project_only(shop: Project, ana: User) -> None:
    other = Project.objects.create(name="Other", slug="other")
    (theirs,) = Caller(ana).all(f"/api/projects/{other.pk}/keys")
    path = f"/api/projects/{shop.pk}/keys/{theirs['id']}"
    for method, body in (("GET", None), ("PATCH", {"is_enabled": False}), ("DELETE", None)):
        assert error_of(Caller(ana)(method, path, body)) == (404, "NotFound")
    assert error_of(Caller(ana)("POST", f"{path}/rotate", {"grace_hours": 0})) == (404, "NotFound")
    assert error_of(Caller(ana)("GET", f"/api/projects/{shop.pk}/keys/{10**30}")) == (404, "NotFound")
    assert Caller(ana).all(f"/api/projects/{other.pk}/keys") == [theirs]
