from __future__ import annotations

import pytest

from accounts.models import Project
from issues.pages.issue_list import environments as module
from issues.pages.issue_list.environments import environments
from tests.issues.pages.conftest import Send


def test_names_are_found_once_in_order_with_the_current_one(shop: Project, send: Send) -> None:
    other = Project.objects.create(name="Other", slug="other")
    for name in ("staging", "production", "staging"):
        send({"message": name, "environment": name})
    send({"message": "m", "environment": "elsewhere"}, project=other)
    assert environments([shop], "") == ["production", "staging"]
    assert environments([shop], "gone") == ["production", "staging", "gone"]
    assert environments([shop, other], "staging") == ["elsewhere", "production", "staging"]
    assert environments([], "") == []


def test_there_are_not_too_many(shop: Project, send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(4):
        send({"message": "m", "environment": f"e{number}"})
    monkeypatch.setattr(module, "MOST", 3)
    assert environments([shop], "") == ["e0", "e1", "e2"]
