"""What the page of an event shows of commits: the suspects, and the links from its frames into repositories."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Subquery

from issues.commits import paths, suspects
from issues.commits.repositories import Repositories, heads_of
from issues.commits.repositories import link as link_of
from issues.commits.suspects import Suspect
from issues.models import Commit, CommitFile, Issue, Release, Repository
from issues.payload import stack
from issues.render.values import line

#: Suspects that are shown at once, and behind a fold; more are only counted.
SHOWN, FOLDED = 3, 10
# Frames of the application for which a link is looked up.
_MOST_LINKS = 300

_NO_FILES = (
    "The commits of this project came without the files that they changed, so none can be suspected. "
    "sentry-cli releases set-commits --local sends the files, too."
)

#: For the query that reads the event: whether its project has anything of this, so that others pay for nothing.
KNOWN = {
    "has_commits": Exists(Commit.objects.filter(project=OuterRef("project"))),
    # By release: a project has far fewer releases than commits.
    "has_commit_files": Exists(CommitFile.objects.filter(release__project=OuterRef("project"))),
    "has_repositories": Exists(Repository.objects.filter(project=OuterRef("project"))),
    # The head commits of its release.
    "refs": Subquery(
        Release.objects.filter(project=OuterRef("project"), version=OuterRef("release")).values("refs")[:1]
    ),
}


def repositories(event: Any) -> Repositories:
    """Those of the project of an event, read with KNOWN. One query; none if there are none."""
    return Repositories(event.project_id, None if event.has_repositories else ())


@dataclass(frozen=True)
class Row:
    """A suspect as it is shown. `can_assign`: its author is a member who does not look after the issue."""

    suspect: Suspect
    title: str
    author: str
    can_assign: bool


@dataclass(frozen=True)
class Section:
    """`rows` are shown, `folded` behind a fold, `more` only counted. `hint` says why there can be none."""

    rows: list[Row]
    folded: list[Row]
    more: int
    because: str
    hint: str = ""


def section(issue: Issue, event: Any, payload: Mapping[str, Any], known: Repositories) -> Section | None:
    """The suspects of an event, read with KNOWN, whose readable form is `payload`. None without commits, or without a suspect."""
    if not event.has_commit_files:
        could = event.release and stack.main_frames(dict(payload)) and (event.has_commits or event.refs)
        return Section([], [], 0, "", _NO_FILES) if could else None
    releases = [event.release, issue.first_release, issue.regressed_release]
    found = suspects.of_event(issue.project, payload, releases, known, platform=event.platform)
    if not found:
        return None
    rows = [_row(issue, one) for one in found.found[: SHOWN + FOLDED]]
    return Section(
        rows[:SHOWN], rows[SHOWN:], max(0, len(found.found) - SHOWN - FOLDED), line(found.because, 500)
    )


def _row(issue: Issue, one: Suspect) -> Row:
    author = one.author
    return Row(
        suspect=one,
        title=line(one.title, 200),
        author=line(author.name or author.email, 80),
        can_assign=author.member is not None and author.member != issue.assignee_id,
    )


def source_links(event: Any, known: Repositories) -> Callable[[Mapping[str, Any], int | None], str] | None:
    """Says where a frame, with its line, is shown in a repository; empty where nothing tells. None without code mappings."""
    if not known.mappings:
        return None
    heads = heads_of(event.refs)
    left = _MOST_LINKS

    def link(frame: Mapping[str, Any], number: int | None) -> str:
        nonlocal left
        left -= 1
        if left < 0:
            return ""
        places = known.mappings.places(paths.of_frame(frame))
        return next(filter(None, (link_of(place, number, heads) for place in places)), "")

    return link
