"""Renders an event as people and programs get it: as a page, as Markdown and as JSON. Without a database."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from django.template.loader import render_to_string

from accounts.models import Project
from issues.models import Event, Issue
from issues.payload import read as payload
from issues.payload import tags
from issues.render.event import event_view
from issues.render.markdown import markdown
from issues.render.notes import remarks
from rustrak.lib import tolerant_json

MOMENT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
_ID = UUID("a" * 32)
_PROJECT = Project(id=1, name="Shop", slug="shop")
_ISSUE = Issue(
    id=_ID, project=_PROJECT, digest_order=1, title="E", first_seen=MOMENT, last_seen=MOMENT, event_count=1,
    stored_event_count=1, first_environment="", last_environment="",
)  # fmt: skip


def render(data: bytes) -> tuple[str, str, bytes]:
    """The page, the Markdown and the API's `data` of an event that was sent as `data`. Raises UnreadableEvent."""
    found = payload.read(data, event_id=_ID.hex, received_at=MOMENT, remote_addr="192.0.2.7", limit=1 << 20)
    event = Event(
        id=_ID, project=_PROJECT, issue=_ISSUE, event_id=_ID, digest_order=1, timestamp=found.timestamp, level=found.level,
        ingested_at=MOMENT, platform=found.platform, grouping_id=1,
    )  # fmt: skip
    notes = [list(note) for note in found.notes]
    sent = found.payload
    pages = []
    for expand_all, oldest_first in ((False, False), (True, True)):
        view = event_view(
            sent,
            platform=found.platform,
            timestamp=found.timestamp,
            notes=notes,
            expand_all=expand_all,
            oldest_first=oldest_first,
        )
        context = {
            "project": _PROJECT, "issue": _ISSUE, "event": event, "view": view, "remarks": remarks(notes, sent),
            "heading": {"strong": found.title, "rest": ""}, "json_link": "/json", "expand_all": expand_all,
            "said": view.exceptions.main.value if view.exceptions.main else None,
            "markdown": markdown(view, title=found.title, link="/"), "here": "/",
        }  # fmt: skip
        pages.append(render_to_string("issues/event.html", context))
    return "".join(pages), context["markdown"], tolerant_json.dumps({"data": sent, "tags": tags.read(sent)})
