"""What lists and searches need: the words of issues, the people whom they met, what somebody has seen, saved searches, and
actions on many issues."""

from __future__ import annotations

from issues.models.finding.bulk_action import BulkAction, BulkChange
from issues.models.finding.forgetting import Forgetting
from issues.models.finding.issue_text import IssueText
from issues.models.finding.merged_issue import MergedIssue, NotTheSame, PendingCount, PendingMove
from issues.models.finding.person import Person
from issues.models.finding.review import IssueSeen, ReviewMark
from issues.models.finding.saved_search import DefaultSearch, SavedSearch

__all__ = [
    "BulkAction",
    "BulkChange",
    "DefaultSearch",
    "Forgetting",
    "IssueSeen",
    "IssueText",
    "MergedIssue",
    "NotTheSame",
    "PendingCount",
    "PendingMove",
    "Person",
    "ReviewMark",
    "SavedSearch",
]
