"""Builds what a message says from rows, at the time when it is sent: the issue as it is now."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import cast
from uuid import UUID

from django.conf import settings

from accounts.models import Project
from issues.alerts.delivery import wording
from issues.alerts.delivery.excerpts import LINES, excerpt
from issues.alerts.notice import AboutIssue, AboutProject, Facts, Notice
from issues.comments.markdown import plain
from issues.lifecycle import name_of
from issues.mapping.batches import BatchMapping
from issues.models import Activity, AlertDelivery, Event, Issue, News
from issues.models.event import Level
from issues.record import references
from rustrak.lib.wording import counted

log = logging.getLogger(__name__)

MOST_RULE_NAMES = 300
#: A burst or a spike lists at most this many issues.
MOST_LISTED = 20
#: Characters of a comment that are told.
MOST_OF_COMMENT = 240
# News that are told with the code at the crash; later ones in a conversation repeat nothing.
_WITH_CODE = frozenset({News.NEW, News.REGRESSED, News.UNMUTED, News.ESCALATING})
_OF_COMMENTS = frozenset({News.COMMENTED, News.MENTIONED})
_OF_MONITORS = frozenset({News.MONITOR_FAILED, News.MONITOR_RECOVERED})


class Gone(Exception):
    """There is nothing to tell any more. The message says why."""


def build(delivery: AlertDelivery) -> Notice:
    """The message of a delivery with its `project` and `rule`. Raises Gone when its issue or project was deleted."""
    if delivery.project.deleting_at is not None:
        raise Gone("The project has been deleted.")
    news, facts = News(delivery.news), cast(Facts, delivery.facts)
    if news in _OF_COMMENTS:
        facts = _with_comment(delivery, facts)
    project = about(delivery.project)
    issue = None
    if delivery.issue is not None:
        issue = _about_one(delivery, delivery.issue, news, facts)
        if issue is None and news not in _OF_MONITORS:
            raise Gone("The issue has been deleted.")
    listed = _listed(delivery, facts.get("listed", ()))
    url = issue.url if issue else project.url
    if issue is None and news in _OF_MONITORS:
        url = _project_url(delivery.project, "monitors/")
    return Notice(
        id=delivery.pk,
        news=news,
        at=delivery.created_at,
        project=project,
        headline=wording.headline(news, facts),
        detail=wording.detail(news, facts),
        issue=issue,
        listed=listed,
        total=max(facts.get("total", 0), len(listed)),
        rule=_rules(delivery, facts),
        url=url,
        fields=_fields(news, facts),
        watching=facts.get("watching", False),
    )


def _with_comment(delivery: AlertDelivery, facts: Facts) -> Facts:
    """The facts with the comment as it is now. Raises Gone when it was deleted."""
    key = facts.get("detail", "")
    text = (
        Activity.objects.filter(pk=key, issue=delivery.issue, kind=Activity.Kind.COMMENTED)
        .values_list("text", flat=True)
        .first()
    )
    if not text:
        raise Gone("The comment has been deleted.")
    return {**facts, "comment": plain(text, MOST_OF_COMMENT)}


def _rules(delivery: AlertDelivery, facts: Facts) -> str:
    """The names of the rules that asked for it; of one that has been deleted nothing is known."""
    own = [delivery.rule.name] if delivery.rule else []
    return ", ".join([*own, *facts.get("rules", ())])[:MOST_RULE_NAMES]


def about(project: Project) -> AboutProject:
    return AboutProject(
        id=project.pk,
        name=project.name,
        slug=project.slug,
        url=_project_url(project, "issues/"),
        alerts_url=_project_url(project, "alerts/"),
    )


def _project_url(project: Project, page: str) -> str:
    # Not by reverse(): it would load every page of the installation into each run.
    return f"{settings.PUBLIC_URL.rstrip('/')}/projects/{project.slug}/{page}"


def _about_one(delivery: AlertDelivery, key: UUID, news: News, facts: Facts) -> AboutIssue | None:
    row = (
        Issue.objects.select_related("assignee", "assigned_team")
        .filter(pk=key, project=delivery.project_id)
        .first()
    )
    if row is None:
        return None
    event = _event(row, delivery.event) if news in _WITH_CODE else None
    return _about(row, delivery.project, facts, *_code(event, delivery.project_id))


def _event(issue: Issue, key: UUID | None) -> Event | None:
    """The event that is told of; without one, or when it has expired, the latest."""
    stored = issue.events.only("id", "payload")
    found = stored.filter(pk=key).first() if key is not None else None
    return found or stored.order_by("-digest_order").first()


def _code(event: Event | None, project_id: int) -> tuple[str, str]:
    if event is None:
        return "", ""
    try:
        mapping = BatchMapping.of_project(project_id, context=LINES)
        return references.show(
            event.payload, lambda payload: excerpt(mapping.shown(payload) if mapping else payload)
        )
    except Exception:
        # A message without code is better than none.
        log.exception("the code of event %s cannot be read", event.pk)
        return "", ""


def _listed(delivery: AlertDelivery, keys: Sequence[str]) -> tuple[AboutIssue, ...]:
    wanted = [UUID(key) for key in keys[:MOST_LISTED]]
    if not wanted:
        return ()
    rows = Issue.objects.filter(pk__in=wanted, project=delivery.project_id).select_related(
        "assignee", "assigned_team"
    )
    found = {row.pk: _about(row, delivery.project, Facts()) for row in rows}
    return tuple(found[key] for key in wanted if key in found)


def _about(row: Issue, project: Project, facts: Facts, frame: str = "", code: str = "") -> AboutIssue:
    row.project = project
    return AboutIssue(
        id=row.pk,
        short_id=row.short_id,
        title=row.title,
        culprit=row.culprit,
        level=Level(row.level).label,
        status=row.status,
        url=_project_url(project, f"issues/{row.pk}/"),
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        events=row.event_count,
        users=row.user_count,
        environment=facts.get("environment", "") or row.last_environment,
        release=facts.get("release", "") or row.last_release,
        assignee=name_of(row.assignee or row.assigned_team),
        frame=frame,
        excerpt=code,
    )


def _fields(news: News, facts: Facts) -> tuple[tuple[str, str], ...]:
    pairs = (
        ("Monitor", facts.get("detail", "") if news in _OF_MONITORS else ""),
        ("Environment", facts.get("environment", "")),
        ("Release", facts.get("release", "")),
        ("Held back before", counted(silent, "message") if (silent := facts.get("suppressed", 0)) else ""),
    )
    return tuple((name, text) for name, text in pairs if text)
