"""/api/projects/{id}/sessions, and the health of a release"""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.models import Project, User
from issues.models import Release, SessionDay, SessionPerson
from rustrak.lib import clock
from tests.lib.json_api import Caller, error_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def days(shop: Project) -> list[SessionDay]:
    """Two days of shop@1 with ten sessions each, the older of which had crashes, and one of shop@2."""
    today = clock.now().date()
    Release.objects.create(project=shop, version="shop@1")
    older = {"total": 10, "errored": 4, "crashed": 2, "abnormal": 1, "people": 2}
    rows = [
        SessionDay(
            project=shop, day=today - timedelta(days=5), release="shop@1", environment="live", **older
        ),
        SessionDay(project=shop, day=today, release="shop@1", environment="", total=10),
        SessionDay(project=shop, day=today, release="shop@2", environment="live", total=30),
    ]
    made = SessionDay.objects.bulk_create(rows)
    SessionPerson.objects.create(session_day=made[0], person=1, crashed=True)
    SessionPerson.objects.create(session_day=made[0], person=2)
    return made


def test_days_are_listed_and_filtered(bo: User, cy: User, shop: Project, days: list[SessionDay]) -> None:
    path = f"/api/projects/{shop.pk}/sessions"
    found = Caller(bo, token=True).all(path, limit=1)
    assert [(each["release"], each["sessions"]) for each in found] == [
        ("shop@2", 30),
        ("shop@1", 10),
        ("shop@1", 10),
    ]
    assert found[-1] == {
        "day": days[0].day.isoformat(), "release": "shop@1", "environment": "live", "sessions": 10, "errored": 4,
        "crashed": 2, "abnormal": 1, "unhandled": 0, "people": 2, "more_people": False,
    }  # fmt: skip
    since = f"since={days[1].day}"
    for query, releases in (
        ("release=shop@1", ["shop@1", "shop@1"]),
        ("environment=live", ["shop@2", "shop@1"]),
        ("environment=", ["shop@1"]),
        (since, ["shop@2", "shop@1"]),
        (f"until={days[0].day}", ["shop@1"]),
    ):
        assert [each["release"] for each in Caller(bo).all(f"{path}?{query}")] == releases
    assert error_of(Caller(bo)("GET", f"{path}?since=x")) == (400, "ValidationError")
    assert error_of(Caller(cy)("GET", path)) == (404, "NotFound")


@pytest.mark.usefixtures("days")
def test_the_health_of_a_release(bo: User, shop: Project) -> None:
    path = f"/api/projects/{shop.pk}/release-health/shop@1"
    assert Caller(bo).get(path) == {
        "days": 14, "sessions": 20, "crashed": 2, "abnormal": 1, "unhandled": 0, "errored": 1, "people": 2,
        "people_crashed": 1, "more_people": False, "crash_free_sessions": 90.0, "crash_free_people": 50.0,
        "adoption": "25%",
    }  # fmt: skip
    assert Caller(bo).get(f"{path}?days=2")["crash_free_people"] is None
    assert Caller(bo).get(f"{path}?environment=test")["sessions"] == 0
    assert error_of(Caller(bo)("GET", f"/api/projects/{shop.pk}/release-health/x")) == (404, "NotFound")
    assert error_of(Caller(bo)("GET", f"{path}?days=91")) == (400, "ValidationError")
