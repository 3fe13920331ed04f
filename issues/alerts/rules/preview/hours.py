"""Issues that escalated and spikes of the past, from the numbers of events of each hour."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

from django.db.models import Sum

from accounts.models import Project
from issues.alerts.rules import spikes
from issues.alerts.rules.matching import About
from issues.alerts.rules.preview.happened import Happened, Part
from issues.alerts.rules.values import RuleValues
from issues.models import AlertRule, Issue, IssueHour, Level, News, ProjectHour

MOST_HOURS = 30_000


def escalating(project: Project, rule: RuleValues, since: datetime, now: datetime) -> Part:
    """The issues with as many events as `rule` asks for in as many hours as its minutes fit into. Two queries."""
    if News.ESCALATING.value not in rule.triggers:
        return Part()
    length = -(-rule.minutes // 60)
    first, last = spikes.hour_of(since), spikes.hour_of(now)
    open_issues = Issue.objects.filter(project=project, status=Issue.Status.OPEN).order_by()
    if rule.unit == AlertRule.Unit.USERS:
        open_issues = open_issues.filter(user_count__gte=rule.amount)
    rows = IssueHour.objects.filter(
        grouping__issue__in=open_issues.values("pk"), hour__gt=first - length, hour__lte=last
    )
    by_hour = rows.values("grouping__issue", "hour").annotate(events=Sum("count"))
    # At least one hour has its share.
    busy = by_hour.filter(events__gte=-(-rule.amount // length)).order_by().values("grouping__issue")
    counts: dict[UUID, dict[int, int]] = {}
    about: dict[UUID, About] = {}
    columns = (
        "grouping__issue",
        "hour",
        "events",
        "grouping__issue__level",
        "grouping__issue__last_environment",
        "grouping__issue__last_release",
    )
    chosen = by_hour.filter(grouping__issue__in=busy).order_by("-hour", "grouping__issue")
    found = list(chosen.values_list(*columns)[: MOST_HOURS + 1])
    for issue, hour, count, level, environment, release in found[:MOST_HOURS]:
        counts.setdefault(issue, {})[hour] = count
        about[issue] = About(level, environment, release)
    happened = [
        Happened(
            _end(hour, now), News.ESCALATING, issue.hex, issue, about[issue],
            detail=f"{count:,} events in {length} h", crossed=crossed,
        )
        for issue, own in counts.items()
        for hour, count, crossed in _reached(own, length, rule.amount)
        if hour >= first
    ]  # fmt: skip
    notes = ["Escalating issues are estimated from the number of events in each full hour."]
    if rule.unit == AlertRule.Unit.USERS:
        notes = [
            "New users per hour are not stored, so the estimate lists issues with at least that many users in total, and "
            "that many events in a full hour."
        ]
    if len(found) > MOST_HOURS:
        notes.append("Only the latest hours of the busiest issues were considered.")
    return Part(happened, tuple(notes))


def _reached(counts: dict[int, int], length: int, amount: int) -> Iterator[tuple[int, int, bool]]:
    """The hours at whose end there were `amount` in the last `length`: hour, how many, and whether not an hour before."""
    before = 0
    previous = None
    for hour in sorted(counts):
        if previous is None or hour > previous + 1:
            before = sum(counts.get(each, 0) for each in range(hour - length, hour))
        count = sum(counts.get(each, 0) for each in range(hour - length + 1, hour + 1))
        if count >= amount:
            yield hour, count, before < amount
        before, previous = count, hour


def spiking(project: Project, rule: RuleValues, since: datetime, now: datetime) -> Part:
    """The hours that were spikes. One query."""
    if News.SPIKE.value not in rule.triggers:
        return Part()
    first, last = spikes.hour_of(since), spikes.hour_of(now)
    own = ProjectHour.objects.filter(
        project=project, hour__gte=first - spikes.WEEKS * spikes.WEEK, hour__lte=last
    )
    counts = dict(own.values_list("hour", "count"))
    happened = []
    for hour in range(first, last + 1):
        count = counts.get(hour, 0)
        if count < spikes.LEAST_EVENTS:
            continue
        usually = spikes.usual(counts, hour)
        if usually is not None and spikes.is_spike(count, usually, rule.times):
            detail = f"{count:,} events in an hour that usually has {usually:,.0f}"
            happened.append(
                Happened(_end(hour, now), News.SPIKE, "spike", None, About(Level.FATAL), detail=detail)
            )
    if happened and (
        rule.levels or rule.only_errors or rule.environments or rule.releases or rule.tags or rule.query
    ):
        return Part(
            happened,
            (
                "The filters are not applied to spikes here. When a spike happens, they are compared with its issues.",
            ),
        )
    return Part(happened)


def _end(hour: int, now: datetime) -> datetime:
    return min(datetime.fromtimestamp(hour * 3600 + 3599, UTC), now)
