"""The template tag that tells the owners of a channel that it is paused."""

from __future__ import annotations

from typing import Any

from django import template
from django.db.models import Q
from django.urls import reverse

from accounts.access import Capability, may
from accounts.models import Project, User
from issues.models import AlertChannel
from issues.render.values import line

register = template.Library()

# More are not listed; the page of channels has all.
_MOST = 3


@register.inclusion_tag("issues/alerts/_paused_channels.html")
def paused_channels(project: Project | str | None, user: User) -> dict[str, Any]:
    """`{% paused_channels project user %}`: paused channels of the project, for its admins; for admins of the installation
    also those that all projects share. One query for admins, none for others and on pages that belong to no project.
    """
    if (
        not isinstance(project, Project)
        or project.pk is None
        or not may(user, Capability.ALERTS_WRITE, project)
    ):
        return {"paused": []}
    owned = Q(project=project) | Q(project=None) if user.is_admin else Q(project=project)
    found = list(
        AlertChannel.objects.filter(owned, paused_at__isnull=False, is_enabled=True).order_by(
            "paused_at", "pk"
        )
    )
    return {
        "paused": [
            {
                "name": line(each.name),
                "failing_since": each.failing_since or each.paused_at,
                "url": _page(each, project),
            }
            for each in found[:_MOST]
        ],
        "more": max(0, len(found) - _MOST),
    }


def _page(channel: AlertChannel, project: Project) -> str:
    if channel.project_id is None:
        return reverse("shared_channel", args=[channel.pk])
    return reverse("alert_channel", args=[project.slug, channel.pk])
