"""Template tags of actions on issues: what the user's actions are doing, and what a message of one leads to."""

from __future__ import annotations

import json
from typing import Any

from django import template

from accounts.access import SignedInRequest
from issues import bulk_actions
from issues.models import BulkAction
from issues.render.values import visible

register = template.Library()


@register.simple_tag
def unfinished_actions(request: SignedInRequest) -> list[tuple[BulkAction, str]]:
    """`{% unfinished_actions request as actions %}`: the user's actions that are not finished, with their sentences.

    One query, in a session that has begun one in the background, until all are finished; else none.
    """
    if not request.session.get(bulk_actions.IN_SESSION):
        return []
    found = bulk_actions.current(request.user)
    if not found:
        del request.session[bulk_actions.IN_SESSION]
    return [(action, visible(bulk_actions.sentence(action))) for action in found]


@register.filter
def after_action(extra: str) -> dict[str, Any]:
    """`{{ message.extra_tags|after_action }}`: where a message leads: `undo`, `progress`, `next` (issues.pages.bulk.outcome)."""
    try:
        found = json.loads(extra)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
