"""The people whom a rule tells, each with the time from which they may get mail."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from accounts.access import insiders, who_see
from accounts.models import User
from issues.alerts.people import local_time
from issues.models import AlertOptOut, AlertPreferences, AlertRule
from rustrak.local_times import zones


class Reason(StrEnum):
    """Why a rule tells a person."""

    ASSIGNED = "assigned"
    NAMED = "named"
    MEMBER = "member"


class Silence(StrEnum):
    """Why somebody whom a rule tells gets no mail."""

    OPTED_OUT = "opted out"
    ONLY_ASSIGNED = "only what is assigned to them"
    NO_ACCESS = "no access to the project"


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody who gets mail, not before `not_before`: the end of their quiet hours."""

    user_id: int
    reason: Reason
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Chosen:
    """Who gets mail, in the order of ids, and who does not, with the reason."""

    recipients: list[Recipient] = field(default_factory=list)
    silenced: list[tuple[int, Silence]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Person:
    user_id: int
    is_member: bool
    opted_out: bool
    preferences: AlertPreferences


class Recipients:
    """The people of one project. Reads them with at most five queries when a rule first asks, however many rules there are, and one for each team."""

    def __init__(self, project_id: int) -> None:
        self._project_id = project_id
        self._of_teams: dict[int, frozenset[int]] = {}

    def of(
        self, rule: AlertRule, assignee_id: int | None, now: datetime, team_id: int | None = None
    ) -> Chosen:
        """Whom `rule`, of this project, tells about an issue of this assignee or team; None for news that are not about one issue."""
        has_assignee = rule.to_assignee and (assignee_id or team_id)
        if not rule.to_members and not has_assignee and not self._named.get(rule.pk):
            return Chosen()
        return self.among(
            to_members=rule.to_members,
            to_assignee=rule.to_assignee,
            named=self._named.get(rule.pk, ()),
            assignee_id=assignee_id,
            team_id=team_id,
            now=now,
        )

    def among(
        self,
        *,
        to_members: bool,
        to_assignee: bool,
        named: Collection[int],
        assignee_id: int | None,
        now: datetime,
        team_id: int | None = None,
        addressed: bool = False,
    ) -> Chosen:
        """The same for a rule that is not stored. `addressed`: the message is to the people `named` by name, so whoever only
        wants mail about their own issues gets it as well."""
        assignees = self._assignees(assignee_id, team_id)
        chosen = Chosen()
        told: dict[int, Reason] = {}
        if to_members:
            told |= {person.user_id: Reason.MEMBER for person in self._people.values() if person.is_member}
        told |= dict.fromkeys(named, Reason.NAMED)
        if to_assignee:
            told |= dict.fromkeys(assignees, Reason.ASSIGNED)
        for user_id, reason in sorted(told.items()):
            person = self._people.get(user_id)
            silence = _silence(person, is_assignee=addressed or user_id in assignees)
            if person is None or silence is not None:
                chosen.silenced.append((user_id, silence or Silence.NO_ACCESS))
            else:
                chosen.recipients.append(Recipient(user_id, reason, _not_before(person.preferences, now)))
        return chosen

    def _assignees(self, assignee_id: int | None, team_id: int | None) -> frozenset[int]:
        """The assignee, or the members of the team who may see the project."""
        if team_id is None:
            return frozenset() if assignee_id is None else frozenset([assignee_id])
        if team_id not in self._of_teams:
            members = User.objects.filter(teams=team_id).values_list("pk", flat=True)
            self._of_teams[team_id] = frozenset(members) & self._people.keys()
        return self._of_teams[team_id]

    @cached_property
    def _named(self) -> dict[int, list[int]]:
        """The people whom each rule of the project names."""
        pairs = AlertRule.people.through._default_manager.filter(alertrule__project=self._project_id)
        named: dict[int, list[int]] = {}
        for rule_id, user_id in pairs.values_list("alertrule_id", "user_id"):
            named.setdefault(rule_id, []).append(user_id)
        return named

    @cached_property
    def _people(self) -> dict[int, _Person]:
        """Everybody who may see the project, by id."""
        people = set(who_see([self._project_id]).values_list("pk", flat=True))
        members = people & set(insiders([self._project_id]).values_list("pk", flat=True))
        opted_out = set(
            AlertOptOut.objects.filter(project=self._project_id).values_list("user_id", flat=True)
        )
        chose = {
            each.pk: each
            for each in AlertPreferences.objects.filter(user__in=who_see([self._project_id]).values("pk"))
        }
        return {
            user_id: _Person(
                user_id,
                user_id in members,
                user_id in opted_out,
                chose.get(user_id) or AlertPreferences(user_id=user_id),
            )
            for user_id in people
        }


def _silence(person: _Person | None, *, is_assignee: bool) -> Silence | None:
    if person is None:
        return Silence.NO_ACCESS
    if person.opted_out:
        return Silence.OPTED_OUT
    if person.preferences.only_assigned and not is_assignee:
        return Silence.ONLY_ASSIGNED
    return None


def _not_before(chose: AlertPreferences, now: datetime) -> datetime | None:
    return local_time.quiet_until(now, chose.quiet_from, chose.quiet_until, zones.zone(chose.time_zone))
