"""/api/projects/{id}/releases"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from accounts.models import Project, User
from issues import usage
from issues.models import Deploy, Release, Usage
from issues.record.writer import record
from issues.releases import tools
from rustrak.lib import clock
from tests.lib import builders
from tests.lib.json_api import Caller, error_of
from tests.lib.occurrences import NOW, thrown

pytestmark = pytest.mark.django_db


@pytest.fixture
def path(shop: Project) -> str:
    return f"/api/projects/{shop.pk}/releases"


def one(path: str, version: str) -> str:
    return f"{path}/{quote(version, safe='')}"


def test_releases_are_listed_newest_first_with_what_is_counted(bo: User, shop: Project, path: str) -> None:
    sent = [
        thrown(version, release=f"shop@{version}", environment="live") for version in ("1.9", "1.10", "1.2")
    ]
    record(shop.pk, [*sent, thrown("1.9", release="shop@1.9", environment="beta")], NOW)
    record(shop.pk, [thrown(release=f"invented{number}") for number in range(3)], NOW)
    builders.issue(shop, 9, status="resolved", resolution="in_release", resolved_release="shop@1.9")
    builders.issue(shop, 10, status="deleting", first_release="shop@1.9")
    builders.issue(shop, 11, regressed_at=NOW, regressed_release="shop@1.10")
    caller = Caller(bo)
    found = caller.all(f"{path}?environment=live", limit=2)
    assert [each["version"] for each in found] == ["shop@1.10", "shop@1.9", "shop@1.2"]
    assert found[1] | {"created_at": ""} == {
        "version": "shop@1.9", "released_at": None, "first_seen": "2026-11-23T19:30:00Z",
        "last_seen": "2026-11-23T19:30:00Z", "event_count": 2, "ref": None, "url": None, "created_at": "",
        "new_issue_count": 1, "regressed_issue_count": 0, "resolved_issue_count": 1, "deploy_count": 0,
        "commit_count": 0, "heads": [], "archived_at": None,
        "environments": [
            {"name": name, "first_seen": "2026-11-23T19:30:00Z", "last_seen": "2026-11-23T19:30:00Z", "event_count": 1}
            for name in ("beta", "live")
        ],
    }  # fmt: skip
    assert found[0]["regressed_issue_count"] == 1
    assert len(caller.all(path)) == 6
    assert error_of(caller("GET", f"{path}?cursor=abc"))[0] == 400
    other = User.objects.create_user("eve@example.org")
    assert error_of(Caller(other)("GET", path))[0] == 404


def test_a_tool_names_a_release_and_deploys_it(bo: User, shop: Project, path: str) -> None:
    caller = Caller(bo, token=True)
    version = "refs/heads/main@2.4.0+7"
    body = {"version": version, "ref": "9f8e7d6", "url": "https://example.org/2.4"}
    made = caller("POST", path, body)
    assert made.status_code == 201
    assert caller("POST", path, {"version": version}).status_code == 200
    assert caller.get(one(path, version)) == made.json()
    assert made.json()["ref"] == "9f8e7d6"
    assert made.json()["released_at"] is None
    deploys = f"{one(path, version)}/deploys"
    deploy = {
        "environment": "live",
        "finished_at": "2026-11-20T10:00:00Z",
        "started_at": "2026-11-20T09:00:00Z",
    }
    first = caller("POST", deploys, deploy)
    again = caller("POST", deploys, deploy)
    assert (first.status_code, again.status_code, first.json()) == (201, 200, again.json())
    assert caller("POST", deploys, {"environment": "live"}).status_code == 201
    assert [each["id"] for each in caller.all(deploys, limit=1)][1] == first.json()["id"]
    released = caller.get(one(path, version))
    assert (released["released_at"], released["deploy_count"]) == ("2026-11-20T10:00:00Z", 2)
    changed = caller("PATCH", one(path, version), {"released_at": "2026-11-19T10:00:00+02:00"}).json()
    assert (changed["released_at"], changed["ref"]) == ("2026-11-19T08:00:00Z", "9f8e7d6")
    before = Usage.objects.get().session_bytes
    usage.recount(shop.pk, clock.now())
    assert Usage.objects.get().session_bytes == before
    assert caller("POST", f"{path}/new/deploys", {"environment": "live"}).status_code == 201
    assert caller("DELETE", one(path, version)).status_code == 204
    assert error_of(caller("DELETE", one(path, version)))[0] == 404
    assert Deploy.objects.count() == 1


def test_what_events_or_issues_name_stays(bo: User, shop: Project, path: str) -> None:
    record(shop.pk, [thrown(release="seen")], NOW)
    tools.describe(shop, "fixed-in")
    builders.issue(shop, 9, status="resolved", resolution="in_release", resolved_release="fixed-in")
    for version in ("seen", "fixed-in"):
        assert error_of(Caller(bo)("DELETE", one(path, version))) == (409, "Conflict")
    assert Release.objects.count() == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"version": ""}, {"version": "x" * 201}, {"version": "a\nb"}, {"version": ".."}, {"version": 5}, {},
        {"version": "a", "url": "javascript:alert(1)"}, {"version": "a", "ref": "x" * 201},
        {"version": "a", "released_at": "2026-11-19T10:00:00"}, {"version": "a", "released_at": "2999-01-01T00:00:00Z"},
        {"version": "a", "released_at": "soon"},
    ],
    ids=str,
)  # fmt: skip
def test_bad_releases_are_refused(bo: User, path: str, wrong: dict[str, Any]) -> None:
    assert error_of(Caller(bo)("POST", path, wrong)) == (400, "ValidationError")
    assert not Release.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {}, {"environment": " "}, {"environment": "a/b"}, {"environment": "x" * 65},
        {"environment": "a", "started_at": "2026-11-20T10:00:00Z", "finished_at": "2026-11-20T09:00:00Z"},
        {"environment": "a", "name": "x" * 65},
    ],
    ids=str,
)  # fmt: skip
def test_bad_deploys_are_refused(bo: User, path: str, wrong: dict[str, Any]) -> None:
    assert error_of(Caller(bo)("POST", f"{path}/a/deploys", wrong)) == (400, "ValidationError")
    assert not Release.objects.exists()
