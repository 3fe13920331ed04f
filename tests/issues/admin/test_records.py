from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db.models import F
from django.test import Client

from accounts.models import Project, User
from issues.models import CheckIn, Event, Issue, Monitor, MonitorState, SessionDay, UserReport
from issues.retention.deletion import delete_marked
from issues.saved_searches import View, create
from rustrak.lib import clock
from tests.lib import builders
from tests.lib.attachments import kept
from tests.lib.user_reports import report, said_item


@pytest.fixture
def admin(ana: User, sign_in: Callable[[User], Client]) -> Client:
    return sign_in(ana)


@pytest.mark.parametrize(
    "model",
    [
        "issue",
        "event",
        "grouping",
        "attachment",
        "userreport",
        "monitor",
        "checkin",
        "sessionday",
        "savedsearch",
    ],
)
def test_rows_are_read_only(admin: Client, shop: Project, stored: Path, model: str) -> None:
    issue = builders.issue(shop)
    event = builders.event(issue)
    report(shop, said_item({"comments": "x"}))
    said = UserReport.objects.get()
    monitor = Monitor.objects.create(project=shop, slug="nightly")
    state = MonitorState.objects.create(monitor=monitor, environment="production")
    run = CheckIn.objects.create(state=state, check_in_id=uuid4(), status="ok", started_at=clock.now())
    day = SessionDay.objects.create(project=shop, day=clock.now().date(), release="1")
    search = create(User.objects.get(), shop, "Fatal", View())
    key = {
        "issue": issue.pk,
        "event": event.pk,
        "grouping": event.grouping_id,
        "attachment": kept(shop, b"x").pk,
        "userreport": said.pk,
        "monitor": monitor.pk,
        "checkin": run.pk,
        "sessionday": day.pk,
        "savedsearch": search.pk,
    }[model]
    base = f"/admin/issues/{model}/"
    assert admin.get(base).status_code == 200
    assert admin.get(f"{base}{key}/change/").status_code == 200
    assert admin.post(f"{base}{key}/change/", {"title": "x"}).status_code == 403
    assert admin.get(f"{base}add/").status_code == 403
    assert admin.post(f"{base}{key}/delete/", {"post": "yes"}).status_code == 403


def test_resolving_goes_through_lifecycle(admin: Client, shop: Project) -> None:
    issue = builders.issue(shop)
    admin.post("/admin/issues/issue/", {"action": "resolve", "_selected_action": str(issue.pk)})
    assert Issue.objects.get().status == "resolved"


def _with_an_event(shop: Project, stored: int = 1) -> Issue:
    number = Issue.everything.count() + 1
    issue = builders.issue(shop, number, event_count=stored, stored_event_count=stored)
    Project.objects.update(stored_event_count=F("stored_event_count") + stored)
    builders.event(issue)
    return issue


def _delete(admin: Client, *issues: Issue, query: str = "", **more: str) -> str:
    chosen = [str(issue.pk) for issue in issues]
    data = {"action": "delete_with_events", "_selected_action": chosen, **more}
    return admin.post(f"/admin/issues/issue/{query}", data, follow=True).content.decode()


def test_deleting_asks_first_and_says_what_goes_with_it(admin: Client, shop: Project) -> None:
    issues = [_with_an_event(shop), _with_an_event(shop), _with_an_event(shop)]
    page = _delete(admin, *issues[:2])
    assert "Delete 2 issues with 2 stored events" in page
    assert Issue.objects.count() == 3
    for issue in issues[:2]:
        assert issue.short_id in page
        assert f'value="{issue.pk}"' in page
    assert issues[2].short_id not in page
    assert "2 deleted." in _delete(admin, *issues[:2], post="yes")
    assert list(Issue.objects.all()) == issues[2:]
    assert Event.objects.count() == 1
    shop.refresh_from_db()
    assert shop.stored_event_count == 1


def test_many_events_are_deleted_in_the_background(admin: Client, shop: Project) -> None:
    issues = [_with_an_event(shop, 300), _with_an_event(shop, 300)]
    assert "in the background" in _delete(admin, *issues, post="yes")
    assert not Issue.objects.exists()
    assert Event.objects.count() == 2
    delete_marked()
    assert not Event.objects.exists()
    assert not Issue.everything.exists()


def test_all_that_a_filter_matches_is_deleted_in_bounded_steps(
    admin: Client, shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("issues.admin.records.MOST_CHANGED", 5)
    issues = [_with_an_event(shop) for _ in range(12)]
    Issue.objects.filter(pk__in=[issue.pk for issue in issues[:2]]).update(status="muted")
    query = "?status__exact=open"
    page = _delete(admin, issues[5], query=query, select_across="1")
    assert "Delete 5 issues with 5 stored events" in page
    assert "More issues are selected" in page
    assert "do it again" in _delete(admin, issues[5], query=query, select_across="1", post="yes")
    assert "do it again" not in _delete(admin, issues[-1], query=query, select_across="1", post="yes")
    assert [issue.status for issue in Issue.objects.all()] == ["muted", "muted"]


def test_a_confirmation_of_many_issues_takes_a_fixed_number_of_queries(
    admin: Client, shop: Project, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    issues = [_with_an_event(shop) for _ in range(60)]
    with django_assert_max_num_queries(16):
        page = _delete(admin, *issues)
    assert "and 40 more" in page


def test_lists_count_no_further_than_they_go(
    admin: Client, shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("accounts.admin.read_only.MOST_LISTED", 3)
    for number in range(1, 6):
        builders.issue(shop, number)
    page = admin.get("/admin/issues/issue/").content.decode()
    assert "3 issues" in page
    assert "Search or filter for others" in page


def test_events_are_found_by_their_id_alone(admin: Client, shop: Project) -> None:
    first, second = (builders.event(builders.issue(shop, number)) for number in (1, 2))
    for spelling in (first.event_id.hex, str(first.event_id), first.event_id.hex.upper()):
        page = admin.get("/admin/issues/event/", {"q": spelling}).content.decode()
        assert f"/{first.pk}/change/" in page
        assert f"/{second.pk}/change/" not in page
    for other in (first.event_id.hex[:8], "'", "x" * 5000):
        assert f"/{first.pk}/change/" not in admin.get("/admin/issues/event/", {"q": other}).content.decode()


def test_rows_lead_to_the_products_pages(admin: Client, shop: Project) -> None:
    event = builders.event(builders.issue(shop))
    monitor = Monitor.objects.create(project=shop, slug="nightly")
    for path, link in (
        (f"issue/{event.issue_id}", f"/projects/shop/issues/{event.issue_id}/"),
        (f"event/{event.pk}", f"/projects/shop/issues/{event.issue_id}/events/{event.pk}/"),
        (f"monitor/{monitor.pk}", "/projects/shop/monitors/nightly/"),
    ):
        assert f'href="{link}"' in admin.get(f"/admin/issues/{path}/change/").content.decode()


def test_hostile_texts_are_text(admin: Client, shop: Project) -> None:
    hostile = "</li><script>alert(1)</script>\u202e{{ x }}" + "[" * 1000
    issue = builders.issue(shop, title=hostile)
    Project.objects.filter(pk=shop.pk).update(name="<script>")
    for page in (
        admin.get("/admin/issues/issue/").content.decode(),
        admin.get(f"/admin/issues/issue/{issue.pk}/change/").content.decode(),
        _delete(admin, issue),
    ):
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert" in page


def test_feedback_is_marked_as_done_and_reopened(admin: Client, shop: Project, ana: User) -> None:
    report(shop, said_item({"comments": "x"}))
    key = str(UserReport.objects.get().pk)
    for action, done in (("finish", True), ("reopen", False)):
        answer = admin.post(
            "/admin/issues/userreport/", {"action": action, "_selected_action": key}, follow=True
        )
        assert ("1 marked as done." if done else "1 reopened.") in answer.content.decode()
        one = UserReport.objects.get()
        assert (one.is_done, one.changed_by) == (done, ana)


def test_an_issue_is_found_by_its_short_id_and_by_its_id(shop: Project, admin: Client) -> None:
    issue, other = builders.issue(shop), builders.issue(shop, 2)
    base = "/admin/issues/issue/"
    for query in (issue.short_id, issue.short_id.lower(), str(issue.pk), issue.pk.hex):
        page = admin.get(base, {"q": query}).content.decode()
        assert f"{base}{issue.pk}/change/" in page
        assert f"{base}{other.pk}/change/" not in page
    for query in ("payment", "shop-", f"shop-{10**30}", "-1"):
        assert f"{base}{issue.pk}/change/" not in admin.get(base, {"q": query}).content.decode()
