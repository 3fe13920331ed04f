from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0021_projects_of_tokens")]

    operations = [migrations.RemoveField("apitoken", "project")]
