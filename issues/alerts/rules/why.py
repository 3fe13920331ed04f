"""Which rules mail a person, and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from accounts.models import Project, User
from issues.alerts.people import local_time
from issues.alerts.people.recipients import Reason, Silence
from issues.models import AlertOptOut, AlertPreferences, AlertRule
from rustrak.local_times import zones


@dataclass(frozen=True, slots=True)
class Why:
    """A rule that mails a person. `silence`: why it does not after all; with ONLY_ASSIGNED it still does about what is
    assigned to them. `not_before` is the end of their quiet hours, if they have them now."""

    rule: AlertRule
    reason: Reason
    silence: Silence | None = None
    not_before: datetime | None = None


def of(user: User, projects: Iterable[Project], now: datetime) -> dict[int, list[Why]]:
    """By project: the enabled rules that mail `user`, in the order of their creation. Five queries, however many projects
    there are; those that the person may not see must not be among them."""
    keys = [project.pk for project in projects]
    found: dict[int, list[Why]] = {key: [] for key in keys}
    named = set(
        AlertRule.people.through._default_manager.filter(user=user).values_list("alertrule_id", flat=True)
    )
    member_of = set(Project.objects.joined_by(user).filter(pk__in=keys).values_list("pk", flat=True))
    opted_out = set(
        AlertOptOut.objects.filter(user=user, project__in=keys).values_list("project_id", flat=True)
    )
    chose = AlertPreferences.objects.filter(pk=user.pk).first() or AlertPreferences(user=user)
    zone = zones.zone(chose.time_zone)
    not_before = local_time.quiet_until(now, chose.quiet_from, chose.quiet_until, zone)
    for rule in AlertRule.objects.filter(project__in=keys, is_enabled=True).order_by("pk"):
        if rule.pk in named:
            reason = Reason.NAMED
        elif rule.to_members and rule.project_id in member_of:
            reason = Reason.MEMBER
        elif rule.to_assignee:
            reason = Reason.ASSIGNED
        else:
            continue
        silence = None
        if rule.project_id in opted_out:
            silence = Silence.OPTED_OUT
        elif chose.only_assigned and reason != Reason.ASSIGNED:
            silence = Silence.ONLY_ASSIGNED
        found[rule.project_id].append(Why(rule, reason, silence, not_before))
    return found
