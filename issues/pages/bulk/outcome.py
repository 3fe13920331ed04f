"""What an action did, said on the next page with a button that undoes it."""

from __future__ import annotations

import json

from django.contrib import messages
from django.http import HttpRequest

from issues import bulk_actions
from issues.models import BulkAction
from issues.render.values import visible


def tell(request: HttpRequest, action: BulkAction, following: str = "") -> None:
    """Say it on the next page. `following` is the address of the next issue of a list, empty for none."""
    level = messages.SUCCESS if action.changed or action.finished_at is None else messages.WARNING
    links = {
        "undo": str(action.pk) if bulk_actions.is_undoable(action) else "",
        "progress": "" if action.finished_at else str(action.pk),
        "next": following,
    }
    about = {name: value for name, value in links.items() if value}
    messages.add_message(
        request, level, visible(bulk_actions.sentence(action)), extra_tags=json.dumps(about) if about else ""
    )
