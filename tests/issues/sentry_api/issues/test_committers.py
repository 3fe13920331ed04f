"""issues/sentry_api/issues/committers.py"""

from __future__ import annotations

import pytest

from accounts.models import Project, User
from issues.commits.recorded import SentCommit, set_commits
from issues.releases import rows
from tests.lib import builders
from tests.lib.json_api import Caller

pytestmark = pytest.mark.django_db


def test_the_authors_of_suspect_commits_are_told(bo: User, shop: Project) -> None:
    issue = builders.issue(shop)
    frames = [{"filename": "src/cart.ts", "in_app": True}]
    payload = {"exception": {"values": [{"type": "E", "stacktrace": {"frames": frames}}]}}
    event = builders.event(issue, 1, payload, release="1.1", platform="javascript")
    path = f"/api/0/projects/acme/shop/events/{event.event_id.hex}/committers/"
    caller = Caller(bo, token=True)
    assert caller.get(path) == {"committers": []}
    release, _ = rows.create(shop, "1.1")
    touched = (("src/cart.ts", "M"),)
    sent = [
        SentCommit(sha, "acme/shop", "Mend", "Bo", email, files=touched)
        for sha, email in (("c", "bo@example.org"), ("b", "x@y.z"), ("a", "bo@example.org"))
    ]
    set_commits(shop, release, sent, by=None)
    first, second = caller.get(path)["committers"]
    assert first["author"] == {"name": "Bo", "email": "bo@example.org", "id": str(bo.pk)}
    assert [one["id"] for one in first["commits"]] == ["c", "a"]
    assert (second["author"], second["type"]) == ({"name": "Bo", "email": "x@y.z"}, "suspect_commit")
    for other in ("0" * 32, "x"):
        assert caller("GET", f"/api/0/projects/acme/shop/events/{other}/committers/").status_code == 404
