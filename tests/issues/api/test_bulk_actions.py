"""/api/projects/{id}/issues/bulk and /api/bulk-actions/{id}"""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from accounts.models import Project, User
from issues.bulk_actions import actions
from issues.models import Issue
from tests.lib import builders
from tests.lib.json_api import Caller

pytestmark = pytest.mark.django_db


@pytest.fixture
def bulk(shop: Project) -> str:
    for number in (1, 2, 3):
        builders.issue(shop, number)
    return f"/api/projects/{shop.pk}/issues/bulk"


def test_an_action_and_its_undo(bo: User, bulk: str) -> None:
    caller = Caller(bo)
    one = Issue.objects.get(digest_order=1)
    made = caller("POST", bulk, {"action": "resolve", "ids": [str(one.pk)]})
    assert made.status_code == 201
    answer = made.json()
    assert (answer["state"], answer["total"], answer["changed"]) == ("done", 1, 1)
    assert (answer["text"], answer["is_undoable"], answer["undoes"]) == ("1 issue resolved.", True, None)
    action = f"/api/bulk-actions/{answer['id']}"
    assert caller.get(action) == answer
    undone = caller("POST", f"{action}/undo").json()
    assert (undone["undoes"], undone["text"]) == (answer["id"], "Undone: 1 issue is as before.")
    assert caller("POST", f"{action}/undo").status_code == 409
    assert set(Issue.objects.values_list("status", flat=True)) == {"open"}


def test_all_that_match(bo: User, ana: User, bulk: str, monkeypatch: pytest.MonkeyPatch) -> None:
    caller = Caller(bo)
    Issue.objects.filter(digest_order=3).update(status="muted")
    assert (
        caller("POST", bulk, {"action": "assign", "query": "is:open", "assignee": bo.email}).json()["changed"]
        == 2
    )
    assert caller("POST", bulk, {"action": "delete", "query": "", "filter": "muted"}).json()["changed"] == 1
    # As the list reads it: the issue that is named, and none that has these words.
    assert caller("POST", bulk, {"action": "resolve", "query": "SHOP-2"}).json()["changed"] == 1
    assert (
        caller("POST", bulk, {"action": "reopen", "query": "SHOP-2", "filter": "all"}).json()["changed"] == 1
    )
    monkeypatch.setattr(actions, "AT_ONCE", 1)
    waiting = caller("POST", bulk, {"action": "mute", "query": ""}).json()
    assert (waiting["state"], waiting["done"]) == ("waiting", 0)
    action = f"/api/bulk-actions/{waiting['id']}"
    assert caller("POST", f"{action}/stop").json()["state"] == "stopped"
    other = Caller(ana)
    for method, path in (("GET", action), ("POST", f"{action}/undo"), ("POST", f"{action}/stop")):
        assert other(method, path).status_code == 404
    assert caller("GET", "/api/bulk-actions/x").status_code == 404


def test_a_merge(bo: User, bulk: str, shop: Project) -> None:
    caller = Caller(bo)
    keys = [str(pk) for pk in Issue.objects.order_by("digest_order").values_list("pk", flat=True)]
    made = caller("POST", bulk, {"action": "merge", "ids": keys, "target": keys[1]}).json()
    assert made["text"] == "2 issues merged into SHOP-2."
    # The id of a merged issue leads to the other one, but nothing is changed through it.
    old = f"/api/projects/{shop.pk}/issues/{keys[0]}"
    assert caller.get(old)["id"] == keys[1]
    assert caller("PATCH", old, {"is_muted": True}).status_code == 404
    assert caller("DELETE", old).status_code == 404


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        ({"action": "mute"}, "give one of them"),
        ({"action": "mute", "ids": [], "query": ""}, "give one of them"),
        ({"action": "mute", "ids": []}, "Select an issue"),
        ({"action": "mute", "query": "is:resolved"}, "no issue matches"),
        ({"action": "mute", "ids": ["x"]}, "no id"),
        ({"action": "mute", "ids": [str(uuid4())]}, "1 of the issues"),
        ({"action": "mute", "query": "is:nonsense"}, "query: "),
        ({"action": "assign", "query": ""}, "assignee"),
        ({"action": "assign", "query": "", "assignee": "x@example.org"}, "assignee"),
        ({"action": "merge", "query": ""}, "must be one of"),
        ({"action": "explode", "query": ""}, "action"),
    ],
)
def test_what_is_refused(bo: User, bulk: str, sent: dict[str, Any], why: str) -> None:
    answer = Caller(bo)("POST", bulk, sent)
    assert answer.status_code == 400
    assert why in answer.json()["error"]["message"]
    assert set(Issue.objects.values_list("status", flat=True)) == {"open"}


def test_others_may_not(cy: User, bulk: str) -> None:
    assert Caller(cy)("POST", bulk, {"action": "mute", "query": ""}).status_code == 404
