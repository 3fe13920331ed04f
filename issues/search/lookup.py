"""Searches where a text cannot lead to a page: in the API and in alert rules. There an id means the issue that it names."""

from __future__ import annotations

from issues.models import IssueQuerySet
from issues.query.parsing import parse
from issues.query.syntax import Query
from issues.search.find import Found, find
from issues.search.jump import target
from issues.search.scope import Scope
from issues.search.sentences import sentence

_WHO_LOOKS = {"is": ("for_review",), "assigned": ("me",)}


def look_up(issues: IssueQuerySet, text: str, scope: Scope) -> Found:
    """The same as `find`, but that the id of an issue or event, and a short id, finds the issue."""
    if text.strip() and (named := target(text, scope)):
        return Found(Query(), issues.filter(pk=named.issue), (), ())
    return find(issues, text, scope)


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
