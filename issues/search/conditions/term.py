"""The condition of one term, by its key."""

from __future__ import annotations

from django.db.models import Q

from issues.query.syntax import Term
from issues.search.conditions import has, people, references, releases, states, tags, text
from issues.search.conditions.search import Search


def condition(term: Term, search: Search) -> Q:
    """A condition on Issue. Raises Wrong for a value that the data does not have."""
    found = _condition(term, search)
    return ~found if term.is_negated else found


def _condition(term: Term, search: Search) -> Q:
    key, values = term.key, term.values
    if term.is_tag:
        return tags.of_tag(search, key, values)
    if text.is_of_text(term):
        return text.of_texts([text.meant(key, values)], search)
    if key in states.TIMES:
        return states.of_times(key, search, values)
    if key in states.NUMBERS:
        return states.of_numbers(key, values)
    if key == "release" or key in releases.COLUMNS:
        return releases.of_releases(key, search, values)
    if key == "user" or key.startswith("user."):
        return people.of_people(key, search, values)
    others = {
        "is": states.of_states,
        "level": tags.of_levels,
        "environment": tags.of_environments,
        "assigned": references.of_assignees,
        "watching": references.of_watchers,
        "has": has.of_parts,
        "project": references.of_projects,
        "monitor": references.of_monitors,
    }
    return others[key](search, values)
