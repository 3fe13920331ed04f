"""/api/projects/{id}/alert-history"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from accounts.models import Membership, Project, User
from issues.models import AlertAttempt, AlertChannel, AlertDelivery, AlertRule, News
from rustrak.lib import clock
from tests.lib import builders
from tests.lib.json_api import Caller, error_of

pytestmark = pytest.mark.django_db

Status = AlertDelivery.Status


@pytest.fixture
def admin(bo: User, shop: Project) -> Caller:
    Membership.objects.filter(user=bo, project=shop).update(role=Membership.Role.ADMIN)
    return Caller(bo)


def base(project: Project) -> str:
    return f"/api/projects/{project.pk}/alert-history"


def channel(project: Project) -> AlertChannel:
    return AlertChannel.objects.create(name="Chat", kind="slack", project=project)


def delivery(project: Project, to: AlertChannel | User, ago: int = 0, **more: Any) -> AlertDelivery:
    where = {"channel": to} if isinstance(to, AlertChannel) else {"user": to}
    at = clock.now() - timedelta(minutes=ago)
    return AlertDelivery.objects.create(project=project, news=News.NEW, created_at=at, **where, **more)


def test_a_message_with_its_attempts(admin: Caller, shop: Project) -> None:
    issue = builders.issue(shop, title="Boom")
    rule = AlertRule.objects.create(project=shop, name="All")
    chat = channel(shop)
    row = delivery(
        shop, chat, issue=issue.pk, rule=rule, status=Status.SENT, attempts=2, finished_at=clock.now()
    )
    first, second = clock.now() - timedelta(seconds=60), clock.now()
    AlertAttempt.objects.create(
        delivery=row, at=first, succeeded=False, status=500, answer="oops", error="The server failed."
    )
    AlertAttempt.objects.create(
        delivery=row, at=second, succeeded=True, status=200, answer="ok", milliseconds=40
    )
    (found,) = admin.all(base(shop))
    assert found.items() >= {
        "id": str(row.pk), "news": "new", "status": "sent", "rule": {"id": rule.pk, "name": "All"},
        "channel": {"id": chat.pk, "name": "Chat", "kind": "slack"}, "user": None, "issue_id": str(issue.pk),
        "short_id": issue.short_id, "title": "Boom", "created_at": clock.rfc3339(row.created_at),
        "next_attempt_at": None, "finished_at": clock.rfc3339(row.finished_at), "attempt_count": 2,
    }.items()  # fmt: skip
    assert found["headline"]
    assert found["attempts"] == [
        {"at": clock.rfc3339(second), "milliseconds": 40, "succeeded": True, "status": 200, "answer": "ok", "error": ""},
        {"at": clock.rfc3339(first), "milliseconds": 0, "succeeded": False, "status": 500, "answer": "oops",
         "error": "The server failed."},
    ]  # fmt: skip


def test_what_the_other_side_said_is_for_admins(admin: Caller, shop: Project, cy: User) -> None:
    Membership.objects.create(user=cy, project=shop)
    said = "No service with the token T0K3N"
    for status in Status.values:
        finished = clock.now() if status in {"sent", "given_up"} else None
        row = delivery(shop, channel(shop), status=status, attempts=1, finished_at=finished)
        if status not in {"sent", "dropped"}:
            AlertDelivery.objects.filter(pk=row.pk).update(reason=said)
        AlertAttempt.objects.create(delivery=row, succeeded=False, status=404, answer=said, error=said)
    assert b"T0K3N" in admin("GET", base(shop)).content
    for member in (Caller(cy), Caller(cy, token=True)):
        answer = member("GET", base(shop))
        assert answer.status_code == 200
        assert b"T0K3N" not in answer.content
        assert {each["attempts"][0]["answer"] for each in answer.json()["items"]} == {None}
        assert {each["attempts"][0]["error"] for each in answer.json()["items"]} == {None}
        assert {each["attempts"][0]["status"] for each in answer.json()["items"]} == {404}


def test_the_newest_are_first_and_pages_are_complete(admin: Caller, shop: Project, bo: User) -> None:
    rows = [delivery(shop, bo, ago=ago) for ago in range(5)]
    assert [each["id"] for each in admin.all(base(shop), limit=2)] == [str(row.pk) for row in rows]
    assert {each["user"]["id"] for each in admin.all(base(shop))} == {bo.pk}


def test_messages_are_filtered(admin: Caller, shop: Project, bo: User) -> None:
    issue, rule, chat = (
        builders.issue(shop),
        AlertRule.objects.create(project=shop, name="All"),
        channel(shop),
    )
    wanted = delivery(shop, chat, issue=issue.pk, rule=rule, status=Status.GIVEN_UP)
    other = delivery(shop, bo, issue=uuid4(), status=Status.WAITING)
    for query, found in (
        ("status=given_up", wanted), ("status=waiting", other), (f"issue_id={issue.pk}", wanted),
        (f"issue_id={issue.pk.hex.upper()}", wanted), (f"channel_id={chat.pk}", wanted), (f"rule_id={rule.pk}", wanted),
        (f"user_id={bo.pk}", other),
    ):  # fmt: skip
        assert [each["id"] for each in admin.all(f"{base(shop)}?{query}")] == [str(found.pk)]
    assert admin.all(f"{base(shop)}?status=sent") == []


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("status=x", "status: "), ("issue_id=x", "issue_id: must be a UUID"), ("channel_id=x", "channel_id: "),
        ("channel_id=9999999999", "channel_id: "), ("rule_id=-1", "rule_id: "), ("cursor=x", "cursor: "), ("limit=0", "limit: "),
    ],
)  # fmt: skip
def test_a_bad_query_is_named(admin: Caller, shop: Project, query: str, said: str) -> None:
    answer = admin("GET", f"{base(shop)}?{query}")
    assert error_of(answer) == (400, "ValidationError")
    assert answer.json()["error"]["message"].startswith(said)


def test_a_cursor_of_another_list_or_project_shows_nothing_else(
    admin: Caller, shop: Project, cy: User
) -> None:
    other = Project.objects.create(name="Other", slug="other")
    Membership.objects.create(user=cy, project=other)
    for ago in range(3):
        delivery(shop, channel(shop), ago=ago)
        delivery(other, channel(other), ago=ago)
    cursor = admin.get(f"{base(shop)}?limit=1")["next_cursor"]
    history = f"{base(other)}?limit=100&cursor={cursor}"
    assert error_of(Caller(cy)("GET", history)) == (400, "ValidationError")
    rules = f"/api/projects/{shop.pk}/alert-rules?cursor={cursor}"
    assert error_of(admin("GET", rules)) == (400, "ValidationError")


def test_other_projects_have_no_history_here(admin: Caller, shop: Project, cy: User) -> None:
    other = Project.objects.create(name="Other", slug="other")
    chat = channel(other)
    row = delivery(other, chat, issue=builders.issue(other).pk)
    assert error_of(admin("GET", base(other))) == (404, "NotFound")
    assert error_of(Caller(cy)("GET", base(shop))) == (404, "NotFound")
    for query in (f"channel_id={chat.pk}", f"issue_id={row.issue}"):
        assert admin.all(f"{base(shop)}?{query}") == []


def test_the_number_of_queries_does_not_grow_with_the_list(
    admin: Caller, shop: Project, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    for _ in range(30):
        row = delivery(shop, channel(shop), issue=builders.issue(shop, AlertDelivery.objects.count() + 1).pk)
        AlertAttempt.objects.create(delivery=row, succeeded=True)
    with django_assert_max_num_queries(8):
        assert len(admin.get(f"{base(shop)}?limit=100")["items"]) == 30
