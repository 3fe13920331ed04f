"""The page of ownership rules."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import Membership, Project, User
from issues.models import Issue
from tests.lib import builders

pytestmark = pytest.mark.django_db
PAGE = "/projects/shop/settings/owners/"
FRAMES = {"exception": [{"type": "E", "stacktrace": {"frames": [{"filename": "src/a.py", "in_app": True}]}}]}


@pytest.fixture
def issue(shop: Project) -> Issue:
    made = builders.issue(shop)
    builders.event(made, payload=FRAMES)
    Issue.objects.update(event_count=1, stored_event_count=1)
    return made


def test_rules_are_tried_and_saved(bo: User, bo_client: Client, issue: Issue) -> None:
    assert "Only admins of Shop can change the owners." in bo_client.get(PAGE).text
    assert bo_client.post(PAGE, {"text": "src/ @bo", "preview": "1"}).status_code == 403
    Membership.objects.update(role="admin")
    tried = bo_client.post(PAGE, {"text": "src/ @nobody @bo", "preview": "1"}).text
    assert "line 1: " in tried
    assert "<bdi>bo</bdi>" in tried
    assert "<bdi>@nobody</bdi>" in tried
    assert "Suggested" not in bo_client.get(f"/projects/shop/issues/{issue.pk}/").text
    wrong = bo_client.post(PAGE, {"text": "src/ bo", "based_on": "0"})
    assert (wrong.status_code, "Line 1: “bo” is no owner" in wrong.text) == (400, True)
    assert bo_client.post(PAGE, {"text": "src/ @bo", "based_on": "0"}).status_code == 302
    assert "Saved as version 1" in bo_client.get(PAGE).text
    stale = bo_client.post(PAGE, {"text": "", "based_on": "0"})
    assert "changed meanwhile" in stale.text
    shown = bo_client.get(f"/projects/shop/issues/{issue.pk}/").text
    assert "Suggested: <bdi>bo</bdi>, by the rule <bdi><code>src/ @bo</code>" in shown
    bo_client.post("/projects/shop/issues/act/", {"issue": issue.pk, "action": "assign", "to": str(bo.pk)})
    assert "Suggested" not in bo_client.get(f"/projects/shop/issues/{issue.pk}/").text
