"""/api/projects/{id}/monitors"""

from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import Membership, Project, User
from issues.models import CheckIn, Monitor, MonitorState
from tests.lib import check_ins
from tests.lib.json_api import Caller, error_of

pytestmark = pytest.mark.django_db

CONFIG = {"schedule": {"type": "crontab", "value": "0 3 * * *"}, "timezone": "Europe/Berlin"}


@pytest.fixture
def base(shop: Project) -> str:
    """Two monitors, one of which fails in one of two environments."""
    check_ins.send(
        shop,
        check_ins.check_in("error", environment="live", monitor_config=CONFIG),
        check_ins.check_in("ok", environment="test"),
        check_ins.check_in("ok", slug="backup"),
    )
    return f"/api/projects/{shop.pk}/monitors"


def test_a_monitor_says_how_it_does_in_each_environment(bo: User, base: str) -> None:
    assert [each["slug"] for each in Caller(bo).all(base, limit=1)] == ["backup", "nightly"]
    found = Caller(bo, token=True).get(f"{base}/nightly")
    assert found["schedule"]["text"] == "0 3 * * *"
    assert found["schedule"]["timezone"] == "Europe/Berlin"
    assert found["is_failing"]
    assert {each["name"]: each["status"] for each in found["environments"]} == {"live": "error", "test": "ok"}
    runs = Caller(bo).all(f"{base}/nightly/check-ins", limit=1)
    assert sorted(each["status"] for each in runs) == ["error", "ok"]
    assert [run["status"] for run in Caller(bo).all(f"{base}/nightly/check-ins?environment=live")] == [
        "error"
    ]


def test_members_mute_and_admins_delete(bo: User, base: str) -> None:
    caller = Caller(bo)
    muted = caller("PATCH", f"{base}/nightly", {"is_muted": True}).json()
    assert (muted["is_muted"], muted["is_failing"]) == (True, False)
    assert not caller("PATCH", f"{base}/nightly", {"is_muted": False}).json()["is_muted"]
    live = next(each for each in muted["environments"] if each["name"] == "live")
    place = f"{base}/nightly/environments/{live['id']}"
    after = caller("PATCH", place, {"is_muted": True}).json()
    assert {each["name"]: each["is_muted"] for each in after["environments"]} == {"live": True, "test": False}
    assert not after["is_failing"]
    for path in (place, f"{base}/nightly"):
        assert error_of(caller("DELETE", path)) == (403, "Forbidden")
    Membership.objects.filter(user=bo).update(role=Membership.Role.ADMIN)
    assert Caller(bo)("DELETE", place).status_code == 204
    assert MonitorState.objects.filter(monitor__slug="nightly").count() == 1
    assert Caller(bo)("DELETE", f"{base}/nightly").status_code == 204
    assert list(Monitor.objects.values_list("slug", flat=True)) == ["backup"]
    assert CheckIn.objects.count() == 1


def test_an_environment_of_another_monitor_or_project_is_not_found(bo: User, cy: User, base: str) -> None:
    state = MonitorState.objects.get(monitor__slug="backup")
    for caller, path in (
        (Caller(bo), f"{base}/nightly/environments/{state.pk}"),
        (Caller(cy), f"{base}/backup/environments/{state.pk}"),
        (Caller(cy), f"{base}/backup"),
    ):
        assert error_of(caller("PATCH", path, {"is_muted": True})) == (404, "NotFound")
    other = Project.objects.create(name="Bank", slug="bank")
    Membership.objects.create(project=other, user=cy)
    path = f"/api/projects/{other.pk}/monitors/backup/environments/{state.pk}"
    assert error_of(Caller(cy)("PATCH", path, {"is_muted": True})) == (404, "NotFound")
    assert not MonitorState.objects.filter(is_muted=True).exists()


def test_the_queries_do_not_grow_with_the_list(
    bo: User, shop: Project, base: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(20):
        check_ins.send(shop, check_ins.check_in("ok", slug=f"job{number}", environment=f"e{number}"))
    caller = Caller(bo)
    with django_assert_max_num_queries(8):
        assert len(caller.get(f"{base}?limit=100")["items"]) == 22
