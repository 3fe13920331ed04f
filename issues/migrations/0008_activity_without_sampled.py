from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """Nothing ever wrote the kind "sampled" or a detail."""

    dependencies = [("issues", "0007_vacuum_settings")]

    operations = [
        migrations.RemoveField(model_name="activity", name="detail"),
        migrations.AlterField(
            model_name="activity",
            name="kind",
            field=models.CharField(
                choices=[
                    ("created", "Created"),
                    ("regressed", "Regressed"),
                    ("resolved", "Resolved"),
                    ("reopened", "Reopened"),
                    ("muted", "Muted"),
                    ("unmuted", "Unmuted"),
                ],
                max_length=12,
            ),
        ),
    ]
