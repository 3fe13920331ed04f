"""What the routes of releases have in common."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.shortcuts import get_object_or_404

from accounts.models import Project
from issues.models import Release
from issues.releases import rows, tools
from rustrak.lib import problems


def named(project: Project, version: str) -> Release:
    """The release. Raises Http404."""
    found = Release.objects.filter(project=project).exclude(version=rows.OTHERS)
    return get_object_or_404(found, version=version.replace("\0", ""))


@contextmanager
def errors_as_json() -> Iterator[None]:
    """Answer 409 or 400 with the sentence that says what is wrong."""
    try:
        yield
    except tools.InUse as in_use:
        raise problems.Conflict(str(in_use)) from None
    except rows.BadRelease as bad:
        raise problems.BadInput(str(bad)) from None
