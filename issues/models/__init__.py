"""The tables of the issues app: issues, their events, and what is counted or stored beside them."""

from __future__ import annotations

from issues.models.activity import Activity
from issues.models.alerts import (
    AlertAttempt,
    AlertChannel,
    AlertDeliverer,
    AlertDelivery,
    AlertFact,
    AlertMark,
    AlertOptOut,
    AlertPreferences,
    AlertRule,
    AlertThread,
    AlertVolume,
    News,
)
from issues.models.artifacts import (
    Artifact,
    MapFetch,
    MapOrigin,
    Remapping,
    StoredFile,
    Upload,
    UploadChunk,
)
from issues.models.attachment import Attachment
from issues.models.clock_reading import ClockReading
from issues.models.commits import CodeMapping, Commit, CommitFile, Repository
from issues.models.counts import IssueDay, IssueHour, IssuePerson, ProjectDay, ProjectHour, SampledEvent
from issues.models.event import Event, Level
from issues.models.finding import (
    BulkAction,
    BulkChange,
    DefaultSearch,
    Forgetting,
    IssueSeen,
    IssueText,
    MergedIssue,
    NotTheSame,
    PendingCount,
    PendingMove,
    Person,
    ReviewMark,
    SavedSearch,
)
from issues.models.finding.watching import IssueWatch
from issues.models.grouping import Grouping
from issues.models.issue import Issue, IssueQuerySet
from issues.models.monitor import CheckIn, Monitor, MonitorState
from issues.models.reference import Reference
from issues.models.release import Deploy, Release, ReleaseEnvironment
from issues.models.rules import FingerprintRules, OwnershipRules, PrivacyRules
from issues.models.session import KnownSession, SessionDay, SessionPerson
from issues.models.tag import IssueTag, IssueTagKey
from issues.models.tracker import ExternalIssue, IssueTracker
from issues.models.usage import Usage
from issues.models.user_report import UserReport

__all__ = [
    "Activity",
    "AlertAttempt",
    "AlertChannel",
    "AlertDeliverer",
    "AlertDelivery",
    "AlertFact",
    "AlertMark",
    "AlertOptOut",
    "AlertPreferences",
    "AlertRule",
    "AlertThread",
    "AlertVolume",
    "Artifact",
    "Attachment",
    "BulkAction",
    "BulkChange",
    "CheckIn",
    "ClockReading",
    "CodeMapping",
    "Commit",
    "CommitFile",
    "DefaultSearch",
    "Deploy",
    "Event",
    "ExternalIssue",
    "FingerprintRules",
    "Forgetting",
    "Grouping",
    "Issue",
    "IssueDay",
    "IssueHour",
    "IssuePerson",
    "IssueQuerySet",
    "IssueSeen",
    "IssueTag",
    "IssueTagKey",
    "IssueText",
    "IssueTracker",
    "IssueWatch",
    "KnownSession",
    "Level",
    "MapFetch",
    "MapOrigin",
    "MergedIssue",
    "Monitor",
    "MonitorState",
    "News",
    "NotTheSame",
    "OwnershipRules",
    "PendingCount",
    "PendingMove",
    "Person",
    "PrivacyRules",
    "ProjectDay",
    "ProjectHour",
    "Reference",
    "Release",
    "ReleaseEnvironment",
    "Remapping",
    "Repository",
    "ReviewMark",
    "SampledEvent",
    "SavedSearch",
    "SessionDay",
    "SessionPerson",
    "StoredFile",
    "Upload",
    "UploadChunk",
    "Usage",
    "UserReport",
]
