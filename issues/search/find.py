"""The issues that a search text means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q

from issues.models import IssueQuerySet
from issues.query import parsing, printing
from issues.query.mistakes import Mistake
from issues.query.syntax import Query, Term
from issues.search import coverage, unknown
from issues.search.conditions import text as texts_of
from issues.search.conditions.search import Search
from issues.search.conditions.term import condition
from issues.search.conditions.wrong import Wrong
from issues.search.scope import Scope

__all__ = ["Found", "Scope", "by_status", "find"]


@dataclass(frozen=True, slots=True)
class Found:
    """What a text means: `query` as it was understood, and the issues; with `mistakes` no issue is found.

    A mistake may come from the grammar (issues.query.parsing) or from the data: a tag that no issue of the scope has. `notes` are
    sentences about what the search does not cover, and about values that no event has.
    """

    query: Query
    issues: IssueQuerySet
    mistakes: Sequence[Mistake]
    notes: Sequence[str]


def find(issues: IssueQuerySet, text: str, scope: Scope) -> Found:
    """Those of `issues` that `text` means; all of them if it is empty. Never raises for a text.

    `issues` are issues of the scope's projects. Evaluating `Found.issues` may take long: do it inside `limited()`, and call this
    there too, because a few keys are looked up at once (at most one query for each term, and three more).
    """
    query, mistakes = parsing.parse(text)
    if not query:
        return Found(query, issues.none() if mistakes else issues, mistakes, ())
    search = Search(scope)
    all_terms, wrong = Q(), list(mistakes)
    texts: list[Q] = []
    # The same one again says nothing more.
    for term in dict.fromkeys(query.terms):
        try:
            if texts_of.is_of_text(term) and not term.is_negated:
                texts.append(texts_of.meant(term.key, term.values))
            else:
                all_terms &= condition(term, search)
        except Wrong as error:
            wrong.append(_mistake(term, error))
    if texts and not wrong:
        all_terms &= texts_of.of_texts(texts, search)
    more, notes = unknown.look(query, scope)
    wrong += more
    wrong.sort(key=lambda mistake: mistake.place.start)
    if wrong:
        return Found(query, issues.none(), wrong, ())
    said = dict.fromkeys([*search.notes, *notes, *coverage.notes(query, scope)])
    return Found(query, issues.filter(all_terms), (), tuple(said))


def _mistake(term: Term, error: Wrong) -> Mistake:
    others = (
        [other if value.text == error.value else value.text for value in term.values]
        for other in error.suggestions
    )
    texts = tuple(printing.term(term.key, *values, negated=term.is_negated) for values in others)
    return Mistake(error.message, term.place, texts)


def by_status(issues: IssueQuerySet) -> dict[str, int]:
    """How many of `issues` have each status, in one query. Statuses that none has are left out."""
    return dict(issues.order_by().values_list("status").annotate(Count("pk")))
