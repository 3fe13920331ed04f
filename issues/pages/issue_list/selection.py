"""The issues that a view of the list is about: one meaning for its tabs, its rows, and actions on all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Q
from django.http import QueryDict

from accounts.models import Project, User
from issues import review, search
from issues.models import Issue, IssueQuerySet, IssueTag
from issues.pages.issue_list.asked import Asked, read
from issues.query.mistakes import Mistake
from issues.query.syntax import Query
from issues.search import Scope
from rustrak.lib import clock

_STATES = {status.value for status in Issue.Status if status != Issue.Status.DELETING}


@dataclass(frozen=True, slots=True)
class Selection:
    """`issues` are those of all tabs; none while there are `mistakes`. `query` is what was understood of the text, `notes` say what
    the search does not cover. `asked` is what is shown, which may be another tab than the one that was asked for."""

    asked: Asked
    issues: IssueQuerySet
    projects: Sequence[Project]
    viewer: User
    query: Query
    mistakes: Sequence[Mistake] = ()
    notes: Sequence[str] = ()

    def for_review(self) -> Q:
        """The condition on an issue that the viewer has it for review."""
        return review.condition(self.viewer, only(self.projects))

    def of_tab(self) -> IssueQuerySet:
        """The issues of the current tab."""
        if self.asked.status == "review":
            return self.issues.filter(self.for_review())
        return self.issues if self.asked.status == "all" else self.issues.filter(status=self.asked.status)


def select(asked: Asked, projects: Sequence[Project], viewer: User, now: datetime) -> Selection:
    """What `asked` means in these projects."""
    issues = _within(asked, projects, now)
    if not asked.q:
        return Selection(asked, issues, projects, viewer, Query())
    found = search.find(issues, asked.q, Scope(projects, viewer, now, asked.environment))
    shown = _shown(asked, found.query)
    return Selection(shown, found.issues, projects, viewer, found.query, found.mistakes, found.notes)


def only(projects: Sequence[Project]) -> Project | None:
    """The project, where there is one."""
    return projects[0] if len(projects) == 1 else None


def _within(asked: Asked, projects: Sequence[Project], now: datetime) -> IssueQuerySet:
    """The issues of the projects that were seen in the environment and in the period."""
    one, keys = only(projects), [project.pk for project in projects]
    issues: IssueQuerySet = (
        Issue.objects.filter(project=one.pk) if one else Issue.objects.filter(project__in=keys)
    )
    if asked.environment:
        had = IssueTag.objects.filter(project__in=keys, key="environment", value=asked.environment)
        issues = issues.filter(pk__in=had.values("grouping__issue"))
    if asked.limit:
        issues = issues.filter(last_seen__gte=now - asked.limit.length)
    return issues


def _shown(asked: Asked, query: Query) -> Asked:
    """A tab that the text rules out, as `is:resolved` does that of open issues, is replaced by the one of all issues."""
    wanted = [
        {value.text for value in term.values}
        for term in query.terms
        if term.key == "is" and not term.is_tag and not term.is_negated
    ]
    is_ruled_out = any(asked.status not in states for states in wanted if states and states <= _STATES)
    if asked.status in _STATES and is_ruled_out:
        return replace(asked, status="all")
    return asked


def chosen(sent: QueryDict, projects: Sequence[Project], viewer: User) -> IssueQuerySet:
    """All issues of the view that `sent` describes (`status`, `q`, `environment`, `period`): none if its text has a mistake."""
    return select(read(sent), projects, viewer, clock.now()).of_tab()
