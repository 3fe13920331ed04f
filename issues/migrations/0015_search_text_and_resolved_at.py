from __future__ import annotations

from typing import Any

import django.db.models as models
from django.db import migrations

from rustrak.lib.text import folded_field, folding

ROWS = 2000


def fill_search_text(apps: Any, editor: Any) -> None:
    issue = apps.get_model("issues", "Issue")
    found = issue.objects.order_by("pk").values_list("pk", "title", "value", "culprit")
    last = None
    while rows := list((found.filter(pk__gt=last) if last else found)[:ROWS]):
        last = rows[-1][0]
        # One statement for each row, as no statement can have as many parameters as there are rows.
        key = issue._meta.pk.get_db_prep_value
        texts = [(folding.folded(*texts), key(pk, editor.connection)) for pk, *texts in rows]
        with editor.connection.cursor() as cursor:
            cursor.executemany("UPDATE issues_issue SET search_text = %s WHERE id = %s", texts)


def fill_resolved_at(apps: Any, editor: Any) -> None:
    issue, activity = (apps.get_model("issues", name) for name in ("Issue", "Activity"))
    of_issue = activity.objects.filter(issue=models.OuterRef("pk"), kind="resolved").order_by("-at")
    issue.objects.filter(status="resolved").update(resolved_at=models.Subquery(of_issue.values("at")[:1]))


class Migration(migrations.Migration):
    dependencies = [("issues", "0014_names_of_monitors_and_known_sessions")]

    operations = [
        migrations.AddField("issue", "resolved_at", models.DateTimeField(null=True)),
        migrations.AddField(
            "issue",
            "search_text",
            folded_field.FoldedField(
                blank=True, db_default="", editable=False, of=("title", "value", "culprit")
            ),
        ),
        migrations.RunPython(fill_resolved_at, migrations.RunPython.noop),
        migrations.RunPython(fill_search_text, migrations.RunPython.noop),
    ]
