"""What triggers, kinds of channels and lengths of time are called on the pages of alerts."""

from __future__ import annotations

from issues.alerts.channels.registry import KINDS
from issues.models import AlertDelivery, News
from issues.render.values import line
from rustrak.lib import wording

#: The kind of channels that need a mail server.
EMAIL = "email"

#: What a rule can be triggered by: the label of its checkbox, and what that means.
TRIGGERS: dict[News, tuple[str, str]] = {
    News.NEW: ("New issue", "An event does not belong to any issue yet, and starts a new one."),
    News.REGRESSED: ("Regressed", "A resolved issue has a new event."),
    News.UNMUTED: ("Unmuted", "Someone unmutes an issue."),
    News.ESCALATING: ("Escalating", "One issue has many events, or affects many users, in a short time."),
    News.SPIKE: ("Spike", "The project has far more events than usual for the hour of the week."),
    News.MONITOR_FAILED: ("Monitor failed", "A job fails, does not start, or does not finish in time."),
    News.MONITOR_RECOVERED: ("Monitor recovered", "A job that failed runs as it should again."),
}

#: What a message of a preview is about.
NEWS: dict[str, str] = {
    **{trigger: label for trigger, (label, _) in TRIGGERS.items()},
    News.BURST: "Several issues at once",
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
