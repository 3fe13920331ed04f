"""/api/privacy and /api/projects/{id}/privacy"""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import Project, User
from issues.privacy import stored
from issues.record import writer
from issues.trials import turn
from tests.lib import occurrences
from tests.lib.json_api import Caller, error_of
from tests.lib.occurrences import NOW

pytestmark = pytest.mark.django_db

NOTHING: dict[str, Any] = {
    "default_rules": None, "removed_names": "", "kept_names": "", "patterns": "", "addresses": "keep", "version": 0,
    "updated_at": None,
}  # fmt: skip


@pytest.fixture(params=["project", "installation"])
def base(request: pytest.FixtureRequest, shop: Project) -> str:
    return "/api/privacy" if request.param == "installation" else f"/api/projects/{shop.pk}/privacy"


def test_rules_are_read_and_replaced(ana: User, base: str) -> None:
    caller = Caller(ana)
    assert caller.get(base) == NOTHING
    sent = {"removed_names": "customer_*", "addresses": "remove", "version": 0}
    saved = caller("PUT", base, sent).json()
    assert saved == NOTHING | sent | {"version": 1, "updated_at": saved["updated_at"]}
    assert caller.get(base) == saved
    assert error_of(caller("PUT", base, sent)) == (409, "Conflict")
    assert caller("PUT", base, {"default_rules": False}).json()["removed_names"] == ""
    assert error_of(caller("PUT", base, {"patterns": "("})) == (400, "ValidationError")
    assert error_of(caller("PUT", base, {"addresses": "some"})) == (400, "ValidationError")


def test_rules_are_tried(ana: User, shop: Project, base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    caller = Caller(ana)
    writer.record(shop.pk, [occurrences.occurrence({"message": "m", "extra": {"customer": "Ada"}})], NOW)
    tried = caller("POST", f"{base}/try", {"removed_names": "customer"}).json()
    assert (tried["looked"], tried["changed"], tried["values"], tried["is_whole"]) == (1, 1, 1, True)
    assert tried["kinds"] == [{"kind": "rule customer", "values": 1, "events": 1}]
    (example,) = tried["examples"]
    assert (example["path"], example["before"], example["after"]) == ("extra.customer", "Ada", "[removed]")
    assert example["issue_id"] == str(shop.issues.get().pk)
    assert stored.row_of(shop).version == stored.row_of(None).version == 0
    monkeypatch.setattr(turn, "_LONGEST_WAIT", 0)
    with turn.alone():
        assert caller("POST", f"{base}/try", {}).status_code == 503
