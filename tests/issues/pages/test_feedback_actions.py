from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import Project, User
from issues.models import UserReport
from rustrak.lib import ids
from tests.lib.user_reports import feedback, said_item

FEEDBACK = "/projects/shop/feedback/"


def said(project: Project, text: str) -> UserReport:
    own = ids.new_event_id()
    feedback(project, said_item({"contexts": {"feedback": {"message": text, "name": "Jo"}}}, own))
    return UserReport.objects.get(report_id=own)


def shown(client: Client, **query: str) -> list[str]:
    html = client.get(FEEDBACK, query).content.decode()
    return re.findall(r'class="comments"><bdi>(.*?)</bdi>', html)


def test_feedback_is_marked_as_done_and_reopened(bo_client: Client, shop: Project) -> None:
    one, _ = said(shop, "slow"), said(shop, "broken")
    assert shown(bo_client) == ["broken", "slow"]
    html = bo_client.post(
        f"{FEEDBACK}act/", {"done": one.pk, "next": f"{FEEDBACK}?show=all"}, follow=True
    ).content.decode()
    assert "1 piece of feedback marked as done." in html
    assert "Marked as done by bo" in html
    assert re.findall(r"(Open|Done|All) (\d)</a>", html) == [("Open", "1"), ("Done", "1"), ("All", "2")]
    assert (shown(bo_client), shown(bo_client, show="done")) == (["broken"], ["slow"])
    assert shown(bo_client, show="all") == shown(bo_client, show="all", q="") == ["broken", "slow"]
    html = bo_client.post(f"{FEEDBACK}act/", {"reopen": one.pk}, follow=True).content.decode()
    assert "1 piece of feedback reopened." in html
    assert "Reopened by bo" in html


def test_many_pieces_of_feedback_at_once(bo_client: Client, shop: Project, bo: User) -> None:
    chosen = [said(shop, text).pk for text in ("a", "b", "c")]
    html = bo_client.post(
        f"{FEEDBACK}act/", {"action": "done", "report": chosen[:2]}, follow=True
    ).content.decode()
    assert "2 pieces of feedback marked as done." in html
    bo_client.post(f"{FEEDBACK}act/", {"done": chosen[2]})
    html = bo_client.get(FEEDBACK).content.decode()
    assert "No open feedback." in html
    assert 'href="?show=all"' in html
    assert "No feedback is marked as done" not in bo_client.get(FEEDBACK, {"show": "done"}).content.decode()


def test_feedback_is_deleted_after_a_question(bo_client: Client, shop: Project) -> None:
    chosen = [said(shop, text).pk for text in ("a", "b", "c")]
    answer = bo_client.post(f"{FEEDBACK}act/", {"action": "delete", "report": chosen[:2]})
    assert "Delete 2 pieces of feedback?" in answer.content.decode()
    assert UserReport.objects.count() == 3
    asked = bo_client.post(f"{FEEDBACK}act/", {"delete": chosen[2]}).content.decode()
    assert "Delete this feedback?" in asked
    sent = re.findall(r'name="(report|action|next|confirmed)" value="([^"]*)"', asked)
    html = bo_client.post(f"{FEEDBACK}act/", dict(sent), follow=True).content.decode()
    assert "1 piece of feedback deleted." in html
    assert UserReport.objects.count() == 2


def test_feedback_of_another_project_is_not_touched(
    bo_client: Client, cy: User, sign_in: Callable[[User], Client]
) -> None:
    other = Project.objects.create(name="Other", slug="other")
    theirs = said(other, "theirs")
    for sent in ({"done": theirs.pk}, {"action": "delete", "report": theirs.pk, "confirmed": "yes"}):
        bo_client.post(f"{FEEDBACK}act/", sent)
        assert sign_in(cy).post(f"{FEEDBACK}act/", sent).status_code == 404
    assert not UserReport.objects.get().is_done


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"action": "x"},
        {"action": "done", "report": "x"},
        {"done": "x"},
        {"delete": ""},
        {"action": "delete"},
    ],
)
def test_feedback_actions_that_mean_nothing(bo_client: Client, shop: Project, sent: dict[str, str]) -> None:
    said(shop, "a")
    answer = bo_client.post(f"{FEEDBACK}act/", sent, follow=True)
    named = sent.get("action") in ("done", "delete") or {"done", "delete"} & sent.keys()
    assert answer.status_code == (200 if named else 400)
    if named:
        assert "Select feedback first." in answer.content.decode()
    assert bo_client.get(f"{FEEDBACK}act/").status_code == 405


def test_a_request_changes_only_so_much_feedback(
    bo_client: Client, shop: Project, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: Any
) -> None:
    monkeypatch.setattr("issues.pages.feedback_actions.MOST", 3)
    chosen = [said(shop, str(number)).pk for number in range(5)]
    with django_assert_max_num_queries(12):
        bo_client.post(f"{FEEDBACK}act/", {"action": "done", "report": chosen})
    assert UserReport.objects.filter(is_done=True).count() == 3
    with django_assert_max_num_queries(20):
        bo_client.post(f"{FEEDBACK}act/", {"action": "delete", "report": chosen, "confirmed": "yes"})
    assert UserReport.objects.count() == 2
