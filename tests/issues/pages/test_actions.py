from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import Project, User
from issues import lifecycle
from issues.models import Event, Issue, UserReport
from rustrak.lib import ids
from tests.issues.pages.conftest import Send
from tests.lib.user_reports import feedback, said_item

ACT = "/projects/shop/issues/act/"


@pytest.mark.parametrize(
    ("before", "action", "after"),
    [
        ("open", "resolve", "resolved"),
        ("muted", "resolve", "resolved"),
        ("resolved", "reopen", "open"),
        ("open", "mute", "muted"),
        ("muted", "unmute", "open"),
    ],
)
def test_each_action(bo_client: Client, send: Send, before: str, action: str, after: str) -> None:
    event = send({"message": "m"})
    Issue.objects.update(status=before)
    there = f"/projects/shop/issues/{event.issue_id}/?frames=all"
    answer = bo_client.post(ACT, {"action": action, "issue": event.issue_id, "next": there}, follow=True)
    assert answer.redirect_chain == [(there, 302)]
    assert Issue.objects.get().status == after
    assert (
        f"1 issue {after if after != 'open' else action.rstrip('e') + 'd' if action == 'unmute' else 'reopened'}"
        in (answer.content.decode().replace("unmuted", "unmutd"))
    )


def test_an_issue_is_assigned(bo_client: Client, bo: User, ana: User, send: Send) -> None:
    event = send({"message": "m"})
    page = f"/projects/shop/issues/{event.issue_id}/"
    User.objects.filter(pk=ana.pk).update(name="<i>Ana\u202e")
    html = bo_client.get(page).content.decode()
    assert "<summary>Nobody</summary>" in html
    assert "&lt;i&gt;Ana" in html
    assert "\u202e" not in html

    def act(**sent: object) -> str:
        return bo_client.post(
            ACT, {"issue": event.issue_id, "next": page, **sent}, follow=True
        ).content.decode()

    assert "1 issue assigned to bo." in act(action="assign_me")
    html = act(action="assign", to=ana.pk)
    assert "1 issue assigned to &lt;i&gt;Ana" in html
    assert f'<option value="{ana.pk}" selected>' in html
    assert re.search(r"Assigned to <bdi>&lt;i&gt;Ana.{0,40}</bdi> by <bdi>bo</bdi>", html)
    assert "Ana" in bo_client.get("/projects/shop/issues/").content.decode()
    html = act(action="assign", to="")
    assert "1 issue assigned to nobody." in html
    assert "No longer assigned to <bdi>&lt;i&gt;Ana" in html
    assert Issue.objects.get().assignee is None


@pytest.mark.parametrize("person", ["cy", "0", "-1", "9" * 30, "x", "\u0663"])
def test_an_issue_is_not_assigned_to_a_stranger(bo_client: Client, cy: User, send: Send, person: str) -> None:
    event = send({"message": "m"})
    sent = {"action": "assign", "issue": event.issue_id, "to": cy.pk if person == "cy" else person}
    answer = bo_client.post(ACT, sent)
    assert answer.status_code == 400
    assert "Nobody who can see this project" in answer.content.decode()
    assert Issue.objects.get().assignee is None


def test_several_at_once(bo_client: Client, send: Send) -> None:
    chosen = [send({"message": text}).issue_id for text in ("a", "b")]
    kept = send({"message": "c"}).issue_id
    answer = bo_client.post(ACT, {"action": "resolve", "issue": chosen}, follow=True)
    assert answer.redirect_chain == [("/projects/shop/issues/", 302)]
    assert "2 issues resolved." in answer.content.decode()
    assert Issue.objects.get(status="open").pk == kept


def test_nothing_selected(bo_client: Client) -> None:
    assert "Select an issue first" in bo_client.post(ACT, {"action": "mute"}, follow=True).content.decode()


def test_issues_of_another_project_are_not_touched(bo_client: Client, send: Send) -> None:
    other = Project.objects.create(name="Other", slug="other")
    event = send({"message": "m"}, project=other)
    bo_client.post(ACT, {"action": "resolve", "issue": [event.issue_id, "nonsense"]})
    assert Issue.objects.get().status == "open"


@pytest.mark.parametrize(
    "there", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:x", "\\x"]
)
def test_next_leads_nowhere_else(bo_client: Client, send: Send, there: str) -> None:
    event = send({"message": "m"})
    answer = bo_client.post(ACT, {"action": "mute", "issue": event.issue_id, "next": there})
    assert answer["Location"] == "/projects/shop/issues/"


def test_an_unknown_action_is_refused(bo_client: Client) -> None:
    assert bo_client.post(ACT, {"action": "explode"}).status_code == 400
    assert bo_client.get(ACT).status_code == 405


def test_csrf_is_required(bo: User, send: Send) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(bo, backend="allauth.account.auth_backends.AuthenticationBackend")
    event = send({"message": "m"})
    assert client.post(ACT, {"action": "resolve", "issue": event.issue_id}).status_code == 403
    assert Issue.objects.get().status == "open"


def test_delete_asks_first(bo_client: Client, send: Send, shop: Project) -> None:
    event = send({"message": "m"})
    url = f"/projects/shop/issues/{event.issue_id}/delete/"
    assert "Delete SHOP-1?" in bo_client.get(url).content.decode()
    assert Issue.objects.count() == 1
    answer = bo_client.post(url, follow=True)
    assert "SHOP-1 deleted." in answer.content.decode()
    assert not Issue.objects.exists()
    assert not Event.objects.exists()
    shop.refresh_from_db()
    assert shop.stored_event_count == 0


def test_others_may_not(cy: User, send: Send, sign_in: Callable[[User], Client], client: Client) -> None:
    event = send({"message": "m"})
    url = f"/projects/shop/issues/{event.issue_id}/delete/"
    for path in (ACT, url):
        assert sign_in(cy).post(path, {"action": "resolve", "issue": event.issue_id}).status_code == 404
        assert client.post(path, {"action": "resolve", "issue": event.issue_id}).status_code == 302
    assert Issue.objects.get().status == "open"


def test_the_button_offered_is_the_one_that_changes_something(bo_client: Client, send: Send) -> None:
    event = send({"message": "m"})
    url = f"/projects/shop/issues/{event.issue_id}/"
    expected = {"open": {"resolve", "mute"}, "resolved": {"reopen", "mute"}, "muted": {"resolve", "unmute"}}
    for status, actions in expected.items():
        Issue.objects.update(status=status)
        html = bo_client.get(url).content.decode()
        assert {
            action for action in ("resolve", "reopen", "mute", "unmute") if f'value="{action}"' in html
        } == actions
    assert lifecycle.unmute(Issue.objects.all(), by=None) == 1


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
    monkeypatch.setattr("issues.pages.actions.MOST", 3)
    chosen = [said(shop, str(number)).pk for number in range(5)]
    with django_assert_max_num_queries(12):
        bo_client.post(f"{FEEDBACK}act/", {"action": "done", "report": chosen})
    assert UserReport.objects.filter(is_done=True).count() == 3
    with django_assert_max_num_queries(20):
        bo_client.post(f"{FEEDBACK}act/", {"action": "delete", "report": chosen, "confirmed": "yes"})
    assert UserReport.objects.count() == 2
