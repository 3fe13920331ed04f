"""/api/projects/{id}/limits"""

from __future__ import annotations

from datetime import timedelta

import pytest
from pytest_django import Settings as SettingsWrapper

from accounts.models import Membership, Project, User
from rustrak.lib import clock
from tests.lib.json_api import Caller, error_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(bo: User, shop: Project) -> Caller:
    Membership.objects.filter(user=bo).update(role=Membership.Role.ADMIN)
    return Caller(bo, token=True)


def test_own_limits_and_those_that_hold(admin: Caller, shop: Project, settings: SettingsWrapper) -> None:
    settings.MAX_EVENTS_PER_PROJECT_PER_HOUR = 700
    path = f"/api/projects/{shop.pk}/limits"
    before = admin.get(path)
    assert (before["max_events_per_hour"], before["per_hour"], before["exceeded"]) == (None, 700, None)
    changed = admin("PATCH", path, {"max_events_per_hour": 0, "retain_days": 30}).json()
    assert (changed["max_events_per_hour"], changed["per_hour"], changed["retain_days"]) == (0, 0, 30)
    back = admin("PATCH", path, {"max_events_per_hour": None, "noisy_issue_percent": 50}).json()
    assert (back["per_hour"], back["retain_days"], back["noisy_issue_percent"]) == (700, 30, 50)
    assert {each["kind"] for each in back["kept"]} >= {"event", "attachment", "issue"}


def test_the_limit_that_rejects_events_is_named(admin: Caller, shop: Project) -> None:
    until = clock.now() + timedelta(minutes=5)
    Project.objects.filter(pk=shop.pk).update(
        max_events_per_hour=5, quota_exceeded_until=until, quota_exceeded_reason="project_hour:5"
    )
    found = admin.get(f"/api/projects/{shop.pk}/limits")["exceeded"]
    assert found["limit"] == "project_hour:5"


def test_sampling_needs_a_limit_per_hour(admin: Caller, shop: Project, settings: SettingsWrapper) -> None:
    settings.MAX_EVENTS_PER_PROJECT_PER_HOUR = 0
    path = f"/api/projects/{shop.pk}/limits"
    answer = admin("PATCH", path, {"noisy_issue_percent": 10})
    assert error_of(answer) == (400, "ValidationError")
    both = {"noisy_issue_percent": 10, "max_events_per_hour": 100}
    assert admin("PATCH", path, both).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {"max_events_per_hour": -1},
        {"retain_days": 36_501},
        {"retain_events": 2**31},
        {"noisy_issue_percent": 101},
    ],
)
def test_what_is_out_of_range_is_refused(admin: Caller, shop: Project, body: dict[str, int]) -> None:
    assert error_of(admin("PATCH", f"/api/projects/{shop.pk}/limits", body)) == (400, "ValidationError")


def test_members_read_and_admins_change(bo: User, cy: User, shop: Project) -> None:
    path = f"/api/projects/{shop.pk}/limits"
    assert Caller(bo).get(path)["retain_days"] is None
    assert error_of(Caller(bo)("PATCH", path, {"retain_days": 1})) == (403, "Forbidden")
    assert error_of(Caller(cy)("PATCH", path, {"retain_days": 1})) == (404, "NotFound")
    assert Project.objects.get(pk=shop.pk).retain_days is None
