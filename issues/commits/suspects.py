"""The commits of a release that touched the files of an event's own frames.

The commits are those of the event's release, and of those in which its issue was first seen or came back. A release without commits
of its own has those of the newest older release that has some: a tool may have sent none for a small fix.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Case, F, OuterRef, Q, Subquery, When
from django.db.models.functions import Left

from accounts.models import Project
from issues import assignees
from issues.commits import paths
from issues.commits.paths import FrameFiles
from issues.commits.repositories import Mappings, Repositories
from issues.mapping.events import mapped
from issues.models import CommitFile, Event, Issue, Release
from issues.payload import stack
from issues.payload.access import entries, first_line, interface
from issues.payload.frames.in_app import in_app
from issues.record import references
from issues.versions.names import read
from issues.versions.order import Known, compare, newest
from rustrak.lib.text.name_hash import name_hash
from rustrak.lib.wording import counted

#: Frames of an event that are looked at, from where it was raised, and releases whose commits may be meant, the latest ones.
MOST_FRAMES, MOST_RELEASES = 50, 500
# Changed files with the name of a frame's file, those of the newest commits; and characters of a message.
_MOST_FILES, _MESSAGE = 1_000, 1_000


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote a commit. `member` is the id of the member with the same e-mail address, to whom issues can be assigned."""

    name: str
    email: str
    member: int | None = None


@dataclass(frozen=True, slots=True)
class Suspect:
    """A commit that may be why the event happened. `reason` is a sentence; `depth` the frame whose file it touched, 0 where it was
    raised. `url` is where the commit is shown, empty where that is not known."""

    sha: str
    repository: str
    message: str
    author: Author
    committed_at: datetime | None
    release: str
    path: str
    depth: int
    reason: str
    url: str = ""

    @property
    def title(self) -> str:
        """The first line of the message."""
        return first_line(self.message) or "No message"


@dataclass(frozen=True, slots=True)
class Suspects:
    """The commits, the newest first. `because` says why they are those of another release than the event's; empty if they are not."""

    found: list[Suspect] = field(default_factory=list)
    because: str = ""

    def __bool__(self) -> bool:
        return bool(self.found)


@dataclass(slots=True)
class _Touched:
    """A commit, with the frames that it touched: (depth, path, change)."""

    row: _Row
    frames: list[tuple[int, str, str]]


def of_event(
    project: Project,
    payload: Mapping[str, Any],
    releases: Sequence[str],
    repositories: Repositories | None = None,
    *,
    platform: str = "",
) -> Suspects:
    """The suspects of an event with this payload, in its readable form. `releases` are the event's, and those in which its issue was
    first seen and came back; empty ones do not count. One query if some are found, two more if not, and one without `repositories`."""
    own = _own_frames(payload, platform)
    wanted = [version for version in dict.fromkeys(releases) if version]
    if not own or not wanted:
        return Suspects()
    if repositories is None:
        repositories = Repositories(project.pk)
    files, because = _files_of(own, repositories.mappings), ""
    touched = _touched(project, wanted, files)
    if not touched and (older := _older(project, wanted)):
        because = f"{wanted[0]} has no commits of its own, so these are those of {older}, the newest release before it that has."
        wanted = [older]
        touched = _touched(project, wanted, files)
    touched.sort(key=lambda one: (wanted.index(one.row.release), one.row.position, min(one.frames)[0]))
    # Tools name a commit again in later releases; the first of these is the event's.
    once = {(one.row.repository, one.row.sha): one for one in reversed(touched)}
    some = [one for one in touched if once[one.row.repository, one.row.sha] is one]
    return Suspects([_suspect(one, repositories, len(own)) for one in some], because if some else "")


def of_stored(issue: Issue, event: Event) -> Suspects:
    """The suspects of a stored event of the issue, whose `project` is loaded, in its readable form. Raises issues.record.codec.UnknownForm."""
    project = issue.project
    releases = [event.release, issue.first_release, issue.regressed_release]

    def found(payload: dict[str, Any]) -> Suspects:
        readable = mapped(project.pk, project.artifacts_version, payload)
        return of_event(project, readable.payload if readable else payload, releases, platform=event.platform)

    return references.show(event.payload, found)


def _own_frames(payload: Mapping[str, Any], platform: str) -> list[dict[str, Any]]:
    """The frames of the application, from where it was raised; those of the other exceptions follow."""
    event = dict(payload)
    main = stack.main_frames(event)
    holders = [main, *(stack.frames(each) for each in reversed(entries(interface(event, "exception"))[-20:]))]
    flagged = stack.has_marks(event)
    found: list[dict[str, Any]] = []
    seen = None
    for frames in holders:
        if frames is seen or (found and frames == main):
            continue
        seen = frames
        for frame in reversed(frames[-1_000:]):
            if in_app(frame, platform, flagged=flagged):
                found.append(frame)
                if len(found) >= MOST_FRAMES:
                    return found
    return found


def _older(project: Project, wanted: Sequence[str]) -> str:
    """The newest release with commits that is older than the event's, which is the first of `wanted`; empty if there is none, or if one of
    them has commits. One query."""
    rows = Release.objects.filter(Q(commit_bytes__gt=0) | Q(version=wanted[0]), project=project.pk)
    columns = rows.order_by(F("last_seen").desc(nulls_last=True), "-pk").values_list(
        "version", "commit_bytes", "released_at", "first_seen"
    )
    known = {version: (size, Known(version, *times)) for version, size, *times in columns[:MOST_RELEASES]}
    if any(known[version][0] for version in wanted if version in known):
        return ""
    event = known[wanted[0]][1] if wanted[0] in known else Known(wanted[0])
    package = read(event.version).package
    before = newest(
        one
        for size, one in known.values()
        if size and read(one.version).package == package and compare(one, event).sign < 0
    )
    return before.version if before else ""


class _Row(NamedTuple):
    """A file that a commit changed, with the commit. `member` is the id of the member with the author's e-mail address."""

    release: str
    position: int
    commit: int
    path: str
    change: str
    sha: str
    repository: str
    name: str
    email: str
    at: datetime | None
    text: str
    member: int | None


def _touched(project: Project, wanted: Sequence[str], frames: FrameFiles) -> list[_Touched]:
    """The commits of these releases that changed a file of a frame. One query."""
    member = assignees.candidates(project).filter(email=OuterRef("commit__author_email")).order_by()
    found = (
        CommitFile.objects.filter(
            release__project=project.pk,
            release__version__in=list(wanted),
            name_hash__in=[name_hash(name) for name in frames.names],
        )
        .order_by("commit__position", "pk")
        .annotate(
            text=Left("commit__message", _MESSAGE),
            member=Case(When(~Q(commit__author_email=""), then=Subquery(member.values("pk")[:1]))),
        )
        .values_list(
            "release__version", "commit__position", "commit", "path", "change", "commit__sha", "commit__repository",
            "commit__author_name", "commit__author_email", "commit__committed_at", "text", "member",
        )
    )  # fmt: skip
    rows = [_Row(*row) for row in found[:_MOST_FILES]]
    files = {row.path: paths.parts(row.path) for row in rows}
    same_name = Counter(parts[0] for parts in files.values() if parts)
    touched: dict[int, _Touched] = {}
    known: dict[tuple[str, str], int | None] = {}
    for row in rows:
        key = row.path, row.repository.lower()
        if key not in known:
            parts = files[row.path]
            known[key] = frames.depth(parts, key[1], only_one=same_name[parts[0]] == 1) if parts else None
        if (at := known[key]) is not None:
            touched.setdefault(row.commit, _Touched(row, [])).frames.append((at, row.path, row.change))
    return list(touched.values())


def _files_of(own: Sequence[Mapping[str, Any]], mappings: Mappings) -> FrameFiles:
    files = FrameFiles()
    for depth, frame in enumerate(own):
        sent = paths.of_frame(frame)
        places = mappings.places(sent) if mappings else []
        for place in places:
            files.add_exact(depth, place.path, place.repository.name)
        for path in () if places else sent:
            files.add(depth, path)
    return files


_VERBS = {"A": "Added", "D": "Deleted"}


def _suspect(one: _Touched, repositories: Repositories, frames: int) -> Suspect:
    row = one.row
    depth, path, change = min(one.frames)
    return Suspect(
        sha=row.sha,
        repository=row.repository,
        message=row.text,
        author=Author(row.name, row.email, row.member),
        committed_at=row.at,
        release=row.release,
        path=path,
        depth=depth,
        reason=_reason(one, depth, path, change, frames),
        url=repositories.commit_url(row.repository, row.sha),
    )


def _reason(one: _Touched, depth: int, path: str, change: str, frames: int) -> str:
    """`Changed src/cart.ts, the file of the raising frame.`"""
    frame = "the raising frame" if depth == 0 else f"in-app frame {depth + 1} of {frames}"
    more = len(one.frames) - 1
    rest = f" and {counted(more, 'more file')} of the stack trace" if more else ""
    return f"{_VERBS.get(change, 'Changed')} {path}, the file of {frame}{rest}."
