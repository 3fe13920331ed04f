from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
from django.test import Client

from accounts.models import Project, User
from issues.models import CheckIn, Event, Issue, Monitor, MonitorState, SessionDay, UserReport
from rustrak.lib import clock
from tests.lib import builders
from tests.lib.attachments import kept
from tests.lib.user_reports import report, said_item


@pytest.fixture
def admin(ana: User, sign_in: Callable[[User], Client]) -> Client:
    return sign_in(ana)


@pytest.mark.parametrize(
    "model", ["issue", "event", "grouping", "attachment", "userreport", "monitor", "checkin", "sessionday"]
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
    key = {
        "issue": issue.pk,
        "event": event.pk,
        "grouping": event.grouping_id,
        "attachment": kept(shop, b"x").pk,
        "userreport": said.pk,
        "monitor": monitor.pk,
        "checkin": run.pk,
        "sessionday": day.pk,
    }[model]
    base = f"/admin/issues/{model}/"
    assert admin.get(base).status_code == 200
    assert admin.get(f"{base}{key}/change/").status_code == 200
    assert admin.post(f"{base}{key}/change/", {"title": "x"}).status_code == 403
    assert admin.get(f"{base}add/").status_code == 403
    assert admin.post(f"{base}{key}/delete/", {"post": "yes"}).status_code == 403


@pytest.mark.parametrize(("action", "left"), [("resolve", "resolved"), ("delete_with_events", None)])
def test_actions_go_through_lifecycle(admin: Client, shop: Project, action: str, left: str | None) -> None:
    issue = builders.issue(shop, event_count=1, stored_event_count=1)
    Project.objects.update(stored_event_count=1)
    builders.event(issue)
    admin.post("/admin/issues/issue/", {"action": action, "_selected_action": str(issue.pk)})
    assert [row.status for row in Issue.objects.all()] == ([left] if left else [])
    if not left:
        assert not Event.objects.exists()
        shop.refresh_from_db()
        assert shop.stored_event_count == 0


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
