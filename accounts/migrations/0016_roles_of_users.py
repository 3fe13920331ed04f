from __future__ import annotations

from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def give_roles(apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
    """The oldest active superuser becomes the owner, the others admins."""
    admins = apps.get_model("accounts", "User").objects.filter(is_superuser=True)
    admins.update(role="admin")
    oldest = admins.filter(is_active=True).order_by("date_joined", "pk").values_list("pk", flat=True).first()
    admins.filter(pk=oldest).update(role="owner")


def take_roles(apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
    """What there was before roles. Auditors become members of nothing, viewers members."""
    admins = apps.get_model("accounts", "User").objects.filter(role__in=["owner", "admin"])
    admins.update(is_superuser=True, is_staff=True)
    apps.get_model("accounts", "Membership").objects.filter(role="viewer").update(role="member")


class Migration(migrations.Migration):
    dependencies = [("accounts", "0015_roles")]

    operations = [migrations.RunPython(give_roles, take_roles)]
