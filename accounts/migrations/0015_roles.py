from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """Roles of the installation, and viewers of projects."""

    dependencies = [("accounts", "0014_audit_log")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="role",
            field=models.CharField(
                choices=[("owner", "Owner"), ("admin", "Admin"), ("member", "Member"), ("auditor", "Auditor")],
                db_default="member",
                default="member",
                max_length=7,
            ),
        ),
        migrations.AlterField(
            model_name="membership",
            name="role",
            field=models.CharField(
                choices=[("viewer", "Viewer"), ("member", "Member"), ("admin", "Admin")],
                default="member",
                max_length=6,
            ),
        ),
        migrations.RemoveConstraint(model_name="membership", name="membership_role_known"),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.CheckConstraint(
                condition=models.Q(("role__in", ["viewer", "member", "admin"])), name="membership_role_known"
            ),
        ),
    ]
