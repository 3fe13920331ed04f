"""Stores the commits and head commits of a release, as tools send them.

A commit's message is acted on when the project gets to know the commit: tools repeat their calls, and name the same commit in several
releases when they do not know where the last one ended.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from accounts.models import FormerSlug, Project, User
from issues import lifecycle, usage
from issues.commits import fixes, hosts, paths
from issues.lock import lock_project
from issues.models import Activity, Commit, CommitFile, Issue, MergedIssue, Release, Repository
from issues.releases.rows import OTHERS, BadRelease
from issues.states.change import Resolve
from rustrak.lib import bulk, clock
from rustrak.lib.text.name_hash import name_hash

#: Of a release: the newest commits, and files that they changed. More are only counted.
MOST_COMMITS, MOST_FILES = 1_000, 20_000
#: Commits in one call, head commits of a release, repositories of a project.
MOST_SENT, MOST_REFS, MOST_REPOSITORIES = 20_000, 100, 200
#: Issues that one call resolves.
MOST_NAMED = 1_000
LONGEST_MESSAGE, LONGEST_NAME, LONGEST_EMAIL, LONGEST_SHA, LONGEST_PATH, LONGEST_REPOSITORY = (
    8_000,
    200,
    254,
    64,
    1_000,
    200,
)
#: What the commits of a project may take, beside half of what releases and sessions may.
MOST_BYTES = 256 << 20

_SHA = re.compile(r"[\w.:/+=@-]{1,64}", re.ASCII)
_EARLIEST, _AHEAD = datetime(1970, 1, 1, tzinfo=UTC), timedelta(days=1)
_CHANGES = frozenset("AMD")


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


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a call has done. `commits` and `files` are how many were sent, `kept_commits` and `kept_files` how many are stored;
    `resolved` issues are resolved in the release now; `made_room` are releases whose commits were deleted for these."""

    commits: int = 0
    files: int = 0
    kept_commits: int = 0
    kept_files: int = 0
    resolved: int = 0
    made_room: int = 0


def set_commits(
    project: Project, release: Release, commits: Sequence[SentCommit], *, by: User | None
) -> Recorded:
    """Make `commits`, the newest first, those of the release, in the place of what it had; the newest of each repository is its head commit.
    Issues that they fix are resolved in the release. Raises issues.releases.rows.BadRelease."""
    if len(commits) > MOST_SENT:
        raise BadRelease(f"At most {MOST_SENT:,} commits can be sent at once.")
    if release.version == OTHERS:
        raise BadRelease("Name the release.")
    now = clock.now()
    # The same commit twice is one; the first place is the newest.
    unique: dict[tuple[str, str], SentCommit] = {}
    for each in commits:
        one = _checked(each, now)
        unique.setdefault((one.repository, one.sha), one)
    given = list(unique.values())
    files = sum(len(one.files) for one in given)
    kept, size = _fitting(given, _allowed())
    with transaction.atomic():
        lock_project(project.pk)
        known = _known(project.pk, [one.sha for one in given])
        _clear(project.pk, release.pk)
        made_room = _make_room(project.pk, release.pk, size)
        kept_files = _insert(project.pk, release.pk, kept)
        release.refs = _with_heads(given, _refs(release.pk))
        Release.objects.filter(pk=release.pk).update(
            commit_count=len(given), commit_bytes=size, refs=release.refs
        )
        usage.add(project.pk, {"session": (0, size)})
        name_repositories(project.pk, (one.repository for one in given))
        resolved = _resolve(project, release, [one for one in given if one.sha not in known], by)
    release.commit_count, release.commit_bytes = len(given), size
    return Recorded(len(given), files, len(kept), kept_files, resolved, made_room)


def set_refs(project: Project, release: Release, refs: Sequence[dict[str, str]], *, by: User | None) -> None:
    """Set the head commits of a release: each has "repository" and "commit", and may have "previousCommit". None clears them, and the
    commits. Raises BadRelease."""
    if len(refs) > MOST_REFS:
        raise BadRelease(f"A release has at most {MOST_REFS} head commits.")
    found: dict[str, dict[str, str]] = {}
    for ref in refs:
        repository = _repository(ref.get("repository", ""))
        one = {"repository": repository, "commit": _sha(ref.get("commit", ""))}
        if previous := ref.get("previousCommit", ""):
            one["previousCommit"] = _sha(previous)
        found[repository] = one
    with transaction.atomic():
        if not found:
            delete(release)
        Release.objects.filter(pk=release.pk).update(refs=list(found.values()))
        name_repositories(project.pk, found)
    release.refs = list(found.values())


def _with_heads(commits: Sequence[SentCommit], before: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    """The newest commit of each repository, then the heads of others that were named before."""
    found: dict[str, dict[str, str]] = {}
    for one in commits:
        found.setdefault(one.repository, {"repository": one.repository, "commit": one.sha})
    for ref in before:
        found.setdefault(str(ref.get("repository", "")), ref)
    return list(found.values())[:MOST_REFS]


def _refs(release_id: int) -> list[dict[str, str]]:
    return Release.objects.filter(pk=release_id).values_list("refs", flat=True).first() or []


def head(release: Release, repository: str = "") -> str:
    """The newest commit of a release, of the repository if one is given; empty for none."""
    for ref in release.refs:
        if not repository or str(ref.get("repository", "")).lower() == repository.lower():
            return str(ref.get("commit", ""))
    return ""


def delete(release: Release) -> None:
    """Forget the commits of a release."""
    with transaction.atomic():
        lock_project(release.project_id)
        _clear(release.project_id, release.pk)
        Release.objects.filter(pk=release.pk).update(commit_count=0, commit_bytes=0)
    release.commit_count = release.commit_bytes = 0


def _checked(one: SentCommit, now: datetime) -> SentCommit:
    at = one.committed_at
    if at is not None:
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at
        # A commit may have any date; what cannot be one is left out.
        at = at if _EARLIEST <= at <= now + _AHEAD else None
    return replace(
        one,
        sha=_sha(one.sha),
        repository=_repository(one.repository),
        message=_storable(one.message)[:LONGEST_MESSAGE].rstrip(),
        author_name=_line(one.author_name)[:LONGEST_NAME],
        author_email=_line(one.author_email)[:LONGEST_EMAIL].lower(),
        committed_at=at,
        files=_files(one.files),
    )


def _files(files: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    found: dict[str, str] = {}
    for path, change in files:
        # A path that is cut would be another file's; it is only counted.
        name = _storable(path).removeprefix("./")
        found[name if len(name) <= LONGEST_PATH else ""] = (
            change.upper() if change.upper() in _CHANGES else "M"
        )
    return tuple(found.items())


def _storable(text: str) -> str:
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def _line(text: str) -> str:
    return " ".join(_storable(text[: 4 * LONGEST_EMAIL]).split())


def _sha(text: str) -> str:
    if not _SHA.fullmatch(text):
        raise BadRelease(f"A commit is named by its hash, which has at most {LONGEST_SHA} characters.")
    return text


def _repository(text: str) -> str:
    name = _line(text)
    if len(name) > LONGEST_REPOSITORY:
        raise BadRelease(f"The name of a repository has at most {LONGEST_REPOSITORY} characters.")
    return name


def _allowed() -> int:
    return min(MOST_BYTES, usage.allowed("session").bytes // 2)


def _fitting(commits: Sequence[SentCommit], room: int) -> tuple[list[SentCommit], int]:
    """The newest commits that are kept, each with those of its files that are, and the bytes that they take."""
    kept: list[SentCommit] = []
    files, taken = MOST_FILES, 0
    for one in commits[:MOST_COMMITS]:
        own = (
            usage.COMMIT
            + usage.size(one.sha)
            + len("".join((one.repository, one.message, one.author_name, one.author_email)).encode())
        )
        if taken + own > room:
            break
        taken += own
        some = []
        for path, change in one.files:
            size = usage.COMMIT_FILE + len(path.encode())
            if path and files > 0 and taken + size <= room:
                some.append((path, change))
                files, taken = files - 1, taken + size
        kept.append(replace(one, files=(*some, *(("", "M") for _ in range(len(one.files) - len(some))))))
    return kept, taken


def _known(project_id: int, shas: Sequence[str]) -> set[str]:
    rows = bulk.existing(Commit, ["project", "sha"], [(project_id, sha) for sha in shas])
    return {shas[index] for index in rows}


def _clear(project_id: int, release_id: int) -> None:
    """Delete the rows of commits of a release."""
    size = Release.objects.filter(pk=release_id).values_list("commit_bytes", flat=True).first() or 0
    CommitFile.objects.filter(release=release_id).delete()
    Commit.objects.filter(release=release_id).delete()
    if size:
        usage.add(project_id, {"session": (0, -size)})


def _make_room(project_id: int, release_id: int, size: int) -> int:
    """Delete the commits of the releases that were created first, until `size` bytes fit. Returns of how many releases."""
    others = Release.objects.filter(project=project_id, commit_bytes__gt=0).exclude(pk=release_id)
    excess = (others.aggregate(total=Sum("commit_bytes"))["total"] or 0) + size - _allowed()
    emptied = 0
    while excess > 0:
        oldest = others.order_by("created_at", "pk").first()
        if oldest is None:
            break
        _clear(project_id, oldest.pk)
        Release.objects.filter(pk=oldest.pk).update(commit_bytes=0)
        excess -= oldest.commit_bytes
        emptied += 1
    return emptied


def _insert(project_id: int, release_id: int, commits: Sequence[SentCommit]) -> int:
    """Returns how many files were stored."""
    bulk.insert(
        Commit,
        ["project", "release", "repository", "sha", "message", "author_name", "author_email", "committed_at", "position", "file_count"],
        [
            (project_id, release_id, one.repository, one.sha, one.message, one.author_name, one.author_email, one.committed_at,
             position, len(one.files))
            for position, one in enumerate(commits)
        ],
    )  # fmt: skip
    ids = dict(Commit.objects.filter(release=release_id).values_list("position", "pk"))
    files = [
        (release_id, ids[position], path, change, name_hash(paths.name_of(path)))
        for position, one in enumerate(commits)
        for path, change in one.files
        if path
    ]
    bulk.insert(CommitFile, ["release", "commit", "path", "change", "name_hash"], files)
    return len(files)


def name_repositories(project_id: int, names: Iterable[str]) -> None:
    """Have the project know these repositories, so that people can say where they are. Beyond MOST_REPOSITORIES no more are noted."""
    wanted = {name for name in names if name}
    if not wanted:
        return
    known = set(
        Repository.objects.filter(project=project_id).values_list("name", flat=True)[:MOST_REPOSITORIES]
    )
    new = sorted(wanted - known)[: max(0, MOST_REPOSITORIES - len(known))]
    Repository.objects.bulk_create(
        [Repository(project_id=project_id, name=name, url=hosts.address_in(name)) for name in new],
        ignore_conflicts=True,
    )


def _resolve(project: Project, release: Release, new: Sequence[SentCommit], by: User | None) -> int:
    """Resolve the open and muted issues of the project that the commits fix, each once, by the newest commit that names it."""
    wanted: dict[int, SentCommit] = {}
    slugs: set[str] | None = None
    for one in new:
        for slug, number in fixes.named(one.message):
            if slugs is None:
                former = FormerSlug.objects.filter(project=project.pk).values_list("slug", flat=True)
                slugs = {project.slug.lower(), *(each.lower() for each in former)}
            if slug in slugs:
                wanted.setdefault(number, one)
    by_commit: dict[SentCommit, list[UUID]] = {}
    for issue_id, one in _issues(project.pk, wanted).items():
        by_commit.setdefault(one, []).append(issue_id)
    resolved = 0
    for one, issues in by_commit.items():
        # The rows of commits may have been deleted since, so that the commit seems to be new.
        done = Activity.objects.filter(issue__in=issues, kind=Activity.Kind.RESOLVED, why__commit=one.sha)
        how = Resolve("in_release", release.version, commit=one.sha, repository=one.repository)
        left = Issue.objects.filter(pk__in=issues).exclude(pk__in=list(done.values_list("issue", flat=True)))
        resolved += lifecycle.resolve(left, by, how)
    return resolved


def _issues(project_id: int, wanted: dict[int, SentCommit]) -> dict[UUID, SentCommit]:
    """By issue that is not resolved; what was merged leads to the issue that it is in now."""
    if not wanted:
        return {}
    numbers = list(wanted)[:MOST_NAMED]
    found: dict[UUID, SentCommit] = {}
    merged = MergedIssue.objects.filter(project=project_id, digest_order__in=numbers)
    into = dict(merged.values_list("digest_order", "into"))
    own = Issue.objects.filter(project=project_id, digest_order__in=numbers).exclude(
        status=Issue.Status.RESOLVED
    )
    for pk, number in own.values_list("pk", "digest_order"):
        found[pk] = wanted[number]
    leading = Issue.objects.filter(project=project_id, pk__in=into.values()).exclude(
        status=Issue.Status.RESOLVED
    )
    open_ones = set(leading.values_list("pk", flat=True))
    for number, pk in into.items():
        if pk in open_ones:
            found.setdefault(pk, wanted[number])
    return found
