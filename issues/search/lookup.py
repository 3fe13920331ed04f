"""Searches where a text cannot lead to a page: in the API and in alert rules. There an id means the issue that it names."""

from __future__ import annotations

from typing import Literal

from issues.models import Issue, IssueQuerySet
from issues.query.parsing import parse
from issues.query.syntax import Query
from issues.search.find import Found, find
from issues.search.jump import target
from issues.search.scope import Scope
from issues.search.sentences import sentence

_STATES = {status.value for status in Issue.Status}
_WHO_LOOKS = {"is": ("for_review",), "assigned": ("me",)}


def look_up(issues: IssueQuerySet, text: str, scope: Scope) -> Found:
    """The same as `find`, but that the id of an issue or event, and a short id, finds the issue."""
    if text.strip() and (named := target(text, scope)):
        return Found(Query(), issues.filter(pk=named.issue), (), ())
    return find(issues, text, scope)


def usual_filter(text: str, found: Found) -> Literal["open", "all"]:
    """Which issues are meant where nobody says it: open ones, unless `text`, which is looked up as `found`, names one issue or a
    state, as in `is:resolved`."""
    if not found.query:
        return "all" if text.strip() else "open"
    names_state = any(
        value.text in _STATES
        for term in found.query.terms
        if term.key == "is" and not term.is_tag
        for value in term.values
    )
    return "all" if names_state else "open"


def rule_mistake(text: str) -> str:
    """Why `text` cannot be the search of an alert rule, as far as the grammar says; empty if it can. Asks no database."""
    query, mistakes = parse(text)
    if mistakes:
        return sentence(text, mistakes)
    for term in query.terms:
        for value in term.values:
            if value.text.lower() in _WHO_LOOKS.get(term.key, ()) and not (term.is_tag or value.is_quoted):
                return f"{term.key}:{value.text} depends on who looks, so an alert rule cannot have it."
    return ""
