"""The issues that a search text means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.models import Project, User
from issues.models import IssueQuerySet
from issues.query.mistakes import Mistake
from issues.query.syntax import Query


@dataclass(frozen=True, slots=True)
class Scope:
    """Where is searched, by whom, and when: `project:`, `assigned:me`, `is:for_review` and `first-seen:` need it.

    `viewer` is None where nobody looks, as in alert rules: then what is about a viewer is a mistake.
    """

    projects: Sequence[Project]
    viewer: User | None
    now: datetime


@dataclass(frozen=True, slots=True)
class Found:
    """What a text means: `query` as it was understood, and the issues; with `mistakes` no issue is found.

    A mistake may come from the grammar (issues.query.parsing) or from the data: a tag that no issue of the scope has. `notes` are
    sentences about what the search does not cover: the index is being built, words of an issue were left out.
    """

    query: Query
    issues: IssueQuerySet
    mistakes: Sequence[Mistake]
    notes: Sequence[str]


def find(issues: IssueQuerySet, text: str, scope: Scope) -> Found:
    """Those of `issues` that `text` means; all of them if it is empty. Never raises for a text.

    Evaluating `Found.issues` may take long: do it inside `limited()`.
    """
    raise NotImplementedError
