from __future__ import annotations

from datetime import timedelta

from django.test import Client

from issues.models import Issue
from issues.pages.states.shown import escalation
from tests.issues.pages.conftest import Send

ACT = "/projects/shop/issues/act/"


def test_the_page_says_how_it_is_resolved_and_what_was_decided(bo_client: Client, send: Send) -> None:
    event = send({"message": "m", "release": "shop@2.4.0"})
    url = f"/projects/shop/issues/{event.issue_id}/"
    html = bo_client.get(url).content.decode()
    assert '<option value="shop@2.4.0">' in html
    sent = {
        "action": "resolve_in",
        "resolution": "in_release",
        "release": "shop@2.5.0",
        "issue": event.issue_id,
    }
    answer = bo_client.post(ACT, {**sent, "confirmed": "yes", "next": url}, follow=True)
    html = answer.content.decode()
    assert "1 issue resolved in 2.5.0." in html
    assert "<bdi>Resolved in 2.5.0</bdi> by <bdi>" in html
    send({"message": "m", "release": "shop@2.4.9"}, ago=-timedelta(minutes=1))
    html = bo_client.get(url).content.decode()
    assert "Stays resolved: 2.4.9 is older than the fix (2.5.0), by semantic version." in html


def test_many_issues_are_asked_about_first(bo_client: Client, send: Send) -> None:
    event = send({"message": "m"})
    html = bo_client.post(ACT, {"action": "mute_until", "issue": event.issue_id}).content.decode()
    assert "Mute 1 issue" in html
    assert Issue.objects.get().status == "open"
    sent = {
        "action": "mute_until",
        "confirmed": "yes",
        "users": "3",
        "minutes": "10",
        "issue": event.issue_id,
    }
    html = bo_client.post(ACT, sent, follow=True).content.decode()
    assert "1 issue muted until 3 users in 10 minutes." in html
    html = bo_client.post(
        ACT, {**sent, "action": "resolve_in", "resolution": "next_release"}, follow=True
    ).content.decode()
    assert "No release of this project is known yet" in html
    assert Issue.objects.get().status == "muted"


def test_how_far_an_issue_is_over_its_normal() -> None:
    assert escalation([0] * 168 + [3] * 12) == "36 events in the last 12 hours; none in the week before."
    assert (
        escalation([1] * 168 + [4] * 12)
        == "48 events in the last 12 hours; usually 12, as in the week before."
    )
    assert escalation([1] + [0] * 167 + [10] * 12).endswith("usually fewer than 1, as in the week before.")
