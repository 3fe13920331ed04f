"""The commits of a release that touched the files of an event's own frames.

The commits are those of the event's release, and of those in which its issue was first seen or came back. A release without commits
of its own has those of the newest older release that has some: a tool may have sent none for a small fix.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import F, Q
from django.db.models.functions import Left

from accounts.models import Project
from issues import assignees
from issues.commits import code_mappings, paths
from issues.commits.code_mappings import Mappings, Repositories
from issues.commits.paths import FrameFiles
from issues.lifecycle import name_of
from issues.models import CommitFile, Release
from issues.payload import stack
from issues.payload.access import entries, first_line, interface
from issues.payload.frames.in_app import in_app
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
    """Who wrote a commit. `value` means the member with the same e-mail address in forms (issues.assignees), `member` is their name;
    empty if there is none."""

    name: str
    email: str
    value: str = ""
    member: str = ""
    user_id: int | None = None


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

    row: tuple[Any, ...]
    frames: list[tuple[int, str, str]]


def of_event(
    project: Project,
    payload: Mapping[str, Any],
    releases: Sequence[str],
    mappings: Mappings | None = None,
    *,
    platform: str = "",
) -> Suspects:
    """The suspects of an event with this payload, in its readable form. `releases` are the event's, and those in which its issue was
    first seen and came back; empty ones do not count. At most four queries, one where no release has commits."""
    own = _own_frames(payload, platform)
    wanted = [version for version in dict.fromkeys(releases) if version]
    if not own or not wanted:
        return Suspects()
    chosen, because = _releases(project, wanted)
    if not chosen:
        return Suspects()
    if mappings is None:
        mappings = code_mappings.of_project(project.pk)
    touched = _touched(chosen, own, mappings)
    if not touched:
        return Suspects()
    names = list(chosen)
    ordered = sorted(touched, key=lambda one: (names.index(one.row[0]), one.row[1], min(one.frames)[0]))
    return Suspects(_described(project, ordered, chosen, len(own)), because)


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


def _releases(project: Project, wanted: Sequence[str]) -> tuple[dict[int, str], str]:
    """The releases whose commits are looked at, by their keys, and why they are not the event's own. One query."""
    of_project = Release.objects.filter(project=project.pk)
    rows = of_project.filter(Q(commit_bytes__gt=0) | Q(version=wanted[0])).order_by(
        F("last_seen").desc(nulls_last=True), "-pk"
    )
    columns = rows.values_list("version", "pk", "commit_bytes", "released_at", "first_seen")
    known = {
        version: (pk, size, Known(version, *times)) for version, pk, size, *times in columns[:MOST_RELEASES]
    }
    if missing := [version for version in wanted if version not in known]:
        # Not among the latest ones.
        more = columns.filter(version__in=missing)
        if len(known) == MOST_RELEASES:
            known |= {version: (pk, size, Known(version, *times)) for version, pk, size, *times in more}
    chosen = {known[version][0]: version for version in wanted if version in known and known[version][1]}
    if chosen:
        return chosen, ""
    event = known[wanted[0]][2] if wanted[0] in known else Known(wanted[0])
    package = read(event.version).package
    older = [
        one
        for _, size, one in known.values()
        if size and read(one.version).package == package and compare(one, event).sign < 0
    ]
    before = newest(older)
    if before is None:
        return {}, ""
    because = f"{wanted[0]} has no commits of its own, so these are those of {before.version}, the newest release before it that has."
    return {known[before.version][0]: before.version}, because


def _touched(
    chosen: Mapping[int, str], own: Sequence[Mapping[str, Any]], mappings: Mappings
) -> list[_Touched]:
    """One query."""
    frames = _files_of(own, mappings)
    rows = list(
        CommitFile.objects.filter(release__in=list(chosen), name_hash__in=[name_hash(name) for name in frames.names])
        .order_by("commit__position", "pk")
        .annotate(text=Left("commit__message", _MESSAGE))
        .values_list(
            "release", "commit__position", "commit", "path", "change", "commit__sha", "commit__repository", "text",
            "commit__author_name", "commit__author_email", "commit__committed_at",
        )[:_MOST_FILES]
    )  # fmt: skip
    files = {row[3]: paths.parts(row[3]) for row in rows}
    same_name = Counter(parts[0] for parts in files.values() if parts)
    found: dict[int, _Touched] = {}
    known: dict[tuple[str, str], int | None] = {}
    for row in rows:
        key = row[3], row[6].lower()
        if key not in known:
            parts = files[row[3]]
            known[key] = frames.depth(parts, key[1], only_one=same_name[parts[0]] == 1) if parts else None
        if (at := known[key]) is not None:
            found.setdefault(row[2], _Touched(row, [])).frames.append((at, row[3], row[4]))
    return list(found.values())


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


def _described(
    project: Project, touched: Sequence[_Touched], chosen: Mapping[int, str], frames: int
) -> list[Suspect]:
    """Two queries."""
    emails = {one.row[9] for one in touched if one.row[9]}
    members = {
        user.email: user for user in assignees.candidates(project).filter(email__in=list(emails))[: assignees.MOST]
    } if emails else {}  # fmt: skip
    repositories = Repositories(project.pk)
    found = []
    for one in touched:
        release, _, _, _, _, sha, repository, message, name, email, at = one.row
        depth, path, change = min(one.frames)
        member = members.get(email)
        found.append(
            Suspect(
                sha=sha,
                repository=repository,
                message=message,
                author=Author(
                    name,
                    email,
                    assignees.value_of(member),
                    name_of(member),
                    member.pk if member else None,
                ),
                committed_at=at,
                release=chosen[release],
                path=path,
                depth=depth,
                reason=_reason(one, depth, path, change, frames),
                url=repositories.commit_url(repository, sha),
            )
        )
    return found


def _reason(one: _Touched, depth: int, path: str, change: str, frames: int) -> str:
    """`Changed src/cart.ts, the file of the raising frame.`"""
    frame = "the raising frame" if depth == 0 else f"in-app frame {depth + 1} of {frames}"
    more = len(one.frames) - 1
    rest = f" and {counted(more, 'more file')} of the stack trace" if more else ""
    return f"{_VERBS.get(change, 'Changed')} {path}, the file of {frame}{rest}."
