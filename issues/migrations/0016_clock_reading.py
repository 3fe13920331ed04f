from __future__ import annotations

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from rustrak.lib import clock


def read_clock(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    # Somebody is looking at the server now, so its clock is about right.
    apps.get_model("issues", "ClockReading").objects.create(pk=1, at=clock.now())


class Migration(migrations.Migration):
    dependencies = [("issues", "0015_search_text_and_resolved_at")]

    operations = [
        migrations.CreateModel(
            name="ClockReading",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.RunPython(read_clock, migrations.RunPython.noop),
    ]
