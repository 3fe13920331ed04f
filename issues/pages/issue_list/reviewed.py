"""Marking as seen what a list shows for review, and undoing that."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.html import format_html
from django.views.decorators.http import require_POST

from accounts.access import Capability, SignedInRequest, member, signed_in
from accounts.models import Project
from issues import review
from issues.pages.issue_list.asked import Asked, read
from issues.pages.issue_list.selection import only, select
from issues.search import TookTooLong, limited
from rustrak.lib import clock, wording


@member(changes=Capability.PROFILE_WRITE)
@require_POST
def review_seen(request: SignedInRequest, project: Project) -> HttpResponse:
    """Mark the issues for review that were there at `until` as seen: all of the project's, or with `q`, `environment` or `period` those
    that match. With `undo`, a moment that a message of this view names, take that back. Redirects to the list."""
    return _act(request, [project], reverse("issue_list", args=[project.slug]), request.path)


@signed_in(reads=Capability.EVENT_READ)
@require_POST
def all_review_seen(request: SignedInRequest) -> HttpResponse:
    """The same for all projects that the user may see."""
    projects = list(Project.objects.visible_to(request.user))
    return _act(request, projects, reverse("all_issues"), request.path)


def _act(
    request: SignedInRequest, projects: Sequence[Project], list_path: str, own_path: str
) -> HttpResponse:
    asked, now = read(request.POST), clock.now()
    back = redirect(list_path + asked.link(status="review"))
    if taken_back := _moment(request.POST.get("undo", "")):
        review.undo(request.user, taken_back)
        messages.success(request, "The issues are for review again.")
        return back
    until = _moment(request.POST.get("until", "")) or now
    try:
        moment, done = _mark(request, asked, projects, until, now)
    except TookTooLong:
        messages.error(request, "This search takes too long, so nothing was marked as seen.")
        return back
    if moment is None:
        messages.error(request, f"Nothing was marked as seen. {done}")
        return back
    undo = format_html(
        '<form class="row" method="post" action="{}"><input type="hidden" name="csrfmiddlewaretoken" value="{}">'
        '<input type="hidden" name="undo" value="{}"><span>{}</span><button class="button" type="submit">Undo</button></form>',
        own_path,
        get_token(request),
        moment.isoformat(),
        done,
    )
    messages.success(request, undo)
    return back


def _mark(
    request: SignedInRequest, asked: Asked, projects: Sequence[Project], until: datetime, now: datetime
) -> tuple[datetime | None, str]:
    """What undoing needs, and what was done; None, and why nothing was done."""
    if not asked.is_narrowed:
        where = "of this project" if only(projects) else "of all projects"
        return review.mark_all(request.user, projects, until), f"All issues {where} are marked as seen."
    selection = select(asked, projects, request.user, now)
    if selection.mistakes:
        return None, selection.mistakes[0].message
    with limited():
        count, moment = review.mark(request.user, selection.issues, until)
    rest = " Others match as well: do it again for the rest." if count == review.MOST_MARKED else ""
    return moment, f"{wording.counted(count, 'issue')} marked as seen.{rest}"


def _moment(text: str) -> datetime | None:
    try:
        found = parse_datetime(text[:40])
    except ValueError:
        return None
    return found if found and found.tzinfo else None
