"""Saving what a project filters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.forms.models import model_to_dict

from accounts import audit
from accounts.models import Project
from ingest.models import InboundFilters

#: The filters that are on or off, and those that are lists of patterns.
RULES = ("browser_extensions", "legacy_browsers", "localhost", "web_crawlers")
LISTS = ("error_messages", "releases", "allowed_origins", "blocked_addresses")


def of_project(project: Project) -> InboundFilters:
    """The filters of a project; without any stored, those that filter nothing."""
    return InboundFilters.objects.filter(project=project).first() or InboundFilters(project=project)


def save(project: Project, values: Mapping[str, Any]) -> None:
    """Set those of RULES and LISTS that `values` names; texts must be as ingest.filters.lines cleans them. They take
    effect within a few seconds."""
    with transaction.atomic():
        before = model_to_dict(of_project(project))
        InboundFilters.objects.update_or_create(project=project, defaults=dict(values))
        if said := audit.changes(before, values):
            audit.record(audit.Action.FILTERS_CHANGE, project, details=said)
