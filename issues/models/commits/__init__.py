"""The commits of releases, and where the code of a frame is in a repository."""

from __future__ import annotations

from issues.models.commits.code_mapping import CodeMapping, Repository
from issues.models.commits.commit import Commit, CommitFile

__all__ = ["CodeMapping", "Commit", "CommitFile", "Repository"]
