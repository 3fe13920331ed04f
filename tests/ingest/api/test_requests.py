"""/api/projects/{id}/requests"""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.models import Project, User
from ingest.models import IntakeRequest
from rustrak.lib import clock
from tests.lib.json_api import Caller, error_of

pytestmark = pytest.mark.django_db


def test_the_latest_come_first_and_the_refused_alone(bo: User, cy: User, shop: Project) -> None:
    for number, reason in enumerate(["", "unknown_key", ""]):
        IntakeRequest.objects.create(
            project=shop,
            received_at=clock.now() - timedelta(minutes=number),
            endpoint="envelope",
            status=401 if reason else 200,
            reason=reason,
            remote_addr="203.0.113.9",
        )
    path = f"/api/projects/{shop.pk}/requests"
    found = Caller(bo).all(path, limit=1)
    assert [each["status"] for each in found] == [200, 401, 200]
    assert "remote_addr" not in found[0]
    assert [each["reason"] for each in Caller(bo).all(f"{path}?rejected=true")] == ["unknown_key"]
    assert error_of(Caller(cy)("GET", path)) == (404, "NotFound")
