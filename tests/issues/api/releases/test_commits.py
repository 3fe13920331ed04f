"""/api/projects/{id}/releases/{version}/commits"""

from __future__ import annotations

import pytest

from accounts.models import Project, User
from issues.models import CommitFile, Release
from tests.lib import builders
from tests.lib.json_api import Caller, error_of

pytestmark = pytest.mark.django_db


def test_commits_are_set_and_listed(bo: User, shop: Project) -> None:
    issue = builders.issue(shop, 1)
    path = f"/api/projects/{shop.pk}/releases/shop%401.1/commits"
    caller = Caller(bo, token=True)
    sent = {
        "sha": "b", "repository": "acme/shop", "message": "fixes SHOP-1", "author_name": "Ana", "author_email": "ANA@x.y",
        "committed_at": "2026-11-27T10:30:00Z", "files": [{"path": "src/a.ts"}, {"path": "src/b.ts", "change": "D"}],
    }  # fmt: skip
    answer = caller("PUT", path, {"commits": [sent, {"sha": "a"}]})
    assert answer.json() == {
        "commit_count": 2, "file_count": 2, "stored_commit_count": 2, "stored_file_count": 2, "resolved_issue_count": 1,
        "made_room_count": 0,
    }  # fmt: skip
    first, second = caller.all(path, limit=1)
    assert first == {
        "sha": "b", "repository": "acme/shop", "message": "fixes SHOP-1", "author_name": "Ana", "author_email": "ana@x.y",
        "committed_at": "2026-11-27T10:30:00Z", "file_count": 2,
    }  # fmt: skip
    assert (second["sha"], second["repository"], second["committed_at"]) == ("a", None, None)
    assert dict(CommitFile.objects.values_list("path", "change")) == {"src/a.ts": "M", "src/b.ts": "D"}
    issue.refresh_from_db()
    assert (issue.status, issue.resolved_release) == ("resolved", "shop@1.1")
    for bad in (
        {},
        {"commits": [{}]},
        {"commits": [{"sha": "a b"}]},
        {"commits": [{"sha": "a", "files": [{"path": "x", "change": "Z"}]}]},
    ):
        assert caller("PUT", path, bad).status_code in (400, 422)


def test_commits_of_other_projects_are_not_there(bo: User, shop: Project) -> None:
    blog = Project.objects.create(name="Blog", slug="blog")
    for method in ("GET", "PUT"):
        path = f"/api/projects/{blog.pk}/releases/1/commits"
        assert error_of(Caller(bo)(method, path, {"commits": []} if method == "PUT" else None))[0] == 404
    assert Caller(bo)("GET", f"/api/projects/{shop.pk}/releases/1/commits").status_code == 404
    assert not Release.objects.exists()


def test_a_release_has_heads_and_is_archived(bo: User, shop: Project) -> None:
    caller, path = Caller(bo), f"/api/projects/{shop.pk}/releases"
    heads = [{"repository": "acme/shop", "commit": "b", "previous_commit": "a"}]
    made = caller("POST", path, {"version": "1/commit", "heads": heads, "archived": True}).json()
    assert (made["heads"], made["commit_count"], made["archived_at"] is None) == (heads, 0, False)
    caller("POST", path, {"version": "2"})
    listed = {
        asked: [each["version"] for each in caller.all(f"{path}?archived={asked}")]
        for asked in ("true", "false")
    }
    assert listed == {"true": ["1/commit"], "false": ["2"]}
    changed = caller("PATCH", f"{path}/1%2Fcommit", {"heads": [], "archived": False}).json()
    assert (changed["heads"], changed["archived_at"]) == ([], None)
    assert caller("PATCH", f"{path}/2", {"heads": [{"repository": "x", "commit": "a b"}]}).status_code == 400
