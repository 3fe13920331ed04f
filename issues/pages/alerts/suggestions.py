"""What the issues of a project have: suggestions for the fields of a rule."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.models import Project
from issues.models import Issue, IssueTag, IssueTagKey

# The issues that were seen last are asked; each field suggests so many values.
ISSUES, MOST = 200, 50


@dataclass(frozen=True)
class Suggestions:
    """Values as they were sent, each list without repetition."""

    environments: list[str]
    releases: list[str]
    tag_keys: list[str]
    tag_values: list[str]


def of(project: Project) -> Suggestions:
    """What the issues have that were seen last. Three queries."""
    rows = list(
        Issue.objects.filter(project=project)
        .order_by("-last_seen", "-pk")
        .values_list("pk", "last_environment", "last_release")[:ISSUES]
    )
    issues = [pk for pk, _, _ in rows]
    keys = IssueTagKey.objects.filter(issue__in=issues).values_list("key", flat=True).distinct()
    tags = (
        IssueTag.objects.filter(issue__in=issues)
        .exclude(key__in=("environment", "release"))
        .values_list("value", flat=True)
        .distinct()
    )
    return Suggestions(
        environments=_distinct(environment for _, environment, _ in rows),
        releases=_distinct(release for _, _, release in rows),
        tag_keys=sorted(keys[:MOST]),
        tag_values=sorted(value for value in tags[:MOST] if value),
    )


def _distinct(values: object) -> list[str]:
    return list(dict.fromkeys(value for value in values if value))[:MOST]  # type: ignore[attr-defined]
