"""The issues that have events of a release."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q

from accounts.models import Project
from issues.models import IssueQuerySet, IssueTag


def issues_of(project: Project, release: str) -> IssueQuerySet:
    """The issues with events of this release; of very many releases of one issue not all are known."""
    tags = IssueTag.objects.filter(grouping__issue=OuterRef("pk"), key="release", value=release)
    return project.issues.filter(Q(first_release=release) | Q(last_release=release) | Exists(tags))
