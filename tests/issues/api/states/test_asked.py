from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Project, User
from issues.models import BulkAction, Issue, Release
from rustrak.lib import clock
from tests.lib import builders
from tests.lib.json_api import Caller, error_of


def path(issue: Issue) -> str:
    return f"/api/projects/{issue.project_id}/issues/{issue.pk}"


def test_resolved_in_a_release_and_changed_again(bo: User, shop: Project) -> None:
    issue = builders.issue(shop, last_release="shop@2.4.0")
    call = Caller(bo)
    body = {"status": "resolved", "resolution": "in_release", "release": " shop@2.5.0 "}
    found = call("PATCH", path(issue), body).json()
    assert (found["is_resolved"], found["resolution"], found["resolved_release"], found["state_text"]) == (
        True, "in_release", "shop@2.5.0", "Resolved in 2.5.0",
    )  # fmt: skip
    assert Release.objects.filter(version="shop@2.5.0").exists()
    assert call("PATCH", path(issue), {"is_resolved": True}).json() == found
    found = call("PATCH", path(issue), {"status": "resolved", "resolution": "next_release"}).json()
    assert (found["resolution"], found["resolved_release"]) == ("next_release", "shop@2.4.0")
    found = call("PATCH", path(issue), {"status": "open"}).json()
    assert (found["resolution"], found["resolved_release"], found["state_text"]) == (None, None, "Open")


def test_muted_until_something(bo: User, shop: Project) -> None:
    issue = builders.issue(shop)
    until = clock.now() + timedelta(hours=1)
    mute = {"until": until.isoformat(), "events": 100, "users": 5, "minutes": 10}
    found = Caller(bo)("PATCH", path(issue), {"status": "muted", "mute": mute}).json()
    assert found["mute"] | {"since": None, "until": None} == {
        "since": None, "until": None, "events": 100, "users": 5, "minutes": 10,
    }  # fmt: skip
    assert found["state_text"].endswith(", or 100 events or 5 users in 10 minutes")
    found = Caller(bo)("PATCH", path(issue), {"is_muted": False}).json()
    assert (found["status"], found["mute"]) == ("open", None)


@pytest.mark.parametrize(
    ("body", "about"),
    [
        ({"status": "resolved", "is_resolved": True}, "only one way"),
        ({"status": "closed"}, "status: "),
        ({"resolution": "in_release", "release": "1"}, "belong to issues that are resolved"),
        ({"status": "resolved", "resolution": "in_release"}, "in which release"),
        ({"status": "resolved", "release": "1"}, "only be given"),
        ({"status": "resolved", "resolution": "in_release", "release": "x" * 201}, "release: "),
        ({"is_resolved": True, "resolution": "next_release"}, "No release of this project is known"),
        ({"mute": {}}, "belongs to issues that are muted"),
        ({"status": "muted", "mute": {"minutes": 5}}, "Minutes need"),
        ({"status": "muted", "mute": {"until": "2026-11-27T12:00:00"}}, "mute.until: "),
        ({"status": "muted", "mute": {"until": "2020-01-01T12:00:00Z"}}, "in the future"),
        ({"status": "muted", "mute": {"events": 0}}, "mute.events: "),
    ],
    ids=lambda value: value[:16] if isinstance(value, str) else "",
)
def test_what_cannot_be_meant_is_refused(bo: User, shop: Project, body: dict[str, Any], about: str) -> None:
    issue = builders.issue(shop)
    answer = Caller(bo)("PATCH", path(issue), body)
    assert answer.status_code == 400
    assert about in answer.content.decode()
    assert Issue.objects.get().status == "open"


def test_many_at_once_with_conditions_and_their_undoing(bo: User, shop: Project) -> None:
    for number in (1, 2):
        builders.issue(shop, number, last_release="2.4.0")
    Issue.objects.filter(digest_order=2).update(
        status="resolved", resolution="in_release", resolved_release="2.3.0"
    )
    call, url = Caller(bo), f"/api/projects/{shop.pk}/issues/bulk"
    ask = {"query": "", "filter": "all"}
    done = call("POST", url, {**ask, "action": "resolve", "resolution": "next_release"}).json()
    assert done["text"] == "2 issues resolved in the next release."
    assert set(Issue.objects.values_list("resolution", "resolved_release")) == {("next_release", "2.4.0")}
    call("POST", f"/api/bulk-actions/{done['id']}/undo", {})
    assert list(Issue.objects.order_by("pk").values_list("status", "resolution", "resolved_release")) == [
        ("open", "", ""), ("resolved", "in_release", "2.3.0"),
    ]  # fmt: skip
    done = call("POST", url, {**ask, "action": "mute", "mute": {"users": 3}}).json()
    assert done["text"] == "2 issues muted until 3 more users."
    assert BulkAction.objects.get(pk=done["id"]).parameters == {"people": 3, "is_said": True}
    assert set(Issue.objects.values_list("mute_people", "mute_from_people")) == {(3, 0)}
    answer = call("POST", url, {**ask, "action": "reopen", "mute": {"users": 3}})
    assert error_of(answer)[0] == 400
