from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from accounts.models import Membership, Project, User
from issues import lifecycle
from issues.bulk_actions import actions as beginning
from issues.bulk_actions import work
from issues.models import BulkAction, Event, Issue
from issues.retention import deletion
from tests.issues.pages.conftest import Send
from tests.lib import builders

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
    Issue.objects.update(**builders.state(before))
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
    assert re.search(r"Assigned to <bdi>&lt;i&gt;Ana.{0,40}</bdi>\s+by <bdi>bo</bdi>", html)
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
    assert "1 issue deleted." in answer.content.decode()
    assert not Issue.objects.exists()
    BulkAction.objects.all().delete()  # after some minutes
    deletion.delete_marked()
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
        Issue.objects.update(**builders.state(status))
        html = bo_client.get(url).content.decode()
        assert {
            action for action in ("resolve", "reopen", "mute", "unmute") if f'value="{action}"' in html
        } == actions
    assert lifecycle.unmute(Issue.objects.all(), by=None) == 1


def test_what_was_done_can_be_undone_from_the_next_page(bo_client: Client, send: Send) -> None:
    event = send({"message": "m"})
    sent = {
        "action": "resolve",
        "issue": event.issue_id,
        "next": "/projects/shop/issues/",
        "then": "/projects/shop/issues/x",
    }
    html = bo_client.post(ACT, sent, follow=True).content.decode()
    assert '<a href="/projects/shop/issues/x">Next issue ›</a>' in html
    undo = re.search(r'action="(/bulk-actions/[0-9a-f-]+/undo/)"', html)
    assert undo
    answer = bo_client.post(undo[1], {"next": "/projects/shop/issues/?status=all"}, follow=True)
    assert answer.redirect_chain == [("/projects/shop/issues/?status=all", 302)]
    assert "Undone: 1 issue is as before." in answer.content.decode()
    assert Issue.objects.get().status == "open"
    assert "undone already" in bo_client.post(undo[1], follow=True).content.decode()


def test_all_that_match(bo_client: Client, send: Send) -> None:
    for text in ("a", "b", "twice", "twice"):
        send({"message": text}, ago=timedelta(hours=2))
    html = bo_client.post(
        ACT, {"all": "1", "q": "times:2", "action": "mute", "issue": []}, follow=True
    ).content.decode()
    assert "1 issue muted." in html
    html = bo_client.post(
        ACT, {"all": "1", "status": "open", "period": "24h", "action": "resolve"}, follow=True
    ).content.decode()
    assert "2 issues resolved." in html
    for wrong in ({"q": "level:nonsense"}, {"status": "open"}):
        html = bo_client.post(ACT, {"all": "1", "action": "mute", **wrong}, follow=True).content.decode()
        assert "nothing was changed" in html
    assert Issue.objects.filter(status="muted").count() == 1


def test_a_deletion_of_many_asks_first(bo_client: Client, send: Send) -> None:
    for text in ("a", "b", "c"):
        send({"message": text})
    html = bo_client.post(ACT, {"action": "delete", "all": "1", "status": "open"}).content.decode()
    assert "<h1>Delete 3 issues?</h1>" in html
    assert "undone for 10 minutes" in html
    assert Issue.objects.count() == 3
    sent = dict(re.findall(r'name="(all|status|action|next|confirmed)" value="([^"]*)"', html))
    html = bo_client.post(ACT, sent, follow=True).content.decode()
    assert "3 issues deleted." in html
    assert not Issue.objects.exists()


def test_a_merge_asks_which_issue_remains(bo_client: Client, send: Send) -> None:
    issues = [send({"message": text}).issue for text in ("a", "b")]
    assert (
        "at least two"
        in bo_client.post(ACT, {"action": "merge", "issue": issues[0].pk}, follow=True).content.decode()
    )
    html = bo_client.post(ACT, {"action": "merge", "issue": [issue.pk for issue in issues]}).content.decode()
    assert f'value="{issues[0].pk}" checked' in html  # the oldest
    sent = {
        "action": "merge",
        "issue": [issue.pk for issue in issues],
        "target": issues[1].pk,
        "confirmed": "yes",
    }
    html = bo_client.post(ACT, sent, follow=True).content.decode()
    assert "1 issue merged into SHOP-2." in html
    assert Issue.objects.get().pk == issues[1].pk
    page = bo_client.get(f"/projects/shop/issues/{issues[1].pk}/").content.decode()
    assert re.search(r"Merged with <bdi>SHOP-1</bdi>\s+by <bdi>bo</bdi>", page)


def test_issues_of_several_projects(bo_client: Client, bo: User, send: Send, cy: User) -> None:
    second, third = (Project.objects.create(name=name, slug=name) for name in ("second", "third"))
    Membership.objects.create(user=bo, project=second)
    Membership.objects.create(user=cy, project=second)
    chosen = [
        send({"message": "m"}, project=each).issue_id
        for each in (send({"message": "m"}).project, second, third)
    ]
    act = "/issues/act/"
    html = bo_client.post(act, {"action": "merge", "issue": chosen}, follow=True).content.decode()
    assert "Only issues of one project" in html
    html = bo_client.post(
        act, {"action": "assign", "to": cy.pk, "issue": chosen}, follow=True
    ).content.decode()
    assert "may change issues of its project" in html
    html = bo_client.post(act, {"action": "mute", "issue": chosen}, follow=True).content.decode()
    assert "2 issues muted." in html
    assert Issue.objects.get(project=third).status == "open"


def test_an_assignment_of_many_asks_to_whom(bo_client: Client, bo: User, send: Send, ana: User) -> None:
    chosen = [send({"message": text}).issue_id for text in ("a", "b")]
    html = bo_client.post(ACT, {"action": "assign_to", "issue": chosen}).content.decode()
    assert f'<option value="{bo.pk}" selected>' in html
    sent = {"action": "assign_to", "issue": chosen, "to": ana.pk, "confirmed": "yes"}
    assert "2 issues assigned to ana." in bo_client.post(ACT, sent, follow=True).content.decode()


def test_a_large_action_shows_its_progress(
    bo_client: Client, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beginning, "AT_ONCE", 1)
    for text in ("a", "b"):
        send({"message": text})
    html = bo_client.post(ACT, {"action": "mute", "all": "1"}, follow=True).content.decode()
    assert html.count("Muting 2 issues: 0 done.") == 2  # the message, and the list
    address = f"/bulk-actions/{BulkAction.objects.get().pk}/"
    assert f'data-progress="{address}state/"' in html
    work.run()
    assert "Muting" not in bo_client.get("/projects/shop/issues/").content.decode()
    assert "2 issues muted." in bo_client.get(address).content.decode()
