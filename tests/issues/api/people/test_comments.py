"""/api/projects/{id}/issues/{uuid}/comments and /watchers"""

from __future__ import annotations

import pytest

from accounts.models import Membership, Project, User
from tests.lib import builders
from tests.lib.json_api import Caller, error_of

pytestmark = pytest.mark.django_db


def test_comments_and_watchers(ana: User, bo: User, cy: User, shop: Project) -> None:
    path = f"/api/projects/{shop.pk}/issues/{builders.issue(shop).pk}"
    caller = Caller(bo)
    made = caller("POST", f"{path}/comments", {"text": "**hm** @nobody"})
    assert made.status_code == 201, made.content
    comment = made.json()
    assert comment["html"] == "<p><strong>hm</strong> @nobody</p>\n"
    assert len(comment["unclear"]) == 1
    one = f"{path}/comments/{comment['id']}"
    assert caller.get(one) == comment | {"unclear": []}
    assert caller("PATCH", one, {"text": "other"}).json()["text"] == "other"
    assert [each["text"] for each in caller.all(f"{path}/comments")] == ["other"]
    assert caller.all(f"{path}/activity")[0]["text"] == "other"
    assert caller.get(f"{path}/watchers")["watching"]
    assert caller("PUT", f"{path}/watchers/me", {"watching": False}).json() == {
        "watching": False,
        "watchers": [],
    }
    other = User.objects.create_user("dee@example.org", "x")
    Membership.objects.create(user=other, project=shop)
    assert error_of(Caller(other)("PATCH", one, {"text": "x"})) == (403, "Forbidden")
    assert error_of(Caller(other)("DELETE", one)) == (403, "Forbidden")
    assert error_of(Caller(cy)("GET", one)) == (404, "NotFound")
    assert Caller(ana)("DELETE", one).status_code == 204
    assert error_of(caller("GET", one)) == (404, "NotFound")
    assert caller.all(f"{path}/activity")[0]["detail"] == "ana"
    assert error_of(caller("POST", f"{path}/comments", {"text": " "}))[0] == 400
