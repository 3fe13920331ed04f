"""The tables of the issues app: issues, their events, and what is counted or stored beside them."""

from __future__ import annotations

from issues.models.activity import Activity
from issues.models.attachment import Attachment
from issues.models.clock_reading import ClockReading
from issues.models.counts import IssueDay, IssueHour, IssuePerson, ProjectDay, ProjectHour, SampledEvent
from issues.models.event import Event, Level
from issues.models.grouping import Grouping
from issues.models.issue import Issue, IssueQuerySet
from issues.models.monitor import CheckIn, Monitor, MonitorState
from issues.models.reference import Reference
from issues.models.session import KnownSession, SessionDay, SessionPerson
from issues.models.tag import IssueTag, IssueTagKey
from issues.models.usage import Usage
from issues.models.user_report import UserReport

__all__ = [
    "Activity",
    "Attachment",
    "CheckIn",
    "ClockReading",
    "Event",
    "Grouping",
    "Issue",
    "IssueDay",
    "IssueHour",
    "IssuePerson",
    "IssueQuerySet",
    "IssueTag",
    "IssueTagKey",
    "KnownSession",
    "Level",
    "Monitor",
    "MonitorState",
    "ProjectDay",
    "ProjectHour",
    "Reference",
    "SampledEvent",
    "SessionDay",
    "SessionPerson",
    "Usage",
    "UserReport",
]
