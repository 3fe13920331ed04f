from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0019_sign_ins")]

    operations = [
        migrations.AddField("apitoken", "capabilities", models.JSONField(editable=False, null=True)),
        migrations.AddField("apitoken", "expires_at", models.DateTimeField(editable=False, null=True)),
        migrations.AddField(
            "apitoken",
            "is_for_projects",
            models.BooleanField(db_default=False, default=False, editable=False),
        ),
        migrations.AddField(
            "apitoken",
            "projects",
            models.ManyToManyField(editable=False, related_name="api_tokens", to="accounts.project"),
        ),
        # Two fields of a project cannot have one name.
        migrations.AlterField(
            "apitoken",
            "project",
            models.ForeignKey(
                blank=True, null=True, on_delete=models.deletion.CASCADE, related_name="+", to="accounts.project"
            ),
        ),
    ]
