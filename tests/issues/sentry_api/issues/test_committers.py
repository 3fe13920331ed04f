"""issues/sentry_api/issues/committers.py"""

from __future__ import annotations

import pytest

from accounts.models import Project, User
from issues.commits.recorded import SentCommit, set_commits
from issues.models import Release
from tests.lib import builders
from tests.lib.json_api import Caller

pytestmark = pytest.mark.django_db


def test_who_changed_the_file_that_raised_is_named(bo: User, shop: Project) -> None:
    release = Release.objects.create(project=shop, version="1.0")
    commit = SentCommit(
        "a" * 40, "acme/shop", "Rewrite", "Bo", "bo@example.org", None, (("src/shop/cart.py", "M"),)
    )
    set_commits(shop, release, [commit], by=None)
    frames = [{"filename": "shop/cart.py", "function": "total", "in_app": True, "lineno": 3}]
    payload = {"exception": [{"type": "E", "stacktrace": {"frames": frames}}]}
    plain = builders.event(builders.issue(shop), payload=payload).event_id.hex
    path = f"/api/0/projects/acme/shop/events/{plain}/committers/"
    [found] = Caller(bo, token=True).get(path)["committers"]
    assert (found["author"]["email"], found["author"]["id"]) == ("bo@example.org", str(bo.pk))
    assert [each["id"] for each in found["commits"]] == ["a" * 40]
    assert Caller(bo, token=True)("GET", path.replace(plain, "0" * 32)).status_code == 404
