"""Where is searched, by whom, and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.models import Project, User

# Of more projects the database looks up which ones a person may see: a statement takes a limited number of parameters.
_LISTED = 20


@dataclass(frozen=True, slots=True)
class Scope:
    """Where is searched, by whom, and when: `project:`, `assigned:me`, `is:for_review` and `first-seen:` need it. `environment` is the
    one that a list is limited to (empty: none): `release:latest` is the latest there.

    `viewer` is None where nobody looks, as in alert rules: then what is about a viewer is a mistake.
    """

    projects: Sequence[Project]
    viewer: User | None
    now: datetime
    environment: str = ""

    def keys(self) -> Any:
        """What a column `project` can be compared with by `__in`: at least the projects of the scope.

        Conditions may look at rows of further projects, because they only choose among issues that the caller has limited.
        """
        if self.viewer is not None and len(self.projects) > _LISTED:
            return Project.objects.visible_to(self.viewer).values("pk")
        return [project.pk for project in self.projects]
