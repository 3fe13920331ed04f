"""What the events of a project have: suggestions for the fields of a rule."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db.models import Sum

from accounts.models import Project
from issues.models import Issue, IssueTag

# The issues that were seen last are asked, as each may have thousands of values; each field suggests so many.
ISSUES, MOST = 50, 50
# The most frequent values are read; of those, more have other keys than a field shows.
_READ = 500


@dataclass(frozen=True)
class Suggestions:
    """Values as they were sent, each list without repetition, the most frequent first."""

    environments: list[str] = field(default_factory=list)
    releases: list[str] = field(default_factory=list)
    tag_keys: list[str] = field(default_factory=list)
    tag_values: list[str] = field(default_factory=list)


def of(project: Project) -> Suggestions:
    """What the issues have that were seen last. One query."""
    latest = Issue.objects.filter(project=project).order_by("-last_seen", "-pk").values("pk")[:ISSUES]
    rows = (
        IssueTag.objects.filter(grouping__issue__in=latest)
        .exclude(value="")
        .exclude(key="level")
        .order_by()
        .values_list("key", "value")
        .annotate(total=Sum("count"))
        .order_by("-total", "key", "value")[:_READ]
    )
    found = Suggestions()
    for key, value, _ in rows:
        if key == "environment":
            found.environments.append(value)
        elif key == "release":
            found.releases.append(value)
        else:
            found.tag_keys.append(key)
            found.tag_values.append(value)
    return Suggestions(
        *map(_distinct, (found.environments, found.releases, found.tag_keys, found.tag_values))
    )


def _distinct(values: list[str]) -> list[str]:
    return list(dict.fromkeys(values))[:MOST]
