from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import Project, User
from issues import bulk_actions
from issues.bulk_actions import actions, work
from issues.models import BulkAction, Issue
from tests.issues.pages.conftest import Send


@pytest.fixture
def waiting(shop: Project, bo: User, send: Send, monkeypatch: pytest.MonkeyPatch) -> BulkAction:
    """An action on two issues, which nobody has begun to carry out."""
    monkeypatch.setattr(actions, "AT_ONCE", 0)
    for text in ("a", "b"):
        send({"message": text})
    return bulk_actions.begin(Issue.objects.all(), BulkAction.Kind.MUTE, bo, shop)


def test_an_action_is_followed_stopped_and_undone(bo_client: Client, waiting: BulkAction) -> None:
    address = f"/bulk-actions/{waiting.pk}/"
    html = bo_client.get(address).content.decode()
    assert "Muting 2 issues: 0 done." in html
    assert "Undo" not in html
    state = bo_client.get(f"{address}state/").json()
    assert state == {"sentence": "Muting 2 issues: 0 done.", "done": 0, "total": 2, "is_finished": False}
    assert "not finished yet" in bo_client.post(f"{address}undo/", follow=True).content.decode()
    assert "Stopped after 0 of 2 issues." in bo_client.post(f"{address}stop/", follow=True).content.decode()
    work.run()
    assert Issue.objects.filter(status="open").count() == 2
    assert bo_client.get(f"{address}state/").json()["is_finished"]
    assert bo_client.get(f"{address}undo/").status_code == bo_client.get(f"{address}stop/").status_code == 405


def test_others_do_not_see_it(
    waiting: BulkAction, ana: User, sign_in: Callable[[User], Client], client: Client
) -> None:
    address = f"/bulk-actions/{waiting.pk}/"
    for path in (address, f"{address}state/"):
        assert sign_in(ana).get(path).status_code == 404
        assert client.get(path).status_code == 302
    for path in (f"{address}stop/", f"{address}undo/"):
        assert sign_in(ana).post(path).status_code == 404
    assert BulkAction.objects.get().state == "waiting"
