"""The rule that took a stored event."""

from __future__ import annotations

from accounts.models import Project
from issues.fingerprint_rules import versions
from issues.payload.rules.taken import Taken, find, named_in


def rule_of(project: Project, notes: object) -> Taken | None:
    """The rule that an event's notes name; None without one, or when its version is not kept. One query, if there is one."""
    if (named := named_in(notes)) is None:
        return None
    version, line = named
    found = versions.of_version(project, version)
    return find(found.text, version, line) if found else None
