"""Puts a preview together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from accounts.models import Project
from issues import search
from issues.alerts.rules.matching import Matcher
from issues.alerts.rules.preview import hours, issue_changes, monitor_runs
from issues.alerts.rules.preview.answer import MOST_LISTED, PERIOD, Message, Preview
from issues.alerts.rules.preview.happened import Happened
from issues.alerts.rules.preview.simulation import Told, told
from issues.alerts.rules.values import RuleValues
from issues.models import Issue, IssueTag, News
from issues.search.lookup import look_up
from issues.search.sentences import sentence

#: How long the search for the rule's text may take, in seconds, and how many tags are read.
SEARCH_SECONDS, MOST_TAGS = 1.0, 20_000


def run(project: Project, rule: RuleValues, now: datetime) -> Preview:
    """What `rule`, stored or not, would have sent in `project` in PERIOD before `now`. Reads only, at most 12 queries.

    The values must be ones that issues.alerts.rules.stored.checked lets pass.
    """
    since = now - PERIOD
    matcher = Matcher(rule)
    filters_events = bool(rule.only_errors or rule.levels or rule.environments or rule.releases)
    parts = [
        issue_changes.read(project, rule.triggers, since, filters_events),
        hours.escalating(project, rule, since, now),
        hours.spiking(project, rule, since, now),
        monitor_runs.read(project, rule.triggers, since),
    ]
    notes = [note for part in parts for note in part.notes]
    happened = [each for part in parts for each in part.found if each.at <= now]
    happened = [each for each in happened if each.news == News.SPIKE or matcher.matches(each.about)]
    if rule.query:
        happened = _found(project, rule.query, happened, now, notes)
    if matcher.tag_keys:
        happened = _tagged(project, matcher, happened, notes)
    messages, suppressed = told(happened, rule.cooldown_minutes)
    return _answer(project, messages, suppressed, since, now, tuple(dict.fromkeys(notes)))


def _found(
    project: Project, query: str, happened: Sequence[Happened], now: datetime, notes: list[str]
) -> list[Happened]:
    """Those of issues that the list shows for this text."""
    try:
        with search.limited(SEARCH_SECONDS):
            found = look_up(Issue.objects.filter(project=project), query, search.Scope([project], None, now))
            shown = set(found.issues.values_list("pk", flat=True))
    except search.TookTooLong:
        notes.append("The search took too long, so it is not applied here.")
        return list(happened)
    notes += found.notes
    if found.mistakes:
        notes.append(f"The search finds nothing: {sentence(query, found.mistakes)}")
    return [each for each in happened if each.news == News.SPIKE or each.issue in shown]


def _tagged(
    project: Project, matcher: Matcher, happened: Sequence[Happened], notes: list[str]
) -> list[Happened]:
    """Those of issues of which an event has one of the tags."""
    rows = IssueTag.objects.filter(project=project, key__in=list(matcher.tag_keys))
    found: dict[UUID, dict[str, list[str]]] = {}
    ordered = rows.exclude(grouping__issue__status__in=Issue.HIDDEN).order_by("-grouping__issue")
    read = list(ordered.values_list("grouping__issue", "key", "value")[: MOST_TAGS + 1])
    for issue, key, value in read[:MOST_TAGS]:
        found.setdefault(issue, {}).setdefault(key, []).append(value)
    notes.append(
        "Tags are compared with all events of an issue here, not only with the event that would trigger the rule."
    )
    if len(read) > MOST_TAGS:
        notes.append("Only the tags of the newest issues were considered.")
    return [
        each
        for each in happened
        if each.news == News.SPIKE or (each.issue and matcher.matches_tags(found.get(each.issue, {})))
    ]


def _answer(
    project: Project,
    messages: Sequence[Told],
    suppressed: int,
    since: datetime,
    now: datetime,
    notes: tuple[str, ...],
) -> Preview:
    sent = [message for message in messages if message.at <= now + timedelta(hours=1)]
    latest = list(reversed(sent))[:MOST_LISTED]
    shown = {each.about[0].issue for each in latest if len(each.about) == 1 and each.about[0].issue}
    issues = {
        issue.pk: issue
        for issue in Issue.objects.filter(project=project, pk__in=shown).only("digest_order", "title")
    }
    days = Counter(message.at.astimezone(UTC).date() for message in sent)
    first, last = since.astimezone(UTC).date(), max([now.astimezone(UTC).date(), *days])
    return Preview(
        messages=tuple(_message(project, each, issues) for each in latest),
        total=len(sent),
        by_trigger=dict(Counter(_news(message).value for message in sent)),
        by_day=tuple(
            (day, days[day])
            for number in range((last - first).days + 1)
            for day in [first + timedelta(days=number)]
        ),
        suppressed=suppressed,
        collected=sum(len(message.about) for message in sent if len(message.about) > 1),
        notes=notes,
    )


def _news(message: Told) -> News:
    return message.about[0].news if len(message.about) == 1 else News.BURST


def _message(project: Project, message: Told, issues: dict[UUID, Issue]) -> Message:
    if len(message.about) > 1:
        return Message(message.at, News.BURST, total=len(message.about))
    only = message.about[0]
    issue = issues.get(only.issue) if only.issue else None
    if issue is None:
        return Message(message.at, only.news, detail=only.detail)
    # So that the short id takes no query.
    issue.project = project
    return Message(message.at, only.news, issue.pk, issue.short_id, issue.title, only.detail)
