"""The history of what was sent."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from accounts.models import Project, User
from issues.models import AlertAttempt, AlertChannel, AlertDelivery, AlertRule
from rustrak.lib import clock
from tests.lib.builders import issue as make_issue

LIST = "/projects/shop/alerts/history/"
Status = AlertDelivery.Status


@pytest.fixture
def ops(shop: Project) -> AlertChannel:
    return AlertChannel.objects.create(project=shop, name="#ops", kind="pigeon")


def test_an_empty_history_says_so(bo_client: Client) -> None:
    assert "No alert has been sent yet." in bo_client.get(LIST).content.decode()


def test_each_message_has_its_issue_recipient_rule_and_attempts(
    dee_client: Client, bo_client: Client, shop: Project, ops: AlertChannel
) -> None:
    rule = AlertRule.objects.create(project=shop, name="New issues", triggers=["new"])
    issue = make_issue(shop)
    now = clock.now()
    delivery = AlertDelivery.objects.create(
        project=shop, channel=ops, rule=rule, news="new", issue=issue.pk, attempts=1,
        next_attempt_at=now + timedelta(minutes=5, seconds=30),
    )  # fmt: skip
    AlertAttempt.objects.create(
        delivery=delivery,
        succeeded=False,
        status=503,
        milliseconds=320,
        answer="<b>down</b>",
        error="Status 503.",
    )
    html = dee_client.get(LIST).content.decode()
    for said in (
        "New issue:", f"/issues/{issue.pk}/", "SHOP-1", "ValueError: no 1", "#ops", "Pigeon post", "New issues",
        "Waiting", "Next attempt: in 5 min.", "1 attempt", "failed, status 503", "320 ms", "&lt;b&gt;down&lt;/b&gt;",
        "Status 503.",
    ):  # fmt: skip
        assert said in html, said
    plain = bo_client.get(LIST).content.decode()
    assert "status 503" in plain
    assert "&lt;b&gt;down" not in plain
    assert "Status 503." not in plain
    assert "Admins of Shop see what the other side answered." in plain


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"status": Status.SENT}, ">Sent<"),
        ({"status": Status.GIVEN_UP, "reason": "The room is gone."}, ">Given up<"),
        ({"status": Status.DROPPED, "reason": "The issue is deleted."}, "The issue is deleted."),
        ({"status": Status.COLLECTING}, ">Collecting<"),
        ({"leased_until": clock.now() + timedelta(hours=1)}, ">Sending<"),
        ({"issue": uuid4()}, "a deleted issue"),
        ({"news": "burst", "facts": {"total": 1204, "kinds": {"new": 1204}}}, "1,204 new issues"),
        ({"news": "monitor_failed", "facts": {"detail": "nightly"}}, "Monitor failed"),
        ({"news": "regressed", "facts": {"listed": "no list"}}, "Regressed issue"),
    ],
)
def test_every_state_has_words(
    dee_client: Client, shop: Project, dee: User, columns: dict[str, Any], said: str
) -> None:
    AlertDelivery.objects.create(project=shop, user=dee, **{"news": "new", **columns})
    html = dee_client.get(LIST).content.decode()
    assert said in html
    assert "Dee" in html


def test_why_it_was_given_up_is_for_admins(
    bo_client: Client, dee_client: Client, shop: Project, bo: User
) -> None:
    AlertDelivery.objects.create(project=shop, user=bo, news="new", status="given_up", reason="They said no.")
    assert "They said no." in dee_client.get(LIST).content.decode()
    assert "They said no." not in bo_client.get(LIST).content.decode()


def test_what_was_given_up_can_be_sent_again_by_admins(
    bo_client: Client, dee_client: Client, shop: Project, bo: User
) -> None:
    given_up = AlertDelivery.objects.create(project=shop, user=bo, news="new", status="given_up")
    again = f"{LIST}{given_up.pk}/again/"
    assert "Send again" not in bo_client.get(LIST).content.decode()
    assert bo_client.post(again).status_code == 403
    assert "Send again" in dee_client.get(LIST).content.decode()
    assert dee_client.get(again).status_code == 405
    assert "The message is sent again." in dee_client.post(again, follow=True).content.decode()
    given_up.refresh_from_db()
    assert given_up.status == "waiting"
    assert "waits to be sent already" in dee_client.post(again, follow=True).content.decode()
    other = Project.objects.create(name="Other", slug="other")
    foreign = AlertDelivery.objects.create(project=other, user=bo, news="new", status="given_up")
    assert dee_client.post(f"{LIST}{foreign.pk}/again/").status_code == 404


def test_a_burst_lists_its_issues(bo_client: Client, shop: Project, bo: User) -> None:
    ids = [str(make_issue(shop, number).pk) for number in (1, 2)] + [str(uuid4())]
    AlertDelivery.objects.create(
        project=shop, user=bo, news="burst", facts={"listed": ids, "total": 30, "kinds": {"new": 30}}
    )
    html = bo_client.get(LIST).content.decode()
    assert "SHOP-1" in html
    assert "SHOP-2" in html
    assert "and 28 more" in html


def test_filters_by_state_channel_and_issue(
    bo_client: Client, shop: Project, bo: User, ops: AlertChannel
) -> None:
    issue = make_issue(shop)
    AlertDelivery.objects.create(project=shop, channel=ops, news="new", status="sent", issue=issue.pk)
    AlertDelivery.objects.create(project=shop, user=bo, news="regressed", status="given_up")
    for query, new, regressed in (
        ("", True, True), ("?show=sent", True, False), ("?show=given_up", False, True), ("?show=nonsense", True, True),
        (f"?channel={ops.pk}", True, False), ("?channel=people", False, True), ("?channel=9999", True, True),
        (f"?issue={issue.pk}", True, False), ("?issue=x", True, True), (f"?show=given_up&channel={ops.pk}", False, False),
        ("?cursor=broken", True, True),
    ):  # fmt: skip
        rows = bo_client.get(LIST + query).content.decode().partition("<tbody>")[2]
        assert ("New issue" in rows, "Regressed" in rows) == (new, regressed), query
    assert "No message matches." in bo_client.get(f"{LIST}?show=dropped").content.decode()


def test_only_the_projects_own_messages(bo_client: Client, shop: Project) -> None:
    other = Project.objects.create(name="Other", slug="other")
    secret = AlertChannel.objects.create(project=other, name="#secret", kind="pigeon")
    AlertDelivery.objects.create(project=other, channel=secret, news="new")
    html = bo_client.get(f"{LIST}?channel={secret.pk}").content.decode()
    assert "#secret" not in html


def test_pages_are_bounded_in_rows_and_queries(
    bo_client: Client, shop: Project, ops: AlertChannel, django_assert_max_num_queries: Any
) -> None:
    made = [
        AlertDelivery(project=shop, channel=ops, news="new", issue=make_issue(shop, number).pk)
        for number in range(1, 61)
    ]
    AlertDelivery.objects.bulk_create(made)
    AlertAttempt.objects.bulk_create(AlertAttempt(delivery=each, succeeded=True) for each in made)
    with django_assert_max_num_queries(12):
        html = bo_client.get(LIST).content.decode()
    assert html.count("SHOP-") == 50
    assert 'rel="next"' in html
