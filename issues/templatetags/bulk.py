"""Template tags of actions on issues: what the user's actions are doing, and what a message of one leads to."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django import template

from accounts.models import Project, User
from issues import assignees, bulk_actions
from issues.models import BulkAction
from issues.render.values import visible

register = template.Library()


@register.simple_tag
def unfinished_actions(user: User) -> list[tuple[BulkAction, str]]:
    """`{% unfinished_actions user as actions %}`: the user's actions that are not finished, with their sentences. One query."""
    return [(action, visible(bulk_actions.sentence(action))) for action in bulk_actions.current(user)]


@register.filter
def after_action(extra: str) -> dict[str, Any]:
    """`{{ message.extra_tags|after_action }}`: where a message leads: `undo`, `progress`, `next` (issues.pages.bulk.outcome)."""
    try:
        found = json.loads(extra)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


@register.simple_tag
def assignable(projects: Sequence[Project]) -> list[tuple[int, str]]:
    """`{% assignable projects as people %}`: ids and names of those to whom issues of one of the projects can be assigned. One query."""
    rows = assignees.of_any(projects).values_list("pk", "name", "email")[: assignees.MOST]
    return [(pk, visible(f"{name} ({email})" if name else email)) for pk, name, email in rows]
