"""issues/sentry_api/issues/monitors.py"""

from __future__ import annotations

import pytest

from accounts.models import Project, User
from issues.models import Monitor, MonitorState
from tests.lib.json_api import Caller

pytestmark = pytest.mark.django_db
ORG = "/api/0/organizations/acme/monitors/"


def test_monitors_are_listed_and_found(bo: User, shop: Project) -> None:
    made = Monitor.objects.create(
        project=shop, slug="nightly", name="Nightly", schedule_type="interval", schedule="2 hour"
    )
    MonitorState.objects.create(monitor=made, environment="production", status="ok")
    Monitor.objects.create(project=Project.objects.create(name="Other", slug="other"), slug="other")
    caller = Caller(bo, token=True)
    [listed] = caller.get(f"{ORG}?cursor=")
    assert (listed["slug"], listed["name"], listed["config"]["schedule"]) == (
        "nightly",
        "Nightly",
        [2, "hour"],
    )
    assert listed["environments"][0]["status"] == "ok"
    for path in (f"{ORG}nightly/", f"{ORG}{made.pk}/", "/api/0/projects/acme/shop/monitors/nightly/"):
        assert caller.get(path) == listed
    assert len(caller.get(f"{ORG}?project=shop")) == 1
    for path in (f"{ORG}other/", "/api/0/projects/acme/shop/monitors/other/", f"{ORG}?project=other"):
        assert caller("GET", path).status_code == 404
