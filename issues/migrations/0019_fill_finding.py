from __future__ import annotations

from typing import Any

from django.db import migrations

#: Rows of one statement.
ROWS = 50_000


def fill(apps: Any, editor: Any) -> None:
    """Projects of tags, when issues were opened, and that existing issues are not indexed yet."""
    for table in ("issues_issuetag", "issues_issuetagkey"):
        last = 0
        with editor.connection.cursor() as cursor:
            cursor.execute(f"SELECT COALESCE(MAX(id), 0) FROM {table}")  # noqa: S608
            highest = cursor.fetchone()[0]
            while last < highest:
                cursor.execute(
                    f"UPDATE {table} SET project_id ="  # noqa: S608
                    f" (SELECT i.project_id FROM issues_issue i WHERE i.id = {table}.issue_id) WHERE id > %s AND id <= %s",
                    [last, last + ROWS],
                )
                last += ROWS
    with editor.connection.cursor() as cursor:
        cursor.execute("UPDATE issues_issue SET opened_at = COALESCE(regressed_at, created_at)")
        cursor.execute(
            "UPDATE accounts_project SET is_indexed = %s WHERE id IN (SELECT project_id FROM issues_issue)", [False]
        )


class Migration(migrations.Migration):
    dependencies = [("issues", "0018_finding"), ("accounts", "0008_is_indexed")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
