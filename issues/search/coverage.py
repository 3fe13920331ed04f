"""What searches for words cannot find: sentences for people."""

from __future__ import annotations

from issues.models import IssueText
from issues.query.syntax import Query
from issues.search.conditions.text import COLUMNS
from issues.search.scope import Scope

_OTHER = ("has", "user", "user.id", "user.email", "user.username", "user.ip")


def notes(query: Query, scope: Scope) -> list[str]:
    """Whether issues from before an upgrade are not indexed yet, and whether some have more words than are kept."""
    of_words = any(term.key in COLUMNS or not term.key for term in query.terms if not term.is_tag)
    found = []
    unfinished = [project.name for project in scope.projects if not project.is_indexed]
    if unfinished and (of_words or any(term.key in _OTHER for term in query.terms)):
        where = unfinished[0] if len(unfinished) == 1 else f"{len(unfinished)} projects"
        found.append(
            f"Older issues of {where} are still being indexed, so this search may not find all of them yet."
        )
    if of_words and IssueText.objects.filter(is_full=True, grouping__project__in=scope.keys()).exists():
        found.append("Some issues have so many different words that not all of them are searched.")
    return found
