from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """The role says it all: Django's permissions, and the groups that nobody could use, go."""

    dependencies = [("accounts", "0016_roles_of_users")]

    operations = [
        migrations.RemoveField(model_name="user", name="groups"),
        migrations.RemoveField(model_name="user", name="user_permissions"),
        migrations.RemoveField(model_name="user", name="is_staff"),
        migrations.RemoveField(model_name="user", name="is_superuser"),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(("role__in", ["owner", "admin", "member", "auditor"])),
                name="user_role_known",
            ),
        ),
    ]
