from __future__ import annotations

from typing import Any

from django.db import migrations

_BATCH = 500


def make_first_keys(apps: Any, editor: Any) -> None:
    """The key of each project becomes the first of its keys."""
    key = apps.get_model("accounts", "ProjectKey")
    projects = apps.get_model("accounts", "Project").objects.filter(deleting_at=None).order_by("pk")
    rows = projects.values_list("pk", "sentry_key", "created_at")
    made = (
        key(project_id=pk, key=own, name="Default", created_at=created_at) for pk, own, created_at in rows
    )
    key.objects.bulk_create(made, batch_size=_BATCH, ignore_conflicts=True)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0012_project_keys")]

    operations = [migrations.RunPython(make_first_keys, migrations.RunPython.noop)]
