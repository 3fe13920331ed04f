"""The commits of a release and the files that they changed: what its page says of them, and the page that lists them all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.db.models import Count, Max
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.access import Capability, SignedInRequest, member
from accounts.models import Project
from accounts.navigation import Section
from issues.commits.repositories import Repositories
from issues.models import Activity, Commit, CommitFile, Issue, Release
from issues.payload.access import first_line
from issues.releases.rows import OTHERS
from issues.render.values import line

#: On the page of the release, and on the page of its commits.
LATEST, SIZE = 5, 50


@dataclass(frozen=True)
class CommitRow:
    """A commit; `url` is empty where it is not known where commits are shown."""

    sha: str
    url: str
    title: str
    author: str
    email: str
    at: datetime | None
    files: int
    repository: str


@dataclass(frozen=True)
class Head:
    """A head commit of the release: newest of its repository."""

    repository: str
    sha: str
    url: str
    previous: str


@dataclass(frozen=True)
class OfRelease:
    """What the page of a release says: the latest commits of `count`, of which `kept` are stored, and how many files they changed."""

    rows: list[CommitRow]
    count: int
    kept: int
    files: int
    heads: list[Head]


def of_release(release: Release | None) -> OfRelease | None:
    """None if nothing is known of its commits. At most four queries."""
    if release is None or not (release.commit_count or release.refs):
        return None
    addresses = Repositories(release.project_id)
    stored = Commit.objects.filter(release=release.pk)
    kept, files = 0, 0
    if release.commit_bytes:
        kept = stored.count()
        files = _paths(release).count()
    return OfRelease(
        _rows(stored.order_by("position")[:LATEST], addresses) if kept else [],
        release.commit_count,
        kept,
        files,
        [_head(ref, addresses) for ref in release.refs],
    )


def _paths(release: Release) -> Any:
    return CommitFile.objects.filter(release=release.pk).order_by().values("path").distinct()


def _head(ref: Mapping[str, Any], addresses: Repositories) -> Head:
    repository, sha = str(ref.get("repository", "")), str(ref.get("commit", ""))
    return Head(
        _told(repository),
        line(sha, 64),
        addresses.commit_url(repository, sha),
        line(ref.get("previousCommit"), 64),
    )


def _told(repository: str) -> str:
    """Its name; empty for `origin`, which sentry-cli says where it knows no repository."""
    return "" if repository == "origin" else line(repository)


def _rows(commits: Iterable[Commit], addresses: Repositories) -> list[CommitRow]:
    return [
        CommitRow(
            sha=each.sha,
            url=addresses.commit_url(each.repository, each.sha),
            title=line(first_line(each.message), 200) or "No message",
            author=line(each.author_name or each.author_email, 80),
            email=line(each.author_email, 254),
            at=each.committed_at,
            files=each.file_count,
            repository=_told(each.repository),
        )
        for each in commits
    ]


@dataclass(frozen=True)
class Fix:
    """The commit that resolved an issue."""

    sha: str
    url: str


def fixes(project: Project, issues: Sequence[Issue]) -> dict[UUID, Fix]:
    """By issue that is resolved by a commit, that commit. At most two queries, none if no issue is resolved in a release."""
    resolved = {
        issue.pk: issue.resolved_release
        for issue in issues
        if issue.is_resolved and issue.resolution == Issue.Resolution.IN_RELEASE
    }
    if not resolved:
        return {}
    rows = Activity.objects.filter(issue__in=list(resolved), kind=Activity.Kind.RESOLVED).order_by("at", "pk")
    latest = {issue: why for issue, why in rows.values_list("issue", "why") if issue in resolved}
    said = {issue: why for issue, why in latest.items() if why and why.get("commit")}
    if not said:
        return {}
    addresses = Repositories(project.pk)
    return {
        issue: Fix(
            line(why["commit"], 64), addresses.commit_url(str(why.get("repository", "")), str(why["commit"]))
        )
        for issue, why in said.items()
        if why.get("release") == resolved[issue]
    }


@member(reads=Capability.PROJECT_READ, section=Section.RELEASES)
@require_safe
def release_commits(request: SignedInRequest, project: Project) -> HttpResponse:
    """All commits of a release, or with `show=files` the files that they changed. Query string: `release`, `show`, `page`."""
    named = Release.objects.filter(project=project).exclude(version=OTHERS)
    release = get_object_or_404(named, version=request.GET.get("release", "").replace("\0", ""))
    shows_files = request.GET.get("show") == "files"
    commits = Commit.objects.filter(release=release)
    files = _paths(release).annotate(commits=Count("commit"), change=Max("change")).order_by("path")
    page = Paginator(files if shows_files else commits.order_by("position"), SIZE).get_page(
        request.GET.get("page")
    )
    context = {
        "project": project,
        "release": release,
        "name": line(release.version),
        "shows_files": shows_files,
        "files": [(line(each["path"], 1_000), each["commits"]) for each in page] if shows_files else [],
        "rows": [] if shows_files else _rows(page, Repositories(project.pk)),
        "kept": page.paginator.count if not shows_files else 0,
        "page": page,
    }
    return render(request, "issues/commits/release.html", context)
