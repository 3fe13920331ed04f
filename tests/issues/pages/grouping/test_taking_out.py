from __future__ import annotations

from uuid import uuid4

import pytest
from django.test import Client

from accounts.models import Project, User
from issues import groupings
from issues.models import Event, Issue, MergedIssue
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


def test_moving_all_events_of_an_issue_merges_it(bo_client: Client, both: Issue, send: Send) -> None:
    third = send({"message": "three"}).issue
    assert (
        "To take it back, move the grouping again." in bo_client.get(address(both, "move")).content.decode()
    )
    html = bo_client.get(address(third, "move")).content.decode()
    assert "All events of SHOP-3 have this key, so it is merged into the other issue." in html
    assert "Nothing was moved." in (
        bo_client.post(address(third, "move"), {"into": str(third.pk)}, follow=True).content.decode()
    )
    answer = bo_client.post(address(third, "move"), {"into": str(both.pk)})
    assert answer["Location"] == f"/projects/shop/issues/{both.pk}/"
    assert MergedIssue.objects.filter(issue=third.pk, into=both).exists()
    assert Event.objects.filter(issue=both).count() == 3


def test_a_grouping_of_another_issue_is_not_found(bo_client: Client, both: Issue, send: Send) -> None:
    other = send({"message": "three"}).issue
    wrong = f"/projects/shop/issues/{other.pk}/grouping/{both.groupings.latest('pk').pk}"
    assert {bo_client.get(f"{wrong}/{verb}/").status_code for verb in ("split", "move")} == {404}
    assert bo_client.post(f"{wrong}/split/").status_code == 404
    assert bo_client.get(f"/projects/shop/issues/{other.pk}/grouping/{10**30}/split/").status_code == 404
