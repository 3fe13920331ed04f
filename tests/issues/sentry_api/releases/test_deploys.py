"""issues/sentry_api/releases/deploys.py"""

from __future__ import annotations

import pytest

from accounts.models import Project, User
from issues.models import Deploy, Release
from tests.lib.json_api import Caller

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("address", ["organizations/acme", "projects/acme/shop"])
def test_deploys_are_made_and_listed(bo: User, shop: Project, address: str) -> None:
    caller = Caller(bo, token=True)
    Release.objects.create(project=shop, version="app@1/x")
    path = f"/api/0/{address}/releases/app@1/x/deploys/"
    body = {
        "environment": "production",
        "name": None,
        "url": None,
        "dateStarted": None,
        "dateFinished": "2026-11-26T10:00:00Z",
    }
    made = caller("POST", path, body)
    assert made.status_code == 201
    assert made.json() | {"id": ""} == body | {"id": ""}
    assert caller("POST", path, {"environment": "staging"}).status_code == 201
    assert [each["environment"] for each in caller.get(path)] == ["staging", "production"]
    assert caller("POST", path, {"environment": "a/b"}).status_code == 400


def test_a_deploy_in_several_projects_is_told_once(ana: User, shop: Project) -> None:
    Project.objects.create(name="Web", slug="web")
    caller, path = Caller(ana, token=True), "/api/0/organizations/acme/releases/1.0/deploys/"
    assert caller("POST", path, {"environment": "production"}).status_code == 404
    body = {"environment": "production", "projects": ["shop", "web"], "dateFinished": "2026-11-26T10:00:00Z"}
    assert caller("POST", path, body).status_code == 201
    assert Deploy.objects.count() == 2
    assert len(caller.get(path)) == 1
