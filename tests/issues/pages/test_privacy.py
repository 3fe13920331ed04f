from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.test import Client

from accounts.models import Project, User
from issues.privacy import stored
from issues.trials import turn
from tests.issues.pages.conftest import Send

pytestmark = pytest.mark.django_db

PROJECT, INSTALLATION = "/projects/shop/settings/privacy/", "/privacy/"


@pytest.fixture
def client(ana: User, shop: Project, sign_in: Callable[[User], Client]) -> Client:
    return sign_in(ana)


def fields(html: str, **changes: str) -> dict[str, str]:
    """What the form sends back."""
    found = re.findall(r'<input type="hidden" name="(version|previewed)" value="([^"]*)">', html)
    return {"default_rules": "yes", "addresses": "keep", **dict(found), **changes}


@pytest.mark.parametrize("path", [PROJECT, INSTALLATION])
def test_rules_are_tried_and_then_saved(client: Client, shop: Project, send: Send, path: str) -> None:
    send({"message": "bought", "extra": {"customer": "Ada <b>"}})
    rules = {"removed_names": "customer\r\n# why", "addresses": "truncate"}
    page = client.get(path).content.decode()
    assert "Save rules" not in page
    tried = client.post(path, {**fields(page, **rules), "action": "save"}).content.decode()
    text = " ".join(unescape(re.sub(r"<[^>]+>", " ", tried)).split())
    assert "From 1 of the last 1 events they would remove 1 value" in text
    assert "extra.customer" in text
    assert "Ada &lt;b&gt;" in tried
    project = shop if path == PROJECT else None
    assert stored.row_of(project).version == 0
    changed = {**fields(tried, **rules), "action": "save", "removed_names": "other"}
    assert "not saved yet" in client.post(path, changed).content.decode()
    answer = client.post(path, {**fields(tried, **rules), "action": "save"})
    assert (answer.status_code, answer["Location"]) == (302, path)
    row = stored.row_of(project)
    assert (row.version, row.removed_names, row.addresses) == (1, "customer\n# why", "truncate")
    assert "customer" in client.get(path).content.decode()


def test_mistakes_and_changes_of_others_are_told(client: Client, shop: Project) -> None:
    page = client.get(PROJECT).content.decode()
    wrong = client.post(PROJECT, {**fields(page, patterns="ok\n("), "action": "try"}).content.decode()
    assert "Line 2, &#x27;(&#x27;: is not a pattern of RE2" in wrong
    tried = client.post(PROJECT, {**fields(page, patterns="ok"), "action": "try"}).content.decode()
    stored.save(shop, stored.Given(None, "theirs", "", "", stored.Addresses.KEEP), seen=0)
    late = client.post(PROJECT, {**fields(tried, patterns="ok"), "action": "save"}).content.decode()
    assert "changed meanwhile" in late
    assert "theirs" in late
    assert fields(late)["version"] == "1"
    assert stored.row_of(shop).patterns == ""


def test_a_trial_that_has_no_turn_says_so(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turn, "_LONGEST_WAIT", 0)
    with turn.alone():
        page = client.post(PROJECT, fields("", action="try")).content.decode()
    assert "Another preview is computed" in page


def test_members_read_and_do_not_change(bo: User, shop: Project, sign_in: Callable[[User], Client]) -> None:
    stored.save(None, stored.Given(None, "staff_*", "", "", stored.Addresses.REMOVE), seen=None)
    own: Any = sign_in(bo)
    page = own.get(PROJECT).content.decode()
    assert "Only admins of Shop can change the privacy rules" in page
    assert "staff_*" in page
    assert "It removes IP addresses." in page
    assert "Try on stored events" not in page
    assert own.post(PROJECT, fields(page, action="try")).status_code == 403
    page = own.get(INSTALLATION).content.decode()
    assert "Only admins of this installation can change these rules" in page
    assert own.post(INSTALLATION, fields(page, action="try")).status_code == 403
