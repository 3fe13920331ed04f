from __future__ import annotations

from uuid import uuid4

import pytest

from accounts.models import Project, User
from issues.models import Issue
from issues.record.writer import record
from tests.lib.json_api import Caller, error_of
from tests.lib.occurrences import NOW, thrown

pytestmark = pytest.mark.django_db


def test_merge_split_move_and_undo(shop: Project, bo: User) -> None:
    record(shop.pk, [thrown("A"), thrown("B"), thrown("C")], NOW)
    a, b, c = (Issue.objects.get(type=kind).pk for kind in "ABC")
    api, root = Caller(bo), f"/api/projects/{shop.pk}"
    answer = api("POST", f"{root}/issues/{a}/merge", {"issues": [str(b), c.hex]})
    assert (answer.status_code, answer.json()) == (200, {"issue_id": str(a), "notes": ""})
    items = api.all(f"{root}/issues/{a}/groupings", limit=2)
    assert [(each["event_count"], each["mechanism"], each["issue_id"]) for each in items] == [
        (1, "classic", str(a))
    ] * 3
    merged = api.get(f"{root}/issues/{a}/merged")
    assert [(each["id"], each["short_id"], each["is_undoable"]) for each in merged["items"]] == [
        (str(c), "SHOP-3", True), (str(b), "SHOP-2", True),
    ]  # fmt: skip
    assert (merged["has_more"], merged["moving"]) == (False, None)
    answer = api("POST", f"{root}/groupings/{items[1]['id']}/split")
    assert answer.json()["issue_id"] == str(b)
    answer = api("POST", f"{root}/groupings/{items[2]['id']}/move", {"into": str(b)})
    assert answer.json()["issue_id"] == str(b)
    assert api.get(f"{root}/issues/{b}")["event_count"] == 2
    assert error_of(api("POST", f"{root}/groupings/{items[0]['id']}/split"))[0] == 409
    assert api("POST", f"{root}/merged-issues/{b}/undo").status_code == 409


def test_wrong_requests(shop: Project, bo: User, cy: User) -> None:
    record(shop.pk, [thrown("A"), thrown("B")], NOW)
    a, b = (Issue.objects.get(type=kind) for kind in "AB")
    api, root = Caller(bo), f"/api/projects/{shop.pk}"
    grouping = a.groupings.get().pk
    for issues in ([], [str(a.pk)], ["x"], "x"):
        assert api("POST", f"{root}/issues/{a.pk}/merge", {"issues": issues}).status_code in (400, 422)
    assert api("POST", f"{root}/issues/{a.pk}/merge", {"issues": [str(uuid4())]}).status_code == 409
    assert api("POST", f"{root}/groupings/{grouping}/move", {"into": str(uuid4())}).status_code == 400
    assert api("POST", f"{root}/groupings/{10**30}/split").status_code == 404
    assert api("POST", f"{root}/merged-issues/x/undo").status_code == 400
    for caller in (Caller(cy), Caller()):
        for path in (f"groupings/{grouping}/split", f"issues/{a.pk}/merge", f"merged-issues/{b.pk}/undo"):
            assert caller("POST", f"{root}/{path}", {"issues": [str(b.pk)]}).status_code in (401, 403, 404)
    assert Issue.objects.count() == 2
