from __future__ import annotations

from uuid import uuid4

import pytest
from django.test import Client

from accounts.models import Project, User
from issues import groupings
from issues.models import Event, Issue
from tests.issues.pages.conftest import Send


@pytest.fixture
def both(bo: User, shop: Project, send: Send) -> Issue:
    """An issue into which another one was merged."""
    first, second = send({"message": "one"}).issue, send({"message": "two", "user": {"id": "7"}}).issue
    groupings.merge(shop, first.pk, [second.pk], bo)
    return first


def address(issue: Issue, verb: str) -> str:
    return f"/projects/shop/issues/{issue.pk}/grouping/{issue.groupings.latest('pk').pk}/{verb}/"


def test_splitting_asks_first_and_says_what_goes(bo_client: Client, both: Issue) -> None:
    html = bo_client.get(address(both, "split")).content.decode()
    assert "1 event and 1 user have this key." in html
    assert "go back to the issue SHOP-2" in html
    answer = bo_client.post(address(both, "split"))
    made = Issue.objects.get(digest_order=2)
    assert answer["Location"] == f"/projects/shop/issues/{made.pk}/"
    assert made.events.count() == 1
    # It is the last one: the page says why it stays, and so does the action.
    html = bo_client.get(address(both, "split")).content.decode()
    assert "All events of this issue have this grouping." in html
    assert "Split off</button>" not in html
    assert "Nothing was split off." in bo_client.post(address(both, "split"), follow=True).content.decode()


def test_the_only_grouping_leads_to_a_merge(bo_client: Client, send: Send) -> None:
    first, second = send({"message": "one"}).issue, send({"message": "two"}).issue
    assert address(second, "move") in bo_client.get(address(second, "split")).content.decode()
    html = bo_client.get(address(second, "move")).content.decode()
    assert f'name="issue" value="{first.pk}"' in html
    sent = {"issue": [str(second.pk), str(first.pk)], "action": "merge"}
    html = bo_client.post("/projects/shop/issues/act/", sent).content.decode()
    assert "Merge 2 issues into one?" in html


def test_moving_asks_where_to(bo_client: Client, both: Issue, send: Send) -> None:
    third = send({"message": "three"}).issue
    html = bo_client.get(address(both, "move")).content.decode()
    assert "SHOP-3" in html
    assert "1 event and 1 user have this key." in html
    assert "SHOP-3" in bo_client.get(address(both, "move"), {"q": "#3"}).content.decode()
    assert (
        "No other issue matches." in bo_client.get(address(both, "move"), {"q": "nothing"}).content.decode()
    )
    assert "brwser" in bo_client.get(address(both, "move"), {"q": "brwser:x"}).content.decode()
    for into in ("", str(uuid4()), str(both.pk)):
        html = bo_client.post(address(both, "move"), {"into": into}, follow=True).content.decode()
        assert "Nothing was moved." in html
    answer = bo_client.post(address(both, "move"), {"into": str(third.pk)})
    assert answer["Location"] == f"/projects/shop/issues/{third.pk}/"
    assert Event.objects.filter(issue=third).count() == 2


def test_a_grouping_of_another_issue_is_not_found(bo_client: Client, both: Issue, send: Send) -> None:
    other = send({"message": "three"}).issue
    wrong = f"/projects/shop/issues/{other.pk}/grouping/{both.groupings.latest('pk').pk}"
    assert {bo_client.get(f"{wrong}/{verb}/").status_code for verb in ("split", "move")} == {404}
    assert bo_client.post(f"{wrong}/split/").status_code == 404
    assert bo_client.get(f"/projects/shop/issues/{other.pk}/grouping/{10**30}/split/").status_code == 404
