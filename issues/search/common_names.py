"""The keys of tags and the values of one that begin in some way, with how many issues have them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import connection

from issues.models import Grouping
from issues.search.scope import Scope
from rustrak.lib.text.folding import fold

#: Issues of a name are counted up to here.
MOST_COUNTED = 100
# So many projects are looked at, and so many names in all: each name takes a look-up in the index.
_MOST_PROJECTS, _MOST_NAMES = 40, 200


@dataclass(frozen=True, slots=True)
class CommonName:
    """A key or value and how many issues have it: at least so many, from MOST_COUNTED on."""

    text: str
    issues: int


def tag_keys(scope: Scope, beginning: str) -> list[CommonName]:
    """Keys of tags that begin with `beginning`, or contain it, in any case; those of most issues first."""
    return _ordered(_names(scope, "issues_issuetagkey", "key", None, beginning), beginning)


def tag_values(scope: Scope, key: str, beginning: str) -> list[CommonName]:
    """Values of the tag `key`, as `tag_keys`. Of very many values those that sort first, and those around `beginning`."""
    return _ordered(_names(scope, "issues_issuetag", "value", key, beginning), beginning)


def _ordered(names: Iterable[CommonName], beginning: str) -> list[CommonName]:
    wanted = fold(beginning)
    found = [(fold(name.text), name) for name in names]
    fitting = [
        (not folded.startswith(wanted), -name.issues, folded, name)
        for folded, name in found
        if wanted in folded
    ]
    return [each[-1] for each in sorted(fitting, key=lambda each: each[:-1])]


def _names(scope: Scope, table: str, column: str, key: str | None, beginning: str) -> Iterable[CommonName]:
    projects = [project.pk for project in scope.projects[:_MOST_PROJECTS]]
    if not projects:
        return []
    each = _MOST_NAMES // len(projects)
    rows = _next(projects, table, column, key, "", each)
    if beginning and len(rows) >= each:
        # Not all were seen, and a database sorts letters by their case or not.
        for form in dict.fromkeys((beginning, beginning.lower(), beginning.capitalize(), beginning.upper())):
            rows += _next(projects, table, column, key, form, max(1, each // 4))
    counts: Counter[str] = Counter()
    for (_, name), issues in dict(rows).items():
        counts[name] += issues
    return [CommonName(name, min(issues, MOST_COUNTED)) for name, issues in counts.items()]


def _next(
    projects: Sequence[int], table: str, column: str, key: str | None, beginning: str, most: int
) -> list[tuple[tuple[int, str], int]]:
    """Of each project at most `most` names from `beginning` on, with the number of issues.

    Jumps from each name to the next one in the index, because reading all rows takes the longer the more issues have the same.
    """
    of_key, given = ("", []) if key is None else ('t."key" = %s AND ', [key])
    least = f'SELECT min(t."{column}") FROM {table} t WHERE {of_key}t.project_id'  # noqa: S608
    sharing = Grouping.objects.sharing().filter(project__in=projects).exists()
    # The index has the groupings: their issues are only asked for where several may have one.
    what = "DISTINCT g.issue_id" if sharing else "1"
    joined = "JOIN issues_grouping g ON g.id = t.grouping_id " if sharing else ""
    same = (
        f"SELECT {what} FROM {table} t {joined}"  # noqa: S608
        f'WHERE {of_key}t.project_id = found.project_id AND t."{column}" = found.name'
    )
    sql = (
        "WITH RECURSIVE found(project_id, name, number) AS ("  # noqa: S608
        f' SELECT p.id, ({least} = p.id AND t."{column}" >= %s), 1'
        f" FROM accounts_project p WHERE p.id IN ({', '.join(['%s'] * len(projects))})"
        f' UNION ALL SELECT project_id, ({least} = found.project_id AND t."{column}" > found.name), number + 1'
        " FROM found WHERE name IS NOT NULL AND number < %s"
        f") SELECT project_id, name, (SELECT count(*) FROM ({same} LIMIT {MOST_COUNTED}) counted)"
        " FROM found WHERE name IS NOT NULL"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [*given, beginning, *projects, *given, most, *given])
        return [((int(project), str(name)), int(issues)) for project, name, issues in cursor.fetchall()]
