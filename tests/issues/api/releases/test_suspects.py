"""/api/projects/{id}/issues/{uuid}/suspect-commits"""

from __future__ import annotations

import pytest

from accounts.models import Project, User
from issues.commits.recorded import SentCommit, set_commits
from issues.releases import rows
from tests.lib import builders
from tests.lib.json_api import Caller, error_of

pytestmark = pytest.mark.django_db


def test_the_suspects_of_an_event_are_answered(bo: User, shop: Project) -> None:
    issue = builders.issue(shop)
    path = f"/api/projects/{shop.pk}/issues/{issue.pk}/suspect-commits"
    caller = Caller(bo, token=True)
    assert error_of(caller("GET", path))[0] == 404
    frames = [{"filename": "src/cart.ts", "in_app": True}]
    payload = {"exception": {"values": [{"type": "E", "stacktrace": {"frames": frames}}]}}
    event = builders.event(issue, 1, payload, release="1.1", platform="javascript")
    assert caller.get(path) == {"commits": [], "note": None}
    release, _ = rows.create(shop, "1.1")
    sent = SentCommit("a", "acme/shop", "Mend", "Bo", "bo@example.org", files=(("src/cart.ts", "M"),))
    set_commits(shop, release, [sent], by=None)
    (found,) = caller.get(f"{path}?event={event.event_id.hex}")["commits"]
    assert (found["sha"], found["release"], found["suggested_assignee"], found["url"]) == (
        "a",
        "1.1",
        bo.pk,
        None,
    )
    assert found["reason"] == "Changed src/cart.ts, the file of the raising frame."
    for other in ("0" * 32, "x"):
        assert error_of(caller("GET", f"{path}?event={other}"))[0] == 404
