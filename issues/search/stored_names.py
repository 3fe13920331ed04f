"""The keys of tags and the values of one that the issues of a scope have, each once."""

from __future__ import annotations

from django.db import connection

from issues.search.scope import Scope


def tag_keys(scope: Scope, most: int) -> list[str]:
    """At most `most` different keys, in the order of the index."""
    return list(dict.fromkeys(name for _, name in _different(scope, "issues_issuetagkey", "key", None, most)))


def tag_values(scope: Scope, key: str, most: int) -> list[str]:
    """At most `most` different values of the tag, in the order of the index."""
    return list(dict.fromkeys(name for _, name in tag_values_by_project(scope, key, most)))


def tag_values_by_project(scope: Scope, key: str, most: int) -> list[tuple[int, str]]:
    """Projects' keys with the values of the tag, at most `most` pairs."""
    return _different(scope, "issues_issuetag", "value", key, most)


def _different(scope: Scope, table: str, column: str, key: str | None, most: int) -> list[tuple[int, str]]:
    """Jumps from each value to the next one in the index: to read all rows takes the longer the more issues have the same value."""
    projects = ", ".join(str(int(project.pk)) for project in scope.projects) or "0"
    of_key, given = ("", []) if key is None else (' AND t."key" = %s', [key])
    least = f'SELECT min(t."{column}") FROM {table} t WHERE t.project_id'  # noqa: S608
    sql = (
        "WITH RECURSIVE found(project_id, name) AS ("  # noqa: S608
        f" SELECT p.id, ({least} = p.id{of_key}) FROM accounts_project p WHERE p.id IN ({projects})"
        f' UNION ALL SELECT project_id, ({least} = found.project_id{of_key} AND t."{column}" > found.name)'
        " FROM found WHERE name IS NOT NULL"
        ") SELECT project_id, name FROM found WHERE name IS NOT NULL LIMIT %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [*given, *given, most])
        return [(int(project), str(name)) for project, name in cursor.fetchall()]
