"""What empty lists say when everything in them has expired."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import Project
from ingest.ledger import store
from issues.models import Event, Issue
from rustrak.lib import clock


@pytest.mark.parametrize(
    ("path", "item_type", "what"),
    [
        ("attachments", "attachment", "attachments"),
        ("feedback", "feedback", "feedback"),
        ("feedback", "user_report", "feedback"),
    ],
)
def test_what_has_expired_is_not_said_never_to_have_been(
    bo_client: Client, shop: Project, path: str, item_type: str, what: str
) -> None:
    assert f"No {what} yet." in bo_client.get(f"/projects/shop/{path}/").content.decode()
    store.add_evicted(shop.pk, "too_old", {item_type: 1204}, now=clock.now())
    html = bo_client.get(f"/projects/shop/{path}/").content.decode()
    assert f"No {what} left." in html
    assert "1,204 expired" in html
    assert 'href="/projects/shop/settings/limits/"' in html
    assert "yet" not in html[html.index('class="empty"') : html.index("</main>")]


def test_a_project_without_issues_left(bo_client: Client, shop: Project) -> None:
    assert "No events yet." in bo_client.get("/projects/shop/issues/").content.decode()
    Project.objects.update(digested_event_count=1204)
    html = bo_client.get("/projects/shop/issues/").content.decode()
    assert "No issues left." in html
    assert "1,204 events arrived so far." in html


def test_an_issue_without_events_left_leads_to_the_limits(bo_client: Client, shop: Project) -> None:
    issue = Issue.objects.create(
        project=shop,
        digest_order=1,
        title="E",
        first_seen=clock.now(),
        last_seen=clock.now(),
        event_count=3,
        level=40,
    )
    assert not Event.objects.exists()
    for page in ("", "events/"):
        html = bo_client.get(f"/projects/shop/issues/{issue.pk}/{page}").content.decode()
        assert "All events of this issue have expired." in html
        assert 'href="/projects/shop/settings/limits/">How long events are kept</a>' in html
