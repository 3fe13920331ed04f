"""issues/sentry_api/issues/notes.py"""

from __future__ import annotations

import pytest

from accounts.models import Project, User
from issues.models import Activity
from tests.lib import builders
from tests.lib.json_api import Caller

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "path", ["/api/0/organizations/acme/issues/SHOP-1/notes/", "/api/0/issues/SHOP-1/comments/"]
)
def test_comments_are_written_and_listed(bo: User, shop: Project, path: str) -> None:
    builders.issue(shop)
    caller = Caller(bo, token=True)
    made = caller("POST", path, {"text": "It is the card reader."})
    assert made.status_code == 201
    assert caller.get(path) == [made.json()]
    assert caller.get("/api/0/issues/SHOP-1/")["numComments"] == 1
    assert Activity.objects.get().user == bo
    for body in ({"text": " "}, {}, {"text": 7}):
        assert caller("POST", path, body).status_code == 400


def test_comments_of_others_are_not_found(bo: User, shop: Project) -> None:
    builders.issue(Project.objects.create(name="Other", slug="other"))
    path = "/api/0/issues/OTHER-1/comments/"
    assert Caller(bo, token=True)("POST", path, {"text": "x"}).status_code == 404
    assert not Activity.objects.exists()
