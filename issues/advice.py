"""What a project's events lack that makes Rustrak more useful: release, environment and user."""

from __future__ import annotations

from accounts.models import Project
from issues.models import Issue

# The latest issues are looked at, through an index: a project may have a million.
_LATEST = 100
SUBJECTS = ("release", "environment", "user")


def missing(project: Project, *, sample: tuple[str, str]) -> list[str]:
    """Which of SUBJECTS the latest issues have never had. Empty while there is no issue, or if people closed the advice.

    Issues with the release and environment `sample` alone are of Rustrak's own test event, and do not count. At most one query.
    """
    if project.advice_closed or not project.digested_event_count:
        return []
    latest = Issue.objects.filter(project=project).order_by("-last_seen", "-id")
    columns = ("first_release", "last_release", "first_environment", "last_environment", "user_count")
    rows = [
        row
        for row in latest.values_list(*columns)[:_LATEST]
        if row[:4] != (sample[0], sample[0], sample[1], sample[1])
    ]
    if not rows:
        return []
    seen = {
        "release": any(row[0] or row[1] for row in rows),
        "environment": any(row[2] or row[3] for row in rows),
        "user": any(row[4] for row in rows),
    }
    return [subject for subject in SUBJECTS if not seen[subject]]
