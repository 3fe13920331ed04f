"""/api/projects/{id}/repositories"""

from __future__ import annotations

import pytest

from accounts.models import Membership, Project, User
from issues.models import CodeMapping
from tests.lib.json_api import Caller

pytestmark = pytest.mark.django_db


def test_admins_change_repositories_and_their_code_mappings(bo: User, shop: Project) -> None:
    path = f"/api/projects/{shop.pk}/repositories"
    caller = Caller(bo, token=True)
    assert caller("POST", path, {"name": "acme/shop"}).status_code == 403
    Membership.objects.update(role=Membership.Role.ADMIN)
    made = caller("POST", path, {"name": "github.com/acme/shop"}).json()
    assert (made["url"], made["kind"], made["code_mappings"]) == ("https://github.com/acme/shop", None, [])
    assert caller("POST", path, {"name": "github.com/acme/shop"}).json() == made
    again = caller("POST", path, {"name": "github.com/acme/shop", "url": "https://x.y/z"})
    assert (again.status_code, again.json()) == (200, made | {"url": "https://x.y/z"})
    own = f"{path}/{made['id']}"
    changed = caller("PATCH", own, {"name": "acme/shop", "kind": "gitea"}).json()
    assert changed == again.json() | {"name": "acme/shop", "kind": "gitea"}
    for bad in ({"url": "javascript:x"}, {"kind": "svn"}, {"name": " "}):
        assert caller("PATCH", own, bad).status_code == 400
    mapping = {"stack_root": "app\\", "source_root": "src/", "default_branch": "main"}
    first = caller("POST", f"{own}/code-mappings", mapping)
    second = caller("POST", f"{own}/code-mappings", mapping | {"source_root": "web/"})
    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json() == {
        "id": first.json()["id"],
        "stack_root": "app/",
        "source_root": "web/",
        "default_branch": "main",
    }
    assert caller("POST", f"{own}/code-mappings", {"source_root": "../x"}).status_code == 400
    assert caller.all(path) == [changed | {"code_mappings": [second.json()]}]
    gone = f"{own}/code-mappings/{first.json()['id']}"
    assert [caller("DELETE", gone).status_code for _ in range(2)] == [204, 404]
    assert [caller("DELETE", own).status_code for _ in range(2)] == [204, 404]
    assert not CodeMapping.objects.exists()
