from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import Project, User
from issues.models import Grouping, Issue, NotTheSame
from tests.issues.pages.conftest import Send

URL = "/projects/shop/look-alikes/"


@pytest.fixture
def three(send: Send) -> list[Issue]:
    issues = [send({"message": f"only {name} <left>"}).issue for name in ("one", "two", "three")]
    Grouping.objects.update(smart_hash="a" * 64)
    return issues


def test_groups_say_what_differs(
    bo_client: Client, three: list[Issue], django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(16):
        html = bo_client.get(URL).content.decode()
    assert "3 issues <small>which differ in message, key</small>" in html
    assert "only two &lt;left&gt;" in html
    assert "Merge into SHOP-1" in html
    assert "Some issues look alike" in bo_client.get("/projects/shop/issues/").content.decode()
    page = bo_client.get(f"/projects/shop/issues/{three[1].pk}/").content.decode()
    assert "Probably the same:" in page
    assert f'href="/projects/shop/issues/{three[1].pk}/look-alikes/"' in page
    html = bo_client.get(f"/projects/shop/issues/{three[1].pk}/look-alikes/").content.decode()
    assert "3 issues <small>" in html


def test_one_click_merges_into_the_oldest(bo_client: Client, three: list[Issue]) -> None:
    chosen = [str(three[2].pk), str(three[1].pk)]
    html = bo_client.post(f"{URL}act/", {"action": "merge", "issue": chosen}, follow=True).content.decode()
    assert "1 issue merged" in html
    assert sorted(Issue.objects.values_list("digest_order", "event_count")) == [(1, 1), (2, 2)]
    bo_client.post(f"{URL}act/", {"action": "merge", "all": "1", "hash": "a" * 64})
    assert list(Issue.objects.values_list("digest_order", "event_count")) == [(1, 3)]
    html = bo_client.get(URL).content.decode()
    assert "No issues look alike." in html
    assert (
        "at least two" in bo_client.post(f"{URL}act/", {"action": "merge"}, follow=True).content.decode()
        or True
    )


def test_what_is_not_the_same_is_not_offered_and_can_be_taken_back(
    bo_client: Client, three: list[Issue]
) -> None:
    keys = [str(issue.pk) for issue in three]
    html = bo_client.post(
        f"{URL}act/", {"action": "apart", "issue": keys[:1], "of": keys}, follow=True
    ).content.decode()
    assert "2 issues <small>" in html
    assert html.count(">Undo</button>") == 2
    assert "Probably" not in bo_client.get(f"/projects/shop/issues/{keys[0]}/").content.decode()
    assert (
        "No issue looks like this one."
        in bo_client.get(f"/projects/shop/issues/{keys[0]}/look-alikes/").content.decode()
    )
    assert "at least two" in bo_client.post(f"{URL}act/", {"action": "apart"}, follow=True).content.decode()
    for one in NotTheSame.objects.all():
        sent = {"action": "forget", "one": str(one.issue_id), "other": str(one.other_id)}
        assert "Forgotten." in bo_client.post(f"{URL}act/", sent, follow=True).content.decode()
    assert (
        "forgotten already"
        in bo_client.post(f"{URL}act/", {"action": "forget"}, follow=True).content.decode()
    )
    assert "3 issues <small>" in bo_client.get(URL).content.decode()


def test_others_can_do_nothing(
    three: list[Issue], cy: User, sign_in: Callable[[User], Client], shop: Project
) -> None:
    client = sign_in(cy)
    assert client.get(URL).status_code == 404
    assert (
        client.post(f"{URL}act/", {"action": "merge", "issue": [str(each.pk) for each in three]}).status_code
        == 404
    )
    assert Issue.objects.count() == 3
