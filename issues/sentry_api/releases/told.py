"""Releases as Sentry's API tells them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from issues.models import Commit, Deploy, Release
from issues.releases import listing
from issues.sentry_api.account.projects import project_brief
from rustrak.lib import clock


def moment(at: datetime | None) -> str | None:
    """A time as text; null where there is none."""
    return clock.rfc3339(at) if at else None


def releases_out(groups: Sequence[Sequence[Release]]) -> list[dict[str, Any]]:
    """Each group is one release in all of its projects, which are loaded. A few statements, and one for each project."""
    every = [release for group in groups for release in group]
    keys = [release.pk for release in every]
    deploys = listing.deploys(keys)
    last = _last_commits(every)
    new: dict[tuple[int, str], int] = {}
    for project in {release.project for release in every}:
        versions = [release.version for release in every if release.project_id == project.pk]
        for version, counts in listing.issue_counts(project, versions).items():
            new[project.pk, version] = counts.new
    return [_one(group, deploys, last, new) for group in groups if group]


def _one(
    group: Sequence[Release],
    deploys: dict[int, list[listing.Deployed]],
    last: dict[int, dict[str, Any]],
    new: dict[tuple[int, str], int],
) -> dict[str, Any]:
    first = group[0]
    deployed = [each for release in group for each in deploys.get(release.pk, [])]
    latest = max(deployed, key=lambda each: each.at, default=None)
    projects = [
        project_brief(release.project) | {"newGroups": new.get((release.project_id, release.version), 0)}
        for release in group
    ]
    return {
        "id": first.pk,
        "version": first.version,
        "shortVersion": first.version.partition("@")[2] or first.version,
        "versionInfo": {"version": {"raw": first.version}, "description": first.version},
        "status": "archived" if all(release.archived_at for release in group) else "open",
        "dateCreated": clock.rfc3339(min(release.created_at for release in group)),
        "dateReleased": moment(_least(release.released_at for release in group)),
        "dateStarted": None,
        "firstEvent": moment(_least(release.first_seen for release in group)),
        "lastEvent": moment(max((each.last_seen for each in group if each.last_seen), default=None)),
        "ref": first.ref or None,
        "url": first.url or None,
        "newGroups": sum(project["newGroups"] for project in projects),
        "commitCount": max(release.commit_count for release in group),
        "deployCount": sum(each.count for each in deployed),
        "lastCommit": next((last[release.pk] for release in group if release.pk in last), None),
        "lastDeploy": {"environment": latest.environment, "dateFinished": clock.rfc3339(latest.at)}
        if latest
        else None,
        "authors": [],
        "data": {},
        "owner": None,
        "projects": projects,
    }


def _least(moments: Iterable[datetime | None]) -> datetime | None:
    return min((each for each in moments if each), default=None)


def _last_commits(releases: Sequence[Release]) -> dict[int, dict[str, Any]]:
    """By release, its head commit, or the newest of those that are stored; releases without one are left out."""
    found: dict[int, dict[str, Any]] = {}
    for release in releases:
        for ref in release.refs[:1]:
            found[release.pk] = {"id": ref["commit"], "repository": {"name": ref["repository"]}}
    keys = [release.pk for release in releases if release.commit_count]
    for commit in Commit.objects.filter(release__in=keys, position=0) if keys else []:
        found[commit.release_id] = commit_out(commit)
    return found


def commit_out(commit: Commit) -> dict[str, Any]:
    return {
        "id": commit.sha,
        "message": commit.message,
        "dateCreated": moment(commit.committed_at),
        "author": {"name": commit.author_name, "email": commit.author_email} if commit.author_name else None,
        "repository": {"name": commit.repository} if commit.repository else None,
        "fileCount": commit.file_count,
    }


def deploy_out(deploy: Deploy) -> dict[str, Any]:
    return {
        "id": str(deploy.pk),
        "environment": deploy.environment,
        "name": deploy.name or None,
        "url": deploy.url or None,
        "dateStarted": moment(deploy.started_at),
        "dateFinished": clock.rfc3339(deploy.finished_at),
    }
