"""The page of one action: how far it is, what it did, and the buttons that stop and undo it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.access import Capability, SignedInRequest, may, signed_in
from issues import bulk_actions
from issues.models import BulkAction
from issues.pages.bulk.outcome import tell
from issues.pages.sent import back_to
from issues.render.values import visible


def _own(request: SignedInRequest, action_id: UUID) -> BulkAction:
    """The user's own action. Others' do not exist for them."""
    mine = BulkAction.objects.filter(user=request.user).select_related("assignee", "assigned_team", "project")
    return get_object_or_404(mine, pk=action_id)


@signed_in(reads=Capability.EVENT_READ, changes=Capability.EVENT_WRITE)
@require_safe
def bulk_action(request: SignedInRequest, action_id: UUID) -> HttpResponse:
    """How far the action is."""
    action = _own(request, action_id)
    context = {
        "action": action,
        "sentence": visible(bulk_actions.sentence(action)),
        "is_undoable": bulk_actions.is_undoable(action),
        "list": _list(request, action),
    }
    return render(request, "issues/bulk/progress.html", context)


@signed_in(reads=Capability.EVENT_READ, changes=Capability.EVENT_WRITE)
@require_safe
def bulk_action_state(request: SignedInRequest, action_id: UUID) -> JsonResponse:
    """The same for a script: `sentence`, `done`, `total`, and whether it `is_finished`."""
    action = _own(request, action_id)
    state: dict[str, Any] = {
        "sentence": visible(bulk_actions.sentence(action)),
        "done": action.done,
        "total": action.total,
        "is_finished": action.finished_at is not None,
    }
    return JsonResponse(state)


@signed_in(reads=Capability.EVENT_READ, changes=Capability.EVENT_WRITE)
@require_POST
def bulk_action_stop(request: SignedInRequest, action_id: UUID) -> HttpResponse:
    """Leave the issues alone that were not looked at yet. Redirects to `next`."""
    action = _own(request, action_id)
    bulk_actions.stop(action)
    action.refresh_from_db()
    tell(request, action)
    return redirect(back_to(request, reverse("bulk_action", args=[action.pk])))


@signed_in(reads=Capability.EVENT_READ, changes=Capability.EVENT_WRITE)
@require_POST
def bulk_action_undo(request: SignedInRequest, action_id: UUID) -> HttpResponse:
    """Take the action back. Redirects to `next`."""
    action = _own(request, action_id)
    try:
        tell(request, bulk_actions.undo(action, request.user))
    except ValueError as error:
        messages.error(request, str(error))
    return redirect(back_to(request, _list(request, action)))


def _list(request: SignedInRequest, action: BulkAction) -> str:
    """The list that the action was begun from, if its project is still visible."""
    if action.project and may(request.user, Capability.EVENT_READ, action.project):
        return reverse("issue_list", args=[action.project.slug])
    return reverse("all_issues")
