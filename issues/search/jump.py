"""Where a text leads that is an id: to an issue or an event instead of a list."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from accounts.models import Project
from issues.search.find import Scope


@dataclass(frozen=True, slots=True)
class Target:
    """An issue; with `event` (its row's id) that event."""

    project: Project
    issue: UUID
    event: UUID | None = None


def target(text: str, scope: Scope) -> Target | None:
    """What the whole `text` names: a short id (also with a former slug, or `#12` in one project), the id of an event or
    of an issue."""
    raise NotImplementedError
