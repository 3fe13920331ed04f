from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("issues", "0012_monitor_event_limits"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="userreport",
            options={"verbose_name": "feedback", "verbose_name_plural": "feedback"},
        ),
        migrations.AddField(
            model_name="userreport",
            name="is_done",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="userreport", name="changed_at", field=models.DateTimeField(null=True)
        ),
        migrations.AddField(
            model_name="userreport",
            name="changed_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex(
            model_name="userreport",
            index=models.Index(
                condition=models.Q(is_done=False),
                fields=["project", "ingested_at", "id"],
                name="user_report_open",
            ),
        ),
    ]
