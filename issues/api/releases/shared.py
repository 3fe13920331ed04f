"""What the routes of releases have in common."""

from __future__ import annotations

from django.shortcuts import get_object_or_404

from accounts.models import Project
from issues.models import Release
from issues.releases import rows


def named(project: Project, version: str) -> Release:
    """The release. Raises Http404."""
    found = Release.objects.filter(project=project).exclude(version=rows.OTHERS)
    return get_object_or_404(found, version=version.replace("\0", ""))
