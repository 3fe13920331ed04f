"""What triggers, news, levels and states of deliveries are called on the pages of alerts."""

from __future__ import annotations

from issues.alerts.channels.registry import KINDS
from issues.models import AlertDelivery, News
from issues.render.values import line
from rustrak.lib import wording

#: What a rule can be triggered by: the label of its checkbox, and what that means.
TRIGGERS: dict[News, tuple[str, str]] = {
    News.NEW: ("New issue", "An event belongs to no issue yet."),
    News.REGRESSED: ("Regressed", "A resolved issue has a new event."),
    News.UNMUTED: ("Unmuted", "Someone unmutes an issue."),
    News.ESCALATING: ("Escalating", "One issue has many events or affects many users within a time."),
    News.SPIKE: ("Spike", "The project has far more events than usual for the hour of the week."),
    News.MONITOR_FAILED: ("Monitor failed", "A job fails, does not start, or does not finish in time."),
    News.MONITOR_RECOVERED: ("Monitor recovered", "A job that failed runs again as it should."),
}

NEWS: dict[str, str] = {
    News.NEW: "New issue",
    News.REGRESSED: "Regressed",
    News.UNMUTED: "Unmuted",
    News.ESCALATING: "Escalating",
    News.SPIKE: "Spike",
    News.MONITOR_FAILED: "Monitor failed",
    News.MONITOR_RECOVERED: "Monitor recovered",
    News.RESOLVED: "Resolved",
    News.REOPENED: "Reopened",
    News.MUTED: "Muted",
    News.ASSIGNED: "Assigned",
    News.BURST: "Several issues at once",
    News.TEST: "Test message",
}

# The badge of a state: a class of components.css.
BADGES: dict[str, str] = {
    AlertDelivery.Status.SENT: "success",
    AlertDelivery.Status.GIVEN_UP: "error",
    AlertDelivery.Status.DROPPED: "muted",
}


def minutes(number: int) -> str:
    """A length of time: `5 minutes`, `an hour`, `4 hours`, `a day`, `90 minutes`."""
    for length, one, noun in ((1440, "a day", "day"), (60, "an hour", "hour"), (1, "a minute", "minute")):
        if number % length == 0:
            return one if number == length else wording.counted(number // length, noun)
    raise AssertionError("every number is divisible by 1")


def kind_label(kind: str) -> str:
    """What a kind of channel is called; also one that this version does not know."""
    return KINDS[kind].label if kind in KINDS else line(kind, 20)
