"""The environments that the list can be limited to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from django.db import connection

from accounts.models import Project
from issues.models import IssueTag

# Others can be named in the address or in the search.
MOST = 50
# Each step finds the next larger value in the index, so that it takes as long as there are environments, not issues.
_DISTINCT = """
WITH RECURSIVE found(value) AS (
  SELECT (SELECT MIN(value) FROM issues_issuetag WHERE project_id = %(project)s AND key = 'environment')
  UNION ALL
  SELECT (SELECT MIN(tag.value) FROM issues_issuetag tag
          WHERE tag.project_id = %(project)s AND tag.key = 'environment' AND tag.value > found.value)
  FROM found WHERE found.value IS NOT NULL
)
SELECT value FROM found WHERE value IS NOT NULL LIMIT %(most)s
"""


@lru_cache(maxsize=256)
def _of_project(project_id: int, created_at: datetime, events: int, most: int) -> tuple[str, ...]:
    """`created_at` and `events`, the number of events so far, tell whether what is remembered still holds."""
    with connection.cursor() as cursor:
        cursor.execute(_DISTINCT, {"project": project_id, "most": most})
        return tuple(str(value) for (value,) in cursor.fetchall())


def environments(projects: Sequence[Project], current: str) -> list[str]:
    """The names of the first environments in alphabetical order, and `current` if it is another. At most one query."""
    if len(projects) == 1:
        one = projects[0]
        names = list(_of_project(one.pk, one.created_at, one.digested_event_count, MOST))
    else:
        tags = IssueTag.objects.filter(project__in=[project.pk for project in projects], key="environment")
        names = list(tags.values_list("value", flat=True).distinct().order_by("value")[:MOST])
    return names if not current or current in names else [*names, current]
