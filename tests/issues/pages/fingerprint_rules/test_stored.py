from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import Project, User
from issues.fingerprint_rules import preview, versions
from issues.models import Issue
from issues.trials import turn
from tests.issues.pages.conftest import Send
from tests.issues.pages.fingerprint_rules.conftest import words

PATH = "/projects/shop/settings/grouping/rules/stored/"


@pytest.fixture
def client(ana: User, shop: Project, sign_in: Callable[[User], Client], send: Send) -> Client:
    for number in (1, 2, 3):
        send({"exception": [{"type": "OutOfStock", "value": f"only {number} left"}]})
    versions.save(shop, "type:OutOfStock -> out-of-stock", ana, seen=0)
    return sign_in(ana)


def plan(html: str) -> str:
    found = re.search(r'name="plan" value="([^"]+)"', html)
    assert found
    return found[1]


def test_issues_that_a_rule_joins_are_merged_with_one_click(client: Client, shop: Project) -> None:
    html = client.get(PATH).content.decode()
    assert "3 of the last 3 events are in other issues than new events like them" in words(html)
    assert "Merge these 3 issues into SHOP-1" in words(html)
    answer = client.post(f"{PATH}bring/", {"plan": plan(html)}, follow=True)
    assert "All of the last 3 events are where new events" in words(answer.content.decode())
    (issue,) = shop.issues.all()
    assert (issue.digest_order, issue.event_count) == (1, 3)
    assert issue.groupings.filter(key="out-of-stock").exists()


def test_all_issues_are_merged_though_a_few_are_shown(
    client: Client, shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preview, "SHOWN_SOURCES", 1)
    html = client.get(PATH).content.decode()
    assert "And from 2 more issues." in html
    client.post(f"{PATH}bring/", {"plan": plan(html)})
    assert shop.issues.count() == 1


def test_of_one_issue_only_the_key_is_bound(client: Client, shop: Project) -> None:
    Issue.objects.exclude(digest_order=2).delete()
    html = client.get(PATH).content.decode()
    assert "Keep new events in SHOP-2" in words(html)
    assert client.post(f"{PATH}bring/", {"plan": plan(html)}).status_code == 302
    assert shop.issues.get().groupings.filter(key="out-of-stock").exists()


def test_issues_that_keep_other_events_are_not_merged(client: Client, shop: Project, ana: User) -> None:
    versions.save(shop, "message:*only*1* -> one", ana, seen=None)
    Issue.objects.filter(digest_order=1).update(digest_order=9)
    only = shop.issues.get(digest_order=9)
    other = shop.issues.get(digest_order=2)
    other.events.update(issue=only, digest_order=7, grouping=only.groupings.get())
    html = client.get(PATH).content.decode()
    assert "which keeps 1 other" in words(html)
    assert "so none is merged as a whole" in words(html)
    assert 'name="plan"' not in html


def test_an_old_or_forged_plan_changes_nothing(client: Client, shop: Project, ana: User) -> None:
    html = client.get(PATH).content.decode()
    answer = client.post(f"{PATH}bring/", {"plan": "x" + plan(html)}, follow=True)
    assert "nothing was changed" in answer.content.decode()
    versions.save(shop, "type:OutOfStock -> sold-out", ana, seen=None)
    answer = client.post(f"{PATH}bring/", {"plan": plan(html)}, follow=True)
    assert "The rules were changed meanwhile" in answer.content.decode()
    assert shop.issues.count() == 3


def test_members_see_it_and_cannot_merge(client: Client, bo_client: Client) -> None:
    html = bo_client.get(PATH).content.decode()
    assert "out-of-stock" in html
    assert 'name="plan"' not in html
    assert bo_client.post(f"{PATH}bring/", {"plan": "x"}).status_code == 403


def test_it_waits_for_its_turn(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turn, "_LONGEST_WAIT", 0)
    with turn.alone():
        assert "Another preview is computed" in client.get(PATH).content.decode()
