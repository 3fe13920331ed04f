from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

# Each person's row named the release and the environment: a hundred times as much as the person itself.
MOVE = """
INSERT INTO issues_sessionperson (session_day_id, person, crashed)
SELECT d.id, p.person, p.crashed FROM issues_oldsessionperson p
JOIN issues_sessionday d ON d.project_id = p.project_id AND d.day = p.day
AND d.release = p.release AND d.environment = p.environment
"""
COUNT = """
UPDATE issues_sessionday SET people =
(SELECT COUNT(*) FROM issues_sessionperson p WHERE p.session_day_id = issues_sessionday.id)
"""


class Migration(migrations.Migration):
    dependencies = [("issues", "0010_usage")]

    operations = [
        migrations.AddField(
            model_name="sessionday",
            name="people",
            field=models.PositiveBigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="sessionday",
            name="more_people",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.RemoveConstraint(model_name="sessionperson", name="session_person_unique"),
        migrations.RenameModel("SessionPerson", "OldSessionPerson"),
        migrations.CreateModel(
            name="SessionPerson",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("person", models.BigIntegerField()),
                ("crashed", models.BooleanField(default=False)),
                (
                    "session_day",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="persons",
                        to="issues.sessionday",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("session_day", "person"), name="session_person_unique"
                    )
                ],
            },
        ),
        migrations.RunSQL([MOVE, COUNT], migrations.RunSQL.noop, elidable=True),
        migrations.DeleteModel("OldSessionPerson"),
    ]
