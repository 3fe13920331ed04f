"""The full-text index of issues, behind one interface: FTS5 on SQLite, a `tsvector` with GIN on PostgreSQL.

Migration issues.0021 makes both; they follow the columns of IssueText by themselves.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection
from django.db.models import Q
from django.db.models.expressions import RawSQL

from issues.payload import words as split

#: As many different words of one call are looked up. What has them all and not the others is found as well.
MOST_WORDS = 60
# SQLite takes a limited number of SELECTs in one.
_MOST_TOGETHER = 100


def condition(words: Sequence[str], *, prefix: bool) -> Q:
    """A condition on Issue: its text has all of `words` (as issues.payload.words splits them), in any column.

    With `prefix` the last of them may be the beginning of a word. The words of one call are looked up in the index only:
    that they follow each other is for the caller to compare with the columns of IssueText. Without words: any issue.
    """
    expression = _expression(words, prefix=prefix)
    if not expression:
        return Q()
    issues = (
        "SELECT g.issue_id FROM issues_issuetext t JOIN issues_grouping g ON g.id = t.grouping_id"  # noqa: S608
        f" WHERE {_has('t.')}"
    )
    return Q(pk__in=RawSQL(issues, [expression]))  # noqa: S611


def text_condition(words: Sequence[str], *, prefix: bool) -> Q:
    """The same condition on IssueText: for those who compare its columns as well."""
    expression = _expression(words, prefix=prefix)
    if not expression:
        return Q()
    if connection.vendor == "postgresql":
        return Q(pk__in=RawSQL(f"SELECT id FROM issues_issuetext WHERE {_has()}", [expression]))  # noqa: S608, S611
    # Without a look at the rows, which are long.
    return Q(pk__in=RawSQL("SELECT rowid FROM issues_words WHERE issues_words MATCH %s", [expression]))


def numbers(condition: Q) -> list[int] | None:
    """The primary keys of the rows of IssueText that meet `condition`, if that is made of what `text_condition` returns and nothing
    else, and the index alone knows them; else None. A look at as many rows, which are long, takes several times as long."""
    parts = [child[1] for child in condition.children if isinstance(child, tuple)]
    expressions = [part for part in parts if isinstance(part, RawSQL)]
    if connection.vendor != "sqlite" or not 0 < len(condition.children) <= _MOST_TOGETHER:
        return None
    if condition.negated or len(expressions) < len(condition.children):
        return None
    with connection.cursor() as cursor:
        both = " UNION " if condition.connector == Q.OR else " INTERSECT "
        statement = both.join(part.sql for part in expressions)
        cursor.execute(statement, [value for part in expressions for value in part.params])
        return [number for (number,) in cursor.fetchall()]


def _has(of: str = "") -> str:
    """SQL: whether a row of issues_issuetext, which is called `of`, has what the parameter says."""
    if connection.vendor == "postgresql":
        # A cast takes the words as they are; to_tsquery() would split them again, in its own way.
        return f"{of}vector @@ %s::tsquery"
    return f"{of}id IN (SELECT rowid FROM issues_words WHERE issues_words MATCH %s)"  # noqa: S608


def _expression(words: Sequence[str], *, prefix: bool) -> str:
    """The words in the language of the database's index; empty without words."""
    # A word of anybody else than issues.payload.words could have characters that mean something there.
    wanted = [word for given in words for word in split.words(given)]
    if not wanted:
        return ""
    beginning = [wanted.pop()] if prefix else []
    wanted = list(dict.fromkeys(wanted))[: MOST_WORDS - len(beginning)]
    if connection.vendor == "postgresql":
        return " & ".join([f"'{word}'" for word in wanted] + [f"'{word}':*" for word in beginning])
    return " AND ".join([f'"{word}"' for word in wanted] + [f'"{word}"*' for word in beginning])
