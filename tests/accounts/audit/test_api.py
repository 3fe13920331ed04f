"""/api/audit"""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts import projects
from accounts.models import AuditEntry, Project, User
from rustrak.lib import clock
from tests.lib.json_api import Caller, error_of

pytestmark = pytest.mark.django_db


def test_admins_read_and_filter_the_log(ana: User, bo: User, shop: Project) -> None:
    caller = Caller(ana)
    for name in ("A", "B", "C"):
        projects.rename(shop, name=name)
    projects.delete(Project.objects.create(name="Other", slug="other"))
    assert [entry["action"] for entry in caller.all("/api/audit", limit=3)] == [
        "project.delete", "project.change", "project.change", "project.change",
    ]  # fmt: skip
    assert len(caller.all(f"/api/audit?project_id={shop.pk}")) == 3
    assert len(caller.all("/api/audit?action=project.delete")) == 1
    assert not caller.all("/api/audit?person=bo@example.org")
    AuditEntry.objects.filter(action="project.delete").update(at=clock.now() - timedelta(days=9))
    since = clock.rfc3339(clock.now() - timedelta(days=1)).replace("+", "%2B")
    assert len(caller.all(f"/api/audit?since={since}")) == 3
    assert len(caller.all(f"/api/audit?until={since}")) == 1
    for bad in (
        "action=x",
        "since=x",
        "since=2026-01-01T00:00:00",
        "project_id=x",
        f"project_id={2**63}",
        "cursor=x",
    ):
        assert error_of(caller("GET", f"/api/audit?{bad}"))[0] == 400, bad


def test_others_may_not(bo: User) -> None:
    assert error_of(Caller(bo)("GET", "/api/audit")) == (403, "Forbidden")
    assert error_of(Caller()("GET", "/api/audit")) == (401, "Unauthorized")
