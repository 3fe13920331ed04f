"""Writes, changes and deletes comments. The only write path: each change is told to those who watch the issue."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.access import Capability, may
from accounts.models import Project, User
from issues import facts, watching
from issues.comments.markdown import LONGEST
from issues.comments.mentioned import Mentioned, resolve
from issues.lock import lock_project
from issues.models import Activity, Issue, News
from rustrak.lib import clock
from rustrak.lib.text.visible_text import has_text

#: Comments of one issue.
MOST = 2_000
#: So many ids of people fit into the detail of one fact.
_IN_FACT = 10


class BadComment(ValueError):
    """The comment cannot be written. The message is for people."""


class NotYours(ValueError):
    """The person may not change or delete the comment. The message is for people."""


@dataclass(frozen=True, slots=True)
class Written:
    """A comment, and a sentence about each mention in it that tells nobody."""

    comment: Activity
    unclear: list[str] = field(default_factory=list)


def add(issue: Issue, by: User, text: str) -> Written:
    """Write a comment on an issue, whose `project` is loaded. Who writes it and who is mentioned in it watch the issue from now on.

    Raises BadComment.
    """
    text = _checked(text)
    mentioned = resolve(issue.project, text)
    with transaction.atomic():
        lock_project(issue.project_id)
        now = clock.now()
        row = _current(issue)
        if of_issue(row).count() >= MOST:
            raise BadComment(f"An issue has at most {MOST:,} comments. Delete one that nobody needs.")
        comment = Activity.objects.create(issue=row, kind=Activity.Kind.COMMENTED, at=now, user=by, text=text)
        told = set(mentioned.people) - {by.pk}
        watching.note([row.pk], [by.pk, *sorted(told)])
        changes = [_change(News.COMMENTED, row, by, comment.pk.hex), *_mentions(row, by, comment.pk, told)]
        facts.write(row.project_id, changes, {}, now)
    return Written(comment, mentioned.unclear)


def edit(comment: Activity, by: User, text: str) -> Written:
    """Change one's own comment. Only people who were not mentioned before are told. Raises BadComment and NotYours."""
    if comment.user_id != by.pk:
        raise NotYours("Only the person who wrote a comment can change it.")
    text = _checked(text)
    project = comment.issue.project
    mentioned = resolve(project, text)
    with transaction.atomic():
        lock_project(project.pk)
        locked = _of(comment)
        if locked.text == text:
            return Written(locked)
        before: Mentioned = resolve(project, locked.text)
        now = clock.now()
        Activity.objects.filter(pk=locked.pk).update(text=text, edited_at=now)
        told = set(mentioned.people) - set(before.people) - {by.pk}
        watching.note([locked.issue_id], sorted(told))
        facts.write(project.pk, _mentions(locked.issue, by, locked.pk, told), {}, now)
    locked.text, locked.edited_at = text, now
    return Written(locked, mentioned.unclear)


def delete(comment: Activity, by: User) -> None:
    """Delete the text of one's own comment; admins of the project may delete all. The history keeps that there was one. Raises NotYours."""
    if not may_delete(comment, by, comment.issue.project):
        raise NotYours("Only the person who wrote a comment can delete it, or an admin of the project.")
    by_whom = "" if comment.user_id == by.pk else by.get_short_name()
    with transaction.atomic():
        lock_project(comment.issue.project_id)
        locked = _of(comment)
        Activity.objects.filter(pk=locked.pk).update(text="", edited_at=clock.now(), detail=by_whom[:254])


def may_delete(comment: Activity, user: User, project: Project) -> bool:
    """Whether the user may delete the comment."""
    return comment.user_id == user.pk or may(user, Capability.PROJECT_ADMIN, project)


def of_issue(issue: Issue) -> Any:
    """The comments of an issue that are not deleted."""
    return Activity.objects.filter(issue=issue.pk, kind=Activity.Kind.COMMENTED).exclude(text="")


def _checked(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip("\n").rstrip()
    if "\0" in text:
        raise BadComment("A comment cannot have a NUL character.")
    if not has_text(text):
        raise BadComment("Write something first.")
    if len(text) > LONGEST:
        raise BadComment(f"A comment has at most {LONGEST:,} characters; this one has {len(text):,}.")
    return text


def _current(issue: Issue) -> Issue:
    """The issue, under the project's lock. Raises BadComment if it was merged or deleted meanwhile."""
    found = Issue.objects.filter(pk=issue.pk).first()
    if found is None:
        raise BadComment(
            "The issue was deleted or merged into another meanwhile, so the comment was not saved."
        )
    return found


def _of(comment: Activity) -> Activity:
    """The comment, under the project's lock. Raises BadComment if it was deleted meanwhile."""
    found = Activity.objects.select_related("issue").filter(pk=comment.pk).exclude(text="").first()
    if found is None:
        raise BadComment("The comment was deleted meanwhile.")
    return found


def _change(news: News, issue: Issue, by: User, detail: str) -> facts.Change:
    return facts.Change(
        news, issue.pk, None, issue.level, issue.last_environment, issue.last_release, by.pk, detail
    )


def _mentions(issue: Issue, by: User, comment: UUID, told: Collection[int]) -> list[facts.Change]:
    people = sorted(told)
    return [
        _change(
            News.MENTIONED,
            issue,
            by,
            f"{comment.hex} {','.join(map(str, people[start : start + _IN_FACT]))}",
        )
        for start in range(0, len(people), _IN_FACT)
    ]
