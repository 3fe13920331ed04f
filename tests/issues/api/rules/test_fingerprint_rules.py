"""/api/projects/{id}/fingerprint-rules"""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import Project, User
from issues.record import writer
from issues.trials import turn
from tests.lib import builders, occurrences
from tests.lib.json_api import Caller, error_of

pytestmark = pytest.mark.django_db

TEXT = 'type:OutOfStock -> out-of-stock title="Out" level=info\ntype:Noise -> drop'


@pytest.fixture
def caller(ana: User) -> Caller:
    return Caller(ana)


@pytest.fixture
def base(shop: Project) -> str:
    return f"/api/projects/{shop.pk}/fingerprint-rules"


def test_rules_are_read_and_changed(caller: Caller, ana: User, base: str) -> None:
    nothing: dict[str, Any] = {
        "version": 0, "is_in_use": True, "text": "", "rules": [], "created_at": None, "created_by": None,
    }  # fmt: skip
    assert caller.get(base) == nothing
    saved = caller("PUT", base, {"text": TEXT, "version": 0}).json()
    assert saved["rules"][0] == {
        "line": 1, "text": TEXT.split("\n")[0], "fingerprint": ["out-of-stock"], "title": "Out", "level": "info",
        "drop": False,
    }  # fmt: skip
    assert (saved["rules"][1]["drop"], saved["version"], saved["created_by"]) == (True, 1, ana.pk)
    assert caller.get(base) == saved
    answer = caller("PUT", base, {"text": "type:A -> a", "version": 0})
    assert error_of(answer) == (409, "Conflict")
    assert caller("PUT", base, {"text": ""}).json()["version"] == 2
    listed = caller.all(f"{base}/versions")
    assert [(each["version"], each["is_in_use"]) for each in listed] == [(2, True), (1, False)]
    assert caller.get(f"{base}/versions/1") == saved | {"is_in_use": False}
    assert error_of(caller("GET", f"{base}/versions/3")) == (404, "NotFound")


def test_mistakes_say_where_they_are(caller: Caller, base: str) -> None:
    for method, path in (("PUT", base), ("POST", f"{base}/preview")):
        answer = caller(method, path, {"text": "# a\ntyp:X -> a"})
        assert error_of(answer) == (400, "ValidationError")
        assert "text: Line 2, column 1: There is nothing called typ" in answer.json()["error"]["message"]
    assert error_of(caller("PUT", base, {"text": 5})) == (400, "ValidationError")
    assert error_of(caller("PUT", base, {"text": "", "version": -1})) == (400, "ValidationError")


def test_a_preview_and_what_is_done_after_it(caller: Caller, shop: Project, base: str) -> None:
    sent = [
        occurrences.occurrence({"exception": [{"type": "OutOfStock", "value": f"only {number} left"}]})
        for number in (1, 2)
    ]
    writer.record(shop.pk, sent, occurrences.NOW)
    text = "type:OutOfStock -> out-of-stock"
    found = caller("POST", f"{base}/preview", {"text": text}).json()
    assert (found["moved"], found["looked"], found["before"], found["after"]) == (2, 2, 2, 1)
    (destination,) = found["destinations"]
    assert (destination["key"], destination["issue_id"], destination["line"]) == ("out-of-stock", None, 1)
    assert {source["short_id"] for source in destination["sources"]} == {"SHOP-1", "SHOP-2"}
    assert found["rules"] == [{"line": 1, "taken": 2, "hidden": 0, "hidden_by": [], "never": None}]
    caller("PUT", base, {"text": text})
    assert caller.get(f"{base}/stored")["moved"] == 2
    first = shop.issues.get(digest_order=1)
    bound = {"key": "out-of-stock", "issue_id": str(first.pk)}
    assert caller("POST", f"{base}/bindings", bound).status_code == 204
    assert caller.get(f"{base}/stored")["destinations"][0]["issue_id"] == str(first.pk)
    other = bound | {"issue_id": str(builders.issue(shop, 9).pk)}
    assert error_of(caller("POST", f"{base}/bindings", other)) == (409, "Conflict")


def test_one_preview_at_a_time(caller: Caller, base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turn, "_LONGEST_WAIT", 0)
    with turn.alone():
        answer = caller("GET", f"{base}/stored")
    assert (error_of(answer), answer["Retry-After"]) == ((503, "ServiceUnavailable"), "5")


def test_members_read_and_others_see_nothing(caller: Caller, bo: User, cy: User, base: str) -> None:
    caller("PUT", base, {"text": TEXT})
    member = Caller(bo)
    assert member.get(base)["text"] == TEXT
    assert len(member.all(f"{base}/versions")) == 1
    for method, path, body in (
        ("PUT", base, {"text": ""}),
        ("POST", f"{base}/preview", {"text": ""}),
        ("POST", f"{base}/bindings", {"key": "k", "issue_id": "5f0c3e3a-9d0b-5b5e-8f43-6f1e2a9c77b1"}),
    ):
        assert error_of(member(method, path, body)) == (403, "Forbidden")
    for path in (base, f"{base}/versions", f"{base}/versions/1", f"{base}/stored"):
        assert error_of(Caller(cy)("GET", path)) == (404, "NotFound")
