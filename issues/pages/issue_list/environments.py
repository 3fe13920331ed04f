"""The environments that the list can be limited to."""

from __future__ import annotations

from collections.abc import Sequence

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


def environments(projects: Sequence[Project], current: str) -> list[str]:
    """The names of the first environments in alphabetical order, and `current` if it is another. One query."""
    if len(projects) == 1:
        with connection.cursor() as cursor:
            cursor.execute(_DISTINCT, {"project": projects[0].pk, "most": MOST})
            names = [str(value) for (value,) in cursor.fetchall()]
    else:
        tags = IssueTag.objects.filter(project__in=[project.pk for project in projects], key="environment")
        names = list(tags.values_list("value", flat=True).distinct().order_by("value")[:MOST])
    return names if not current or current in names else [*names, current]
