from __future__ import annotations

from typing import Any

from django.test import Client

from accounts.models import Project, User
from issues import groupings
from issues.models import Event, Issue, MergedIssue, PendingMove
from issues.pages.grouping import of_issue
from tests.issues.pages.conftest import Send


def url_of(issue: Issue) -> str:
    return f"/projects/shop/issues/{issue.pk}/grouping/"


def test_an_issue_of_one_key_has_nothing_to_split_off(bo_client: Client, send: Send) -> None:
    issue = send({"message": "m <b>"}).issue
    html = bo_client.get(url_of(issue)).content.decode()
    assert "m &lt;b&gt;" in html
    assert "classic, version" in html
    assert "nothing that could be split off" in html
    assert "/split/" not in html


def test_merged_issues_are_listed_and_come_out_again(
    bo_client: Client, bo: User, shop: Project, send: Send, django_assert_max_num_queries: Any
) -> None:
    first, second = send({"message": "one"}).issue, send({"message": "two"}).issue
    groupings.merge(shop, first.pk, [second.pk], bo)
    with django_assert_max_num_queries(12):
        html = bo_client.get(url_of(first)).content.decode()
    assert html.count("/split/") == html.count("/move/") == 2
    assert "SHOP-2" in html
    assert "Undo merge" in html
    address = f"/projects/shop/issues/{first.pk}/unmerge/"
    for wrong in ("", "x", str(first.pk)):
        answer = bo_client.post(address, {"gone": wrong}, follow=True)
        assert "Nothing was changed." in answer.content.decode()
    answer = bo_client.post(address, {"gone": str(second.pk)})
    assert answer["Location"] == f"/projects/shop/issues/{second.pk}/"
    assert Event.objects.filter(issue=second).count() == 1
    assert "Undo merge" not in bo_client.get(url_of(first)).content.decode()


def test_it_says_why_a_merge_cannot_be_undone(bo_client: Client, bo: User, shop: Project, send: Send) -> None:
    first, second = send({"message": "one"}).issue, send({"message": "two"}).issue
    groupings.merge(shop, first.pk, [second.pk], bo)
    MergedIssue.objects.update(before=None)
    html = bo_client.get(url_of(first)).content.decode()
    assert "Cannot be undone: " in html
    address = f"/projects/shop/issues/{first.pk}/unmerge/"
    assert "was not undone" in bo_client.post(address, {"gone": str(second.pk)}, follow=True).content.decode()


def test_moving_events_are_said(shop: Project, bo: User, send: Send) -> None:
    first, second = send({"message": "one"}).issue, send({"message": "two"}).issue
    assert of_issue.moving(first.pk) == []
    PendingMove.objects.create(
        grouping=second.groupings.get(), source=first, offset=0, last=100_000, total=100_000, left=88_000
    )
    assert of_issue.moving(second.pk) == ["12,000 of 100,000 events moved to this issue."]
    assert of_issue.moving(first.pk) == ["12,000 of 100,000 events moved to another issue."]
