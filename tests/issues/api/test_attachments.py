"""/api/projects/{id}/attachments, and the attachments and reports in an event's detail."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings

from accounts.models import Project, User
from rustrak.lib import clock
from tests.lib import builders
from tests.lib.attachments import PNG, kept
from tests.lib.json_api import Caller, error_of
from tests.lib.user_reports import report, said_item

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stored")]


def test_an_event_lists_its_attachments_and_reports(bo: User, shop: Project) -> None:
    event = builders.event(builders.issue(shop))
    path = f"/api/projects/{shop.pk}/issues/{event.issue_id}/events/{event.event_id.hex}"
    caller = Caller(bo, token=True)
    assert caller.get(path)["attachments"] == caller.get(path)["user_reports"] == []
    one = kept(shop, PNG, event.event_id.hex, filename="screenshot.png")
    kept(shop, PNG)
    item = said_item(
        {"event_id": event.event_id.hex, "comments": "It broke", "name": "", "email": "j@example.org"}
    )
    report(shop, item)
    found = caller.get(path)
    assert found["attachments"] == [
        {
            "id": str(one.pk),
            "name": "screenshot.png",
            "content_type": "image/png",
            "attachment_type": "event.attachment",
            "size": len(PNG),
            "ingested_at": clock.rfc3339(one.ingested_at),
            "url": f"{settings.PUBLIC_URL}/api/projects/{shop.pk}/attachments/{one.pk}",
        }
    ]
    assert found["user_reports"] == [
        {
            "id": event.event_id.hex,
            "name": None,
            "email": "j@example.org",
            "comments": "It broke",
            "url": None,
            "source": "user_report",
            "ingested_at": clock.rfc3339(item.received_at),
        }
    ]


@pytest.mark.parametrize("token", [True, False])
def test_the_url_returns_the_bytes(bo: User, shop: Project, token: bool) -> None:
    one = kept(shop, b"<script>", filename="a.html", content_type="text/html")
    path = f"/api/projects/{shop.pk}/attachments/{one.pk}"
    caller = Caller(bo, token=token)
    for spelling in (path, path + "/", path.replace("-", "")):
        answer = caller("GET", spelling)
        assert answer.status_code == 200
        assert b"".join(answer.streaming_content) == b"<script>"
        assert answer["Content-Type"] == "application/octet-stream"
        assert answer["Content-Disposition"] == 'attachment; filename="a.html"'
        assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    head = caller("HEAD", path)
    assert (head.status_code, head["Content-Length"]) == (200, "8")
    assert b"".join(head) == b""


def test_what_a_user_may_not_see_is_a_404(bo: User, cy: User, shop: Project, stored: Path) -> None:
    one = kept(shop, b"x")
    other = Project.objects.create(name="Other", slug="other")
    base = f"/api/projects/{shop.pk}/attachments/"
    for caller, path in (
        (Caller(cy), f"{base}{one.pk}"),
        (Caller(bo), f"{base}{uuid4()}"),
        (Caller(bo), f"{base}1"),
        (Caller(bo), f"/api/projects/{other.pk}/attachments/{one.pk}"),
    ):
        answer: Any = caller("GET", path)
        assert error_of(answer) == (404, "NotFound")
    (stored / one.file).unlink()
    assert error_of(Caller(bo)("GET", f"{base}{one.pk}")) == (404, "NotFound")


def test_an_event_lists_so_many_attachments(bo: User, shop: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_module("issues.api.attachments"), "MOST_ATTACHMENTS", 2)
    event = builders.event(builders.issue(shop))
    for number in range(3):
        kept(shop, PNG, event.event_id.hex, filename=f"{number}.png")
    found = Caller(bo, token=True).get(f"/api/projects/{shop.pk}/issues/{event.issue_id}/events/{event.pk}")
    assert [one["name"] for one in found["attachments"]] == ["0.png", "1.png"]
