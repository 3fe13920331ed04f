"""Comments and watching on pages."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import Project, User
from issues import watching
from issues.models import Activity, Issue
from tests.lib import builders

pytestmark = pytest.mark.django_db


@pytest.fixture
def issue(shop: Project) -> Issue:
    return builders.issue(shop)


def base(issue: Issue) -> str:
    return f"/projects/shop/issues/{issue.pk}/"


def test_a_comment_is_written_changed_and_deleted(bo_client: Client, issue: Issue) -> None:
    answer = bo_client.post(f"{base(issue)}comments/", {"text": "**hm** <i>x</i> @nobody"}, follow=True)
    comment = Activity.objects.get(kind="commented")
    assert f'id="comment-{comment.pk}"' in answer.text
    assert "<strong>hm</strong> &lt;i&gt;x&lt;/i&gt;" in answer.text
    assert "called @nobody, so nobody was told" in answer.text
    assert "<strong>hm</strong>" in bo_client.get(base(issue)).text
    change = f"{base(issue)}comments/{comment.pk}/"
    assert "**hm** &lt;i&gt;" in bo_client.get(change).text
    bo_client.post(change, {"text": "other"})
    text = bo_client.get(f"{base(issue)}activity/?only=comments").text
    assert "other" in text
    assert "First event" not in text
    bo_client.post(change, {"delete": "1"})
    assert "wrote a comment, which was deleted" in bo_client.get(f"{base(issue)}activity/").text
    assert "No comments yet" in bo_client.get(f"{base(issue)}activity/?only=comments").text
    assert bo_client.get(change).status_code == 404


def test_a_comment_that_cannot_be_saved_is_shown_again(bo_client: Client, issue: Issue) -> None:
    answer = bo_client.post(f"{base(issue)}comments/", {"text": "x" * 10_001})
    assert answer.status_code == 400
    assert "at most 10,000 characters; this one has 10,001" in answer.text
    assert "x" * 10_001 in answer.text


def test_admins_delete_the_comments_of_others(
    ana: User, bo_client: Client, issue: Issue, sign_in: Callable[[User], Client]
) -> None:
    bo_client.post(f"{base(issue)}comments/", {"text": "mine"})
    comment = Activity.objects.get(kind="commented")
    change = f"{base(issue)}comments/{comment.pk}/"
    admin = sign_in(ana)
    assert "Edit or delete" not in admin.get(base(issue)).text
    admin.post(change, {"text": "not mine"})
    comment.refresh_from_db()
    assert comment.text == "mine"
    admin.post(change, {"delete": "1"})
    assert "deleted by <bdi>ana</bdi>" in bo_client.get(base(issue)).text


def test_one_watches_by_a_button(bo: User, bo_client: Client, issue: Issue) -> None:
    assert "Nobody watches this issue" in bo_client.get(base(issue)).text
    answer = bo_client.post(f"{base(issue)}watch/", {"watch": "yes", "next": base(issue)}, follow=True)
    assert "<bdi>bo</bdi>" in answer.text
    assert watching.watchers(issue) == [bo]
    bo_client.post(f"{base(issue)}watch/", {"watch": "no"})
    assert watching.watchers(issue) == []


def test_others_find_nothing(sign_in: Callable[[User], Client], cy: User, issue: Issue) -> None:
    client = sign_in(cy)
    assert client.post(f"{base(issue)}comments/", {"text": "x"}).status_code == 404
    assert client.post(f"{base(issue)}watch/", {"watch": "yes"}).status_code == 404
    assert not Activity.objects.filter(kind="commented").exists()
