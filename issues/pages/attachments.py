"""Files that came with events: on an event's page, as a list of the project's latest, and one to download."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.access import SignedInRequest, member
from accounts.models import Project
from issues import download
from issues.models import Attachment, Event
from issues.pages.paging import paged
from issues.record import media
from issues.render import attachment as words
from issues.render.values import visible


@dataclass(frozen=True)
class AttachmentView:
    """One attachment to show. `show` and `hide` are query strings; `text` is its content when that was asked for."""

    anchor: str
    name: str
    what: str
    content_type: str
    size: int
    link: str
    is_image: bool
    show: str = ""
    hide: str = ""
    text: str | None = None
    trouble: str = ""


@dataclass(frozen=True)
class AttachmentRow:
    """One line of the project's list. It belongs to a stored event, or to a report, or to something not stored."""

    view: AttachmentView
    attachment: Attachment
    event: Event | None
    title: str
    is_of_report: bool


@member
@require_safe
def attachment(request: SignedInRequest, project: Project, attachment_id: UUID) -> HttpResponse:
    """The bytes, to save; an image is shown."""
    found = get_object_or_404(project.attachments, pk=attachment_id)
    try:
        return cast(HttpResponse, download.answer(found))
    except download.FileMissing:
        return render(
            request, "issues/attachment_gone.html", {"project": project, "name": found.name}, status=404
        )


@member
@require_safe
def attachment_list(request: SignedInRequest, project: Project) -> HttpResponse:
    """Every attachment of the project, the latest first: also of events that never came or were not stored."""
    page = paged(project.attachments.all(), ["ingested_at", "id"], request.GET)
    events = events_of(project, (one.event_id for one in page.items))
    homeless = {one.event_id for one in page.items} - events.keys()
    said = project.user_reports.filter(report_id__in=homeless) if homeless else project.user_reports.none()
    reports = set(said.values_list("report_id", flat=True))
    rows = [
        AttachmentRow(
            view=view_of(project, one),
            attachment=one,
            event=(event := events.get(one.event_id)),
            title=title_of(event),
            is_of_report=one.event_id in reports,
        )
        for one in page.items
    ]
    return render(request, "issues/attachment_list.html", {"project": project, "rows": rows, "page": page})


def events_of(project: Project, event_ids: Iterable[UUID]) -> dict[UUID, Event]:
    """The stored events among `event_ids` (the SDK's), with their issues; without payloads."""
    wanted = set(event_ids)
    if not wanted:
        return {}
    found = project.events.filter(event_id__in=wanted).select_related("issue").defer("payload")
    events = {event.event_id: event for event in found}
    for event in events.values():
        event.issue.project = project
    return events


def title_of(event: Event | None) -> str:
    """What an event is called, as text to show; of none empty."""
    return visible(event.own_title or event.issue.title) if event else ""


def of_events(
    project: Project, event_ids: Iterable[UUID], asked: QueryDict
) -> dict[UUID, list[AttachmentView]]:
    """The attachments of events by the SDK's event id, oldest first; that named by `?attachment=` with its text."""
    found: dict[UUID, list[AttachmentView]] = {}
    for one in project.attachments.filter(event_id__in=set(event_ids)).order_by("ingested_at", "name", "id"):
        found.setdefault(one.event_id, []).append(view_of(project, one, asked))
    return found


def view_of(project: Project, one: Attachment, asked: QueryDict | None = None) -> AttachmentView:
    """`one` as pages show it; with `asked`, the page's query string, it can be opened in place."""
    text, trouble, show, hide = None, "", "", ""
    if asked is not None and media.is_text(one.content_type) and one.size <= media.HEAD_BYTES:
        if asked.get("attachment") == str(one.pk):
            hide = _switched(asked, None)
            text, trouble = _text(one)
        else:
            show = _switched(asked, one)
    return AttachmentView(
        anchor=f"attachment-{one.pk}",
        name=visible(one.name),
        what=words.in_words(one.kind, one.content_type, one.name),
        content_type=one.content_type,
        size=one.size,
        link=reverse("attachment", args=[project.slug, one.pk]),
        is_image=media.is_raster(one.content_type),
        show=show,
        hide=hide,
        text=text,
        trouble=trouble,
    )


def _text(one: Attachment) -> tuple[str | None, str]:
    try:
        text = download.readable_text(one)
    except download.FileMissing:
        return None, "Its bytes are gone from the storage."
    if text is None:
        return None, "This is no text. Download it to look at it."
    return words.readable(text, one.content_type), ""


def _switched(asked: QueryDict, one: Attachment | None) -> str:
    kept = [(key, value) for key, value in asked.items() if key != "attachment" and isinstance(value, str)]
    return "?" + urlencode([*kept, ("attachment", str(one.pk))] if one else kept)
