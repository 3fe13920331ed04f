"""The tabs of a project's pages. A view names its section (`@member(section=...)`), and that tab is the current one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Section(StrEnum):
    """A part of a project that has a tab."""

    ISSUES = "issues"
    FEEDBACK = "feedback"
    MONITORS = "monitors"
    RELEASES = "releases"
    ALERTS = "alerts"
    INCOMING = "incoming"
    SETUP = "setup"
    SETTINGS = "settings"


@dataclass(frozen=True, slots=True)
class Tab:
    """`route` is the name of the URL that the tab leads to, `key` its keyboard shortcut."""

    section: Section
    label: str
    route: str
    key: str
    admins_only: bool = False


TABS = (
    Tab(Section.ISSUES, "Issues", "issue_list", "g i"),
    Tab(Section.FEEDBACK, "Feedback", "user_reports", "g f"),
    Tab(Section.MONITORS, "Monitors", "monitor_list", "g m"),
    Tab(Section.RELEASES, "Releases", "release_list", "g r"),
    Tab(Section.ALERTS, "Alerts", "alert_rules", "g a"),
    Tab(Section.INCOMING, "Incoming", "intake", "g n"),
    Tab(Section.SETUP, "Setup", "project_setup", "g u"),
    Tab(Section.SETTINGS, "Settings", "project_settings", "g s", admins_only=True),
)
