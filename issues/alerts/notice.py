"""What a message says, whatever it is sent by. Pure: built from rows by issues.alerts.delivery, put into words by channels.

Every text that came from an event is as it was sent, cut to a bounded length: each channel escapes it for its own syntax.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypedDict
from uuid import UUID

from issues.models import News


class Facts(TypedDict, total=False):
    """What AlertDelivery.facts holds: what is not read from the issue when the message is written."""

    by: str  # who did it, as pages call them
    detail: str  # the name of a monitor, or of a new assignee; the id of a comment
    comment: str  # the beginning of the comment, read when the message is written
    watching: bool  # told because the person watches the issue
    environment: str
    release: str
    level: int
    # Of `escalating` and `spike`: how many in how many minutes, and how many are usual.
    count: int
    unit: str
    minutes: int
    usual: float
    # Of a burst: ids of the issues that are listed, how many there are of each News, and in all.
    listed: list[str]
    kinds: dict[str, int]
    total: int
    # The names of other rules that asked for the same message, and how often rules were silent about it before.
    rules: list[str]
    suppressed: int
    # Of a burst, for issues.alerts.rules.bursts only: how many there were before it, when its turn comes (seconds since
    # 1970), whether it waits for the end of quiet hours, and what it is about while it is one thing only.
    step: int
    due: float
    quiet: bool
    only: dict[str, Any]


@dataclass(frozen=True, slots=True)
class AboutProject:
    """`url` is that of its open issues, `alerts_url` that of its alert rules. `id` is 0 where nobody needs it."""

    name: str
    slug: str
    url: str
    alerts_url: str
    id: int = 0


@dataclass(frozen=True, slots=True)
class AboutIssue:
    """An issue as it is now. `excerpt` are the lines of code at the crash, `frame` says where it is ("pay in checkout/views.py:43")."""

    id: UUID
    short_id: str
    title: str
    culprit: str
    level: str
    status: str
    url: str
    first_seen: datetime
    last_seen: datetime
    events: int
    users: int
    environment: str = ""
    release: str = ""
    assignee: str = ""
    frame: str = ""
    excerpt: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """One message. `id` is its idempotency key.

    `headline` is a few words ("New issue", "Regressed", "1,204 new issues"), `detail` a sentence or nothing ("Resolved
    by Ana"). `issue` is None for a spike, a burst or a test; a burst has some of its issues in `listed`, and how many
    there are in `total`.
    """

    id: UUID
    news: News
    at: datetime
    project: AboutProject
    headline: str
    detail: str = ""
    issue: AboutIssue | None = None
    listed: tuple[AboutIssue, ...] = ()
    total: int = 0
    rule: str = ""
    # Where to read more: the issue, the list, the monitor.
    url: str = ""
    # Whether a person gets it because they watch the issue.
    watching: bool = False
    # Short pairs of name and text: environment, release, monitor.
    fields: tuple[tuple[str, str], ...] = field(default=())

    @property
    def closes(self) -> bool:
        """Whether the trouble is over, so that a pager may be silent."""
        return self.news in {News.RESOLVED, News.MONITOR_RECOVERED}
