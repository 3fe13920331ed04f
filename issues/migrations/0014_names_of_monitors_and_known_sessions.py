from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("issues", "0013_feedback_is_done")]

    operations = [
        migrations.AddField(
            model_name="monitor",
            name="name",
            field=models.CharField(blank=True, db_default="", max_length=200),
        ),
        migrations.AddConstraint(
            model_name="monitor",
            constraint=models.UniqueConstraint(
                fields=("project", "name"), condition=~models.Q(name=""), name="monitor_name_unique"
            ),
        ),
        migrations.AddField(
            model_name="monitorstate",
            name="is_muted",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="sessionday",
            name="known",
            field=models.PositiveBigIntegerField(db_default=0, default=0),
        ),
        migrations.RenameModel("TroubledSession", "KnownSession"),
        migrations.AlterField(
            model_name="knownsession",
            name="project",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="known_sessions",
                to="accounts.project",
            ),
        ),
        migrations.AddField(
            model_name="knownsession",
            name="counted",
            field=models.BooleanField(db_default=True, default=True),
        ),
        migrations.AddField(
            model_name="knownsession",
            name="errored",
            field=models.BooleanField(db_default=True, default=True),
        ),
    ]
