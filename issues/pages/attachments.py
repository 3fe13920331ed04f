"""Attachments: those of one event, the list of a project's latest, and the download of one."""

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
from accounts.navigation import Section
from issues import download, usage
from issues.models import Attachment, Event
from issues.pages.paging import paged
from issues.record import media
from issues.render import attachment as words
from issues.render.values import visible

# How many a page shows of all its events and reports together.
MOST = 200


@dataclass(frozen=True)
class AttachmentView:
    """One attachment to show. `show` and `hide` are query strings that show and hide its text; `text` is the text."""

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
    """One row of the project's list. It belongs to `event`, to a report, or to an event that is not stored."""

    view: AttachmentView
    attachment: Attachment
    event: Event | None
    title: str
    is_of_report: bool


@member(section=Section.FEEDBACK)
@require_safe
def attachment(request: SignedInRequest, project: Project, attachment_id: UUID) -> HttpResponse:
    """The file as a download; images are shown inline."""
    found = get_object_or_404(project.attachments, pk=attachment_id)
    try:
        return cast(HttpResponse, download.answer(found))
    except download.FileMissing:
        return render(
            request, "issues/attachment_gone.html", {"project": project, "name": found.name}, status=404
        )


@member(section=Section.FEEDBACK)
@require_safe
def attachment_list(request: SignedInRequest, project: Project) -> HttpResponse:
    """Every attachment of the project, latest first, also those of events that are not stored."""
    page = paged(project.attachments.all(), ["ingested_at", "id"], request.GET)
    events = events_of(project, (one.event_id for one in page.items))
    others = {one.event_id for one in page.items} - events.keys()
    found = project.user_reports.filter(report_id__in=others) if others else project.user_reports.none()
    reports = set(found.values_list("report_id", flat=True))
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
    full = usage.room(project.pk, "attachment") <= 0
    context = {"project": project, "rows": rows, "page": page, "full": full}
    return render(request, "issues/attachment_list.html", context)


def events_of(project: Project, event_ids: Iterable[UUID]) -> dict[UUID, Event]:
    """The stored events among `event_ids` (the SDK's ids), with their issues and without their payloads."""
    wanted = set(event_ids)
    if not wanted:
        return {}
    found = project.events.filter(event_id__in=wanted).select_related("issue").defer("payload")
    events = {event.event_id: event for event in found}
    for event in events.values():
        event.issue.project = project
    return events


def title_of(event: Event | None) -> str:
    """The title of an event; empty for None."""
    return visible(event.own_title or event.issue.title) if event else ""


def of_events(
    project: Project, event_ids: Iterable[UUID], asked: QueryDict
) -> dict[UUID, list[AttachmentView]]:
    """The first MOST attachments of events by event id, oldest first; the one that `?attachment=` of `asked` names with
    its text. Another request can add any number to an event; the project's list has them all.
    """
    rows = project.attachments.filter(event_id__in=set(event_ids)).order_by("ingested_at", "name", "id")
    found: dict[UUID, list[AttachmentView]] = {}
    for one in rows[:MOST]:
        found.setdefault(one.event_id, []).append(view_of(project, one, asked))
    return found


def view_of(project: Project, one: Attachment, asked: QueryDict | None = None) -> AttachmentView:
    """`one` as pages show it. With `asked`, the page's query string, its text can be shown on the page."""
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
        return None, "The file is missing from the attachment storage."
    if text is None:
        return None, "This is not a text file. Download it to view it."
    return words.readable(text, one.content_type), ""


def _switched(asked: QueryDict, one: Attachment | None) -> str:
    kept = [(key, value) for key, value in asked.items() if key != "attachment" and isinstance(value, str)]
    return "?" + urlencode([*kept, ("attachment", str(one.pk))] if one else kept)
