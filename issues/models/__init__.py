"""Rows about what went wrong."""

from __future__ import annotations

from issues.models.attachment import Attachment
from issues.models.counts import IssueHour, IssuePerson
from issues.models.event import Event, Level
from issues.models.grouping import Grouping
from issues.models.issue import Issue, IssueQuerySet
from issues.models.monitor import CheckIn, Monitor, MonitorState
from issues.models.session import SessionDay, SessionPerson, TroubledSession
from issues.models.user_report import UserReport

__all__ = [
    "Attachment",
    "CheckIn",
    "Event",
    "Grouping",
    "Issue",
    "IssueHour",
    "IssuePerson",
    "IssueQuerySet",
    "Level",
    "Monitor",
    "MonitorState",
    "SessionDay",
    "SessionPerson",
    "TroubledSession",
    "UserReport",
]
