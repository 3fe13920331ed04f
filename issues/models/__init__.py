"""Rows about what went wrong."""

from __future__ import annotations

from issues.models.counts import IssueHour, IssuePerson
from issues.models.event import Event, Level
from issues.models.grouping import Grouping
from issues.models.issue import Issue, IssueQuerySet

__all__ = ["Event", "Grouping", "Issue", "IssueHour", "IssuePerson", "IssueQuerySet", "Level"]
