"""Where a project's rules send: the channels that can be used, and the people who get mail."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Q

from accounts.models import Project
from issues.alerts.people.recipients import Recipients
from issues.alerts.rules.messages import Destination
from issues.models import AlertChannel, AlertRule

#: The kind of channel that is a list of mail addresses.
EMAIL = "email"


@dataclass(frozen=True, slots=True)
class Reach:
    """Where a rule sends, with the end of the quiet hours of people who have them now; and how many chose not to get it."""

    to: dict[Destination, datetime | None]
    silenced: int = 0


class Destinations:
    """Those of one project's enabled rules, read once for all of them."""

    def __init__(self, project: Project, now: datetime) -> None:
        self._now = now
        self._people = Recipients(project.pk)
        usable = AlertChannel.objects.filter(Q(project=project) | Q(project=None), is_enabled=True)
        if not settings.MAIL_IS_SET_UP:
            usable = usable.exclude(kind=EMAIL)
        pairs = AlertRule.channels.through._default_manager.filter(
            alertrule__project=project, alertrule__is_enabled=True, alertchannel__in=usable
        )
        self._channels: dict[int, list[int]] = {}
        for rule, channel in pairs.order_by("alertchannel_id").values_list("alertrule_id", "alertchannel_id"):
            self._channels.setdefault(rule, []).append(channel)
        self._known: dict[tuple[int, int | None, int | None], Reach] = {}

    def of(self, rule: AlertRule, assignee: int | None, team: int | None = None) -> Reach:
        """Where `rule` sends what is about an issue of this assignee or team."""
        key = rule.pk, assignee, team
        if key not in self._known:
            to: dict[Destination, datetime | None] = {
                Destination("channel", channel): None for channel in self._channels.get(rule.pk, ())
            }
            silenced = 0
            if settings.MAIL_IS_SET_UP:
                chosen = self._people.of(rule, assignee, self._now, team)
                silenced = len(chosen.silenced)
                to |= {Destination("user", each.user_id): each.not_before for each in chosen.recipients}
            self._known[key] = Reach(to, silenced)
        return self._known[key]

    def rule_of(self, channel: int) -> int | None:
        """An enabled rule that sends to the channel; None if there is none, or the channel cannot be used."""
        return next((rule for rule, channels in sorted(self._channels.items()) if channel in channels), None)

    def people(
        self,
        users: Collection[int],
        assignee: int | None,
        team: int | None = None,
        *,
        addressed: bool = False,
    ) -> dict[int, datetime | None]:
        """Those of `users` who get mail about an issue of this assignee or team, with the end of their quiet hours.

        `addressed` as in Recipients.among.
        """
        if not users or not settings.MAIL_IS_SET_UP:
            return {}
        chosen = self._people.among(
            to_members=False,
            to_assignee=False,
            named=users,
            assignee_id=assignee,
            team_id=team,
            now=self._now,
            addressed=addressed,
        )
        return {each.user_id: each.not_before for each in chosen.recipients}
