"""Names in a query that no event has: an answer of nothing would hide that they are misspelt."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.db.models import Exists

from accounts.models import Project
from issues.models import IssueTag, IssueTagKey
from issues.query import printing
from issues.query.mistakes import Mistake
from issues.query.nearest import nearest
from issues.query.syntax import Operator, Query, Term, Value
from issues.record.tag_counts import MAX_VALUES
from issues.search.conditions.has import WORDS
from issues.search.conditions.releases import LATEST
from issues.search.conditions.sql import matches
from issues.search.scope import Scope
from issues.search.stored_names import tag_keys, tag_values

#: Of so many names the nearest are looked for.
MOST_NAMES = 1_000
# So many names are in one sentence.
_LISTED = 3
_COUNTED = ("environment", "release")
_NONE_LIKE = "No event has a value of “{}” like “{}”. Upper and lower case matter."
_TOO_MANY = "Some issues have more than {} values of “{}”, and only the first ones are searched: the search may miss issues."


def look(query: Query, scope: Scope) -> tuple[list[Mistake], list[str]]:
    """Mistakes for keys of tags that no issue of the scope has, and sentences about values that no event has, and about keys with more
    values than are counted.

    Where nobody looks a key is only worth a sentence: a rule may be made before its first event. At most one query, and one for each
    key of which nothing has a value.
    """
    keys = [(term, key) for term in query.terms for key in _keys(term)]
    values = [(term, value) for term in query.terms for value in _values(term)]
    counted = list(dict.fromkeys(term.key for term in query.terms if term.is_tag or term.key in _COUNTED))
    if not scope.projects or not (keys or counted):
        return [], []
    projects = scope.keys()
    asked = {
        f"key{at}": Exists(IssueTagKey.objects.filter(project__in=projects, key=key))
        for at, (_, key) in enumerate(keys)
    }
    for at, (term, value) in enumerate(values):
        rows = IssueTag.objects.filter(matches("value", [value]), project__in=projects, key=term.key)
        asked[f"value{at}"] = Exists(rows)
    for at, key in enumerate(counted):
        asked[f"full{at}"] = Exists(
            IssueTagKey.objects.filter(project__in=projects, key=key, values_kept__gte=MAX_VALUES)
        )
    known = Project.objects.filter(pk=scope.projects[0].pk).values(**asked).first() or {}
    mistakes: list[Mistake] = []
    notes: list[str] = []
    unknown = [(term, key) for at, (term, key) in enumerate(keys) if not known.get(f"key{at}", True)]
    names = tag_keys(scope, MOST_NAMES) if unknown else []
    for term, key in unknown:
        mistake = _unknown_key(term, key, nearest(key, names))
        if scope.viewer is None:
            notes.append(mistake.message)
        else:
            mistakes.append(mistake)
    full = {key for at, key in enumerate(counted) if known.get(f"full{at}")}
    notes += [_TOO_MANY.format(MAX_VALUES, key) for key in counted if key in full]
    # Of a full key, a value without a row may well be in an event.
    missing = {term.key for term, _ in unknown} | full
    without: dict[str, list[str]] = {}
    for at, (term, value) in enumerate(values):
        if term.key in missing or known.get(f"value{at}", True):
            continue
        if value.is_glob:
            notes.append(_NONE_LIKE.format(term.key, value.text))
        else:
            without.setdefault(term.key, []).append(value.text)
    for key, texts in without.items():
        notes.append(_unknown_values(key, texts, scope))
    return mistakes, notes


def _keys(term: Term) -> Iterator[str]:
    if term.is_tag:
        yield term.key
    elif term.key == "has":
        yield from (value.text for value in term.values if value.text.lower() not in WORDS)


def _values(term: Term) -> Iterator[Value]:
    """Those that are compared with texts, not as versions."""
    if term.is_tag or term.key in _COUNTED:
        for value in term.values:
            is_latest = term.key == "release" and value.text.lower() == LATEST and not value.is_quoted
            is_anything = value.is_glob and not value.text.strip("*")
            if value.operator is Operator.EQUAL and not is_latest and not is_anything:
                yield value


def _unknown_key(term: Term, key: str, near: Sequence[str]) -> Mistake:
    texts = [value.text for value in term.values]
    if term.key == "has":
        others = [
            printing.term("has", *(name if text == key else text for text in texts), negated=term.is_negated)
            for name in near
        ]
    else:
        others = [printing.term(name, *texts, negated=term.is_negated) for name in near]
    message = f"No event has the tag “{key}”."
    if near:
        message += f" Did you mean {_either(near)}?"
    return Mistake(message, term.place, tuple(others))


def _unknown_values(key: str, texts: Sequence[str], scope: Scope) -> str:
    shown = [f"“{text}”" for text in dict.fromkeys(texts)]
    message = f"No event has the {key} {_either(shown[:_LISTED])}."
    stored = tag_values(scope, key, MOST_NAMES)
    near: list[str] = []
    for text in texts[:_LISTED]:
        # Releases are often called by their version alone.
        near += [name for name in stored if name.endswith(f"@{text}")] or nearest(text, stored)
    near = list(dict.fromkeys(near))[:_LISTED]
    return f"{message} Did you mean {_either(near)}?" if near else message


def _either(names: Sequence[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} or {last}" if others else last
