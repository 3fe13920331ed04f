from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("issues", "0011_session_people_of_a_day")]

    operations = [
        migrations.AddField(
            model_name="monitor",
            name="event_hour",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="monitor",
            name="events_in_hour",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="monitor",
            name="events_left_out",
            field=models.PositiveBigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="monitorstate", name="paused_at", field=models.DateTimeField(null=True)
        ),
    ]
