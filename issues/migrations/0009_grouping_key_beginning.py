from __future__ import annotations

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

# A key may be a megabyte: few at a time, so that a migration needs little memory.
BATCH = 50
KEY_BYTES = 1024


def cut_keys(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    grouping = apps.get_model("issues", "Grouping")
    database = editor.connection.alias
    measure = "OCTET_LENGTH(key)" if editor.connection.vendor == "postgresql" else "LENGTH(CAST(key AS BLOB))"
    last = 0
    while True:
        with editor.connection.cursor() as cursor:
            cursor.execute(
                f"SELECT id, SUBSTR(key, 1, {KEY_BYTES}), LENGTH(key) FROM issues_grouping"
                f" WHERE id > %s AND {measure} > {KEY_BYTES} ORDER BY id LIMIT {BATCH}",
                [last],
            )
            rows = cursor.fetchall()
        if not rows:
            return
        for pk, start, length in rows:
            grouping.objects.using(database).filter(pk=pk).update(
                key=start.encode()[:KEY_BYTES].decode(errors="ignore"), cut_from=length
            )
        last = rows[-1][0]


class Migration(migrations.Migration):
    dependencies = [("issues", "0008_activity_without_sampled")]

    operations = [
        migrations.AddField(
            model_name="grouping",
            name="cut_from",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.RunPython(cut_keys, migrations.RunPython.noop, elidable=True),
    ]
