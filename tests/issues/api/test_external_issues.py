"""/api/projects/{id}/issue-tracker and /api/projects/{id}/issues/{uuid}/external-issues"""

from __future__ import annotations

import pytest

from accounts.models import Membership, Project, User
from issues.models import ExternalIssue, IssueTracker
from issues.trackers.external_issues import MOST
from tests.lib import builders
from tests.lib.json_api import Caller

pytestmark = pytest.mark.django_db
URL = "https://github.com/acme/shop/issues/7"


@pytest.fixture
def tracker(shop: Project) -> str:
    return f"/api/projects/{shop.pk}/issue-tracker"


def test_the_tracker_of_a_project(bo: User, tracker: str) -> None:
    caller = Caller(bo)
    assert caller("GET", tracker).status_code == 404
    assert caller("PUT", tracker, {"kind": "github", "address": "https://github.com/a/b"}).status_code == 403
    Membership.objects.update(role="admin")
    made = caller("PUT", tracker, {"kind": "github", "address": "https://github.com/a/b"})
    assert made.status_code == 200
    assert made.json() == {
        "kind": "github", "template": "https://github.com/a/b/issues/new?title={title}&body={body}",
    }  # fmt: skip
    assert caller.get(tracker) == made.json()
    own = {"kind": "jira", "template": "https://jira.example.org/?s={title}"}
    assert caller("PUT", tracker, own).json() == own
    assert caller("DELETE", tracker).status_code == 204
    assert caller("DELETE", tracker).status_code == 404
    assert caller("GET", tracker).status_code == 404


@pytest.mark.parametrize(
    "sent",
    [
        {}, {"kind": "other"}, {"kind": "hologram"}, {"kind": "github"}, {"kind": "github", "address": "https://github.com"},
        {"kind": "other", "template": "javascript:x?{title}"}, {"kind": "other", "template": 7}, {"kind": "other", "template": "\x00"},
        {"kind": "jira", "address": "https://x.example.org"}, {"kind": "other", "template": "https://x.example.org/?{title}" * 100},
    ],
)  # fmt: skip
def test_what_is_no_tracker(bo: User, tracker: str, sent: dict[str, object]) -> None:
    Membership.objects.update(role="admin")
    assert Caller(bo)("PUT", tracker, sent).status_code in (400, 422)
    assert not IssueTracker.objects.exists()


def test_links_of_an_issue(bo: User, shop: Project) -> None:
    issue, caller = builders.issue(shop), Caller(bo)
    path = f"/api/projects/{shop.pk}/issues/{issue.pk}"
    made = caller("POST", f"{path}/external-issues", {"url": URL})
    assert made.status_code == 201
    shown = made.json()
    assert {**shown, "id": 0, "created_at": ""} == {
        "id": 0, "url": URL, "created_at": "", "created_by": {"id": bo.pk, "email": bo.email, "name": "bo"},
    }  # fmt: skip
    assert caller("POST", f"{path}/external-issues", {"url": URL}).json() == shown
    assert caller.get(path)["external_issues"] == [shown]
    assert caller("PATCH", path, {}).json()["external_issues"] == [shown]
    assert caller.all(f"/api/projects/{shop.pk}/issues")[0]["external_issues"] == [shown]
    for key in (shown["id"] + 1, 10**30):
        assert caller("DELETE", f"{path}/external-issues/{key}").status_code == 404
    assert caller("DELETE", f"{path}/external-issues/{shown['id']}").status_code == 204
    assert caller.get(path)["external_issues"] == []


def test_links_that_are_refused(bo: User, cy: User, shop: Project) -> None:
    issue = builders.issue(shop)
    path = f"/api/projects/{shop.pk}/issues/{issue.pk}/external-issues"
    for url in ("javascript:alert(1)", "https://a:b@example.org", "", "https://example.org/\x00", 7):
        assert Caller(bo)("POST", path, {"url": url}).status_code in (400, 422)
    assert Caller(cy)("POST", path, {"url": URL}).status_code == 404
    ExternalIssue.objects.bulk_create(ExternalIssue(issue=issue, url=f"{URL}{n}") for n in range(MOST))
    assert "at most 20 links" in Caller(bo)("POST", path, {"url": URL}).content.decode()
