"""Notices to send, of every kind of news."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from issues.alerts.notice import AboutIssue, AboutProject, Notice
from issues.models import News

AT = datetime(2026, 11, 26, 9, 5, tzinfo=UTC)
ROOT = "https://rustrak.example.com"
PROJECT = AboutProject("shop-api", "shop-api", f"{ROOT}/shop-api/", f"{ROOT}/shop-api/alerts/")
ISSUE = AboutIssue(
    id=UUID("01935c1e-0000-7000-8000-000000000001"),
    short_id="SHOP-12",
    title="KeyError: 'order_id'",
    culprit="checkout.views.pay",
    level="error",
    status="open",
    url=f"{ROOT}/issues/01935c1e-0000-7000-8000-000000000001/",
    first_seen=AT,
    last_seen=AT,
    events=12,
    users=3,
    environment="production",
    release="1.4.2",
    assignee="Ben",
    frame="pay in checkout/views.py:43",
    excerpt="    def pay(request):\n        order = request.POST\n  →     total = order['order_id']\n        return total",
)
#: What a conversation about ISSUE remembers, whatever the channel.
BEGUN = {"headline": "New issue", "place": ISSUE.frame, "code": ISSUE.excerpt}
_WORDS: Mapping[News, tuple[str, str]] = {
    News.NEW: ("New issue", ""),
    News.REGRESSED: ("Regressed issue", "It was resolved and has come back in 1.4.2"),
    News.UNMUTED: ("Unmuted issue", "Unmuted by Ana"),
    News.ESCALATING: ("Escalating issue", "150 events in 5 min"),
    News.SPIKE: ("Spike in events", "480 events in 1 h, 4× the usual 120 of this hour"),
    News.MONITOR_FAILED: ("Monitor failed", "nightly-backup does not run as it should in production"),
    News.MONITOR_RECOVERED: ("Monitor recovered", "nightly-backup runs as it should again"),
    News.RESOLVED: ("Resolved", "Resolved by Ana"),
    News.REOPENED: ("Reopened", "Reopened by Ana"),
    News.MUTED: ("Muted", "Muted by Ana"),
    News.ASSIGNED: ("Assigned", "Assigned to Ben by Ana"),
    News.COMMENTED: ("Comment", "Ana commented: It is the cache."),
    News.MENTIONED: ("You were mentioned", "Ana mentioned you: Ben, is it the cache?"),
    News.BURST: ("1,204 new issues", "20 issues of these are listed here"),
    News.TEST: ("Test message", "Ana tests this channel."),
}
_STATUSES = {News.RESOLVED: "resolved", News.MUTED: "muted"}


def notice(news: News = News.NEW, **changes: Any) -> Notice:
    """A notice as `deliver` builds it for `news`."""
    headline, detail = _WORDS[news]
    issue: AboutIssue | None = replace(ISSUE, status=_STATUSES.get(news, "open"))
    listed: tuple[AboutIssue, ...] = ()
    total = 0
    if issue is not None and news not in {News.NEW, News.REGRESSED, News.UNMUTED, News.ESCALATING}:
        issue = replace(issue, frame="", excerpt="")
    if news in {News.SPIKE, News.BURST, News.TEST}:
        issue = None
    if news == News.BURST:
        listed = tuple(replace(ISSUE, short_id=f"SHOP-{number}") for number in range(1, 21))
        total = 1204
    fields = (("Monitor", "nightly-backup"),) if "monitor" in news else (("Environment", "production"),)
    made = Notice(
        id=UUID(int=0x01935C1E_0000_7000_9000_000000000000 + list(News).index(news)),
        news=news,
        at=AT,
        project=PROJECT,
        headline=headline,
        detail=detail,
        issue=issue,
        listed=listed,
        total=total,
        rule="New and regressed",
        url=issue.url if issue else PROJECT.url,
        fields=fields,
    )
    return replace(made, **changes)


def spoiled(text: str, news: News = News.NEW) -> Notice:
    """A notice in which everything that people or events may have put into it is `text`."""
    made = notice(news)
    issue = made.issue and _spoiled_issue(made.issue, text)
    return replace(
        made,
        project=replace(made.project, name=text, slug=text),
        headline=f"{made.headline} {text}",
        detail=f"{made.detail} {text}",
        issue=issue,
        listed=tuple(_spoiled_issue(one, text) for one in made.listed),
        rule=text,
        fields=(("Environment", text), (text, text)),
    )


def _spoiled_issue(issue: AboutIssue, text: str) -> AboutIssue:
    return replace(
        issue, short_id=text, title=text, culprit=text, environment=text, release=text, assignee=text, frame=text,
        excerpt=f"{text}\n{text}",
    )  # fmt: skip
