"""The actions on feedback: mark as done, reopen, delete."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.access import SignedInRequest, member
from accounts.models import Project, User
from accounts.navigation import Section
from issues import feedback
from issues.models import UserReport
from issues.pages.sent import back_to, uuids
from issues.render.values import visible
from rustrak.lib import wording

# The most pieces of feedback that one request may change.
MOST = 200

_FEEDBACK_VERBS: dict[str, tuple[Callable[[QuerySet[UserReport], User | None], int], str]] = {
    "done": (feedback.finish, "marked as done"),
    "reopen": (feedback.reopen, "reopened"),
}


@member(section=Section.FEEDBACK)
@require_POST
def feedback_act(request: SignedInRequest, project: Project) -> HttpResponse:
    """Change feedback of this project and redirect to `next`; keys of other projects are ignored.

    Either `action` (`done`, `reopen` or `delete`) with any number of `report` (primary keys), or, from the button beside
    a text, one field that is named like the action and holds one key. `delete` asks for confirmation first.
    """
    sent = request.POST
    button = next((name for name in (*_FEEDBACK_VERBS, "delete") if name in sent), "")
    action = button or sent.get("action", "")
    if action not in _FEEDBACK_VERBS and action != "delete":
        return HttpResponseBadRequest("Unknown action.")
    chosen = uuids([sent[button]] if button else sent.getlist("report")[:MOST])
    back = back_to(request, reverse("user_reports", args=[project.slug]))
    if not chosen:
        messages.warning(request, "Select feedback first.")
        return redirect(back)
    reports: QuerySet[UserReport] = project.user_reports.filter(pk__in=chosen)
    if action == "delete" and "confirmed" not in sent:
        return _ask_to_delete(request, project, reports, back)
    if action == "delete":
        count, done = feedback.delete(project, reports), "deleted"
    else:
        verb, done = _FEEDBACK_VERBS[action]
        count = verb(reports, request.user)
    messages.success(request, f"{wording.counted(count, 'piece of feedback', 'pieces of feedback')} {done}.")
    return redirect(back)


def _ask_to_delete(
    request: SignedInRequest, project: Project, reports: QuerySet[UserReport], back: str
) -> HttpResponse:
    found = list(reports.order_by("-ingested_at", "-id"))
    context = {
        "project": project,
        "keys": [one.pk for one in found],
        "beginning": visible(found[0].comments) if len(found) == 1 else "",
        "back": back,
    }
    return render(request, "issues/feedback_delete.html", context)
