"""Stores the commits and head commits of a release, as tools send them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.models import Project, User
from issues.models import Release


@dataclass(frozen=True, slots=True)
class SentCommit:
    """A commit as a tool describes it. `files` are (path, "A" | "M" | "D")."""

    sha: str
    repository: str = ""
    message: str = ""
    author_name: str = ""
    author_email: str = ""
    committed_at: datetime | None = None
    files: tuple[tuple[str, str], ...] = ()


def set_commits(
    project: Project, release: Release, commits: Sequence[SentCommit], *, by: User | None
) -> None:
    """Make `commits`, the newest first, those of the release, in the place of what it had. Issues that they fix are resolved in the
    release. Raises issues.releases.rows.BadRelease."""
    raise NotImplementedError


def set_refs(project: Project, release: Release, refs: Sequence[dict[str, str]], *, by: User | None) -> None:
    """Set the head commits of a release: each has "repository" and "commit", and may have "previousCommit"; none clears them."""
    raise NotImplementedError
