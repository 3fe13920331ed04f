"""Whom ownership rules suggest for an issue that nobody looks after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from issues.assignees import value_of
from issues.lifecycle import name_of
from issues.models import Issue
from issues.ownership.owners import Owners
from issues.ownership.sentences import LONGEST_RULE
from issues.ownership.stored import rules_of


@dataclass(frozen=True, slots=True)
class Suggested:
    """The name of the owner, the value that means them in forms, and the text of the line."""

    owner: str
    value: str
    rule: str


def of(issue: Issue, payload: Mapping[str, Any]) -> Suggested | None:
    """By an event of the issue, whose `project` is loaded. No query in a project without rules."""
    if issue.assignee_id or issue.assigned_team_id:
        return None
    rules = rules_of(issue.project_id, issue.project.ownership_version)
    rule = rules.decide(payload) if rules else None
    owner = Owners(issue.project_id).first(rule.owners) if rule else None
    if rule is None or owner is None:
        return None
    return Suggested(name_of(owner), value_of(owner), rule.text[:LONGEST_RULE])
