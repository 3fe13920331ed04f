from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ingest", "0002_installation_quota")]

    operations = [
        migrations.AddField(
            model_name="intakerequest",
            name="unlisted",
            field=models.PositiveBigIntegerField(db_default=0, default=0),
        ),
    ]
