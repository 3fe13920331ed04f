"""The lists of channels: a project's, and those that all projects share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.access import Capability, SignedInRequest, installation, may, member
from accounts.models import Project
from accounts.navigation import Section
from issues.alerts import stored_channels
from issues.alerts.channels.registry import KINDS
from issues.models import AlertChannel, AlertRule
from issues.pages.alerts import words
from issues.pages.alerts.words import kind_label
from issues.render.values import line, string

# How many rules of a channel are named.
MOST_RULES = 5


@dataclass(frozen=True)
class State:
    """How a channel does: a word, the class of its badge, and what went wrong, which only its owners may see."""

    word: str
    badge: str
    error: str = ""


@dataclass(frozen=True)
class Row:
    """A channel of a list. `url` is empty for people who may not change it, and so are `where` and the error."""

    channel: AlertChannel
    name: str
    kind: str
    where: str
    state: State
    rules: tuple[str, ...]
    more_rules: int
    url: str


@member(reads=Capability.ALERTS_READ, section=Section.ALERTS)
@require_safe
def alert_channels(request: SignedInRequest, project: Project) -> HttpResponse:
    """The channels that rules of the project can use: its own, then those of the installation."""
    is_admin = may(request.user, Capability.ALERTS_WRITE, project)
    channels = list(stored_channels.usable_in(project).order_by("name", "pk"))
    rules: dict[int, list[str]] = defaultdict(list)
    through = AlertRule.channels.through.objects.filter(alertrule__project=project).order_by("alertrule")
    for channel, name in through.values_list("alertchannel", "alertrule__name"):
        rules[channel].append(name)
    rows = [
        row_of(
            each,
            rules[each.pk],
            owns=is_admin if each.project_id else request.user.is_admin,
            url=page_of(each, project),
        )
        for each in channels
    ]
    context = {
        "project": project,
        "is_admin": is_admin,
        "sees_state": is_admin,
        "groups": [
            ("", [row for row in rows if row.channel.project_id]),
            ("Shared channels", [row for row in rows if not row.channel.project_id]),
        ],
        "mail_is_set_up": settings.MAIL_IS_SET_UP,
        "sends_mail": any(each.kind == words.EMAIL for each in channels),
        "new": reverse("alert_channel_new", args=[project.slug]),
    }
    return render(request, "issues/alerts/channels.html", context)


@installation(reads=Capability.ORG_WRITE, changes=Capability.ORG_WRITE)
@require_safe
def shared_channels(request: SignedInRequest) -> HttpResponse:
    """The channels that all projects share; for admins of the installation."""
    allow_installation_admin(request)
    channels = list(AlertChannel.objects.filter(project=None).order_by("name", "pk"))
    rules: dict[int, list[str]] = defaultdict(list)
    through = AlertRule.channels.through.objects.filter(alertchannel__project=None).order_by("alertrule")
    for channel, name, project in through.values_list(
        "alertchannel", "alertrule__name", "alertrule__project__name"
    )[:1000]:
        rules[channel].append(f"{project}: {name}")
    context = {
        "is_admin": True,
        "sees_state": True,
        "groups": [
            ("", [row_of(each, rules[each.pk], owns=True, url=page_of(each, None)) for each in channels])
        ],
        "mail_is_set_up": settings.MAIL_IS_SET_UP,
        "sends_mail": any(each.kind == words.EMAIL for each in channels),
        "new": reverse("shared_channel_new"),
    }
    return render(request, "issues/alerts/channels.html", context)


def allow_installation_admin(request: SignedInRequest) -> None:
    """Raise PermissionDenied for everybody else."""
    if not request.user.is_admin:
        raise PermissionDenied("Only an admin of this installation may do that.")


def page_of(channel: AlertChannel, project: Project | None) -> str:
    """The address of the channel's own page."""
    if channel.project_id is None or project is None:
        return reverse("shared_channel", args=[channel.pk])
    return reverse("alert_channel", args=[project.slug, channel.pk])


def row_of(channel: AlertChannel, rules: Iterable[str], *, owns: bool, url: str) -> Row:
    """A channel as its list shows it; `owns`: whether the person who looks may change it."""
    names = [line(name, 60) for name in rules]
    return Row(
        channel=channel,
        name=line(channel.name),
        kind=kind_label(channel.kind),
        where=where(channel) if owns else "",
        state=state_of(channel, owns=owns),
        rules=tuple(names[:MOST_RULES]),
        more_rules=max(0, len(names) - MOST_RULES),
        url=url if owns else "",
    )


def where(channel: AlertChannel) -> str:
    """Where it sends to, in a few words and with secrets masked."""
    shown = stored_channels.shown(channel)
    fields = KINDS[channel.kind].fields if channel.kind in KINDS else ()
    values = [(field, shown.get(field.name, "")) for field in fields if field.type != "choice"]
    needed = [(field, value) for field, value in values if value and field.required]
    plain = [value for field, value in needed if not field.secret]
    return line(" · ".join(plain[:2] or [value for _, value in needed][:1]), 80)


def state_of(channel: AlertChannel, *, owns: bool) -> State:
    """How a channel does."""
    error = string(channel.last_error) if owns else ""
    if not channel.is_enabled:
        return State("off", "muted")
    if channel.paused_at is not None:
        return State("paused", "error", error)
    if channel.failing_since is not None:
        return State("failing", "error", error)
    return State("ok", "success") if channel.last_sent_at else State("not used yet", "muted")
