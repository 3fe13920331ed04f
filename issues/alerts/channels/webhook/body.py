"""What a webhook gets: the values of a message as JSON, and as placeholders of a template. Pure.

docs/webhooks.md describes it for receivers.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from issues.alerts.channels.text import block, line
from issues.alerts.notice import AboutIssue, AboutProject, Notice
from issues.models import News
from rustrak.lib import clock

#: Changes when a receiver that reads the body must be changed.
VERSION = 1
# Of one text of a message, in a chat.
_LONGEST = 1000


def body(notice: Notice) -> dict[str, Any]:
    """What a webhook without a template gets, as JSON."""
    return {
        "version": VERSION,
        "id": str(notice.id),
        "news": str(notice.news),
        "at": clock.rfc3339(notice.at),
        # Some chats take any webhook that has a text.
        "text": _text(_calmed(notice)),
        "headline": notice.headline,
        "detail": notice.detail,
        "rule": notice.rule,
        "url": notice.url,
        "project": {
            "name": notice.project.name,
            "slug": notice.project.slug,
            "url": notice.project.url,
            "alerts_url": notice.project.alerts_url,
        },
        "issue": _issue(notice.issue) if notice.issue else None,
        "listed": [_issue(one) for one in notice.listed],
        "total": notice.total,
        "fields": [{"name": name, "value": value} for name, value in notice.fields],
    }


def placeholders(notice: Notice) -> dict[str, Any]:
    """The values of a template by name. Chats get them, so no text of an event can mention somebody or make a link."""
    whole = body(_calmed(notice))
    values: dict[str, Any] = {
        name: value for name, value in whole.items() if name not in {"issue", "project", "fields"}
    }
    values |= {f"project.{name}": value for name, value in whole["project"].items()}
    issue = whole["issue"] or {}
    return values | {f"issue.{name}": issue.get(name) for name in _issue(_SAMPLE_ISSUE)}


def _text(notice: Notice) -> str:
    """The message in a line, for receivers that show nothing else."""
    said = notice.issue.title if notice.issue else notice.detail
    return f"[{notice.project.name}] {': '.join(filter(None, (notice.headline, said)))} {notice.url}".strip()


def _issue(issue: AboutIssue) -> dict[str, Any]:
    return {
        "id": str(issue.id),
        "short_id": issue.short_id,
        "title": issue.title,
        "culprit": issue.culprit,
        "level": issue.level,
        "status": issue.status,
        "url": issue.url,
        "first_seen": clock.rfc3339(issue.first_seen),
        "last_seen": clock.rfc3339(issue.last_seen),
        "events": issue.events,
        "users": issue.users,
        "environment": issue.environment,
        "release": issue.release,
        "assignee": issue.assignee,
        "frame": issue.frame,
        "excerpt": issue.excerpt,
    }


def _calmed(notice: Notice) -> Notice:
    """`notice` with each text cleaned for chats; addresses are our own and stay."""
    return replace(
        notice,
        project=replace(notice.project, name=line(notice.project.name, _LONGEST)),
        headline=line(notice.headline, _LONGEST),
        detail=line(notice.detail, _LONGEST),
        rule=line(notice.rule, _LONGEST),
        issue=_calmed_issue(notice.issue) if notice.issue else None,
        listed=tuple(map(_calmed_issue, notice.listed)),
    )


def _calmed_issue(issue: AboutIssue) -> AboutIssue:
    texts = ("short_id", "title", "culprit", "environment", "release", "assignee", "frame")
    calmed: dict[str, Any] = {name: line(getattr(issue, name), _LONGEST) for name in texts}
    return replace(issue, **calmed, excerpt=block(issue.excerpt, _LONGEST))


_AT = datetime(2026, 1, 1, tzinfo=UTC)
_SAMPLE_PROJECT = AboutProject("Shop", "shop", "https://rustrak.example/a", "https://rustrak.example/b")
_SAMPLE_ISSUE = AboutIssue(
    UUID(int=1), "SHOP-1", 'Error: "quoted" \\ \n', "pay", "error", "open", "https://rustrak.example/c", _AT, _AT, 1, 1
)  # fmt: skip
#: Messages that a template must fit: about one issue, and about many.
SAMPLES = [
    Notice(UUID(int=1), News.NEW, _AT, _SAMPLE_PROJECT, "New issue", issue=_SAMPLE_ISSUE),
    Notice(
        UUID(int=1), News.BURST, _AT, _SAMPLE_PROJECT, "2 new issues", listed=(_SAMPLE_ISSUE,) * 2, total=2
    ),
]
