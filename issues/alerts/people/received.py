"""What one person receives by mail and why, project by project."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from django.db.models import Prefetch, Q

from accounts.models import Membership, Project, User
from issues.alerts.people import choices
from issues.alerts.people.recipients import Reason
from issues.models import AlertRule

#: More projects are not listed.
MOST_PROJECTS = 200


@dataclass(frozen=True, slots=True)
class Mailing:
    """A rule that mails a person, and why: all that apply."""

    rule: AlertRule
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Received:
    """What a person receives about one project, unless they opted out."""

    project: Project
    opted_out: bool
    mailings: list[Mailing] = field(default_factory=list)


def of(user: User) -> list[Received]:
    """The projects that the person may see, by name, with the rules that mail them. At most five queries."""
    projects = list(Project.objects.visible_to(user).by_name()[:MOST_PROJECTS])
    member_of = set(Membership.objects.filter(user=user).values_list("project_id", flat=True))
    opted_out = choices.opted_out(user.pk)
    found: dict[int, list[Mailing]] = defaultdict(list)
    rules = (
        AlertRule.objects.filter(project__in=projects, is_enabled=True)
        .filter(Q(to_members=True) | Q(to_assignee=True) | Q(people=user))
        .prefetch_related(Prefetch("people", User.objects.filter(pk=user.pk).only("pk"), to_attr="named"))
        .order_by("pk")
        .distinct()
    )
    for rule in rules:
        reasons = (
            (Reason.MEMBER, rule.to_members and rule.project_id in member_of),
            (Reason.NAMED, bool(getattr(rule, "named", ()))),
            (Reason.ASSIGNED, rule.to_assignee),
        )
        if why := tuple(reason for reason, holds in reasons if holds):
            found[rule.project_id].append(Mailing(rule, why))
    return [Received(each, each.pk in opted_out, found[each.pk]) for each in projects]
