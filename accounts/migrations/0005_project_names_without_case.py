from __future__ import annotations

from typing import Any

import django.db.models as models
import django.db.models.functions
from django.db import migrations

from rustrak.lib.text import folded_field, folding


def fold_names(apps: Any, editor: Any) -> None:
    """SQLite knew the case of ASCII letters only: of projects with one name the later ones get a number, as people may
    have links to both."""
    project = apps.get_model("accounts", "Project")
    taken: set[str] = set()
    for pk, name in project.objects.order_by("pk").values_list("pk", "name"):
        chosen, number = name, 2
        while folding.fold(chosen) in taken:
            chosen, number = f"{name[:90]} {number}", number + 1
        taken.add(folding.fold(chosen))
        project.objects.filter(pk=pk).update(name=chosen, name_folded=folding.fold(chosen))


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_people")]

    operations = [
        migrations.AddField(
            "project",
            "name_folded",
            folded_field.FoldedField(blank=True, default="", editable=False, of=("name",)),
            preserve_default=False,
        ),
        migrations.RunPython(fold_names, migrations.RunPython.noop),
        migrations.RemoveConstraint("project", "project_name_unique"),
        migrations.AddConstraint(
            "project", models.UniqueConstraint(fields=("name_folded",), name="project_name_unique")
        ),
    ]
