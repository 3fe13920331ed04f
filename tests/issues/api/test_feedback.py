"""/api/projects/{id}/feedback"""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.models import Project, User
from issues.models import UserReport
from rustrak.lib import ids
from tests.lib.json_api import Caller, error_of
from tests.lib.user_reports import feedback, report, said_item

pytestmark = pytest.mark.django_db


def fill(shop: Project) -> str:
    """Five pieces of feedback, of both kinds; returns the id of the newest."""
    for number in range(4):
        ago = timedelta(minutes=9 - number)
        feedback(shop, said_item({"contexts": {"feedback": {"message": f"n{number}"}}}, ago=ago))
    event_id = ids.new_event_id()
    report(
        shop, said_item({"event_id": event_id, "name": "Jo", "email": "j@example.org", "comments": "last"})
    )
    return event_id


def test_the_list_is_of_what_is_open_and_of_all_on_request(bo: User, shop: Project) -> None:
    event_id = fill(shop)
    caller = Caller(bo)
    path = f"/api/projects/{shop.pk}/feedback"
    found = caller.all(path, limit=2)
    assert [each["comments"] for each in found] == ["last", "n3", "n2", "n1", "n0"]
    assert found[0] | {"ingested_at": ""} == {
        "id": event_id, "name": "Jo", "email": "j@example.org", "comments": "last", "url": None,
        "source": "user_report", "ingested_at": "", "event_id": event_id, "is_done": False, "changed_at": None,
    }  # fmt: skip
    assert found[1]["event_id"] is None
    done = caller("PATCH", f"{path}/{event_id}", {"is_done": True}).json()
    assert done["is_done"]
    assert done["changed_at"] is not None
    assert UserReport.objects.get(is_done=True).changed_by == bo
    assert caller.get(f"{path}/{event_id}") == done
    assert [each["comments"] for each in caller.all(f"{path}?order=asc")] == ["n0", "n1", "n2", "n3"]
    assert [each["comments"] for each in caller.all(f"{path}?filter=done")] == ["last"]
    assert len(caller.all(f"{path}?filter=all")) == 5
    assert error_of(caller("GET", f"{path}?filter=x"))[0] == 400


def test_a_patch_that_names_nothing_changes_nothing(bo: User, shop: Project) -> None:
    path = f"/api/projects/{shop.pk}/feedback/{fill(shop)}"
    caller = Caller(bo, token=True)
    caller("PATCH", path, {"is_done": True})
    assert caller("PATCH", path, {}).json()["is_done"]
    assert not caller("PATCH", path, {"is_done": False}).json()["is_done"]
    assert caller("DELETE", path).status_code == 204
    assert caller("DELETE", path).status_code == 404
    assert UserReport.objects.count() == 4


def test_what_is_not_there_or_not_theirs_is_a_404(bo: User, cy: User, shop: Project) -> None:
    event_id = fill(shop)
    for caller, name in ((Caller(cy), event_id), (Caller(bo), ids.new_event_id()), (Caller(bo), "x")):
        path = f"/api/projects/{shop.pk}/feedback/{name}"
        assert caller("PATCH", path, {"is_done": True}).status_code == 404
        assert caller("DELETE", path).status_code == 404
    assert UserReport.objects.filter(is_done=False).count() == 5
